"""The alerts app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Alerts and their admin screens."""

    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"
