"""The till's addresses. They stand above Wagtail's pages, and the webhook answers with and without its final slash."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
