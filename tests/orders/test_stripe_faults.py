"""Stripe fails while a session is created: nothing is charged, the shopper gets a message, and the
next click works.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from alerts.models import Alert
from orders.checkout import poll
from orders.checkout import session as checkout_session
from orders.models import Checkout, Order
from orders.reconciliation.run import reconcile
from products.models import PricePeriod, ProductPage, Reservation, StripePrice
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form, publish, session_of
from tests.orders.rate_limited import gate
from tests.orders.selling import (
    SESSIONS,
    alter,
    buy,
    chosen,
    let_time_pass,
    make_due,
    only_order,
    open_page,
    problem,
    session_states,
    token_of,
)
from users.models import User


def no_page(response: Any, page: ProductPage, text: str = "be reached right now") -> None:
    """Assert the error page: nothing was charged, and the basket is still there."""
    assert response.status_code == 502
    assert text in problem(response)
    assert chosen(response) == {str(page.product_key): "2"}


def keys(sandbox: Sandbox) -> list[str]:
    """The last part of the idempotency keys used for sessions: the attempt number."""
    asked = [call for call in sandbox.requests if (call.method, call.path) == ("POST", SESSIONS)]
    return [str(call.idempotency_key).rsplit("-", 1)[1] for call in asked]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_after_a_5xx_the_next_click_uses_another_key_and_works(
    synced: Sandbox, member: Client, lamp: ProductPage, moment: str
) -> None:
    data = form((lamp, 2))
    synced.fail_next(path=SESSIONS, moment=moment)
    answer = member.post("/checkout/", data)
    no_page(answer, lamp)
    assert token_of(answer) == data["token"]
    assert Checkout.objects.get().status == "opening"
    session_id = session_of(member.post("/checkout/", data))
    assert keys(synced) == ["1", "1", "2"]  # the library retries a 500 once
    assert Checkout.objects.get().session_id == session_id
    synced.pay(session_id)
    deliver(synced)
    assert only_order().subtotal == 299800


def test_after_a_timeout_the_next_click_uses_the_same_key_and_finds_the_session(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 2))
    synced.fail_next(path=SESSIONS, kind="reset", moment="before")
    synced.fail_next(path=SESSIONS, kind="reset", moment="after")
    no_page(member.post("/checkout/", data), lamp)
    (made,) = session_states(synced)
    assert session_of(member.post("/checkout/", data)) == made
    assert keys(synced) == ["1", "1", "1"]
    assert Checkout.objects.get().session_id == made


def test_an_idempotency_key_is_not_used_after_a_minute(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 2))
    synced.fail_next(path=SESSIONS, kind="reset", times=2)
    no_page(member.post("/checkout/", data), lamp)
    let_time_pass(timedelta(seconds=61))
    before = Checkout.objects.get().expires_at
    session_id = session_of(member.post("/checkout/", data))
    checkout = Checkout.objects.get()
    assert keys(synced) == ["1", "1", "2"]
    assert (checkout.session_id, checkout.attempt) == (session_id, 2)
    session = synced.state.get("checkout.session", session_id)
    assert session is not None
    assert session["expires_at"] == checkout.expires_at.timestamp() > before.timestamp()


def test_when_stripe_hangs_the_next_click_finds_the_session(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 2))
    synced.fail_next(path=SESSIONS, kind="hang", seconds=60, moment="after")
    after_the_librarys_patience = threading.Timer(10.3, synced.clear_faults)
    after_the_librarys_patience.start()
    session_id = session_of(member.post("/checkout/", data))
    after_the_librarys_patience.join()
    assert keys(synced) == ["1", "1"]  # timed out, and retried with the same key
    assert list(session_states(synced)) == [session_id]


def test_429_counts_as_an_outage(
    sandbox: Sandbox, member: Client, lamp: ProductPage, settings: Settings
) -> None:
    with gate(sandbox.url) as door:
        settings.STRIPE_API_BASE = door.url
        assert sync_catalogue() == []
        data = form((lamp, 2))
        door.closed = True
        no_page(member.post("/checkout/", data), lamp)
        assert session_states(sandbox) == {}
        door.closed = False
        session_of(member.post("/checkout/", data))
        assert len(session_states(sandbox)) == 1
        assert Checkout.objects.get().attempt == 1


def test_a_refused_key_is_not_explained_to_the_shopper(
    synced: Sandbox, member: Client, lamp: ProductPage, settings: Settings
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_wrong"
    no_page(member.post("/checkout/", form((lamp, 2))), lamp, "We have been notified")
    assert not Checkout.objects.exists()
    assert Alert.objects.get().key == "stripe-key-refused"


def test_a_key_without_permission_for_sessions_raises_an_alert_until_one_is_created(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    synced.fail_next(status=403, path=SESSIONS)
    no_page(member.post("/checkout/", form((lamp, 2))), lamp, "We have been notified")
    row = Alert.objects.get()
    assert row.key == "checkout-refused"
    assert row.message == (
        "The Stripe key cannot create payment pages, so nobody can buy: The provided key "
        "'rk_test_*********' does not have the required permissions for this endpoint on account "
        f"'{synced.account}'. Having the 'rak_checkout_session_write' permission would allow this "
        "request to continue."
    )
    assert session_states(synced) == {} and not Order.objects.exists()
    open_page(member, lamp)
    assert not Alert.objects.open().exists()


def test_a_key_that_cannot_read_payment_intents_loses_no_payment(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    let_time_pass(timedelta(minutes=3))
    synced.fail_next(status=403, path=f"{SESSIONS}/")
    poll.poll_checkouts()
    assert only_order().session_id == session_id
    assert [call.params for call in synced.requests] == [{"expand": ["payment_intent"]}, {}]


@pytest.mark.parametrize("ask", [poll.poll_checkouts, reconcile])
def test_a_failed_debit_that_the_key_cannot_see_stays_processing_and_raises_an_alert(
    synced: Sandbox, member: Client, lamp: ProductPage, ask: Callable[[], Any]
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id, bank="000111111113")
    deliver(synced)
    synced.fail(session_id)
    let_time_pass(timedelta(hours=1))
    synced.fail_next(status=403, path=f"{SESSIONS}/")
    ask()
    assert Checkout.objects.get().status == "processing"
    assert Reservation.objects.exists() and not Order.objects.exists()
    assert Alert.objects.get().key == "payment-intents-unreadable"
    make_due()
    ask()
    assert Checkout.objects.get().status == "failed"
    assert not Reservation.objects.exists() and not Alert.objects.open().exists()


def test_a_checkout_that_stripe_refuses_for_good_raises_one_alert_per_shopper(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage
) -> None:
    synced.fail_next(status=400, path=SESSIONS, times=None)
    for _ in range(2):
        no_page(member.post("/checkout/", form((lamp, 2))), lamp, "We have been notified")
    row = Alert.objects.get()
    assert row.key == f"shopper-refused:{shopper.pk}" and row.times == 2
    assert row.message.startswith("Stripe refused to create a payment page for shopper ")
    assert session_states(synced) == {} and not Reservation.objects.exists()


def test_if_the_old_session_cannot_be_expired_no_new_one_is_created(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 1))
    first = session_of(member.post("/checkout/", data))
    synced.fail_next(path=f"{SESSIONS}/{first}/expire", times=None)
    no_page(member.post("/checkout/", {**data, "quantity": "2"}), lamp)
    assert session_states(synced) == {first: "open"}
    assert Checkout.objects.get().status == "open"
    synced.clear_faults()
    second = session_of(member.post("/checkout/", {**data, "quantity": "2"}))
    assert session_states(synced) == {first: "expired", second: "open"}


def test_a_price_archived_in_the_dashboard_is_reactivated(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    price = StripePrice.objects.get(product__translation_key=lamp.product_key)
    product = synced.state.get("product", price.product.stripe_id)
    alter(synced, "price", price.stripe_id, active=False)
    session_id = buy(synced, member, lamp, 2)
    assert product is not None and synced.state.get("price", price.stripe_id)["active"] is True  # type: ignore[index]
    deliver(synced)
    assert (only_order().session_id, only_order().subtotal) == (session_id, 299800)
    assert set(Checkout.objects.values_list("status", flat=True)) == {"failed", "complete"}
    assert not Reservation.objects.exists()


def test_a_product_archived_in_the_dashboard_is_reactivated(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    price = StripePrice.objects.get(product__translation_key=lamp.product_key)
    alter(synced, "product", price.product.stripe_id, active=False)
    buy(synced, member, lamp, 2)
    deliver(synced)
    assert only_order().subtotal == 299800


def test_a_product_deleted_in_the_dashboard_is_created_again(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    price = StripePrice.objects.get(product__translation_key=lamp.product_key)
    synced.state.run(
        "DELETE FROM objects WHERE id IN (?, ?)", price.stripe_id, price.product.stripe_id
    )
    buy(synced, member, lamp, 2)
    deliver(synced)
    assert only_order().subtotal == 299800
    assert StripePrice.objects.get(pk=price.pk).stripe_id != price.stripe_id


def test_a_session_with_another_amount_is_expired_and_raises_an_alert(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    lamps = StripePrice.objects.get(product__translation_key=lamp.product_key)
    quilts = StripePrice.objects.get(product__translation_key=quilt.product_key)
    alter(synced, "price", lamps.stripe_id, unit_amount=10000)
    no_page(member.post("/checkout/", form((lamp, 2))), lamp)
    assert list(session_states(synced).values()) == ["expired"]
    assert Checkout.objects.get().status == "failed"
    assert not Reservation.objects.exists()
    attention = Alert.objects.get()
    assert (
        attention.key.startswith("wrong-session:")
        and next(iter(session_states(synced))) in attention.message
    )
    assert open_page(member, quilt) and quilts.active


def test_a_wrong_session_that_cannot_be_expired_is_never_shown_or_adopted(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    price = StripePrice.objects.get(product__translation_key=lamp.product_key)
    alter(synced, "price", price.stripe_id, unit_amount=10000)
    (before,) = [synced.state.get("price", price.stripe_id)]
    synced.fail_next(path=f"{SESSIONS}/cs_", times=None)
    no_page(member.post("/checkout/", form((lamp, 2))), lamp)
    assert Checkout.objects.get().status == "failed"
    assert Alert.objects.count() == 1
    synced.clear_faults()
    synced.state.save({**(before or {}), "unit_amount": 149900})
    shown = open_page(member, lamp, 2)
    assert synced.state.get("checkout.session", shown)["amount_total"] == 299800  # type: ignore[index]


def test_a_new_price_that_is_not_synced_yet_can_be_bought(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    lamp = publish(lamp, price="1599.00")
    buy(synced, member, lamp)
    deliver(synced)
    assert only_order().total == 159900
    assert PricePeriod.objects.filter(until=None, amount=159900).exists()


def test_after_the_sandbox_was_emptied_buying_works_and_old_orders_stay(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    buy(synced, member, lamp)
    deliver(synced)
    old = only_order()
    unpaid = open_page(member, quilt)  # in the account that is about to disappear
    old_account = synced.account
    synced.reset()
    synced.requests.clear()

    session_id = open_page(member, quilt)
    assert session_id != unpaid
    assert len([call for call in calls(synced) if call == f"POST {SESSIONS}"]) == 1
    synced.pay(session_id)
    deliver(synced)
    assert member.post("/checkout/", form((lamp, 1))).status_code == 303
    new = Order.objects.exclude(pk=old.pk).get()
    assert (old.account, new.account) == (old_account, synced.account)
    old.refresh_from_db()
    assert (old.total, member.get(old.get_absolute_url()).status_code) == (149900, 200)
    assert sync_catalogue() == []
    assert len(synced.state.find("product")) == 2


def test_an_emptied_sandbox_is_noticed_before_anything_is_created_in_it(
    sandbox: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    buy(sandbox, member, lamp)  # so the account is known, but the quilt was never synced to it
    sandbox.reset()
    session_id = buy(sandbox, member, quilt)
    assert Checkout.objects.get(session_id=session_id).account == sandbox.account
    assert reconcile().created_orders == 1
    assert only_order().account == sandbox.account


@pytest.mark.parametrize("published", [False, True])
def test_an_emptied_sandbox_sells_even_if_nothing_was_open_before(
    synced: Sandbox, member: Client, lamp: ProductPage, published: bool
) -> None:
    synced.reset()
    if published:
        lamp = publish(lamp, price="1599.00")
    session_id = open_page(member, lamp)
    synced.pay(session_id)
    deliver(synced)
    assert only_order().account == synced.account


@pytest.mark.parametrize("email", ['"a,b<1>"@example.com', "ann@localhost"])
def test_stripe_asks_for_an_email_address_that_it_would_reject(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage, email: str
) -> None:
    User.objects.filter(pk=shopper.pk).update(email=email)
    data = form((lamp, 2))
    session_id = session_of(member.post("/checkout/", data))
    assert keys(synced) == ["1", "2"]
    session = synced.state.get("checkout.session", session_id)
    assert session is not None and session["customer_email"] is None
    assert session_of(member.post("/checkout/", data)) == session_id
    synced.pay(session_id, email="ann@example.com")
    deliver(synced)
    assert (only_order().subtotal, only_order().email) == (299800, "ann@example.com")
    assert not Alert.objects.exists()


def test_an_email_address_that_stripe_rejects_stays_out_of_the_next_attempt(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage
) -> None:
    User.objects.filter(pk=shopper.pk).update(email="ann@localhost")
    open_page(member, lamp)
    Checkout.objects.update(status="opening", session_id=None)
    checkout = checkout_session.next_attempt(Checkout.objects.get().pk, 2)
    assert checkout.attempt == 3 and "customer_email" not in checkout.request


def test_an_amount_that_stripe_refuses_is_not_a_fault_of_the_shop(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    price = StripePrice.objects.get(product__translation_key=lamp.product_key)
    alter(synced, "price", price.stripe_id, unit_amount=99999999)
    answer = member.post("/checkout/", form((lamp, 2)))
    assert answer.status_code == 400
    assert "can't take a payment of this amount" in problem(answer)
    assert chosen(answer) == {str(lamp.product_key): "2"}
    assert not Alert.objects.exists() and session_states(synced) == {}
    assert not Reservation.objects.exists() and not Order.objects.exists()
