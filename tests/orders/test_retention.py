"""Texts with personal data are deleted after a while; what accountants need stays."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from orders.events.process import process_pending_events
from orders.events.replay import replay
from orders.models import Checkout, Order, StripeEvent
from orders.retention import delete_unpaid_checkouts, empty_old_texts
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.orders.refunding import refund, sell
from tests.orders.selling import let_time_pass, make_event, open_page


def age(days: int) -> None:
    """Make everything so many days old."""
    let_time_pass(timedelta(days=days))
    StripeEvent.objects.update(received_at=timezone.now() - timedelta(days=days))


def test_texts_are_emptied_after_90_days(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 1))
    age(89)
    empty_old_texts()
    assert StripeEvent.objects.get().body and Checkout.objects.get().request
    age(91)
    empty_old_texts()
    event, checkout = StripeEvent.objects.get(), Checkout.objects.get()
    assert (event.body, checkout.request, checkout.url) == ("", {}, "")
    assert event.outcome == "processed" and checkout.status == "complete"
    assert "has been deleted" in str(replay(event))
    assert StripeEvent.objects.get().outcome == "processed"
    assert refund(order, {"Brass lamp": 1}).status == "succeeded"
    assert Order.objects.get().email == "shopper@example.com"


def test_what_is_still_needed_stays(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    open_page(member, lamp)
    make_event("evt_stuck", body='{"id": 1}', outcome="pending")
    age(200)
    empty_old_texts()
    assert Checkout.objects.get().request and StripeEvent.objects.get().body
    process_pending_events()


def test_checkouts_that_nobody_paid_are_deleted_after_400_days(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 1))
    for status in ("expired", "failed", "replaced", "processing", "open"):
        open_page(member, lamp, quantity=2 + Checkout.objects.count())
        newest = Checkout.objects.latest("created_at")
        Checkout.objects.filter(pk=newest.pk).update(status=status)
    age(399)
    delete_unpaid_checkouts()
    assert Checkout.objects.count() == 6
    age(401)
    delete_unpaid_checkouts()
    left = set(Checkout.objects.values_list("status", flat=True))
    assert left == {"complete", "open", "processing"}
    assert Order.objects.get().pk == order.pk
