"""The rest of the oracle: stock and emails, compared with the orders and the mail server."""

from collections import Counter
from typing import TYPE_CHECKING

from django.db.models import Sum

from mail.models import Message
from orders.models import Order, OrderLine
from products.models import Stock, StockMovement

if TYPE_CHECKING:
    from tests.chaos.oracle import Verdict


def look_at_stock(verdict: "Verdict") -> None:
    """Each line of a product with a stock has taken its quantity once, and nothing else has."""
    stocks = dict(Stock.objects.values_list("product", "on_hand"))
    sold = Counter[str]()
    for source, delta in StockMovement.objects.filter(kind="sold").values_list("source", "delta"):
        sold[source] -= delta
    for line in OrderLine.objects.filter(product__in=stocks):
        taken, wanted = sold.pop(f"order-line:{line.pk}", 0), line.quantity - line.short
        verdict.short += line.short
        if taken != wanted:
            verdict.stock_off.append(f"line {line.pk} has taken {taken} items of {wanted}")
    verdict.stock_off += [f"{source} has taken {count} items" for source, count in sold.items()]
    moved = dict(StockMovement.objects.order_by().values_list("product").annotate(Sum("delta")))
    for product, on_hand in stocks.items():
        if on_hand != moved.get(product) or on_hand < 0:
            verdict.stock_off.append(
                f"product {product}: {on_hand} on hand, {moved.get(product)} moved"
            )


def look_at_emails(verdict: "Verdict", received: Counter[str]) -> None:
    """Each order has its confirmation, and each email that was written has arrived."""
    confirmed = set(
        Message.objects.filter(kind="order-confirmation").values_list("subject_key", flat=True)
    )
    verdict.emails_missing = [
        f"{order} has no confirmation"
        for order in Order.objects.all()
        if f"order:{order.pk}" not in confirmed
    ]
    rows = Message.objects.exclude(status=Message.Status.DROPPED)
    for message in rows.order_by("number"):  # an earlier one may hold up a later one
        if not received[str(message.uuid)] or message.status != Message.Status.SENT:
            verdict.emails_missing.append(f"{message} is {message.status}: {message.error}")
    verdict.emails = len(received)
    verdict.emails_doubled = [f"{key} came {n} times" for key, n in received.items() if n > 1]
