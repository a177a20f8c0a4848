"""A misconfigured shop refuses to start, with a clear message that names the variable."""

import sys
from subprocess import CompletedProcess

import pytest
from django.core.checks import Tags, run_checks
from pytest_django import Settings

from home.demo import content
from tests.deployment.repository import SERVER, check, run
from users.models import User
from vipratech.settings.demo import DEMO_SECRET_KEY

DEMO = {
    "DJANGO_SETTINGS_MODULE": "vipratech.settings.production",
    "SHOP_DEMO": "true",
    "ALLOWED_HOSTS": "localhost",
    "DATABASE_URL": SERVER["DATABASE_URL"],
}


def refuses(done: CompletedProcess[str], *words: str) -> bool:
    """Whether a command failed with a message that has these words, and without a traceback."""
    return (
        done.returncode == 1
        and "Traceback" not in done.stderr
        and all(word in done.stderr for word in words)
    )


def test_a_server_with_its_secrets_starts() -> None:
    assert check(**SERVER).returncode == 0


def test_a_demo_needs_no_keys_and_no_mail_server() -> None:
    assert check(**DEMO).returncode == 0


@pytest.mark.parametrize("variable", sorted(set(SERVER) - {"DJANGO_SETTINGS_MODULE"}))
def test_a_server_without_one_of_its_secrets_does_not_start(variable: str) -> None:
    environment = {name: value for name, value in SERVER.items() if name != variable}
    assert refuses(check(**environment), variable)


@pytest.mark.parametrize("variable", ["SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_an_empty_secret_is_a_missing_one(variable: str) -> None:
    assert refuses(check(**SERVER | {variable: ""}), variable)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"STRIPE_SECRET_KEY": "pk_test_publishable"}, ["stripe_gateway.E002", "sk_test_"]),
        ({"STRIPE_SECRET_KEY": "whsec_swapped"}, ["stripe_gateway.E002", "STRIPE_SECRET_KEY"]),
        ({"STRIPE_WEBHOOK_SECRET": "sk_test_swapped"}, ["stripe_gateway.E003", "whsec_"]),
        (
            {"STRIPE_WEBHOOK_SECRET": "whsec_one,two"},
            ["stripe_gateway.E003", "STRIPE_WEBHOOK_SECRET"],
        ),
        ({"SECRET_KEY": DEMO_SECRET_KEY}, ["SECRET_KEY", "public"]),
        ({"SANDBOX_URL": "http://stripe:8001"}, ["SANDBOX_URL", "SHOP_DEMO"]),
        ({"SHOP_DEMO": "true"}, ["STRIPE_SECRET_KEY", "SHOP_DEMO"]),
        (
            {"SHOP_DEMO": "true", "STRIPE_SECRET_KEY": "sk_live_x"},
            ["STRIPE_SECRET_KEY", "SHOP_DEMO"],
        ),
        ({"SHOP_CURRENCY": "rupees"}, ["SHOP_CURRENCY", "money.E001"]),
        ({"PORT": "eighty"}, ["PORT", "'eighty'"]),
    ],
)
def test_a_wrong_setting_is_refused_by_name(changes: dict[str, str], words: list[str]) -> None:
    assert refuses(check(**SERVER | changes), *words)


def test_a_live_key_with_debug_is_refused() -> None:
    local = {
        "DJANGO_SETTINGS_MODULE": "vipratech.settings.local",
        "STRIPE_WEBHOOK_SECRET": "whsec_x",
    }
    assert refuses(check(**local, STRIPE_SECRET_KEY="rk_live_x"), "stripe_gateway.E004", "DEBUG")


def test_a_live_key_is_never_sent_to_another_server_than_stripes(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    assert "stripe_gateway.E005" in {error.id for error in run_checks()}


@pytest.fixture
def demo_editor(db: None) -> User:
    return User.objects.create_user("editor@example.com", content.PASSWORD)


def ids() -> set[str | None]:
    return {error.id for error in run_checks(tags=[Tags.database], databases=["default"])}


def test_a_demo_may_have_its_demo_users(demo_editor: User) -> None:
    assert "home.E001" not in ids()


def test_a_server_that_is_not_a_demo_refuses_demo_users(
    demo_editor: User, settings: Settings
) -> None:
    settings.SHOP_DEMO = False
    (error,) = run_checks(tags=[Tags.database], databases=["default"])
    assert error.id == "home.E001"
    assert demo_editor.email in error.msg


def test_a_live_key_refuses_demo_users_even_with_debug(
    demo_editor: User, settings: Settings
) -> None:
    settings.SHOP_DEMO, settings.DEBUG, settings.STRIPE_SECRET_KEY = False, True, "sk_live_x"
    assert "home.E001" in ids()


def test_a_developer_may_keep_demo_users_with_a_test_key(
    demo_editor: User, settings: Settings
) -> None:
    settings.SHOP_DEMO, settings.DEBUG = False, True
    assert "home.E001" not in ids()


def test_inactive_demo_users_are_accepted(demo_editor: User, settings: Settings) -> None:
    settings.SHOP_DEMO = False
    User.objects.filter(pk=demo_editor.pk).update(is_active=False)
    assert "home.E001" not in ids()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"STRIPE_SECRET_KEY": ""}, ["STRIPE_SECRET_KEY"]),
        ({"STRIPE_SECRET_KEY": "pk_live_x"}, ["stripe_gateway.E002"]),
        ({}, ["the database does not answer"]),
    ],
)
def test_gunicorn_refuses_before_it_listens(changes: dict[str, str], words: list[str]) -> None:
    done = run(sys.executable, "-m", "gunicorn", **SERVER | changes)
    assert refuses(done, "The shop cannot start", *words)
    assert "Listening" not in done.stderr
