"""Compare one of our rows with its object at Stripe. Pure: no writes, no calls to Stripe."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from money import amount_text
from orders.models import Dispute, Order, Refund
from orders.models.dispute import describe
from orders.refunds.record import FROM_STRIPE
from orders.statuses import RefundStatus
from stripe_gateway.disputes import Dispute as StripeDispute
from stripe_gateway.refunds import Refund as StripeRefund
from stripe_gateway.sessions import Session

AMOUNTS = {
    "subtotal": gettext_lazy("Subtotal"),
    "discount": gettext_lazy("Discount"),
    "shipping": gettext_lazy("Delivery"),
    "tax": gettext_lazy("Tax"),
    "total": gettext_lazy("Total"),
}


def compare(order: Order | None, session: Session | None) -> list[str]:
    """How an order differs from its session, a sentence each; empty if they agree.

    Either may be missing.
    """
    if order is None:
        return [unmatched_session(session)] if session else []
    if session is None:
        text = _("The order is for %(amount)s, but its session does not exist at Stripe.")
        return [text % {"amount": amount(order)}]
    if not session.is_paid:
        return [_("The session is not paid at Stripe.")]
    texts = [
        difference(name, session, order)
        for name in AMOUNTS
        if (getattr(session, name), session.currency) != (getattr(order, name), order.currency)
    ]
    lines = sum(line.total for line in order.lines.all())
    if lines != order.subtotal:
        text = _("The lines add up to %(lines)s, but the subtotal is %(subtotal)s.")
        sums = {"lines": amount_text(lines, order.currency), "subtotal": amount(order, "subtotal")}
        texts.append(text % sums)
    if session.payment_intent != (order.payment_intent or ""):
        texts.append(_("The payment intent differs."))
    return texts


def unmatched_session(session: Session) -> str:
    """The sentence about a paid session without an order."""
    text = _("%(amount)s was paid at Stripe, but there is no order.")
    return text % {"amount": amount(session)}


def difference(name: str, session: Session, order: Order) -> str:
    """The sentence about one of AMOUNTS that differs."""
    text = _("%(name)s: %(session)s at Stripe, %(order)s on the order.")
    values = {"session": amount(session, name), "order": amount(order, name)}
    return text % {"name": AMOUNTS[name], **values}


def amount(side: Order | Session, name: str = "total") -> str:
    """One of AMOUNTS as text with its currency."""
    return amount_text(getattr(side, name), side.currency)


def compare_refund(row: Refund | None, found: StripeRefund | None) -> list[str]:
    """How our row of a refund differs from Stripe's, a sentence each; empty if they agree."""
    if row is None:
        if found is None:
            return []
        text = _("%(amount)s was refunded at Stripe, but the order does not have the refund.")
        return [text % {"amount": amount_text(found.amount, found.currency)}]
    if found is None:
        text = _("The refund of %(amount)s does not exist at Stripe.")
        return [text % {"amount": row.amount_text}]
    texts = []
    if (row.amount, row.order.currency) != (found.amount, found.currency):
        text = _("Refund: %(found)s at Stripe, %(row)s on the order.")
        there = amount_text(found.amount, found.currency)
        texts.append(text % {"found": there, "row": row.amount_text})
    if row.status != FROM_STRIPE.get(found.status, RefundStatus.PENDING):
        text = _("Refund of %(amount)s: “%(found)s” at Stripe, “%(row)s” on the order.")
        values = {"amount": row.amount_text, "found": found.status, "row": row.status}
        texts.append(text % values)
    return texts


def compare_dispute(row: Dispute | None, found: StripeDispute | None) -> list[str]:
    """How our row of a dispute differs from Stripe's, a sentence each; empty if they agree."""
    if row is None:
        if found is None:
            return []
        text = _("%(amount)s is disputed at Stripe, but the order does not have the dispute.")
        return [text % {"amount": amount_text(found.amount, found.currency)}]
    if found is None:
        text = _("The dispute about %(amount)s does not exist at Stripe.")
        return [text % {"amount": row.amount_text}]
    ours = (row.status, row.amount, row.currency, row.withdrawn)
    if ours == (found.status, found.amount, found.currency, found.withdrawn):
        return []
    text = _("%(found)s at Stripe, %(row)s on the order.")
    there = describe(found.status, amount_text(found.amount, found.currency))
    return [text % {"found": there, "row": describe(row.status, row.amount_text)}]


def unreadable(problem: str) -> str:
    """The sentence about an object that does not match Stripe's documentation."""
    return _("Stripe's answer could not be read: %(problem)s") % {"problem": problem}
