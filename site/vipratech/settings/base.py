"""What every place shares. Safe by itself: local settings loosen it, production settings demand the secrets.

The environment is read in this package only, each variable once, and `.env.example` lists them all.
"""

from pathlib import Path

import environ
from bootstrap_wrapper import get_bootstrap_dir
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[3]
env = environ.Env()


def port(variable: str, default: int) -> int:
    """A TCP port from the environment. Raises ImproperlyConfigured for what is none."""
    value = env(variable, default="") or str(default)
    if not (value.isascii() and value.isdecimal() and 0 < int(value) < 65536):
        raise ImproperlyConfigured(f"{variable} is no port number: {value!r}.")
    return int(value)


PORT = port("PORT", 8000)  # where `make run` and gunicorn listen

DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "vipratech.urls"
WSGI_APPLICATION = "vipratech.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "home",
    "orders",
    "products",
    "users",
    "money",
    "worker",
    "alerts",
    "stripe_gateway",
    "allauth",
    "allauth.account",
    "wagtail.contrib.sitemaps",
    "users.apps.WagtailUsersConfig",
    "wagtail.sites",
    "wagtail.documents",  # not offered to editors; without its addresses Wagtail's editor has no page at all
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "home.context_processors.shop",
            ],
        },
    }
]

# Users: allauth is the only login, the e-mail its only name.
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # confirming in the same browser goes on to the checkout
ACCOUNT_ADAPTER = "users.adapter.AccountAdapter"

# Not in a cookie of their own: pages vary by cookie, and Back should find the page that was left (and its token).
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Strict would log shoppers out on their way back from Stripe's page.
SESSION_COOKIE_SAMESITE = "Lax"

# Languages, time and money.
LANGUAGE_CODE = "en-gb"
TIME_ZONE = env("TIME_ZONE", default="Asia/Kolkata")
USE_TZ = True
SHOP_LOCALE = env("SHOP_LOCALE", default="en_IN")
SHOP_CURRENCY = env("SHOP_CURRENCY", default="inr").lower()

# PostgreSQL everywhere. Without a DATABASE_URL local and test settings start a private server of their own.
LOCAL_DATABASE = {
    "ENGINE": "local_postgres",
    "NAME": "shop",
    "HOST": str(ROOT / ".local" / "postgres-18"),
}

# Files.
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / ".local" / "static"
STATICFILES_DIRS = [
    ROOT / "site" / "static",
    ("bootstrap", get_bootstrap_dir()),
]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(ROOT / ".local" / "media"))

# Wagtail. Its own login, password and e-mail screens are closed: allauth has them.
WAGTAIL_SITE_NAME = "VipraTech"
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # no request to another host
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # the page editor's forms are long

# Stripe: places that talk to the real one need these two; a demo fills them in (see demo.py).
SHOP_DEMO = False
STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", default="")
# Several, separated by commas, while a secret is being rolled.
STRIPE_WEBHOOK_SECRETS: list[str] = env.list("STRIPE_WEBHOOK_SECRET", default=[])
STRIPE_API_BASE = "https://api.stripe.com"

DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="shop@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # At INFO these tell every call and every index update.
    "loggers": {"stripe": {"level": "WARNING"}, "django_tasks": {"level": "WARNING"}},
}
