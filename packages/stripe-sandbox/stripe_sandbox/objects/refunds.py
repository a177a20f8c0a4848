"""Refunds of payments (docs.stripe.com/refunds, docs.stripe.com/api/refunds).

pending -> succeeded, and either of them -> failed; pending -> canceled. The result depends on the
card (docs.stripe.com/testing#refunds).
"""

from typing import Any

from stripe_sandbox import currencies, ids
from stripe_sandbox.errors import no_such, refused
from stripe_sandbox.objects import disputes, events, lists, parameters
from stripe_sandbox.state import Record, State

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
FAILURE = "expired_or_canceled_card"
RETURNED = ("failed", "canceled")  # statuses of refunds whose money is back in the account


def _reason(value: Any, path: str) -> str:
    if value not in REASONS:
        first, second, third = REASONS
        raise refused(f"Invalid reason: must be one of {first}, {second}, or {third}", path)
    return str(value)


CREATE = parameters.group(
    {
        **parameters.EXPAND,
        "amount": parameters.integer(1),
        "charge": parameters.text(255),
        "currency": parameters.currency,
        "metadata": parameters.metadata,
        "payment_intent": parameters.text(255),
        "reason": _reason,
        **dict.fromkeys(
            [
                "customer",
                "instructions_email",
                "origin",
                "refund_application_fee",
                "reverse_transfer",
            ],
            parameters.unsupported,
        ),
    }
)
RETRIEVE = CANCEL = parameters.group(parameters.EXPAND)
UPDATE = parameters.group({**parameters.EXPAND, "metadata": parameters.metadata})
LIST = parameters.group(
    {
        **parameters.PAGE,
        "charge": parameters.text(255),
        "created": parameters.created,
        "payment_intent": parameters.text(255),
    }
)


def create(state: State, params: dict[str, Any]) -> Record:
    """Refund a payment, or ``amount`` of it in minor units.

    Raises ApiError for more than is left, and for a payment with a chargeback.
    """
    charge = _charge(state, params)
    left = charge["amount"] - refunded(state, charge["id"])
    amount = params.get("amount", left)
    _check(state, charge, amount, left, params.get("currency"))
    plan = state.private(charge["id"]).get("refunds", "succeed")
    refund = state.add(_built(state, charge, amount, plan, params), _outcome(state, plan))
    charge = _less(state, charge)
    events.record(state, "refund.created", refund)
    events.record(state, "charge.refunded", charge)
    if charge["refunded"]:
        disputes.end_inquiries(state, charge["id"])
    return refund


def retrieve(state: State, params: dict[str, Any], refund_id: str) -> Record:
    """The refund, or 404."""
    refund = state.get("refund", refund_id)
    if refund is None:
        raise no_such("refund", refund_id)
    return refund


def list_all(state: State, params: dict[str, Any]) -> Record:
    """Refunds of any status, newest first."""
    wanted = lists.conditions(params, "charge", "payment_intent")
    return lists.page(state, "refund", "/v1/refunds", params, wanted)


def update(state: State, params: dict[str, Any], refund_id: str) -> Record:
    """Change the metadata."""
    refund = retrieve(state, {}, refund_id)
    metadata = parameters.merged(refund["metadata"], params.get("metadata", {}))
    return _changed(state, refund, {"metadata": metadata})


def cancel(state: State, params: dict[str, Any], refund_id: str) -> Record:
    """Refuse: only refunds that wait for the customer can be cancelled; there are none here."""
    retrieve(state, {}, refund_id)
    raise refused("Canceling this refund is unsupported.")


def refunded(state: State, charge_id: str) -> int:
    """How much of a charge was refunded or is being refunded, in minor units."""
    return sum(
        refund["amount"]
        for refund in state.find("refund", [("charge", "eq", charge_id)])
        if refund["status"] not in RETURNED
    )


# What the bank does afterwards


def settle_due(state: State) -> None:
    """Decide every refund that is due, oldest first."""
    due = "SELECT id FROM objects WHERE kind = 'refund' AND json_extract(private, '$.due_at') <= ? ORDER BY seq"
    with state.transaction():
        for (refund_id,) in state.rows(due, state.now()):
            if state.private(refund_id)["plan"] == "fail":
                fail(state, refund_id)
            else:
                succeed(state, refund_id)


def succeed(state: State, refund_id: str) -> None:
    """Let a pending refund succeed. Raises ApiError for any other."""
    with state.transaction():
        refund = _in_status(state, refund_id, "pending")
        _decided(state, refund, {"status": "succeeded"})


def fail(state: State, refund_id: str) -> None:
    """Let a refund fail at the bank. Raises ApiError if it has failed or was cancelled."""
    with state.transaction():
        refund = _in_status(state, refund_id, "pending", "succeeded")
        failed = {
            "status": "failed",
            "failure_reason": FAILURE,
            "failure_balance_transaction": ids.new("txn"),
        }
        events.record(state, "refund.failed", _decided(state, refund, failed))


def withdraw(state: State, refund_id: str) -> None:
    """Cancel a pending refund as in the Dashboard. Raises ApiError for any other."""
    with state.transaction():
        refund = _in_status(state, refund_id, "pending")
        _decided(state, refund, {"status": "canceled"})


def _in_status(state: State, refund_id: str, *allowed: str) -> Record:
    refund = retrieve(state, {}, refund_id)
    if refund["status"] not in allowed:
        raise refused(f"This refund has a status of `{refund['status']}`.")
    return refund


def _decided(state: State, refund: Record, changes: Record) -> Record:
    private = {**state.private(refund["id"]), "due_at": None}
    left = {name: value for name, value in refund.items() if name != "pending_reason"}
    state.save(refund, private)
    return _changed(state, left, changes)


def _changed(state: State, refund: Record, changes: Record) -> Record:
    after = state.save({**refund, **changes})
    for kind in ("refund.updated", "charge.refund.updated"):
        events.record(state, kind, after, refund)
    return after


# Creating


def _charge(state: State, params: dict[str, Any]) -> Record:
    if "charge" in params:
        charge = state.get("charge", params["charge"])
        if charge is None:
            raise no_such("charge", params["charge"])
        return charge
    if "payment_intent" not in params:
        raise refused(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    intent_id = params["payment_intent"]
    intent = state.get("payment_intent", intent_id)
    if intent is None:
        raise no_such("payment_intent", intent_id)
    if intent["status"] != "succeeded":
        raise refused(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
        )
    return state.get("charge", intent["latest_charge"]) or {}


def _check(state: State, charge: Record, amount: int, left: int, currency: str | None) -> None:
    if charge["status"] != "succeeded":
        raise refused(f"Charge {charge['id']} was not successful; it cannot be refunded.")
    if disputes.is_charged_back(state, charge["id"]):
        raise refused(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    if currency not in (None, charge["currency"]):
        raise refused(f"The charge is in {charge['currency']}, not in {currency}.", "currency")
    if left <= 0:
        raise refused(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount > left:
        asked = currencies.readable(amount, charge["currency"])
        most = currencies.readable(left, charge["currency"])
        raise refused(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({most})",
            "amount",
        )


def _built(state: State, charge: Record, amount: int, plan: str, params: dict[str, Any]) -> Record:
    """A refund with exactly the fields that Stripe returns; those that do not apply are absent."""
    waiting = {"pending_reason": "processing"} if plan == "pending" else {}
    return {
        "id": ids.new("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": ids.new("txn"),
        "charge": charge["id"],
        "created": state.now(),
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": _destination(charge["payment_method_details"]["type"]),
        "metadata": parameters.merged({}, params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if waiting else "succeeded",
        "transfer_reversal": None,
        **waiting,
    }


def _destination(method: str) -> Record:
    if method != "card":
        return {"type": "us_bank_transfer", "us_bank_transfer": {"reference_status": "pending"}}
    reference = {
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
    return {"card": reference, "type": "card"}


def _outcome(state: State, plan: str) -> Record:
    """What the bank will do with the refund, and when; ``due_at`` is None if nothing follows."""
    due_at = None if plan == "succeed" else state.now() + state.bank_seconds
    return {"plan": plan, "due_at": due_at}


def _less(state: State, charge: Record) -> Record:
    total = refunded(state, charge["id"])
    return state.save({**charge, "amount_refunded": total, "refunded": total == charge["amount"]})
