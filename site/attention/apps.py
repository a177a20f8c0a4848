"""Rows and their screen in Wagtail."""

from django.apps import AppConfig


class AttentionConfig(AppConfig):
    """What staff should look at."""

    name = "attention"
    default_auto_field = "django.db.models.BigAutoField"
