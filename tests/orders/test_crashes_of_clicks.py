"""The process is killed between what Stripe has done and what we have noted of it, from the click to the payment page.

A real process does the step. The next click or the worker's next round goes on, and both sides agree.
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
from sandbox.server import Sandbox
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
    """A process in which the shopper presses Buy."""
    return process("buy", "shopper@example.com", str(page.product_key), page.unit_amount, quantity)


def again(browser: Client, page: ProductPage, quantity: int = 1) -> str:
    """The shopper presses the same button again; the id of the session whose page comes."""
    return session_of(browser.post("/checkout/", {**form((page, quantity)), "token": TOKEN}))


def statuses() -> list[str]:
    """Of all attempts, oldest first."""
    return list(Checkout.objects.order_by("created_at").values_list("status", flat=True))


@pytest.fixture
def answered_not_saved(committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage) -> str:
    """A click whose process was killed between "Stripe answered" and "checkout saved"; the session's id."""
    synced.fail_next(kind="hang", seconds=60, path=SESSIONS)
    with buying(lamp) as child:
        wait_until(lambda: calls(synced) == [f"POST {SESSIONS}"], child)
        with held(Checkout):
            synced.calm()  # Stripe goes on, makes the session and answers
            kill_at_the_lock(child)
    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.session_id) == ("opening", None)
    (session_id,) = session_states(synced)
    synced.requests.clear()
    return session_id


def test_killed_between_answered_and_saved_the_next_click_finds_the_session(
    answered_not_saved: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    assert session_of(member.post("/checkout/", {**form((lamp, 1)), "token": TOKEN})) == answered_not_saved
    assert calls(synced) == [f"POST {SESSIONS}"]
    assert list(session_states(synced)) == [answered_not_saved]


def test_killed_between_answered_and_saved_the_worker_saves_it(
    answered_not_saved: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    make_due()
    poll.poll_checkouts()
    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.session_id) == ("open", answered_not_saved)
    assert checkout.url.endswith(answered_not_saved)
    assert session_of(member.post("/checkout/", form((lamp, 1)))) == answered_not_saved


def test_killed_between_answered_and_saved_and_never_clicked_again_the_worker_closes_it(
    answered_not_saved: str, synced: Sandbox
) -> None:
    synced.expire(answered_not_saved)
    make_due()
    poll.poll_checkouts()
    assert Checkout.objects.get().status == "expired"
    assert not Reservation.objects.exists()
    assert not Order.objects.exists()


def test_killed_between_answered_and_saved_and_paid_all_the_same_the_webhook_settles(
    answered_not_saved: str, synced: Sandbox
) -> None:
    synced.pay(answered_not_saved)
    assert deliver(synced).status_code == 200
    assert only_order().session_id == answered_not_saved
    assert Checkout.objects.get().session_id == answered_not_saved
    assert calls(synced) == []
    assert not Alert.objects.exists()


def test_killed_between_answered_and_saved_and_the_webhook_lost_the_success_page_or_worker_settles(
    answered_not_saved: str, synced: Sandbox, member: Client
) -> None:
    synced.pay(answered_not_saved)
    make_due()
    poll.poll_checkouts()
    assert only_order().session_id == answered_not_saved
    assert success(member, answered_not_saved).status_code == 303


def test_clicked_again_after_a_minute_the_lost_session_is_not_what_the_worker_takes_for_ours(
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


def test_killed_before_stripe_was_asked_the_worker_closes_it_when_its_time_is_over(
    committed_db: None, synced: Sandbox, lamp: ProductPage, member: Client
) -> None:
    synced.fail_next(kind="reset", path=SESSIONS, times=None)
    with buying(lamp) as child:
        wait_until(lambda: f"POST {SESSIONS}" in calls(synced), child)
        kill(child)
    synced.calm()
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
    """A click whose process was killed between "checkout saved" and "browser sent to the page"; the session's id."""
    with buying(lamp) as child:
        wait_until(lambda: statuses() == ["open"], child)
        kill(child)
    (session_id,) = session_states(synced)
    return session_id


@pytest.mark.parametrize("same_form", [True, False])
def test_killed_before_the_browser_was_sent_to_the_page_the_next_click_sends_it_there(
    stored_not_sent: str, synced: Sandbox, member: Client, lamp: ProductPage, same_form: bool
) -> None:
    assert (again(member, lamp) if same_form else open_page(member, lamp)) == stored_not_sent
    assert session_states(synced) == {stored_not_sent: "open"}
    assert statuses() == ["open"]
    assert Reservation.objects.count() == 1


@pytest.fixture
def expired_not_closed(committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage) -> str:
    """Another choice whose process was killed between "old session expired" and "old attempt closed"; the old id."""
    old = open_page(member, lamp)
    synced.fail_next(kind="hang", seconds=PATIENCE, path=f"{SESSIONS}/{old}/expire", moment="after")
    with buying(lamp, 3) as child:
        wait_until(lambda: session_states(synced) == {old: "expired"}, child)
        kill(child)
    synced.calm()
    assert statuses() == ["open"]
    return old


def test_killed_between_expired_and_closed_the_same_click_opens_the_other_choice(
    expired_not_closed: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    new = again(member, lamp, 3)
    assert session_states(synced) == {expired_not_closed: "expired", new: "open"}
    assert statuses() == ["replaced", "open"]
    assert Reservation.objects.get().quantity == 3


def test_killed_between_expired_and_closed_going_back_to_the_first_choice_opens_it_anew(
    expired_not_closed: str, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    new = open_page(member, lamp)
    assert session_states(synced) == {expired_not_closed: "expired", new: "open"}
    assert statuses() == ["expired", "open"]
    assert Reservation.objects.get().quantity == 1


def test_killed_between_expired_and_closed_the_worker_closes_it(expired_not_closed: str, synced: Sandbox) -> None:
    make_due()
    poll.poll_checkouts()
    assert statuses() == ["expired"]
    assert session_states(synced) == {expired_not_closed: "expired"}
    assert not Reservation.objects.exists()
    assert not Alert.objects.exists()


def test_killed_between_the_old_attempts_end_and_the_new_ones_beginning_the_same_click_goes_on(
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
def paid_not_settled(committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage) -> str:
    """Another choice whose process found the old session paid, and was killed before it noted so; the old id."""
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
def test_killed_when_the_old_page_was_found_paid_it_becomes_an_order_all_the_same(
    paid_not_settled: str, synced: Sandbox, member: Client, lamp: ProductPage, heal: Callable[..., None]
) -> None:
    heal(synced, member, lamp)
    assert (only_order().session_id, only_order().total) == (paid_not_settled, 149900)
    assert only_order().events.count() == 1
    assert statuses() == (["complete", "open"] if heal is click else ["complete"])
    assert list(session_states(synced).values()).count("open") == (heal is click)
    assert not Reservation.objects.exclude(quantity=3).exists()
    assert not Alert.objects.exists()


@pytest.mark.parametrize("step", ["/v1/products", "/v1/prices"])
@pytest.mark.parametrize("heal", ["click", "worker"])
def test_killed_while_the_click_made_what_the_sale_needs_it_is_made_once(
    committed_db: None, sandbox: Sandbox, member: Client, lamp: ProductPage, step: str, heal: str
) -> None:
    sandbox.fail_next(kind="hang", seconds=PATIENCE, path=step, method="POST", moment="after")
    with buying(lamp) as child:
        wait_until(lambda: sandbox.state.find("price" if step == "/v1/prices" else "product"), child)
        kill(child)
    sandbox.calm()
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
