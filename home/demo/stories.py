"""What staff, customers and banks do about the demo's orders after the payment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from home.demo import sandbox
from home.demo.clock import at
from home.demo.order_plan import Story
from mail.send import send_due_messages
from orders.checkout.basket import Basket
from orders.models import Order, OrderLine, OrderNote, Refund
from orders.refunds.request import Decision, RefundRequest, everything_left, request_refund
from orders.refunds.send import send
from orders.shipping.cancel import cancel
from orders.shipping.hold import hold
from orders.shipping.returns import receive
from orders.shipping.ship import Parcel, send_replacement, ship
from orders.statuses import RefundReason
from products import stock
from products.models import Product, Stock
from users.models import User

DAY = timedelta(days=1)


def play_story(story: Story, order: Order, paid_at: datetime) -> None:
    """Do everything that happens in a story."""
    if story in STORIES:
        STORIES[story](order, paid_at)


@contextmanager
def happening(moment: datetime) -> Iterator[None]:
    """Do something at a time in the past, and send the emails about it, in one transaction."""
    with at(moment), transaction.atomic():
        yield
        send_due_messages()


def staff() -> User | None:
    """The member of staff at the order desk."""
    return User.objects.filter(email="orders@example.com").first()


def send_all(order: Order, paid_at: datetime) -> None:
    """Ship everything a day later."""
    send_items(order, {line.pk: line.to_ship for line in lines_of(order)}, paid_at + DAY)


def send_some(order: Order, paid_at: datetime) -> None:
    """Ship one item of the first line."""
    send_items(order, {lines_of(order)[0].pk: 1}, paid_at + DAY)


def send_items(order: Order, quantities: dict[int, int], moment: datetime) -> None:
    """Ship some items, with the email about it."""
    with happening(moment):
        ship(order, quantities, parcel(order), key=uuid4(), by=staff())


def parcel(order: Order) -> Parcel:
    """How the demo's goods travel."""
    return Parcel("India Post", f"DM{order.pk:09}IN", "")


def replace(order: Order, paid_at: datetime) -> None:
    """Ship everything, and one item again."""
    send_all(order, paid_at)
    note(order, "The customer sent a photo: it arrived broken.", paid_at + 5 * DAY)
    with happening(paid_at + 6 * DAY):
        quantities = {lines_of(order)[0].pk: 1}
        send_replacement(
            order, quantities, parcel(order), key=uuid4(), by=staff(), reason="Arrived broken"
        )


def take_back(order: Order, paid_at: datetime) -> None:
    """Ship everything, receive it back and refund it."""
    send_all(order, paid_at)
    with happening(paid_at + 9 * DAY):
        for line in lines_of(order):
            receive(order, line, line.quantity, restock=True, key=uuid4(), by=staff())
    refund(order, everything_left(order), paid_at + 10 * DAY)


def refund_one(order: Order, paid_at: datetime) -> None:
    """Ship everything, and refund one item of the first line."""
    send_all(order, paid_at)
    refund(order, RefundRequest(quantities={lines_of(order)[0].pk: 1}), paid_at + 4 * DAY)


def refund_all(order: Order, paid_at: datetime) -> None:
    """Ship everything, and refund it."""
    send_all(order, paid_at)
    refund(order, everything_left(order), paid_at + 7 * DAY)


def refund_fails(order: Order, paid_at: datetime) -> None:
    """Ship everything, and refund it to a card that was closed. The bank reports it later."""
    send_all(order, paid_at)
    refund(order, everything_left(order), paid_at + 3 * DAY)


def call_off(order: Order, paid_at: datetime) -> None:
    """Cancel the order, with a refund."""
    moment = paid_at + DAY / 2
    with happening(moment):
        decision = Decision(staff(), RefundReason.CUSTOMER, restock=True)
        _order, written = cancel(order, decision, key=uuid4(), refund=True)
        if written:
            make(written, moment)


def put_on_hold(order: Order, paid_at: datetime) -> None:
    """Hold the order, with a note."""
    with happening(paid_at + DAY / 4):
        hold(order, "The customer wants to change the address.", by=staff())
    note(order, "Called the customer, who will write tomorrow.", paid_at + DAY / 2)


def dispute(order: Order, paid_at: datetime) -> None:
    """Ship everything; the bank opens a dispute now."""
    send_all(order, paid_at)
    sandbox.send_command("dispute", payment=order.payment_intent, reason="product_not_received")


def inquire(order: Order, paid_at: datetime) -> None:
    """Ship everything; the bank sends an inquiry now."""
    send_all(order, paid_at)
    sandbox.send_command("dispute", payment=order.payment_intent, kind="inquiry")


def count_again(basket: Basket, on_hand: int, note: str) -> None:
    """Count the stock of a basket's first product, if it has a stock."""
    product = Product.objects.get(translation_key=basket.lines[0].page.product_key)
    found = Stock.objects.filter(product=product).first()
    if found:
        with transaction.atomic():
            seen, source = found.on_hand, f"demo-count:{on_hand}"
            stock.count(product.pk, on_hand, source, seen=seen, by=staff(), note=note)


def refund(order: Order, wanted: RefundRequest, moment: datetime) -> None:
    """Refund something, with the email about it."""
    with happening(moment):
        seen = Order.objects.get(pk=order.pk).refunded
        decision = Decision(staff(), RefundReason.CUSTOMER)
        written, _is_new = request_refund(order, wanted, decision, key=uuid4(), seen=seen)
        make(written, moment)


def make(written: Refund, moment: datetime) -> None:
    """Make a refund at the sandbox, where it becomes as old as it is here."""
    made = send(written)
    age = datetime.now(moment.tzinfo) - moment
    sandbox.send_command("backdate_refund", refund=made.stripe_id, seconds=age.total_seconds())
    Refund.objects.filter(pk=made.pk).update(stripe_created_at=moment)


def note(order: Order, text: str, moment: datetime) -> None:
    """Write a note of staff."""
    with at(moment):
        OrderNote.objects.create(order=order, text=text, by=staff())


def lines_of(order: Order) -> list[OrderLine]:
    """The lines, with what can be shipped of them."""
    return list(Order.objects.get(pk=order.pk).lines.with_fulfilment())


STORIES: dict[Story, Callable[[Order, datetime], None]] = {
    Story.SHIPPED: send_all,
    Story.PARTLY_SHIPPED: send_some,
    Story.REPLACED: replace,
    Story.RETURNED: take_back,
    Story.REFUNDED_IN_PART: refund_one,
    Story.REFUNDED: refund_all,
    Story.REFUND_FAILED: refund_fails,
    Story.HELD: put_on_hold,
    Story.CANCELLED: call_off,
    Story.DISPUTED: dispute,
    Story.INQUIRY: inquire,
}
