"""The oracle: compares the shop's rows with the payments in the sandbox, and with what the shoppers
were shown.

The sandbox's own file is the reference. Nothing here uses the shop's own reconciliation.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from orders.models import Checkout, Dispute, Installation, Order, OrderEvent, Refund
from products.models import Product, Reservation
from stripe_sandbox import Record, State
from tests.chaos import goods
from tests.chaos.mail_server import FaultyServer
from tests.chaos.observations import Notes, Shown

GIVEN_UP = ("requires_payment_method", "canceled")  # an intent whose bank debit failed


@dataclass
class Verdict:
    """What is wrong, a sentence each; and the figures of a run."""

    sessions: int = 0
    paid: int = 0
    under_way: int = 0  # bank debits that are processing
    orders: int = 0
    checkouts: int = 0
    lost: list[str] = field(default_factory=list)  # paid sessions without an order
    unpaid: list[str] = field(default_factory=list)  # orders without a paid session
    orders_too_many: list[str] = field(default_factory=list)
    charges_too_many: list[str] = field(default_factory=list)
    charged_otherwise: list[str] = field(
        default_factory=list
    )  # orders that differ from their session
    shown_otherwise: list[str] = field(
        default_factory=list
    )  # orders that differ from what the page showed
    left_open: list[str] = field(
        default_factory=list
    )  # checkouts and reservations that should have ended
    completed_by: Counter[str] = field(default_factory=Counter)
    refunds: int = 0
    disputes: int = 0
    refunds_lost: list[str] = field(default_factory=list)  # Stripe and our rows differ
    refunds_doubled: list[str] = field(default_factory=list)  # made twice for one of our rows
    stock_off: list[str] = field(default_factory=list)  # lines and movements that differ
    short: int = 0  # items that were sold but not in stock
    emails: int = 0  # that customers have received, each counted once
    emails_missing: list[str] = field(default_factory=list)
    emails_doubled: list[str] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether Stripe and the orders agree, and no payment is processing."""
        return not self.wrong and not self.under_way

    @property
    def doubled(self) -> list[str]:
        """Orders and charges that exist twice."""
        return self.orders_too_many + self.charges_too_many

    @property
    def amounts_off(self) -> list[str]:
        """Amounts that differ between page, charge and order."""
        return self.charged_otherwise + self.shown_otherwise

    @property
    def wrong(self) -> dict[str, list[str]]:
        """Everything that differs, by kind; empty if Stripe and the orders agree."""
        found = {
            "lost": self.lost,
            "unpaid": self.unpaid,
            "doubled": self.doubled,
            "amounts off": self.amounts_off,
            "left open": self.left_open,
            "refunds lost": self.refunds_lost,
            "refunds doubled": self.refunds_doubled,
            "stock off": self.stock_off,
            "emails missing": self.emails_missing,
        }
        return {kind: sentences for kind, sentences in found.items() if sentences}

    def contradicts(self, audit: int) -> bool:
        """Whether the exit code of the shop's own reconciliation says something else. It does not
        know what the pages showed.
        """
        if self.lost or self.unpaid:
            return audit == 0
        if self.refunds_lost or self.refunds_doubled:
            return False  # a refund that was never sent is not at Stripe
        return audit != 0 and not self.wrong


class Oracle:
    """Compares as often as needed; `state` is the sandbox's."""

    def __init__(self, state: State, notes: Notes, mail: FaultyServer) -> None:
        self._state, self._notes, self._mail = state, notes, mail

    def look(self) -> Verdict:
        """Compare everything now."""
        ours = [
            one
            for one in self._state.find("checkout.session")
            if _is_of(Installation.current_id(), one)
        ]
        paid = {session["id"]: session for session in ours if is_paid(session)}
        orders = list(Order.objects.prefetch_related("lines__product"))
        checkouts = list(Checkout.objects.all())
        verdict = Verdict(
            sessions=len(ours), paid=len(paid), orders=len(orders), checkouts=len(checkouts)
        )
        verdict.under_way = sum(
            one["status"] == "complete" and not self._has_ended(one) for one in ours
        )
        verdict.lost = [
            f"{key} is paid and has no order"
            for key in paid.keys() - {one.session_id for one in orders}
        ]
        verdict.unpaid = [
            f"{one} is not paid: {one.session_id}" for one in orders if one.session_id not in paid
        ]
        verdict.orders_too_many = _orders_too_many(orders)
        verdict.charges_too_many = list(self._charges_too_many(paid))
        for order in (one for one in orders if one.session_id in paid):
            verdict.charged_otherwise += self._charged_otherwise(order, paid[order.session_id])
            verdict.shown_otherwise += self._shown_otherwise(order)
        verdict.left_open = [*self._open_checkouts(checkouts, ours), *_reservations(checkouts)]
        verdict.completed_by = count_completed_by()
        self._look_at_refunds(verdict, {one.payment_intent: one for one in orders})
        goods.look_at_stock(verdict)
        goods.look_at_emails(verdict, self._mail.received)
        return verdict

    def _look_at_refunds(self, verdict: Verdict, orders: dict[str | None, Order]) -> None:
        """Compare refunds and disputes of our orders with our rows."""
        rows = {row.stripe_id or row.pk: row for row in Refund.objects.select_related("order")}
        theirs = [one for one in self._state.find("refund") if one["payment_intent"] in orders]
        disputes = [one for one in self._state.find("dispute") if one["payment_intent"] in orders]
        verdict.refunds, verdict.disputes = len(theirs), len(disputes)
        for refund in theirs:
            row = rows.pop(refund["id"], None)
            known = (row.amount, row.status, row.order.payment_intent) if row else None
            if known != (refund["amount"], refund["status"], refund["payment_intent"]):
                verdict.refunds_lost.append(f"{refund['id']} is recorded as {known}")
        for row in rows.values():
            if row.stripe_id or row.status == "requested":
                verdict.refunds_lost.append(f"{row} is {row.status} and not at Stripe")
        ours = Counter(one["metadata"].get("refund", one["id"]) for one in theirs)
        verdict.refunds_doubled = [f"{key} was made {n} times" for key, n in ours.items() if n > 1]
        recorded = dict(Dispute.objects.values_list("stripe_id", "status"))
        for dispute in disputes:
            if recorded.get(dispute["id"]) != dispute["status"]:
                verdict.refunds_lost.append(f"{dispute['id']} is not recorded")

    def _charges_too_many(self, paid: dict[str, Record]) -> Iterable[str]:
        intents: dict[str, list[str]] = defaultdict(list)
        for key in paid:
            if shown := self._notes.shown.get(key):
                intents[shown.intent].append(key)
        for intent, keys in intents.items():
            if len(keys) > 1:
                yield (
                    f"one press of Buy ({intent}) was charged {len(keys)} times: {', '.join(keys)}"
                )
        for key in self._notes.paid_after_end:
            yield f"{key} was charged after another choice had taken its place"

    def _charged_otherwise(self, order: Order, session: Record) -> Iterable[str]:
        told = (session["amount_subtotal"], session["amount_total"], session["currency"])
        if (order.subtotal, order.total, order.currency) != told:
            yield (
                f"{order}: {order.subtotal}, {order.total} {order.currency}; the session "
                f"says {told}"
            )
        lines = sorted((line.unit_amount, line.quantity) for line in order.lines.all())
        if lines != (charged := self._charged(session)):
            yield f"{order}: lines {lines}; the session charged {charged}"

    def _shown_otherwise(self, order: Order) -> Iterable[str]:
        shown = self._notes.shown.get(order.session_id)
        if shown != (sold := Shown(shown.intent if shown else "", order.currency, _lines(order))):
            yield f"{order.session_id} was shown as {shown}, and sold as {sold}"

    def _charged(self, session: Record) -> list[tuple[int, int]]:
        items = self._state.private(session["id"])["line_items"]
        return sorted((self._unit_amount(item["price"]), item["quantity"]) for item in items)

    def _unit_amount(self, price_id: str) -> int:
        price = self._state.get("price", price_id)
        return int(price["unit_amount"]) if price else 0

    def _open_checkouts(self, checkouts: list[Checkout], sessions: list[Record]) -> Iterable[str]:
        by_checkout: dict[str, list[Record]] = defaultdict(list)
        for session in sessions:
            by_checkout[session["metadata"].get("checkout", "")].append(session)
        for checkout in checkouts:
            made = by_checkout[str(checkout.pk)]
            if checkout.status in Checkout.UNFINISHED and made and all(map(self._has_ended, made)):
                yield f"{checkout} goes on, though its session has ended"

    def _has_ended(self, session: Record) -> bool:
        intent = (
            self._state.get("payment_intent", session["payment_intent"])
            if session["payment_intent"]
            else None
        )
        failed = intent is not None and intent["status"] in GIVEN_UP
        return (
            session["status"] == "expired"
            or is_paid(session)
            or (session["status"] == "complete" and failed)
        )


def is_paid(session: Record) -> bool:
    """Whether money has arrived, or nothing was due."""
    return session["status"] == "complete" and session["payment_status"] in (
        "paid",
        "no_payment_required",
    )


def _is_of(installation: str, session: Record) -> bool:
    return bool(session["metadata"].get("installation") == installation)


def _orders_too_many(orders: list[Order]) -> list[str]:
    per_session = Counter(order.session_id for order in orders)
    return [f"{key} has {count} orders" for key, count in per_session.items() if count > 1]


def _lines(order: Order) -> tuple[tuple[str, int, int], ...]:
    return tuple(
        sorted((_key(line.product), line.unit_amount, line.quantity) for line in order.lines.all())
    )


def _key(product: Product | None) -> str:
    return str(product.translation_key) if product else ""


def _reservations(checkouts: list[Checkout]) -> Iterable[str]:
    unfinished = {checkout.pk for checkout in checkouts if checkout.status in Checkout.UNFINISHED}
    held: list[Any] = list(Reservation.objects.values_list("key", flat=True))
    return [
        f"a reservation of {key} is left, which is finished"
        for key in held
        if key not in unfinished
    ]


def count_completed_by() -> Counter[str]:
    texts = OrderEvent.objects.filter(text__contains="confirmed by").values_list("text", flat=True)
    return Counter(
        found[1] for text in texts if (found := re.search(r"confirmed by (.+)\.$", text))
    )
