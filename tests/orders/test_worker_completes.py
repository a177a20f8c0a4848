"""What the worker completes on its own: events that could not be processed, checkouts without
events.
"""

from collections.abc import Callable

from django.test import Client

from orders.checkout import poll
from orders.events import process
from orders.models import Checkout, Order, StripeEvent
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form, session_of
from tests.orders.selling import (
    SESSIONS,
    buy,
    deliver_altered,
    make_due,
    nothing_moved,
    only_order,
    open_page,
    refusing,
    success,
    told,
)
from users.models import User


def test_an_event_that_cannot_be_processed_does_not_block_the_others(
    committed_db: None,
    synced: Sandbox,
    member: Client,
    client_of: Callable[[User], Client],
    lamp: ProductPage,
    quilt: ProductPage,
) -> None:
    buy(synced, member, lamp)
    stuck = told(synced)
    stuck["api_version"] = "2020-08-27"  # not sufficient: Stripe is asked
    buy(synced, client_of(User.objects.create_user("another@example.com")), quilt)
    synced.fail_next(times=None)
    deliver_altered(stuck)
    with refusing("orders_orderline"):
        deliver(synced)
    synced.clear_faults()
    assert StripeEvent.objects.filter(outcome="pending").count() == 2
    make_due()
    synced.fail_next(path=f"{SESSIONS}/{stuck['data']['object']['id']}", times=None)
    process.process_pending_events()
    assert only_order().total == 249900
    synced.clear_faults()
    make_due()
    process.process_pending_events()
    assert sorted(Order.objects.values_list("total", flat=True)) == [149900, 249900]


def test_browser_closed_and_webhook_lost_the_worker_finds_the_payment(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = buy(synced, member, lamp)
    poll.poll_checkouts()  # not due yet: new checkouts are left to the webhook
    assert calls(synced) == [] and nothing_moved()
    make_due()
    poll.poll_checkouts()
    assert calls(synced) == [f"GET {SESSIONS}/{session_id}"]
    assert only_order().total == 149900
    make_due()
    poll.poll_checkouts()
    assert success(member, session_id).status_code == 303
    assert Order.objects.count() == 1


def test_the_worker_closes_expired_checkouts_and_polls_the_others_less_and_less_often(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.requests.clear()
    make_due()
    poll.poll_checkouts()
    poll.poll_checkouts()
    assert calls(synced) == [f"GET {SESSIONS}/{session_id}"]
    assert nothing_moved()
    synced.expire(session_id)
    make_due()
    poll.poll_checkouts()
    assert Checkout.objects.get().status == "expired"
    assert not Checkout.objects.get().lines.get().product.reservations.exists()


def test_a_timeout_about_one_checkout_does_not_block_the_others(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    stuck = open_page(member, lamp)
    paid = session_of(member.post("/checkout/", form((quilt, 1))))
    synced.pay(paid)
    synced.fail_next(path=f"{SESSIONS}/{stuck}", times=None)
    make_due()
    poll.poll_checkouts()
    assert only_order().session_id == paid
