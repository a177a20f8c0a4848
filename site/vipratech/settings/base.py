"""Settings that every environment shares, with secure defaults.

Only this package reads the environment; `.env.example` lists every variable.
"""

from pathlib import Path

import environ
from bootstrap_wrapper import get_bootstrap_dir
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[3]
env = environ.Env()
# An empty variable counts as not set: docker-compose.yml passes every variable, set or not.
env.ENVIRON = {name: value for name, value in env.ENVIRON.items() if value}


def port(variable: str, default: int) -> int:
    """Return a TCP port from the environment. Raises ImproperlyConfigured for an invalid one."""
    value = env(variable, default=str(default))
    if not (value.isascii() and value.isdecimal() and 0 < int(value) < 65536):
        raise ImproperlyConfigured(f"{variable} is not a port number: {value!r}.")
    return int(value)


PORT = port("PORT", 8000)  # where `make run` and gunicorn listen

DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "vipratech.urls"
WSGI_APPLICATION = "vipratech.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "vipratech",  # before staticfiles, whose `runserver` it replaces
    "home",
    "orders",
    "products",
    "users",
    "money",
    "worker",
    "alerts",
    "mail",
    "limits",
    "admin_base",
    "shop_images",
    "shop_settings",
    "stripe_gateway",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.sitemaps",
    "users.apps.WagtailUsersConfig",
    "wagtail.sites",
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
    "vipratech.middleware.health_checks.HealthChecksMiddleware",
    "vipratech.middleware.request_ids.RequestIdsMiddleware",
    "vipratech.middleware.page_cache.PageCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "vipratech.middleware.response_headers.ResponseHeadersMiddleware",
    "vipratech.middleware.content_policy.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "vipratech.middleware.two_factor.TwoFactorMiddleware",
    "vipratech.middleware.admin_access.AdminAccessMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",  # only where the page is not found
    "vipratech.middleware.malformed_admin_requests.MalformedAdminRequestsMiddleware",
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

SERVER_PROCESSES = int(env("WEB_CONCURRENCY", default="") or 2)  # as in gunicorn.conf.py
# Limits count in a cache that all processes share. From a full one Django deletes entries, so a
# small one could be emptied by a flood of requests.
_COUNTERS = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "limits_counters",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}
CACHES = {
    # In each process, because Wagtail reads it several times for a page.
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "limits": env.cache_url("CACHE_URL") if env("CACHE_URL", default="") else _COUNTERS,
}

# Users log in through allauth only, with their email address.
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
# Whoever changes an email address or the password enters the password first, and the old address
# gets an email about it.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # so that the shopper can continue to the checkout
# So that whoever is locked out by somebody's guesses can get in by an email.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
# A key is an email address, `login_failed`'s together with the IP address. The last one is ours.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_on_account": "50/d/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "confirm_email": "1/3m/key",
    "reauthenticate": "10/m/user",
}
ACCOUNT_ADAPTER = "users.adapter.AccountAdapter"
# Codes from an app. Everybody may turn it on; with STAFF_TWO_FACTOR the admin is closed without it.
MFA_ADAPTER = "users.two_factor.TwoFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
STAFF_TWO_FACTOR = env.bool("STAFF_TWO_FACTOR", default=False)
ACCOUNT_FORMS = {
    "login": "users.account_forms.LoginForm",
    "change_password": "users.account_forms.ChangePasswordForm",
    "reset_password_from_key": "users.account_forms.ResetPasswordKeyForm",
}

CSRF_FAILURE_VIEW = "vipratech.error_pages.csrf_failure"

# Everything from the shop itself. What the admin needs in addition, and where forms may lead, is in
# middleware/content_policy.py.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # Bootstrap's icons are in its style sheet
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    }
}

# In the Django session: a cookie of their own would change with each message, and pages vary by
# cookie, so the Back button would reload the page with a new token.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# With Strict, shoppers who return from Stripe would appear to be logged out.
SESSION_COOKIE_SAMESITE = "Lax"

# Languages, time and money.
# The shop has one language. Staff may choose another one of these for the admin, in their account.
LANGUAGES = WAGTAILADMIN_PERMITTED_LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LANGUAGE_CODE = env("SHOP_LANGUAGE", default="en-gb").lower()
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["vipratech.formats"]
TIME_ZONE = env("TIME_ZONE", default="Asia/Kolkata")
USE_TZ = True
SHOP_LOCALE = env("SHOP_LOCALE", default="en_IN")
SHOP_CURRENCY = env("SHOP_CURRENCY", default="inr").lower()
# After this many days, the texts of events and emails and the requests of finished checkouts are
# deleted. Orders stay.
PERSONAL_DATA_DAYS = env.int("PERSONAL_DATA_DAYS", default=90)

# The shop needs PostgreSQL. Without DATABASE_URL, local and test settings start a private one.
LOCAL_DATABASE = {
    "ENGINE": "django_local_postgres",
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

# Wagtail. Its login, password and email screens are turned off: allauth provides them.
WAGTAIL_SITE_NAME = "Shop"
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # no requests to other hosts
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAILIMAGES_IMAGE_MODEL = "shop_images.ShopImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "shop_images.forms.ShopImageForm"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # the page editor's forms are long

# Stripe. A demo overrides these two (see demo.py).
SHOP_DEMO = False
DEMO_ORDERS = False
STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", default="")
# Several, separated by commas, while the secret is being rolled at Stripe.
STRIPE_WEBHOOK_SECRETS: list[str] = env.list("STRIPE_WEBHOOK_SECRET", default=[])
STRIPE_API_BASE = "https://api.stripe.com"
# The host name of Stripe's payment page, if the shop has its own domain for it
# (docs.stripe.com/payments/checkout/custom-domains).
STRIPE_CHECKOUT_DOMAIN = env("STRIPE_CHECKOUT_DOMAIN", default="")

EMAIL_TIMEOUT = 5  # seconds: the worker sends one email at a time
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="shop@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": "{asctime} {levelname} {name} [{request_id}]: {message}",
            "style": "{",
        }
    },
    "filters": {
        "redact_keys": {"()": "vipratech.redaction.RedactKeys"},
        "request_id": {"()": "vipratech.middleware.request_ids.AddRequestId"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["redact_keys", "request_id"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # At INFO these log every call to Stripe and every index update.
        "stripe": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
        # The requests of `runserver`: Django's own handler would not redact them.
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
