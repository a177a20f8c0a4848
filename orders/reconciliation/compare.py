"""Compare one order with its session. Pure: no database writes, no call to Stripe."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from money import amount_text
from orders.models import Order
from stripe_gateway.sessions import Session

AMOUNTS = {
    "subtotal": gettext_lazy("Subtotal"),
    "discount": gettext_lazy("Discount"),
    "shipping": gettext_lazy("Shipping"),
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
        text = _("The order is over %(amount)s, but its session does not exist at Stripe.")
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
