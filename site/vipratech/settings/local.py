"""Settings of a developer's machine: DEBUG, a private PostgreSQL, and the sandbox without a key."""

from . import dotenv  # noqa: F401 - first: it sets the variables that base reads
from .base import *  # noqa: F403 - settings are layers
from .base import LOCAL_DATABASE, PORT, STRIPE_SECRET_KEY, env

if not STRIPE_SECRET_KEY:
    from .demo import *  # noqa: F403

DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.list("ALLOWED_HOSTS", default=[])]
SECRET_KEY = env(
    "SECRET_KEY", default="local-only"
)  # not a secret: this shop is on this machine only
SITE_URL = env("SITE_URL", default=f"http://localhost:{PORT}").rstrip("/")
WAGTAILADMIN_BASE_URL = SITE_URL

DATABASES = {
    "default": env.db("DATABASE_URL") if env("DATABASE_URL", default="") else LOCAL_DATABASE
}
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
