"""A wrong or missing key is one clear sentence at start, not a failure at the first sale."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import register as register_check

STRIPE = "https://api.stripe.com"
# Nothing around it either: a key pasted with a space or a line's end fails in every call.
SECRET_KEY = re.compile(r"(sk|rk)_(test|live)_\w+", re.ASCII)


def register() -> None:
    for check in (key_is_set, key_is_a_secret_key, webhook_secret_is_set, live_key_is_not_for_here):
        register_check(check)


def key_is_set(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """stripe_gateway.E001: there is a key."""
    hint = (
        "Set STRIPE_SECRET_KEY to a key from the Stripe Dashboard, or leave it out and "
        "set SHOP_DEMO=true."
    )
    return _error_if(not settings.STRIPE_SECRET_KEY, "STRIPE_SECRET_KEY is empty.", hint, "E001")


def key_is_a_secret_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """stripe_gateway.E002: it is a secret or restricted key, not a publishable one."""
    key: str = settings.STRIPE_SECRET_KEY
    wrong = bool(key) and not SECRET_KEY.fullmatch(key)
    hint = "Secret keys start with sk_test_ or sk_live_, restricted ones with rk_test_ or rk_live_."
    return _error_if(wrong, "STRIPE_SECRET_KEY is not a Stripe secret key.", hint, "E002")


def webhook_secret_is_set(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """stripe_gateway.E003: every webhook secret looks like one, and there is one."""
    secrets: list[str] = settings.STRIPE_WEBHOOK_SECRETS
    wrong = not secrets or not all(secret.startswith("whsec_") for secret in secrets)
    hint = (
        "Set STRIPE_WEBHOOK_SECRET to the endpoint's signing secret (whsec_…); `stripe "
        "listen` prints one."
    )
    return _error_if(
        wrong, "STRIPE_WEBHOOK_SECRET is missing or is not a signing secret.", hint, "E003"
    )


def live_key_is_not_for_here(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """stripe_gateway.E004 and E005: a live key works neither with DEBUG nor with another server
    than Stripe's.
    """
    live = settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
    return [
        *_error_if(
            live and settings.DEBUG,
            "A live Stripe key is set while DEBUG is on.",
            "Use a test key here.",
            "E004",
        ),
        *_error_if(
            live and settings.STRIPE_API_BASE != STRIPE,
            "A live Stripe key would be sent to the sandbox.",
            "Use a test key, or unset SHOP_DEMO and SANDBOX_URL.",
            "E005",
        ),
    ]


def _error_if(wrong: bool, message: str, hint: str, number: str) -> list[CheckMessage]:
    return [Error(message, hint=hint, id=f"stripe_gateway.{number}")] if wrong else []
