"""Payments from a bank account: the session is complete, the payment succeeds or fails later.

The accounts are the documented test numbers (docs.stripe.com/testing#non-card-payments); the
process is that of docs.stripe.com/payments/ach-direct-debit. Any other account is refused.
"""

from dataclasses import dataclass

from stripe_sandbox import ids
from stripe_sandbox.errors import refused
from stripe_sandbox.objects import events, invoices, payments, sessions
from stripe_sandbox.state import Record, State

METHOD = "us_bank_account"
BANK_SECONDS = 10.0  # until the payment succeeds or fails


@dataclass(frozen=True)
class Failure:
    """Why a payment failed: the error code, and a message for the shopper."""

    code: str
    message: str


@dataclass(frozen=True)
class BankAccount:
    """A test account. ``failure`` is None if it pays; ``ends`` is false if it stays processing."""

    number: str
    title: str
    failure: Failure | None = None
    ends: bool = True


INSUFFICIENT = Failure(
    "insufficient_funds", "The customer's account has insufficient funds to cover this payment."
)
ACCOUNTS = (
    BankAccount("000123456789", "Pays"),
    BankAccount(
        "000111111113",
        "Account closed",
        Failure("account_closed", "The customer's bank account has been closed."),
    ),
    BankAccount(
        "000111111116",
        "No such account",
        Failure("no_account", "The customer's bank account could not be located."),
    ),
    BankAccount("000222222227", "Insufficient funds", INSUFFICIENT),
    BankAccount(
        "000333333335",
        "Debit not authorised",
        Failure(
            "debit_not_authorized",
            "The customer has notified their bank that this payment was unauthorized.",
        ),
    ),
    BankAccount("000000000009", "Stays processing", ends=False),
)
BY_NUMBER = {account.number: account for account in ACCOUNTS}
BY_LAST4 = {account.number[-4:]: account for account in ACCOUNTS}


def begin(state: State, intent: Record, session_id: str, account: BankAccount) -> None:
    """Store with the processing intent what its bank will do, and when."""
    due_at = state.now() + state.bank_seconds if account.ends else None
    state.save(intent, {"session": session_id, "last4": account.number[-4:], "due_at": due_at})


def settle_due(state: State) -> None:
    """End every payment that is due, oldest first."""
    with state.transaction():
        for intent in reversed(state.find("payment_intent", [("status", "eq", "processing")])):
            plan = state.private(intent["id"])
            if plan["due_at"] is not None and plan["due_at"] <= state.now():
                _end(state, intent, plan, BY_LAST4[plan["last4"]].failure)


def settle(state: State, session_id: str) -> None:
    """Let a processing payment succeed now, with any account. Raises ApiError if there is none."""
    with state.transaction():
        intent = _processing_intent(state, session_id)
        _end(state, intent, state.private(intent["id"]), None)


def fail(state: State, session_id: str) -> None:
    """Let a processing payment fail now, for the account's own reason if it has one.

    Raises ApiError if there is none.
    """
    with state.transaction():
        intent = _processing_intent(state, session_id)
        plan = state.private(intent["id"])
        _end(state, intent, plan, BY_LAST4[plan["last4"]].failure or INSUFFICIENT)


def is_processing(state: State, session: Record) -> bool:
    """Whether the session has a payment that is processing."""
    return _processing(state, session) is not None


def _processing(state: State, session: Record) -> Record | None:
    intent = state.get("payment_intent", session["payment_intent"])
    return intent if intent is not None and intent["status"] == "processing" else None


def _processing_intent(state: State, session_id: str) -> Record:
    intent = _processing(state, sessions.retrieve(state, {}, session_id))
    if intent is None:
        raise refused("This Checkout Session has no payment that is processing.")
    return intent


def _end(state: State, intent: Record, plan: Record, failure: Failure | None) -> None:
    session = state.get("checkout.session", plan["session"]) or {}
    if failure is None:
        source = payments.Source(_billing(session), _details(plan["last4"]), refunds="pending")
        payments.collect(state, intent, source)
        session = state.save({**session, "payment_status": "paid"})
        session = state.save({**session, "invoice": invoices.created_for(state, session)})
        events.record(state, "checkout.session.async_payment_succeeded", session)
        return
    error = _error(state, intent, session, plan["last4"], failure)
    failed = {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": error,
    }
    intent = state.save({**intent, **failed})
    events.record(state, "payment_intent.payment_failed", intent)
    events.record(state, "checkout.session.async_payment_failed", session)


def _billing(session: Record) -> Record:
    customer = session["customer_details"]
    return payments.billing_details(customer["email"], customer["name"])


def _details(last4: str) -> Record:
    """``payment_method_details`` of the charge."""
    more = dict.fromkeys(["expected_debit_date", "mandate", "payment_reference"])
    return {METHOD: {**_account(last4), **more}, "type": METHOD}


def _account(last4: str) -> Record:
    return {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "fingerprint": ids.random_text(16),
        "last4": last4,
        "routing_number": "110000000",
    }


def _error(state: State, intent: Record, session: Record, last4: str, failure: Failure) -> Record:
    """``last_payment_error``, with the payment method that failed."""
    more = {"financial_connections_account": None, "networks": None, "status_details": None}
    method = {
        "id": intent["payment_method"],
        "object": "payment_method",
        "billing_details": _billing(session),
        "created": intent["created"],
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": METHOD,
        METHOD: {**_account(last4), **more},
    }
    return {
        "code": failure.code,
        "doc_url": f"https://docs.stripe.com/error-codes#{failure.code.replace('_', '-')}",
        "message": failure.message,
        "payment_method": method,
        "type": "invalid_request_error",
    }
