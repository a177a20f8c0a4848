"""The check that limits count over all server processes."""

from typing import Any

from django.conf import settings
from django.core import checks

PER_PROCESS = "django.core.cache.backends.locmem.LocMemCache"
STORES_NOTHING = "django.core.cache.backends.dummy.DummyCache"


def register() -> None:
    """Register the check."""
    checks.register(cache_is_shared, checks.Tags.caches)


def cache_is_shared(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """limits.E001: several server processes count in one cache."""
    backend = settings.CACHES["limits"]["BACKEND"]
    is_shared = backend not in (PER_PROCESS, STORES_NOTHING)
    if is_shared or (backend == PER_PROCESS and settings.SERVER_PROCESSES == 1):
        return []
    return [
        checks.Error(
            "The limits on logins are not shared by all server processes.",
            hint="Unset CACHE_URL to use the database, or set it to a Redis server.",
            id="limits.E001",
        )
    ]
