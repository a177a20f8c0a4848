"""The test settings, on a database, a sandbox and an address that a chaos run names in the
environment.
"""

from vipratech.settings.base import PORT, env
from vipratech.settings.test import *  # noqa: F403 - settings are layers
from vipratech.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.apps.ChaosConfig"]

SITE_URL = WAGTAILADMIN_BASE_URL = f"http://127.0.0.1:{PORT}"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
STRIPE_API_BASE = SANDBOX_PUBLIC_URL = env("SANDBOX_URL")

# Emails are sent, to a server of the run.
SHOP_DEMO = False
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = "127.0.0.1", env.int("CHAOS_MAIL_PORT"), 2

# Connections as in production: a web process keeps its own until it finds it dead.
_DATABASE = {
    **env.db_url("DATABASE_URL"),
    "OPTIONS": {"connect_timeout": 10, "tcp_user_timeout": 30_000},
}
DATABASES = {"default": {**_DATABASE, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
