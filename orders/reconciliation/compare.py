"""Compare one order with its session. Pure: no database writes, no call to Stripe."""

from money import amount_text
from orders.models import Order
from stripe_gateway.sessions import Session

AMOUNTS = ("subtotal", "discount", "shipping", "tax", "total")


def compare(order: Order | None, session: Session | None) -> list[str]:
    """How an order differs from its session, a sentence each; empty if they agree.

    Either may be missing.
    """
    if session is None:
        return (
            [f"The order is over {amount(order)}, but Stripe has no such session."] if order else []
        )
    if order is None:
        return [f"{amount(session)} was paid at Stripe, but there is no order."]
    if not session.is_paid:
        return ["The session is not paid at Stripe."]
    texts = [
        (
            f"{name.capitalize()}: {amount(session, name)} at Stripe, {amount(order, name)} "
            "on the order."
        )
        for name in AMOUNTS
        if (getattr(session, name), session.currency) != (getattr(order, name), order.currency)
    ]
    lines = sum(line.total for line in order.lines.all())
    if lines != order.subtotal:
        texts.append(
            f"The lines add up to {amount_text(lines, order.currency)}, the subtotal is "
            f"{amount(order, 'subtotal')}."
        )
    if session.payment_intent != (order.payment_intent or ""):
        texts.append("The payment intent differs.")
    return texts


def amount(side: Order | Session, name: str = "total") -> str:
    """One of AMOUNTS as text with its currency."""
    return amount_text(getattr(side, name), side.currency)
