"""`manage.py stripe_setup` says what an operator enters in the Stripe Dashboard."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from alerts.models import Alert
from orders.events.endpoint import check_endpoint, webhook_url
from orders.events.process import HANDLERS
from stripe_gateway.errors import GatewayError
from stripe_sandbox import Sandbox


@pytest.fixture(autouse=True)
def _real_shop(settings: Settings) -> None:
    settings.SHOP_DEMO = False


def printed(*words: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("stripe_setup", *words, stdout=out)
    return out.getvalue()


def test_the_endpoint_is_described_completely() -> None:
    text = printed()
    assert "/stripe/webhook/" in text and "2026-10-28.endive" in text
    assert all(f"  {name}\n" in text for name in HANDLERS)


def test_the_events_are_printed_for_the_stripe_cli() -> None:
    names = printed("--events").strip().split(",")
    assert names == sorted(HANDLERS) and "refund.failed" in names


def check() -> list[str]:
    """The open alerts after a check."""
    check_endpoint()
    return [alert.message for alert in Alert.objects.open()]


def test_an_endpoint_is_created_and_found_complete(sandbox: Sandbox, db: None) -> None:
    (message,) = check()
    assert "no enabled endpoint" in message
    assert "STRIPE_WEBHOOK_SECRET to whsec_" in printed("--create")
    assert check() == [] and "already" in printed("--create")
    (endpoint,) = sandbox.state.find("webhook_endpoint")
    assert endpoint["url"] == webhook_url() and endpoint["api_version"] == "2026-10-28.endive"


def test_an_endpoint_of_an_earlier_version_raises_an_alert(sandbox: Sandbox, db: None) -> None:
    printed("--create")
    (endpoint,) = sandbox.state.find("webhook_endpoint")
    old = [name for name in HANDLERS if name.startswith("checkout.")]
    sandbox.state.save({**endpoint, "enabled_events": old})
    (message,) = check()
    assert "refund.failed" in message and "checkout.session.completed" not in message
    sandbox.state.save({**endpoint, "enabled_events": ["*"], "api_version": "2020-08-27"})
    (message,) = check()
    assert "API version 2020-08-27" in message
    sandbox.state.save({**endpoint, "status": "disabled"})
    assert "no enabled endpoint" in check()[0]
    sandbox.state.save(endpoint)
    assert check() == []


def test_a_demo_needs_no_endpoint(sandbox: Sandbox, db: None, settings: Settings) -> None:
    settings.SHOP_DEMO = True
    assert check() == []


def test_stripe_cannot_be_asked(sandbox: Sandbox, db: None) -> None:
    sandbox.fail_next(path="/v1/webhook_endpoints", times=None)
    with pytest.raises(CommandError, match="could not be created"):
        printed("--create")
    with pytest.raises(GatewayError):
        check_endpoint()
    assert not Alert.objects.exists()
