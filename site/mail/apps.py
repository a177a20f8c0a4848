"""The outbox as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class MailConfig(AppConfig):
    """Emails of the shop."""

    name = "mail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import each app's `notifications`, which declares its kinds of emails."""
        autodiscover_modules("notifications")
