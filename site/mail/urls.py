"""The addresses of the demo's inbox."""

from django.urls import path

from mail.views import email, inbox

app_name = "mail"

urlpatterns = [
    path("demo/emails/", inbox, name="inbox"),
    path("demo/emails/<int:pk>/", email, name="email"),
]
