"""3-D Secure: the bank of some cards shows a challenge before it pays
(docs.stripe.com/payments/3d-secure).

Its address is ``/pay/<session id>/challenge/<token>``. The session stays open, and may end before
the shopper answers.
"""

from dataclasses import dataclass

from stripe_sandbox import ids
from stripe_sandbox.checkout_page.choices import Choices
from stripe_sandbox.checkout_page.pay import NotOpen, Payer
from stripe_sandbox.currencies import readable
from stripe_sandbox.http_server import Response
from stripe_sandbox.objects import sessions
from stripe_sandbox.objects.cards import CARDS, Card, Decline
from stripe_sandbox.pages import page, template
from stripe_sandbox.state import Record, State

PAGE = template("challenge.html")
CHALLENGED = {card.last4: card for card in CARDS if card.has_challenge}
FAILED = Decline(
    "payment_intent_authentication_failure",
    (
        "We are unable to authenticate your payment method. Please choose a different "
        "payment method and try again."
    ),
)


@dataclass(frozen=True)
class Challenge:
    """A challenge without an answer yet: who pays, and which form was sent."""

    token: str
    card: Card
    payer: Payer
    attempt: str


def card_with_challenge(payer: Payer) -> Card | None:
    """The payer's card if its bank shows a challenge, else None."""
    return payer.method if isinstance(payer.method, Card) and payer.method.has_challenge else None


def begin(state: State, session_id: str, card: Card, payer: Payer, attempt: str) -> str:
    """Begin a challenge. Returns its address.

    The same form sent twice is one challenge. Raises NotOpen.
    """
    with state.transaction():
        session = sessions.retrieve(state, {}, session_id)
        if session["status"] != "open":
            raise NotOpen(session)
        waiting = pending(state, session_id)
        if waiting is None or not attempt or (waiting.attempt, waiting.payer) != (attempt, payer):
            waiting = Challenge(ids.random_text(24), card, payer, attempt)
            _keep(state, session, waiting)
        return f"/pay/{session_id}/challenge/{waiting.token}"


def pending(state: State, session_id: str) -> Challenge | None:
    """The challenge of a session that has no answer yet."""
    kept = state.private(session_id).get("challenge")
    if not kept:
        return None
    card, (month, year) = CHALLENGED[kept["last4"]], kept["expiry"]
    return Challenge(
        kept["token"],
        card,
        Payer(card, kept["email"], kept["name"], (month, year), Choices(**kept["choices"])),
        kept["attempt"],
    )


def end(state: State, session_id: str) -> None:
    """Remove the challenge: it was answered, but nothing was paid."""
    with state.transaction():
        session = sessions.retrieve(state, {}, session_id)
        state.save(session, {**state.private(session_id), "challenge": None})


def shown(session: Record, challenge: Challenge) -> Response:
    """The challenge as a page."""
    total = readable(session["amount_total"], session["currency"])
    action = f"/pay/{session['id']}/challenge/{challenge.token}"
    return page(
        "Confirm the payment",
        PAGE.substitute(total=total, last4=challenge.card.last4, action=action),
    )


def _keep(state: State, session: Record, challenge: Challenge) -> None:
    """Store the challenge, with only the last four digits of the card's number."""
    payer = challenge.payer
    kept = {
        "token": challenge.token,
        "attempt": challenge.attempt,
        "last4": challenge.card.last4,
        "email": payer.email,
        "name": payer.name,
        "expiry": payer.expiry,
        "choices": payer.choices.as_json(),
    }
    state.save(session, {**state.private(session["id"]), "challenge": kept})
