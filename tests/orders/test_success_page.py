"""Back from the payment page: however often, by whomever, with whatever in the address."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.checkout import poll
from orders.models import Checkout, Order
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver
from tests.orders.selling import (
    SESSIONS,
    alter,
    buy,
    make_due,
    only_order,
    open_page,
    success,
    text_of,
)
from users.models import User

Browser = Callable[[User], Client]


@pytest.fixture
def stranger(client_of: Browser, db: None) -> Client:
    return client_of(User.objects.create_user("stranger@example.com", "a-long-password"))


def test_five_refreshes_and_three_deliveries_give_one_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp, 2)
    pages = [success(member, session_id) for _ in range(5)]
    assert [deliver(synced).status_code for _ in range(3)] == [200] * 3
    order = only_order()
    assert {page["Location"] for page in pages} == {f"/orders/{order.number}/"}
    assert (order.subtotal, order.total, order.lines.count(), order.events.count()) == (
        299800,
        299800,
        1,
        1,
    )


def test_somebody_elses_session_is_unknown_and_nothing_moves(
    synced: Sandbox, member: Client, stranger: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    assert success(stranger, session_id).status_code == 404
    assert not Order.objects.exists()
    assert Checkout.objects.get().status == "open"
    assert calls(synced) == []

    deliver(synced)
    assert success(stranger, session_id).status_code == 404
    assert stranger.get(only_order().get_absolute_url()).status_code == 404


def test_somebody_elses_session_is_unknown_without_a_checkout_too(
    synced: Sandbox, member: Client, stranger: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    Checkout.objects.update(
        session_id=None, status="opening"
    )  # killed before the session's id was stored
    assert success(stranger, session_id).status_code == 404
    assert not Order.objects.exists()
    assert success(member, session_id).status_code == 303
    assert success(stranger, session_id).status_code == 404


@pytest.mark.parametrize(
    ("session_id", "status"),
    [
        ("", 400),
        ("{CHECKOUT_SESSION_ID}", 400),
        ("cs_test_" + "a" * 10_000, 400),
        ("cs_test_наложка", 400),
        ("cs_test_\x00\ud83d", 400),
        ("cs_test_/../../customers", 400),
        ("cs_test_a\n", 400),
        ("cs_test_unknown", 404),
    ],
)
def test_an_id_that_is_none_gets_a_clear_page(
    synced: Sandbox, member: Client, session_id: str, status: int
) -> None:
    address = session_id.encode("utf-8", "surrogatepass").decode("latin-1")
    page = member.get("/checkout/success/", {"session_id": address})
    assert page.status_code == status
    assert "My orders" in page.content.decode()
    assert not Order.objects.exists()
    assert len(calls(synced)) == (1 if status == 404 else 0)


def test_no_session_id_at_all_gets_a_clear_page(member: Client) -> None:
    assert member.get("/checkout/success/").status_code == 400
    assert member.get("/checkout/success/?session_id=cs_a&session_id=").status_code == 400
    assert member.post("/checkout/success/").status_code == 405


def test_logged_out_on_the_way_the_shopper_logs_in_and_finds_the_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    browser = Client()
    page = success(browser, session_id)
    assert page.status_code == 302 and page["Location"].startswith(
        "/accounts/login/?next=/checkout/success/"
    )
    assert not Order.objects.exists()
    logged_in = browser.post(
        page["Location"], {"login": "shopper@example.com", "password": "a-long-password"}
    )
    back = browser.get(logged_in["Location"])
    assert (back.status_code, back["Location"]) == (303, only_order().get_absolute_url())


def test_an_open_session_is_no_order_and_its_page_says_that_nothing_was_charged(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    page = success(member, open_page(member, lamp))
    assert page.status_code == 409 and "Nothing was charged" in page.content.decode()
    assert not Order.objects.exists()
    assert Checkout.objects.get().status == "open"


def test_an_expired_session_is_no_order_and_frees_what_it_held(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.expire(session_id)
    page = success(member, session_id)
    assert page.status_code == 410 and "expired" in page.content.decode()
    assert not Order.objects.exists()
    assert Checkout.objects.get().status == "expired"


def test_a_delayed_payment_is_waited_for_with_one_query_to_stripe_in_five_seconds(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    make_delayed(synced, session_id)
    synced.requests.clear()
    for _ in range(3):
        page = success(member, session_id)
        assert page.status_code == 200
        assert "Brass lamp" in text_of(page) and "Check status" in text_of(page)
        assert status(member, session_id) == {"waiting": True}
    assert calls(synced) == [f"GET {SESSIONS}/{session_id}"]
    assert Checkout.objects.get().status == "processing"
    assert not Order.objects.exists()

    alter(synced, "checkout.session", session_id, payment_status="paid")
    Checkout.objects.update(checked_at=timezone.now() - timedelta(seconds=6))
    assert status(member, session_id) == {"waiting": False}
    assert success(member, session_id).status_code == 303
    assert only_order().total == 149900


def test_a_delayed_payment_that_arrives_after_the_browser_has_gone_becomes_an_order_by_the_worker(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    make_delayed(synced, session_id)
    make_due()
    poll.poll_checkouts()
    assert Checkout.objects.get().status == "processing"
    assert not Order.objects.exists()
    alter(synced, "checkout.session", session_id, payment_status="paid")
    make_due()
    poll.poll_checkouts()
    assert only_order().total == 149900


def status(browser: Client, session_id: str) -> Any:
    """What the waiting page is told when it checks the status."""
    return browser.get("/checkout/status/", {"session_id": session_id}).json()


def test_the_status_of_somebody_elses_or_an_unknown_session_says_nothing(
    synced: Sandbox, member: Client, stranger: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    make_delayed(synced, session_id)
    synced.requests.clear()
    assert status(stranger, session_id) == {"waiting": False}
    for unknown in ("", "x", "cs_test_\x00"):
        assert status(member, unknown) == {"waiting": False}
    assert calls(synced) == [] and not Order.objects.exists()
    to_login = Client().get("/checkout/status/", {"session_id": session_id})
    assert to_login["Location"].startswith("/accounts/login/")


def test_a_waiting_page_without_a_checkout_shows_no_empty_table(
    synced: Sandbox, member: Client
) -> None:
    success(member, "cs_test_made_up")
    page = success(member, "cs_test_made_up")
    assert "Waiting for confirmation of your payment" in text_of(page)
    assert b"<table" not in page.content


def make_delayed(sandbox: Sandbox, session_id: str) -> None:
    """Complete and unpaid, as a bank debit is for some days."""
    sandbox.pay(session_id)
    alter(sandbox, "checkout.session", session_id, payment_status="unpaid")


@pytest.mark.parametrize("fault", [{"status": 500}, {"kind": "reset"}])
def test_stripe_down_is_a_waiting_page_and_the_order_is_created_once_it_is_up(
    synced: Sandbox, member: Client, lamp: ProductPage, fault: dict[str, object]
) -> None:
    session_id = buy(synced, member, lamp)
    synced.fail_next(times=None, **fault)
    page = success(member, session_id)
    assert page.status_code == 200 and "Waiting for confirmation" in text_of(page)
    assert not Order.objects.exists()
    synced.clear_faults()
    Checkout.objects.update(checked_at=timezone.now() - timedelta(seconds=6))
    assert success(member, session_id).status_code == 303
    assert only_order().total == 149900


def test_stripe_hanging_keeps_the_shopper_three_seconds(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    synced.fail_next(kind="hang", seconds=30)
    began = timezone.now()
    assert success(member, session_id).status_code == 200
    assert timezone.now() - began < timedelta(seconds=5)
    assert len(calls(synced)) == 1
    assert not Order.objects.exists()


def test_another_shop_on_the_same_stripe_account_gets_no_order_here(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    Checkout.objects.update(session_id=None, status="opening")
    session = synced.state.get("checkout.session", session_id)
    assert session is not None
    foreign = {
        "installation": str(uuid.uuid4()),
        "checkout": str(uuid.uuid4()),
        "user": str(shopper.pk),
    }
    synced.state.save({**session, "metadata": foreign})
    assert success(member, session_id).status_code == 404
    assert not Order.objects.exists()


def test_made_up_sessions_cost_one_call_in_five_seconds(synced: Sandbox, member: Client) -> None:
    assert success(member, "cs_test_made_up").status_code == 404
    for number in range(5):
        assert success(member, f"cs_test_{number}").status_code == 200  # the waiting page
    assert calls(synced) == [f"GET {SESSIONS}/cs_test_made_up"]
