"""The storefront app."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The home page and the demo content."""

    name = "home"
