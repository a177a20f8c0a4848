"""What must be true at any moment, or at the end. The reference is the sandbox's own record, and
what each shopper was shown.
"""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from alerts.models import Alert
from orders.models import Checkout, Installation, Order, StripeEvent
from orders.statuses import CheckoutStatus
from products import drift
from products.models import Reservation
from stripe_sandbox import Call, Record, Sandbox, line_items_of

Line = tuple[str, int, int]  # product key, quantity, unit amount


@dataclass(frozen=True)
class Choice:
    """What a shopper saw when Buy was pressed: lines with a quantity, and their currency."""

    shopper: int
    lines: frozenset[Line]
    currency: str

    @property
    def subtotal(self) -> int:
        """In minor units."""
        return sum(quantity * amount for _, quantity, amount in self.lines)


DAY = 24 * 3600
NO_MONEY = (
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)  # nor will any come

Shown = dict[str, Choice]
Statuses = dict[Any, tuple[str, bool]]  # by attempt: how it stands, and whether it has a session


def session(stripe: Sandbox, session_id: str) -> Record | None:
    """A session as it is at Stripe."""
    return stripe.state.get("checkout.session", session_id)


def is_paid(record: Record | None) -> bool:
    """Whether the money has arrived, or nothing was due."""
    return bool(record) and record["status"] == "complete" and record["payment_status"] != "unpaid"  # type: ignore[index]


def paid_sessions(stripe: Sandbox) -> dict[str, Record]:
    """This installation's paid sessions at Stripe, by id."""
    ours = Installation.current_id()
    found = stripe.state.find("checkout.session", [("status", "eq", "complete")])
    return {
        each["id"]: each
        for each in found
        if is_paid(each) and each["metadata"].get("installation") == ours
    }


def only_deep_look_finds(stripe: Sandbox, forgotten: set[str]) -> bool:
    """Whether money came for a forgotten attempt of more than a day ago: the hourly looks do not
    reach back so far.
    """
    paid = paid_sessions(stripe)
    lost = (forgotten & paid.keys()) - set(Order.objects.values_list("session_id", flat=True))
    return any(paid[key]["created"] < stripe.state.now() - DAY for key in lost)


def check_offer(stripe: Sandbox, session_id: str, choice: Choice) -> None:
    """A payment page has the amounts that were shown, and can be paid."""
    record = session(stripe, session_id)
    assert record is not None and record["status"] == "open", (
        session_id,
        record and record["status"],
    )
    assert (record["amount_subtotal"], record["currency"]) == (choice.subtotal, choice.currency)
    assert _sold(stripe, record) == _amounts(choice.lines)


def check_one_payable(stripe: Sandbox, shown: Shown, forgotten: set[str]) -> None:
    """No shopper can pay two sessions."""
    states = {
        each["id"]: each["status"]
        for each in stripe.state.find("checkout.session", [("status", "eq", "open")])
    }
    payable = Counter(
        choice.shopper for key, choice in shown.items() if key in states and key not in forgotten
    )
    assert all(count <= 1 for count in payable.values()), payable


def check_reservations() -> None:
    """There are reservations for exactly the unfinished checkouts."""
    held = Counter(Reservation.objects.values_list("key", "product", "price", "quantity"))
    unfinished = Checkout.objects.filter(status__in=Checkout.UNFINISHED)
    wanted = Counter(
        unfinished.values_list("pk", "lines__product", "lines__stripe_price", "lines__quantity")
    )
    assert held == wanted


def check_no_held_price_was_archived(calls: list[Call]) -> None:
    """The last request about a reserved price did not archive it."""
    wanted = {
        call.path: call.params.get("active")
        for call in calls
        if call.path.startswith("/v1/prices/")
    }
    archived = [path.rsplit("/", 1)[1] for path, active in wanted.items() if active == "false"]
    assert not Reservation.objects.filter(price__stripe_id__in=archived).exists(), archived


def check_processed_events_had_an_effect(stripe: Sandbox) -> None:
    """An event is processed only once our rows show its effect."""
    dealt_with = StripeEvent.objects.exclude(outcome="pending").values_list("type", "body")
    told = [(kind, json.loads(body)["data"]["object"]) for kind, body in dealt_with]
    known = [
        (kind, each) for kind, each in told if session(stripe, each["id"])
    ]  # not of an account that was emptied
    paid = {each["id"] for _, each in known if is_paid(each)}
    assert paid <= set(
        Order.objects.filter(session_id__in=paid).values_list("session_id", flat=True)
    )
    unfinished = Checkout.objects.filter(session_id__in=[each["id"] for _, each in known])
    assert not unfinished.filter(status__in=Checkout.PAYABLE).exists(), (
        "a page that has ended is still offered"
    )
    over = [each["id"] for kind, each in known if kind in NO_MONEY]
    assert not unfinished.filter(session_id__in=over, status__in=Checkout.UNFINISHED).exists(), (
        "money is waited for"
    )


def statuses() -> Statuses:
    """The status of every checkout, and whether it has a session."""
    rows = Checkout.objects.values_list("pk", "status", "session_id")
    return {key: (status, session_id is not None) for key, status, session_id in rows}


def check_ends_are_for_good(before: Statuses, now: Statuses) -> None:
    """A paid attempt stays paid, with or without a fault; one whose debit failed can only turn out
    to be paid.
    """
    for key in before.keys() & now.keys():
        if before[key] in (("complete", True), ("failed", True)):
            assert now[key] in (before[key], ("complete", True)), (key, before[key], now[key])
    unpaid = Order.objects.exclude(checkout=None).exclude(checkout__status="complete")
    assert not unpaid.exists(), "an attempt with an order is not complete"


def history() -> dict[str, tuple[Any, ...]]:
    """Every order with its lines, as sold."""
    orders = Order.objects.prefetch_related("lines__product")
    return {
        order.session_id: (*_sums(order), order.number, order.user_id, *_lines(order))
        for order in orders
    }


def check_orders_are_paid(stripe: Sandbox) -> None:
    """No order of this account without a paid session."""
    known = Order.objects.filter(account=stripe.account).values_list("session_id", flat=True)
    assert set(known) <= set(paid_sessions(stripe))


def check_paid_sessions_have_orders(stripe: Sandbox, shown: Shown, shoppers: list[Any]) -> None:
    """Paid sessions and orders are the same things, with the same sums, as shown."""
    paid = paid_sessions(stripe)
    orders = {order.session_id: order for order in Order.objects.filter(account=stripe.account)}
    assert orders.keys() == paid.keys()
    for session_id, order in orders.items():
        _check_order(stripe, order, paid[session_id], shown[session_id], shoppers)


def _check_order(
    stripe: Sandbox, order: Order, record: Record, choice: Choice, shoppers: list[Any]
) -> None:
    details = record["total_details"]
    at_stripe = (
        record["amount_subtotal"],
        *(details[f"amount_{name}"] for name in ("discount", "shipping", "tax")),
    )
    assert _sums(order) == (
        *at_stripe,
        record["amount_total"],
        record["currency"],
        record["payment_intent"],
    )
    assert (order.subtotal, order.currency) == (choice.subtotal, choice.currency)
    assert 0 <= order.total - (order.subtotal - order.discount + order.shipping) <= order.tax
    assert frozenset(_lines(order)) == choice.lines and order.lines.count() == len(choice.lines)
    assert _sold(stripe, record) == _amounts(choice.lines)
    assert order.user == shoppers[choice.shopper]
    assert order.events.count() == 1
    assert order.checkout is None or order.checkout.status == CheckoutStatus.COMPLETE


def check_nothing_is_left(account: str) -> None:
    """Every checkout and event is finished, and Stripe has the published prices."""
    own = Checkout.objects.filter(account=account)
    assert not own.filter(status__in=Checkout.UNFINISHED).exists()
    assert set(own.filter(status="complete")) == {
        order.checkout for order in Order.objects.filter(checkout__in=own)
    }
    assert not Reservation.objects.filter(key__in=own.values("pk")).exists()
    assert not StripeEvent.objects.filter(outcome="pending").exists()
    drifts = [text for each in drift.compare_all() for text in each.sentences]
    assert not drifts, drifts


def open_alerts() -> Counter[str]:
    """The open alerts: how many of each kind."""
    return Counter(row.key.partition(":")[0] for row in Alert.objects.open())


def _sums(order: Order) -> tuple[Any, ...]:
    parts = (order.subtotal, order.discount, order.shipping, order.tax, order.total)
    return (*parts, order.currency, order.payment_intent)


def _lines(order: Order) -> list[Line]:
    rows = order.lines.all()
    return sorted(
        (str(row.product and row.product.translation_key), row.quantity, row.unit_amount)
        for row in rows
    )


def _sold(stripe: Sandbox, record: Record) -> list[tuple[int, int]]:
    """The quantities and unit amounts of a session."""
    return sorted(
        (line["quantity"], line["amount_subtotal"] / line["quantity"])
        for line in line_items_of(stripe.state, record)
    )


def _amounts(lines: frozenset[Line]) -> list[tuple[int, int]]:
    return sorted((quantity, amount) for _, quantity, amount in lines)
