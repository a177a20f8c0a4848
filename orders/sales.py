"""Sales, refunds and checkouts over time, for the dashboard and the sales report.

Orders count in the mode of the shop's Stripe key, so a live shop leaves its test orders out. An
order counts on the day on which it was placed, a refund on the day on which Stripe made it, both in
the shop's time zone. Refunds that failed or have not arrived do not count. Amounts are in minor
units. docs/orders.md has the definitions as SQL.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, TruncDate, TruncMonth
from django.utils import timezone

from orders.models import Checkout, Order, OrderLine, Refund
from orders.statuses import CheckoutStatus, RefundStatus
from products import stripe_account
from stripe_gateway.account import is_live

MADE_AT = Coalesce("stripe_created_at", "created_at")


@dataclass(frozen=True, kw_only=True)
class Period:
    """A day or a month, by its first day."""

    begins: date
    orders: int = 0
    sales: int = 0
    tax: int = 0
    refunds: int = 0

    @property
    def net(self) -> int:
        """Sales less refunds."""
        return self.sales - self.refunds


def by_day(days: int) -> list[Period]:
    """The last days including today, oldest first; also days without orders."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    every = [first + timedelta(days=number) for number in range(days)]
    return periods(every, start_of(first), TruncDate)


def by_month(months: int) -> list[Period]:
    """The last months including this one, newest first."""
    begins = timezone.localdate().replace(day=1)
    every = [begins]
    while len(every) < months:
        begins = (begins - timedelta(days=1)).replace(day=1)
        every.append(begins)
    return periods(every, start_of(every[-1]), TruncMonth)


def periods(every: Iterable[date], since: datetime, trunc: Any) -> list[Period]:
    """The sales and refunds of each period."""
    sold = orders_since(since).annotate(period=trunc("placed_at")).values("period").order_by()
    sales = {
        day_of(row["period"]): row
        for row in sold.annotate(number=Count("pk"), amount=Sum("total"), all_tax=Sum("tax"))
    }
    back = refunds_since(since).annotate(period=trunc("made_at")).values("period").order_by()
    refunds = {day_of(row["period"]): row["money"] for row in back.annotate(money=Sum("amount"))}
    nothing = {"number": 0, "amount": 0, "all_tax": 0}
    return [
        Period(
            begins=begins,
            orders=(row := sales.get(begins, nothing))["number"],
            sales=row["amount"],
            tax=row["all_tax"],
            refunds=refunds.get(begins, 0),
        )
        for begins in every
    ]


def by_product(since: datetime, most: int) -> list[dict[str, Any]]:
    """The best sellers by value before discounts: name, how many were sold, and amount."""
    lines = OrderLine.objects.filter(order__in=orders_since(since)).values("name").order_by()
    worth = Sum(F("quantity") * F("unit_amount"))
    found = lines.annotate(sold=Sum("quantity"), amount=worth).order_by("-amount", "name")
    return [dict(row) for row in found[:most]]


def conversion(since: datetime) -> tuple[int, int]:
    """How many checkouts of the present account were paid, and how many had a payment page."""
    known = stripe_account.known()
    ended = Checkout.objects.filter(
        created_at__gte=since, session_id__isnull=False, account=known.account if known else ""
    )
    counts = ended.aggregate(
        paid=Count("pk", filter=Q(status=CheckoutStatus.COMPLETE)), started=Count("pk")
    )
    return counts["paid"], counts["started"]


def orders_since(since: datetime) -> Any:
    """The orders that count, in the mode and currency of the shop."""
    return Order.objects.filter(
        placed_at__gte=since, livemode=is_live(), currency=settings.SHOP_CURRENCY
    )


def refunds_since(since: datetime) -> Any:
    """The refunds that count, with `made_at`."""
    made = Refund.objects.filter(
        status=RefundStatus.SUCCEEDED,
        order__livemode=is_live(),
        order__currency=settings.SHOP_CURRENCY,
    )
    return made.annotate(made_at=MADE_AT).filter(made_at__gte=since)


def start_of(day: date) -> datetime:
    """The beginning of a day in the shop's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def day_of(moment: date | datetime) -> date:
    """The first day of a period, as TruncDate and TruncMonth give it."""
    return timezone.localdate(moment) if isinstance(moment, datetime) else moment
