"""A server. Refuses to start without its secrets; `SHOP_DEMO=true` makes it a demo that talks to the sandbox."""

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403 - settings are layers
from .base import PORT, STRIPE_SECRET_KEY, env

_DEMO = env.bool("SHOP_DEMO", default=False)
_NEEDED = ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"]
if not _DEMO:
    # Mail, because without it nobody could confirm an address.
    _NEEDED += ["SITE_URL", "EMAIL_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]
if _missing := [name for name in _NEEDED if not env(name, default="")]:
    raise ImproperlyConfigured(f"these variables are missing or empty: {', '.join(_missing)}.")

SECRET_KEY = env("SECRET_KEY")
if _DEMO:
    if STRIPE_SECRET_KEY:
        raise ImproperlyConfigured("STRIPE_SECRET_KEY is set and SHOP_DEMO is true: unset one of them.")
    from .demo import *  # noqa: F403

    SITE_URL = (env("SITE_URL", default="") or f"http://localhost:{PORT}").rstrip("/")
    vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
else:
    if env("SANDBOX_URL", default=""):
        raise ImproperlyConfigured("SANDBOX_URL is set, but SHOP_DEMO is not true: unset it, money is real here.")
    if SECRET_KEY.startswith("demo-only"):
        raise ImproperlyConfigured("SECRET_KEY is the one of .env.example, which everybody knows: set your own.")
    SITE_URL = env("SITE_URL").rstrip("/")
    vars().update(env.email_url("EMAIL_URL"))

# `localhost` is what the container's own health check calls.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS"), "localhost"]
WAGTAILADMIN_BASE_URL = SITE_URL
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# Ten seconds to connect, thirty (in milliseconds) until a server that vanished counts as gone, unless the address says
# otherwise: the system's own limits are minutes, and for what waits on an idle connection hours.
_PATIENCE = {"connect_timeout": 10, "tcp_user_timeout": 30_000, "keepalives_idle": 30, "keepalives_interval": 10}
_DATABASE = env.db_url("DATABASE_URL")
_OPTIONS = {"OPTIONS": _PATIENCE | _DATABASE.get("OPTIONS", {})}
DATABASES = {"default": {**_DATABASE, **_OPTIONS, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Behind HTTPS everything is HTTPS; the demo in Docker is plain http on localhost.
_HTTPS = SITE_URL.startswith("https://")
_PROXY = env.bool("TRUST_PROXY", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 3600 * 24 * 365 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _PROXY else 0
# Without the proxy's header every request looks like plain http, and a redirect would never end.
SECURE_SSL_REDIRECT = _HTTPS and _PROXY
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
# Not ours to decide: HSTS for the domain's other hosts, and its entry in the browsers' own lists.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
