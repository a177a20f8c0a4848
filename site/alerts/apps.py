"""Loads the alert kinds of all apps at startup."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AlertsConfig(AppConfig):
    """Alerts and their admin screens."""

    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import each app's `alerts.py`, which declares its kinds."""
        autodiscover_modules("alerts")
