"""Makes allauth count in the cache `limits`."""

from allauth.core.internal import ratelimit
from django.apps import AppConfig
from django.core.cache import caches
from django.utils.connection import ConnectionProxy


class LimitsConfig(AppConfig):
    """The app `limits`."""

    name = "limits"

    def ready(self) -> None:
        """Register the check, and give allauth the cache: it has no setting for that."""
        from limits import checks

        ratelimit.cache = ConnectionProxy(caches, "limits")

        checks.register()
