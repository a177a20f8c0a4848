"""Paying for a session, with any payment method."""

from dataclasses import dataclass

from stripe_sandbox.checkout_page import adjustments, choices
from stripe_sandbox.checkout_page.adjustments import NOTHING, Additions
from stripe_sandbox.checkout_page.choices import NO_CHOICES, Choices
from stripe_sandbox.errors import refused
from stripe_sandbox.objects import bank_debits, events, invoices, payments, sessions
from stripe_sandbox.objects.bank_debits import BankAccount
from stripe_sandbox.objects.cards import BY_NUMBER, Card, Decline
from stripe_sandbox.state import Record, State


@dataclass(frozen=True)
class Payer:
    """Who pays, and with what.

    Only the last four digits of the number are stored, and the expiry of a card.
    """

    method: Card | BankAccount | None  # None: nothing is due
    email: str
    name: str
    expiry: tuple[int, int] = (12, 2050)  # month, year
    choices: Choices = NO_CHOICES


class Declined(Exception):
    """The card was refused; the session stays open."""

    def __init__(self, decline: Decline) -> None:
        super().__init__(decline.message)
        self.decline = decline


class NotOpen(Exception):
    """The session was paid or has expired; nothing was charged."""

    def __init__(self, session: Record) -> None:
        super().__init__(f"This session is {session['status']}.")
        self.session = session


def test_card(number: str) -> Card:
    """The test card of that number. Raises KeyError for any other."""
    return BY_NUMBER[number]


def test_account(number: str) -> BankAccount:
    """The test bank account of that number. Raises KeyError for any other."""
    return bank_debits.BY_NUMBER[number]


def pay(
    state: State, session_id: str, payer: Payer, attempt: str = "", adding: Additions = NOTHING
) -> tuple[Record, str]:
    """Complete an open session, once. Returns it with the id of its ``checkout.session.completed``
    event.

    ``attempt`` identifies the form that was sent, so that sending it twice is one payment. Raises
    Declined, which leaves the session open with a failed payment; and NotOpen, ValueError and
    ApiError, which leave everything as it was.
    """
    with state.transaction():
        session = sessions.retrieve(state, {}, session_id)
        if session["status"] != "open":
            raise NotOpen(session)
        if wrong := choices.problems(state, session, payer.choices):
            raise ValueError(f"The session asks for more than was entered: {wrong}")
        private = {**state.private(session_id), "paid_with": attempt}
        adding = choices.additions(state, session, payer.choices, adding)
        paying, private["line_items"] = adjustments.added(session, private["line_items"], adding)
        _check_method(paying, payer)
        decline = _decline(paying, payer)
        if decline is None:
            return _complete(state, paying, private, payer)
        _refused(state, session, payer, decline)
    raise Declined(decline)


def fail_authentication(state: State, session_id: str, payer: Payer, decline: Decline) -> None:
    """The shopper did not pass the bank's challenge; the session stays open with a failed
    payment.
    """
    with state.transaction():
        session = sessions.retrieve(state, {}, session_id)
        if session["status"] == "open":
            _refused(state, session, payer, decline)


def _check_method(session: Record, payer: Payer) -> None:
    """Raises ApiError for a bank account where the session does not accept one."""
    if (
        session["amount_total"]
        and isinstance(payer.method, BankAccount)
        and bank_debits.METHOD not in session["payment_method_types"]
    ):
        raise refused("This Checkout Session does not accept payments from a bank account.")


def _decline(session: Record, payer: Payer) -> Decline | None:
    due = session["amount_total"] > 0
    return payer.method.decline if due and isinstance(payer.method, Card) else None


def _refused(state: State, session: Record, payer: Payer, decline: Decline) -> None:
    """Record a declined payment; the session stays open, with the payment intent."""
    data = state.private(session["id"])["payment_intent_data"]
    intent = payments.intent_of(state, session, data)
    payments.decline(state, intent, _source(payer), decline)
    state.save({**session, "payment_intent": intent["id"]})


def _source(payer: Payer) -> payments.Source:
    if not isinstance(payer.method, Card):
        raise ValueError("A payment is due, so a card or a bank account is needed.")
    billing = payments.billing_details(payer.email, payer.name)
    return payments.card_source(payer.method, payer.expiry, billing)


def _complete(state: State, session: Record, private: Record, payer: Payer) -> tuple[Record, str]:
    done = choices.applied(state, session, payer.choices, payer.email, payer.name)
    done |= {"status": "complete", "url": None, "payment_status": "no_payment_required"}
    if session["amount_total"]:
        data = {"shipping": choices.shipping_of(done), **private["payment_intent_data"]}
        intent = payments.intent_of(state, session, data)
        done["payment_intent"] = intent["id"]
        done["payment_status"] = _taken(state, intent, session["id"], payer)
        if done["payment_status"] == "paid":
            done["invoice"] = invoices.created_for(state, done)
    state.save(done, private)
    return done, events.record(state, "checkout.session.completed", done)


def _taken(state: State, intent: Record, session_id: str, payer: Payer) -> str:
    """Charge a card, or begin a bank debit. Returns the session's payment status."""
    if isinstance(payer.method, BankAccount):
        bank_debits.begin(state, intent, session_id, payer.method)
        return "unpaid"
    payments.collect(state, intent, _source(payer))
    return "paid"
