"""A restricted key that lacks a permission is found before a shopper needs it."""

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from alerts.models import Alert
from orders.key_permissions import check_key
from stripe_gateway.errors import GatewayError
from stripe_gateway.key_permissions import NEEDED
from stripe_sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _restricted_key(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "rk_test_tests"
    settings.SHOP_DEMO = False


def messages() -> list[str]:
    """The open alerts after a check."""
    check_key()
    return [alert.message for alert in Alert.objects.open()]


def forbid(sandbox: Sandbox, path: str, method: str = "") -> None:
    """Take a permission away from the key, until the faults are cleared."""
    sandbox.fail_next(status=403, path=path, method=method, times=None)


def test_a_key_with_all_permissions_raises_no_alert_and_changes_nothing(sandbox: Sandbox) -> None:
    assert messages() == []
    asked = [request.path for request in sandbox.requests]
    assert len(asked) == len(NEEDED)
    for kind in ("product", "price", "checkout.session", "refund"):
        assert sandbox.state.find(kind) == []


@pytest.mark.parametrize(("name", "method", "path"), NEEDED)
def test_each_missing_permission_is_named(
    sandbox: Sandbox, name: str, method: str, path: str
) -> None:
    forbid(sandbox, path.partition("?")[0], method.upper())
    assert messages() == [f"The key lacks: {name}."]
    sandbox.clear_faults()
    assert messages() == []


def test_several_are_named_in_one_alert(sandbox: Sandbox) -> None:
    forbid(sandbox, "/v1/refunds")
    forbid(sandbox, "/v1/disputes")
    assert messages() == ["The key lacks: Charges and Refunds: write, Disputes: read."]


def test_an_unrestricted_key_is_not_tried_out(sandbox: Sandbox, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_tests"
    forbid(sandbox, "/v1/")
    assert messages() == []
    assert list(sandbox.requests) == []


def test_stripe_does_not_answer(sandbox: Sandbox) -> None:
    forbid(sandbox, "/v1/refunds")
    assert len(messages()) == 1
    sandbox.fail_next(path="/v1/", times=None)
    with pytest.raises(GatewayError):
        check_key()
    assert len(Alert.objects.open()) == 1  # nothing is known, so nothing changes


def test_the_command_checks_endpoint_and_key(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    forbid(sandbox, "/v1/disputes")
    with pytest.raises(CommandError, match=r"no enabled endpoint(.|\n)*lacks: Disputes: read"):
        call_command("stripe_setup", "--check")
    sandbox.clear_faults()
    call_command("stripe_setup", "--create")
    call_command("stripe_setup", "--check")
    assert capsys.readouterr().out.splitlines()[-1].endswith("are complete.")
