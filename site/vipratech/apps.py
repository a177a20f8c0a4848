"""The project as an app: its checks of the database, and its version of `runserver`."""

from django.apps import AppConfig


class VipratechConfig(AppConfig):
    """Has no models."""

    name = "vipratech"

    def ready(self) -> None:
        """Register the checks."""
        from vipratech import checks

        checks.register()
