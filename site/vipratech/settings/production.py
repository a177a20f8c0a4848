"""Settings of a server. They refuse missing secrets; with `SHOP_DEMO=true` the server is a demo."""

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403 - settings are layers
from .base import PORT, STRIPE_SECRET_KEY, env

_DEMO = env.bool("SHOP_DEMO", default=False)
_NEEDED = ["ALLOWED_HOSTS", "DATABASE_URL"]
if not _DEMO:
    _NEEDED += ["SECRET_KEY", "SITE_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]
    _NEEDED += ["EMAIL_URL"]  # shoppers must confirm their email address
if _missing := [name for name in _NEEDED if not env(name, default="")]:
    raise ImproperlyConfigured(f"these variables are missing or empty: {', '.join(_missing)}.")

if _DEMO:
    if STRIPE_SECRET_KEY:
        raise ImproperlyConfigured(
            "STRIPE_SECRET_KEY is set, but SHOP_DEMO is true. Unset one of them."
        )
    from .demo import *  # noqa: F403
    from .demo import DEMO_SECRET_KEY

    SECRET_KEY = env("SECRET_KEY", default=DEMO_SECRET_KEY)
    SITE_URL = env("SITE_URL", default=f"http://localhost:{PORT}").rstrip("/")
    vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
else:
    if env("SANDBOX_URL", default=""):
        raise ImproperlyConfigured(
            "SANDBOX_URL is set, but SHOP_DEMO is not true. Unset it: this shop takes real money."
        )
    SECRET_KEY = env("SECRET_KEY")
    if SECRET_KEY.startswith("demo-only"):
        raise ImproperlyConfigured(
            "SECRET_KEY is the demo's, which is public. Set one of your own: 50 random characters."
        )
    SITE_URL = env("SITE_URL").rstrip("/")
    vars().update(env.email_url("EMAIL_URL"))

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
WAGTAILADMIN_BASE_URL = SITE_URL
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# Seconds, and milliseconds for tcp_user_timeout, unless DATABASE_URL sets others. The operating
# system's own limits for a server that no longer answers are minutes, on an idle connection hours.
# See "Database Connection Control Functions" in PostgreSQL's manual.
_TIMEOUTS = {
    "connect_timeout": 10,
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
}
_DATABASE = env.db_url("DATABASE_URL")
_OPTIONS = {"OPTIONS": _TIMEOUTS | _DATABASE.get("OPTIONS", {})}
DATABASES = {"default": {**_DATABASE, **_OPTIONS, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# A shop with HTTPS uses nothing else; the demo in Docker is plain HTTP on localhost.
_HTTPS = SITE_URL.startswith("https://")
_PROXY = env.bool("TRUST_PROXY", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 3600 * 24 * 365 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _PROXY else 0
# Without the proxy's header every request looks like plain HTTP, and the redirect would loop.
SECURE_SSL_REDIRECT = _HTTPS and _PROXY
# HSTS for subdomains and the browsers' preload lists are the domain owner's decisions.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
