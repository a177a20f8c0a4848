"""`manage.py reconcile_orders`, as an operator types it."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from admin_base.times import exact_time
from alerts.models import Alert
from alerts.raising import resolve_by_staff
from orders import policy
from orders.models import Order, Reconciliation
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.orders.selling import SESSIONS, alter, buy, only_order
from users.models import User

NOT_A_TIME = "--since must be a date or a time, for example 2026-10-01 or 2026-10-01T12:00"
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "SECOND_LOOK_SECONDS", 0.0)


def test_it_creates_missing_orders_and_prints_a_report(
    synced: Sandbox, member: Client, lamp: ProductPage, capsys: Captured
) -> None:
    lost = buy(synced, member, lamp)
    call_command("reconcile_orders")
    row = Reconciliation.objects.get()
    assert only_order().session_id == lost
    assert capsys.readouterr().out.splitlines() == [
        f"Account {synced.account}, created from {exact_time(row.since)} "
        f"to {exact_time(row.cutoff)}",
        "                       at Stripe       in the shop",
        "orders                         1                 1",
        "  total                ₹1,499.00         ₹1,499.00",
        "refunds                        0                 0",
        "  total                    ₹0.00             ₹0.00",
        "disputes                       0                 0",
        "Orders created by this run: 1. Sessions of other shops: 0.",
        f"No discrepancies, as of {exact_time(row.cutoff)}.",
    ]


def test_check_changes_nothing_and_reports_what_is_missing(
    synced: Sandbox, member: Client, lamp: ProductPage, capsys: Captured
) -> None:
    lost = buy(synced, member, lamp)
    with pytest.raises(CommandError, match=r"^1 discrepancy\.$") as failure:
        call_command("reconcile_orders", "--check")
    assert failure.value.returncode == 1
    assert (
        f"{lost}: ₹1,499.00 was paid at Stripe, but there is no order." in capsys.readouterr().out
    )
    assert not Order.objects.exists() and not Alert.objects.exists()
    assert not Reconciliation.objects.get().agrees
    call_command("reconcile_orders")
    assert only_order().session_id == lost
    call_command("reconcile_orders", "--check")
    assert "No discrepancies, as of " in capsys.readouterr().out


def test_a_discrepancy_is_reported_with_its_order_until_staff_explain_it(
    synced: Sandbox, member: Client, lamp: ProductPage, shopper: User, capsys: Captured
) -> None:
    session_id = buy(synced, member, lamp)
    call_command("reconcile_orders")
    alter(synced, "checkout.session", session_id, amount_total=140000)
    said = (
        f"{session_id} (order {only_order().number}): Total: ₹1,400.00 at Stripe, "
        "₹1,499.00 on the order."
    )
    with pytest.raises(CommandError, match="1 discrepancy"):
        call_command("reconcile_orders")
    assert f"{said}\n" in capsys.readouterr().out
    resolve_by_staff(Alert.objects.get(), shopper, "A discount on the phone.")
    call_command("reconcile_orders")
    assert f"{said} Explained by staff.\nNo discrepancies, as of " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesterday", f"{NOT_A_TIME}, not 'yesterday'."),
        ("2026-02-30", f"{NOT_A_TIME}, not '2026-02-30'."),
        ("", f"{NOT_A_TIME}, not ''."),
        ("9999-01-01", "--since must be between 2010 and now, not '9999-01-01'."),
        ("0001-01-01", "--since must be between 2010 and now, not '0001-01-01'."),
    ],
    ids=["word", "no day", "empty", "future", "before Stripe"],
)
def test_an_unusable_since_is_refused_and_stripe_is_not_queried(
    synced: Sandbox, text: str, said: str
) -> None:
    with pytest.raises(CommandError) as failure:
        call_command("reconcile_orders", f"--since={text}")
    assert str(failure.value) == said
    assert not synced.requests and not Reconciliation.objects.exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2020-10-01", "from 1 Oct 2020, 00:00:00 IST to "),
        ("2020-10-01T12:00", "from 1 Oct 2020, 12:00:00 IST to "),
        ("2020-10-01T12:00Z", "from 1 Oct 2020, 17:30:00 IST to "),
    ],
    ids=["day", "local time", "with its zone"],
)
def test_since_is_read_and_shown_in_the_time_zone_of_the_shop(
    synced: Sandbox, text: str, shown: str, capsys: Captured
) -> None:
    call_command("reconcile_orders", "--since", text)
    assert shown in capsys.readouterr().out


def test_since_leaves_out_what_is_older(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    lost = buy(synced, member, lamp)
    alter(synced, "checkout.session", lost, created=synced.state.now() - 7200)
    call_command("reconcile_orders", "--since", (timezone.now() - timedelta(hours=1)).isoformat())
    assert Reconciliation.objects.get().agrees and not Order.objects.exists()
    call_command("reconcile_orders")
    assert only_order().session_id == lost


def test_an_interrupted_run_is_an_error(
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policy, "RETRY_PAUSES", (0.01, 0.01))
    buy(synced, member, lamp)
    synced.fail_next(status=429, times=None, path=SESSIONS)
    with pytest.raises(CommandError, match=r"^The comparison was interrupted: "):
        call_command("reconcile_orders")
    assert capsys.readouterr().out == ""
    assert not Order.objects.exists()
