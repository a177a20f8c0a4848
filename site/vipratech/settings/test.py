"""Settings of the tests. They do not read `.env`, and they set every Stripe variable themselves."""

from .base import *  # noqa: F403 - settings are layers
from .base import LOCAL_DATABASE, ROOT, env
from .demo import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DEMO_ORDERS = False
SECRET_KEY = "tests-only"  # noqa: S105
SITE_URL = "http://testserver"
WAGTAILADMIN_BASE_URL = SITE_URL
SHOP_CURRENCY = "inr"
SHOP_LOCALE = "en_IN"
TIME_ZONE = "Asia/Kolkata"

STRIPE_SECRET_KEY = "sk_test_tests"  # noqa: S105 - only the sandbox accepts it
STRIPE_WEBHOOK_SECRETS = ["whsec_tests", "whsec_tests_being_rolled"]
STRIPE_API_BASE = "http://127.0.0.1:9"  # refuses connections; the fixture `sandbox` replaces it
SANDBOX_PUBLIC_URL = STRIPE_API_BASE

# No test stops the database's machine, so a commit need not wait for the disk.
_OPTIONS = {"OPTIONS": {"options": "-c synchronous_commit=off"}}
_DATABASE = env.db("DATABASE_URL") if env("DATABASE_URL", default="") else LOCAL_DATABASE
DATABASES = {"default": {**_DATABASE, **_OPTIONS}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
MEDIA_ROOT = ROOT / ".local" / "test-media"
WHITENOISE_AUTOREFRESH = True  # tests do not run collectstatic
