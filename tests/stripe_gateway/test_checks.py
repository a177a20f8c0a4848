"""A wrong or missing key is one clear sentence at start."""

import pytest
from django.core import checks
from pytest_django import Settings

TEST_KEY, LIVE_KEY = "sk_test_abc123", "sk_live_abc123"


def errors() -> list[str]:
    found = [
        message for message in checks.run_checks() if str(message.id).startswith("stripe_gateway.")
    ]
    assert all(message.hint and message.is_serious() for message in found)
    return [str(message.id).removeprefix("stripe_gateway.") for message in found]


def test_the_tests_own_settings_are_right() -> None:
    assert errors() == []


def test_no_key_is_refused(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    assert errors() == ["E001"]


@pytest.mark.parametrize(
    "key",
    ["pk_test_abc", "whsec_abc", "sk_test_", "sk_test_abc\n", " sk_test_abc", "sk_test_ä", "x"],
)
def test_an_invalid_secret_key_is_refused(settings: Settings, key: str) -> None:
    settings.STRIPE_SECRET_KEY = key
    assert errors() == ["E002"]


@pytest.mark.parametrize("key", [TEST_KEY, "rk_test_abc"])
def test_secret_and_restricted_test_keys_are_taken(settings: Settings, key: str) -> None:
    settings.STRIPE_SECRET_KEY = key
    assert errors() == []


@pytest.mark.parametrize("secrets", [[], ["sk_test_abc"], ["whsec_a", ""], ["whsec_a", " whsec_b"]])
def test_missing_or_wrong_webhook_secrets_are_refused(
    settings: Settings, secrets: list[str]
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = secrets
    assert errors() == ["E003"]


@pytest.mark.parametrize("key", [LIVE_KEY, "rk_live_abc"])
def test_a_live_key_goes_to_stripe_only_and_not_with_debug(settings: Settings, key: str) -> None:
    settings.STRIPE_SECRET_KEY = key
    assert errors() == ["E005"]
    settings.DEBUG = True
    assert errors() == ["E004", "E005"]
    settings.STRIPE_API_BASE = "https://api.stripe.com"
    assert errors() == ["E004"]
    settings.DEBUG = False
    assert errors() == []


def test_no_check_repeats_the_key(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_secret!"
    settings.STRIPE_WEBHOOK_SECRETS = ["secret!"]
    shown = " ".join(f"{message.msg} {message.hint}" for message in checks.run_checks())
    assert "E002" in str(errors()) and "secret!" not in shown
