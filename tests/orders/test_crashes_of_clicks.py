"""The process is killed between what Stripe has done and what we have noted of it, from the click
to the payment page.

A real process does the step. The next click or the worker's next round goes on, and both sides
agree.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts.models import Alert
from orders.checkout import poll
from orders.models import Checkout, CheckoutLine, Order
from products.models import ProductPage, Reservation, StripeProduct
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form, session_of
from tests.orders.selling import (
    SESSIONS,
    let_time_pass,
    make_due,
    only_order,
    open_page,
    session_states,
    success,
)
from tests.process_to_kill import PATIENCE, TOKEN, held, kill, kill_at_the_lock, process, wait_until


def buying(page: ProductPage, quantity: int = 1) -> Any:
    """A process in which the shopper clicks Pay."""
    return process("buy", "shopper@example.com", str(page.product_key), page.unit_amount, quantity)


def again(browser: Client, page: ProductPage, quantity: int = 1) -> str:
    """The shopper clicks the same button again; returns the id of the session that opens."""
    return session_of(browser.post("/checkout/", {**form((page, quantity)), "token": TOKEN}))


def statuses() -> list[str]:
    """The statuses of all checkouts, oldest first."""
    return list(Checkout.objects.order_by("created_at").values_list("status", flat=True))


@pytest.fixture
def answered_not_saved(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> str:
    """The id of a session whose click was killed after Stripe's response, before the commit."""
    synced.fail_next(kind="hang", seconds=60, path=SESSIONS)
    with buying(lamp) as child:
        wait_until(lambda: calls(synced) == [f"POST {SESSIONS}"], child)
        with held(Checkout):
            synced.clear_faults()  # Stripe creates the session and answers
            kill_at_the_lock(child)
    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.session_id) == ("opening", None)
    (session_id,) = session_states(synced)
    synced.requests.clear()
    return session_id


def test_killed_before_saving_the_session_the_next_click_finds_it(
    answered_not_saved: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    assert (
        session_of(member.post("/checkout/", {**form((lamp, 1)), "token": TOKEN}))
        == answered_not_saved
    )
    assert calls(synced) == [f"POST {SESSIONS}"]
    assert list(session_states(synced)) == [answered_not_saved]


def test_killed_before_saving_the_session_the_worker_saves_it(
    answered_not_saved: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    make_due()
    poll.poll_checkouts()
    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.session_id) == ("open", answered_not_saved)
    assert checkout.url.endswith(answered_not_saved)
    assert session_of(member.post("/checkout/", form((lamp, 1)))) == answered_not_saved


def test_killed_before_saving_the_session_and_never_clicked_again_the_worker_closes_the_checkout(
    answered_not_saved: str, synced: Sandbox
) -> None:
    synced.expire(answered_not_saved)
    make_due()
    poll.poll_checkouts()
    assert Checkout.objects.get().status == "expired"
    assert not Reservation.objects.exists()
    assert not Order.objects.exists()


def test_killed_before_saving_the_session_but_paid_the_webhook_completes(
    answered_not_saved: str, synced: Sandbox
) -> None:
    synced.pay(answered_not_saved)
    assert deliver(synced).status_code == 200
    assert only_order().session_id == answered_not_saved
    assert Checkout.objects.get().session_id == answered_not_saved
    assert calls(synced) == []
    assert not Alert.objects.exists()


def test_killed_before_saving_the_session_and_event_lost_the_success_page_or_the_worker_completes(
    answered_not_saved: str, synced: Sandbox, member: Client
) -> None:
    synced.pay(answered_not_saved)
    make_due()
    poll.poll_checkouts()
    assert only_order().session_id == answered_not_saved
    assert success(member, answered_not_saved).status_code == 303


def test_after_a_click_a_minute_later_the_worker_does_not_adopt_the_lost_session(
    answered_not_saved: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    let_time_pass(timedelta(seconds=61))
    second = session_of(member.post("/checkout/", {**form((lamp, 1)), "token": TOKEN}))
    assert second != answered_not_saved
    synced.expire(answered_not_saved)
    deliver(synced, "checkout.session.expired")
    make_due()
    poll.poll_checkouts()
    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.session_id, checkout.attempt) == ("open", second, 2)


def test_killed_before_the_call_to_stripe_the_worker_closes_the_checkout_after_its_expiry(
    committed_db: None, synced: Sandbox, lamp: ProductPage, member: Client
) -> None:
    synced.fail_next(kind="reset", path=SESSIONS, times=None)
    with buying(lamp) as child:
        wait_until(lambda: f"POST {SESSIONS}" in calls(synced), child)
        kill(child)
    synced.clear_faults()
    make_due()
    poll.poll_checkouts()
    assert Checkout.objects.get().status == "opening"
    let_time_pass(timedelta(minutes=36))
    make_due()
    poll.poll_checkouts()
    assert Checkout.objects.get().status == "expired"
    assert not Reservation.objects.exists()


@pytest.fixture
def stored_not_sent(committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage) -> str:
    """The id of a session whose click was killed between saving the checkout and the redirect."""
    with buying(lamp) as child:
        wait_until(lambda: statuses() == ["open"], child)
        kill(child)
    (session_id,) = session_states(synced)
    return session_id


@pytest.mark.parametrize("same_form", [True, False])
def test_killed_before_the_redirect_the_next_click_redirects(
    stored_not_sent: str, synced: Sandbox, member: Client, lamp: ProductPage, same_form: bool
) -> None:
    assert (again(member, lamp) if same_form else open_page(member, lamp)) == stored_not_sent
    assert session_states(synced) == {stored_not_sent: "open"}
    assert statuses() == ["open"]
    assert Reservation.objects.count() == 1


@pytest.fixture
def expired_not_closed(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> str:
    """The id of an old session; the click on another basket was killed between expiring it and
    closing its checkout.
    """
    old = open_page(member, lamp)
    synced.fail_next(kind="hang", seconds=PATIENCE, path=f"{SESSIONS}/{old}/expire", moment="after")
    with buying(lamp, 3) as child:
        wait_until(lambda: session_states(synced) == {old: "expired"}, child)
        kill(child)
    synced.clear_faults()
    assert statuses() == ["open"]
    return old


def test_killed_between_expiring_and_closing_the_same_click_opens_the_new_basket(
    expired_not_closed: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    new = again(member, lamp, 3)
    assert session_states(synced) == {expired_not_closed: "expired", new: "open"}
    assert statuses() == ["replaced", "open"]
    assert Reservation.objects.get().quantity == 3


def test_killed_between_expiring_and_closing_the_first_basket_gets_a_new_session(
    expired_not_closed: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    new = open_page(member, lamp)
    assert session_states(synced) == {expired_not_closed: "expired", new: "open"}
    assert statuses() == ["expired", "open"]
    assert Reservation.objects.get().quantity == 1


def test_killed_between_expiring_and_closing_the_worker_closes(
    expired_not_closed: str, synced: Sandbox
) -> None:
    make_due()
    poll.poll_checkouts()
    assert statuses() == ["expired"]
    assert session_states(synced) == {expired_not_closed: "expired"}
    assert not Reservation.objects.exists()
    assert not Alert.objects.exists()


def test_killed_between_the_old_checkout_and_the_new_one_the_same_click_continues(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    old = open_page(member, lamp)
    with buying(lamp, 3) as child, held(CheckoutLine):
        kill_at_the_lock(child)
    assert statuses() == ["replaced"]
    assert not Reservation.objects.exists()
    new = again(member, lamp, 3)
    assert session_states(synced) == {old: "expired", new: "open"}
    assert statuses() == ["replaced", "open"]
    assert Reservation.objects.get().quantity == 3


@pytest.fixture
def paid_not_completed(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> str:
    """The id of an old session; the click on another basket found it paid and was killed before
    completing it.
    """
    old = open_page(member, lamp)
    synced.pay(old)
    with buying(lamp, 3) as child, held(Reservation):
        kill_at_the_lock(child)
    assert statuses() == ["open"]
    assert not Order.objects.exists()
    return old


def click(sandbox: Sandbox, browser: Client, page: ProductPage) -> None:
    again(browser, page, 3)


def work(sandbox: Sandbox, browser: Client, page: ProductPage) -> None:
    make_due()
    poll.poll_checkouts()


def hear(sandbox: Sandbox, browser: Client, page: ProductPage) -> None:
    assert deliver(sandbox).status_code == 200


@pytest.mark.parametrize("heal", [click, work, hear])
def test_killed_after_the_old_session_was_found_paid_it_still_becomes_an_order(
    paid_not_completed: str,
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    heal: Callable[..., None],
) -> None:
    heal(synced, member, lamp)
    assert (only_order().session_id, only_order().total) == (paid_not_completed, 149900)
    assert only_order().events.count() == 1
    assert statuses() == (["complete", "open"] if heal is click else ["complete"])
    assert list(session_states(synced).values()).count("open") == (heal is click)
    assert not Reservation.objects.exclude(quantity=3).exists()
    assert not Alert.objects.exists()


@pytest.mark.parametrize("step", ["/v1/products", "/v1/prices"])
@pytest.mark.parametrize("heal", ["click", "worker"])
def test_killed_while_creating_product_and_price_they_are_created_once(
    committed_db: None, sandbox: Sandbox, member: Client, lamp: ProductPage, step: str, heal: str
) -> None:
    sandbox.fail_next(kind="hang", seconds=PATIENCE, path=step, method="POST", moment="after")
    with buying(lamp) as child:
        wait_until(
            lambda: sandbox.state.find("price" if step == "/v1/prices" else "product"), child
        )
        kill(child)
    sandbox.clear_faults()
    assert not Checkout.objects.exists()
    if heal == "worker":
        assert sync_catalogue() == []
        assert StripeProduct.objects.get().fingerprint
    session_id = again(member, lamp)
    assert session_states(sandbox) == {session_id: "open"}
    (price,) = sandbox.state.find("price")
    assert (price["unit_amount"], price["active"]) == (149900, True)
    assert [product["id"] for product in sandbox.state.find("product")] == [price["product"]]
    assert Checkout.objects.get().lines.get().stripe_price.stripe_id == price["id"]
