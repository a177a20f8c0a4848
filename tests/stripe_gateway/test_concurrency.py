"""If Stripe hangs, two threads of a web process wait for it, and the others go on."""

import threading
from collections.abc import Iterator

import pytest
from django.test import Client

from orders.models import Checkout, Order, StripeEvent
from products.models import ProductPage
from stripe_gateway.calls import translated
from stripe_gateway.concurrency import limit_calls
from stripe_gateway.errors import Busy
from stripe_sandbox import Sandbox
from tests.conftest import form, send
from tests.orders.selling import buy, signed, success, told


@pytest.fixture
def full() -> Iterator[None]:
    """A process in which two threads wait for Stripe already."""
    limit_calls(2)
    go_on, waiting = threading.Event(), threading.Barrier(3)

    def wait() -> None:
        with translated():
            waiting.wait(10)
            go_on.wait(30)

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    waiting.wait(10)
    yield
    go_on.set()
    for thread in threads:
        thread.join(10)
    limit_calls(None)


def test_a_third_call_is_refused_at_once_and_one_after_them_is_not(full: None) -> None:
    with pytest.raises(Busy), translated():
        raise AssertionError("The call was made.")


def test_the_slot_is_free_again_after_a_call_that_failed() -> None:
    limit_calls(1)
    try:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError), translated():
                raise ZeroDivisionError
    finally:
        limit_calls(None)


def test_pay_answers_at_once_and_says_that_nothing_was_charged(
    synced: Sandbox, member: Client, lamp: ProductPage, full: None
) -> None:
    response = member.post("/checkout/", form((lamp, 1)))
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Nothing was charged. Try again in a few seconds." in response.text
    assert Checkout.objects.get().session_id is None


def test_the_webhook_stores_the_event_for_later(
    synced: Sandbox, member: Client, lamp: ProductPage, full: None
) -> None:
    limit_calls(None)
    buy(synced, member, lamp)
    limit_calls(0)
    event = {**told(synced), "api_version": "2024-06-20"}  # Stripe has to be asked
    assert send(*signed(event)).status_code == 200
    assert StripeEvent.objects.get().outcome == "pending"
    assert not Order.objects.exists()


def test_the_success_page_waits(
    synced: Sandbox, member: Client, lamp: ProductPage, full: None
) -> None:
    limit_calls(None)
    session_id = buy(synced, member, lamp)
    limit_calls(0)
    response = success(member, session_id)
    assert response.status_code in (200, 202)
    assert not Order.objects.exists()
