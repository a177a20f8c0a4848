"""Refunds that staff make: what they are worth, and that each is made exactly once."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from orders.errors import ActionNotAllowed
from orders.models import Order, Refund
from orders.refunds.request import RefundRequest, request_refund
from orders.refunds.send import send, send_due_refunds
from orders.refunds.worth import worth_of_more
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, calls, deliver, publish
from tests.orders.refunding import again, at_stripe, open_alerts, refund, request, sell, timeline
from tests.staff import make_staff
from users.models import User


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage) -> Order:
    """Two lamps and a quilt."""
    return sell(synced, member, (lamp, 2), (quilt, 1))


def make_due() -> None:
    """Make every refund due for the worker."""
    Refund.objects.update(retry_at=timezone.now() - timedelta(seconds=1))


def test_a_full_refund_gives_back_exactly_what_was_paid(synced: Sandbox, order: Order) -> None:
    made = refund(order, {"Brass lamp": 2, "Quilt": 1})
    assert made.status == "succeeded" and made.amount == order.total
    assert at_stripe(synced) == [(order.total, "succeeded")]
    order = again(order)
    assert (order.payment_status, order.left_to_refund) == ("refunded", 0)
    assert order.status_text.startswith("Refunded, ")


def test_part_of_an_order_is_refunded_by_the_piece(synced: Sandbox, order: Order) -> None:
    made = refund(order, {"Brass lamp": 1})
    assert (made.amount, made.summary) == (1499_00, "1 × Brass lamp")
    order = again(order)
    assert order.payment_status == "partly_refunded"
    assert order.left_to_refund == order.total - 1499_00
    assert timeline(order)[-2:] == ["Refund of ₹1,499.00 requested.", "₹1,499.00 refunded."]


def test_the_call_to_stripe_names_the_refund(synced: Sandbox, order: Order) -> None:
    made = refund(order, other=100, note="Scratched")
    (stored,) = synced.state.find("refund")
    assert stored["metadata"] == {
        "refund": str(made.pk),
        "order": order.number,
        "note": "Scratched",
    }
    assert stored["reason"] == "requested_by_customer"
    assert made.stripe_id == stored["id"]


def sum_of_parts(total: int, quantity: int, steps: list[int]) -> list[int]:
    """What refunds of these quantities, one after the other, are worth."""
    before, amounts = 0, []
    for count in steps:
        amounts.append(worth_of_more(total, quantity, before=before, count=count))
        before += count
    return amounts


@pytest.mark.parametrize("total", [0, 1, 99, 100, 179_25, 10**12 + 7])
@pytest.mark.parametrize("quantity", [1, 2, 3, 7, 10, 99])
def test_the_parts_of_a_line_add_up_to_what_was_charged_for_it(total: int, quantity: int) -> None:
    amounts = sum_of_parts(total, quantity, [1] * quantity)
    assert sum(amounts) == total
    assert max(amounts) - min(amounts) <= 1  # no piece is worth a minor unit more than another


def test_a_full_refund_was_one_cent_more_than_was_paid(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    """Pitfall 8: ten times 23.90 with a quarter off, at once and as ten parts; three times 33.50
    less 0.50, in three parts.
    """
    vase = publish(make_product("Vase", "23.90"))
    whole = sell(synced, member, (vase, 10), discount=59_75)
    assert refund(whole, {"Vase": 10}).amount == 179_25
    parts = sell(synced, member, (vase, 10), discount=59_75)
    amounts = [refund(parts, {"Vase": 1}).amount for _ in range(10)]
    assert sum(amounts) == 179_25 and again(parts).payment_status == "refunded"
    jug = publish(make_product("Jug", "33.50"))
    thirds = sell(synced, member, (jug, 3), discount=50)
    assert [refund(thirds, {"Jug": 1}).amount for _ in range(3)] == [33_33, 33_34, 33_33]
    assert again(thirds).left_to_refund == 0


def test_a_line_was_refunded_at_its_list_price(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    """Pitfall 9: 60.00 and 40.00 with a tenth off are worth 54.00 and 36.00."""
    big, small = publish(make_product("Big", "60.00")), publish(make_product("Small", "40.00"))
    order = sell(synced, member, (big, 1), (small, 1), discount=10_00)
    assert refund(order, {"Big": 1}).amount == 54_00
    assert refund(order, {"Small": 1}).amount == 36_00
    assert again(order).payment_status == "refunded"


def test_shipping_was_offered_a_second_time(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    """Pitfall 10: two times 50.00 and 5.95 of shipping: 55.95, then 50.00, and no more shipping."""
    bowl = publish(make_product("Bowl", "50.00"))
    order = sell(synced, member, (bowl, 2), shipping=5_95)
    assert refund(order, {"Bowl": 1}, shipping=5_95).amount == 55_95
    with pytest.raises(ActionNotAllowed, match=r"Only ₹0\.00 of the delivery cost"):
        request(order, {"Bowl": 1}, shipping=5_95)
    assert refund(order, {"Bowl": 1}).amount == 50_00
    assert sum(amount for amount, _ in at_stripe(synced)) == order.total == 105_95


def test_a_second_refund_of_the_same_amount_was_taken_for_a_repeat(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    """Pitfall 14: two refunds of one piece each are two refunds; a double click is one."""
    cup = publish(make_product("Cup", "50.00"))
    order = sell(synced, member, (cup, 5))
    first = refund(order, {"Cup": 1})
    second = refund(order, {"Cup": 1})
    assert first.pk != second.pk and at_stripe(synced) == [(50_00, "succeeded")] * 2
    key = uuid4()
    once = refund(order, {"Cup": 1}, key=key)
    twice = refund(order, {"Cup": 1}, key=key)
    assert once == twice and len(at_stripe(synced)) == 3
    assert again(order).refunded == 150_00


def test_a_reason_of_more_than_500_characters_was_refused_by_stripe(
    synced: Sandbox, order: Order
) -> None:
    """Pitfall 13: our row has the full text, and Stripe as much as it accepts."""
    note = "Broken 💔 " * 67
    assert len(note) > 600
    made = refund(order, other=100, note=note)
    (stored,) = synced.state.find("refund")
    assert made.status == "succeeded" and made.note == note
    assert all(len(value) <= 500 for value in stored["metadata"].values())


IMPOSSIBLE: list[tuple[dict[str, int], int, str]] = [
    ({}, 0, "Enter what to refund"),
    ({}, -1, "Enter what to refund"),
    ({"Brass lamp": 3}, 0, "Brass lamp: 2 of 2 can still be refunded"),
    ({"Brass lamp": -1}, 0, "Brass lamp: 2 of 2 can still be refunded"),
    ({}, 10**12, "is more than the"),
    ({"Brass lamp": 2, "Quilt": 1}, 1, "is more than the"),
]


def test_an_impossible_refund_is_refused_and_nothing_changes(synced: Sandbox, order: Order) -> None:
    before = timeline(order)
    for quantities, other, message in IMPOSSIBLE:
        with pytest.raises(ActionNotAllowed, match=message):
            request(order, quantities, other=other)
    assert not Refund.objects.exists() and not at_stripe(synced) and not calls(synced)
    assert timeline(order) == before and again(order).payment_status == "paid"


def test_a_line_of_another_order_is_refused(
    synced: Sandbox, member: Client, order: Order, lamp: ProductPage
) -> None:
    other = sell(synced, member, (lamp, 1))
    with pytest.raises(KeyError):
        request(other, {"Quilt": 1})
    foreign = RefundRequest({order.lines.get(name="Quilt").pk: 1})
    with pytest.raises(ActionNotAllowed, match="not in the order"):
        request_refund(other, foreign, key=uuid4(), seen=0)
    assert not Refund.objects.exists()


def test_a_page_that_was_opened_before_another_refund_is_stale(order: Order) -> None:
    refund(order, other=100)
    with pytest.raises(ActionNotAllowed, match="since you opened this page"):
        request_refund(order, RefundRequest(other=100), key=uuid4(), seen=0)
    assert Refund.objects.count() == 1


def test_a_free_order_has_nothing_to_refund(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    gift = publish(make_product("Gift", "5.00"))
    order = sell(synced, member, (gift, 1), discount=5_00)
    assert (order.payment_status, order.total) == ("free", 0)
    with pytest.raises(ActionNotAllowed):
        request(order, {"Gift": 1})
    assert not Refund.objects.exists()


def test_stripe_does_not_answer_and_the_worker_makes_the_refund(
    synced: Sandbox, order: Order
) -> None:
    synced.fail_next(path="/v1/refunds", times=2)
    made = refund(order, other=100)
    assert (made.status, made.tries) == ("requested", 1) and not at_stripe(synced)
    assert again(order).payment_status == "refund_pending"
    send_due_refunds()
    assert not at_stripe(synced)  # not due yet
    make_due()
    send_due_refunds()
    assert at_stripe(synced) == [(100, "succeeded")]
    assert again(order).payment_status == "partly_refunded"


def test_the_answer_was_lost_and_the_refund_is_recognised(synced: Sandbox, order: Order) -> None:
    synced.fail_next(moment="after", path="/v1/refunds")
    made = refund(order, other=100)
    assert made.status == "requested" and at_stripe(synced) == [(100, "succeeded")]
    synced.requests.clear()
    make_due()
    send_due_refunds()
    assert at_stripe(synced) == [(100, "succeeded")]
    assert calls(synced, "POST") == []
    made.refresh_from_db()
    assert made.status == "succeeded" and made.stripe_id


def test_after_a_failure_that_stripe_would_repeat_a_new_key_is_used(
    synced: Sandbox, order: Order
) -> None:
    synced.fail_next(path="/v1/refunds", status=500, times=2)
    made = refund(order, other=100)
    made.refresh_from_db()
    assert made.key_number == 1
    assert made.retry_at > timezone.now() + timedelta(minutes=4)
    make_due()
    assert send(made).status == "succeeded"
    assert at_stripe(synced) == [(100, "succeeded")]


def test_a_refund_that_stripe_never_answers_raises_an_alert_until_it_is_made(
    synced: Sandbox, order: Order
) -> None:
    synced.fail_next(path="/v1/refunds", times=None)
    made = refund(order, other=100)
    for _ in range(2):
        assert not Alert.objects.open().exists()
        make_due()
        send(made)
    alert = Alert.objects.open().get()
    assert "could not be made yet" in alert.message and order.number in alert.message
    synced.clear_faults()
    make_due()
    assert send(made).status == "succeeded"
    assert not Alert.objects.open().exists()


def test_an_event_ends_the_alert_about_a_delayed_refund(synced: Sandbox, order: Order) -> None:
    synced.fail_next(moment="after", path="/v1/refunds")  # made, and the answer is lost
    made = refund(order, other=100)
    synced.fail_next(path="/v1/refunds", times=None)
    for _ in range(2):
        make_due()
        send(made)
    assert open_alerts() == ["refund-delayed"]
    deliver(synced, "refund.created")
    assert open_alerts() == [] and Refund.objects.get().status == "succeeded"


def test_who_refunded_may_leave(order: Order, client_of: Callable[[User], Client]) -> None:
    leaver = make_staff(role="Finance", email="leaver@example.com")
    refund(order, other=100, by=leaver)
    leaver.delete()
    staff = client_of(make_staff(role="Finance"))
    assert "₹1.00 refunded." in staff.get(order.admin_url).content.decode()


def test_money_was_already_refunded_at_stripe(synced: Sandbox, order: Order) -> None:
    """Pitfall 15: after a refund in the Dashboard that no event reported, ours fails with the
    reason, and the Dashboard's is on the order.
    """
    synced.refund(order.session_id)
    made = refund(order, {"Brass lamp": 2, "Quilt": 1})
    assert (made.status, made.failure) == (
        "failed",
        "only ₹0.00 is left, because of other refunds",
    )
    order = again(order)
    assert (order.payment_status, order.refunded) == ("refunded", order.total)
    assert at_stripe(synced) == [(order.total, "succeeded")]
    assert f"{made.amount_text} refunded at Stripe." in timeline(order)
    assert "failed" in Alert.objects.open().get().message


def test_part_was_already_refunded_at_stripe(synced: Sandbox, order: Order) -> None:
    synced.refund(order.session_id, 10_00)
    made = refund(order, {"Brass lamp": 2, "Quilt": 1})
    left = order.total - 10_00
    assert made.status == "failed" and "is left, because of other refunds" in made.failure
    assert again(order).left_to_refund == left
    assert refund(order, other=left).status == "succeeded"
    assert again(order).payment_status == "refunded"


def test_who_refunded_is_in_the_timeline(order: Order, shopper: User) -> None:
    refund(order, other=100, by=shopper)
    assert order.events.exclude(by=None).get().by == shopper
