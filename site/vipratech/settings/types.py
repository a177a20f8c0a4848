"""Settings for mypy's Django plugin, with a database that is never connected to."""

from .base import *  # noqa: F403 - settings are layers
from .demo import *  # noqa: F403

SECRET_KEY = "types"  # noqa: S105
SITE_URL = WAGTAILADMIN_BASE_URL = "http://localhost"
DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
