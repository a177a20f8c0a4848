"""Disputes and early fraud warnings (docs.stripe.com/disputes, docs.stripe.com/api/disputes).

An inquiry withdraws nothing; it is closed, or becomes a chargeback under the same id. A chargeback
withdraws the money at once, and is won or lost.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import no_such, refused
from stripe_sandbox.objects import balance, events, lists, parameters
from stripe_sandbox.state import Record, State

DAYS_TO_ANSWER = 8
OVER = ("won", "lost", "warning_closed", "prevented")  # statuses that do not change again
UNANSWERED = ("needs_response", "warning_needs_response")
FILES = (
    "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation",
    "receipt", "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
)  # fmt: skip
TEXTS = (
    "access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal",
    "customer_email_address", "customer_name", "customer_purchase_ip", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "refund_policy_disclosure", "refund_refusal_explanation",
    "service_date", "shipping_address", "shipping_carrier", "shipping_date", "shipping_tracking_number",
    "uncategorized_text",
)  # fmt: skip

EVIDENCE = parameters.group(
    {
        **dict.fromkeys(TEXTS, parameters.text(20_000, clearable=True)),
        **dict.fromkeys(FILES, parameters.unsupported),
        "enhanced_evidence": parameters.unsupported,
    }
)
RETRIEVE = CLOSE = parameters.group(parameters.EXPAND)
UPDATE = parameters.group(
    {
        **parameters.EXPAND,
        "evidence": EVIDENCE,
        "intended_submission_method": parameters.unsupported,
        "metadata": parameters.metadata,
        "submit": parameters.flag,
    }
)
LIST = parameters.group(
    {
        **parameters.PAGE,
        "charge": parameters.text(255),
        "created": parameters.created,
        "payment_intent": parameters.text(255),
    }
)


def retrieve(state: State, params: dict[str, Any], dispute_id: str) -> Record:
    """The dispute, or 404."""
    dispute = state.get("dispute", dispute_id)
    if dispute is None:
        raise no_such("dispute", dispute_id)
    return dispute


def list_all(state: State, params: dict[str, Any]) -> Record:
    """Disputes of any status, newest first."""
    wanted = lists.conditions(params, "charge", "payment_intent")
    return lists.page(state, "dispute", "/v1/disputes", params, wanted)


def update(state: State, params: dict[str, Any], dispute_id: str) -> Record:
    """Change metadata and evidence; ``submit`` (by default true) sends the evidence."""
    dispute = _unfinished(state, dispute_id)
    evidence = params.get("evidence", {})
    changes: Record = {
        "metadata": parameters.merged(dispute["metadata"], params.get("metadata", {})),
        "evidence": {**dispute["evidence"], **evidence},
    }
    if evidence and params.get("submit", True):
        changes |= _submitted(dispute)
    return _changed(state, dispute, changes)


def close(state: State, params: dict[str, Any], dispute_id: str) -> Record:
    """Accept a dispute: it is lost, or closed if it is an inquiry."""
    if is_inquiry(_unfinished(state, dispute_id)):
        return end_inquiry(state, dispute_id)
    return lose(state, dispute_id)


def is_charged_back(state: State, charge_id: str) -> bool:
    """Whether a dispute keeps the charge from being refunded."""
    return any(not dispute["is_charge_refundable"] for dispute in _of_charge(state, charge_id))


def is_inquiry(dispute: Record) -> bool:
    """Whether the bank only asks, and has withdrawn no money."""
    return bool(dispute["payment_method_details"]["card"]["case_type"] == "inquiry")


# What the customer's bank does


def begin(
    state: State, charge: Record, kind: str, reason: str = "fraudulent", amount: int | None = None
) -> Record:
    """Let the bank open a dispute of ``kind`` chargeback, inquiry or block, which is prevented.

    ``amount`` is in minor units, by default the whole charge.
    """
    disputed = charge["amount"] if amount is None else amount
    if not 0 < disputed <= charge["amount"]:
        raise refused("A dispute is about at least 1 and at most the amount of the charge.")
    state.save({**charge, "disputed": True})
    dispute = state.add(_built(state, charge, kind, reason, disputed))
    events.record(state, "charge.dispute.created", dispute)
    if kind == "chargeback":
        dispute = _withdrawn(state, dispute)
    if kind == "block":
        events.record(state, "charge.dispute.closed", dispute)
    return dispute


def warn(state: State, charge: Record) -> Record:
    """Let the bank send an early fraud warning."""
    warning: Record = {
        "id": ids.new("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": charge["id"],
        "created": state.now(),
        "fraud_type": "made_with_stolen_card",
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
    state.add(warning)
    events.record(state, "radar.early_fraud_warning.created", warning)
    return warning


def escalate(state: State, dispute_id: str) -> Record:
    """Let an inquiry become a chargeback: the money is withdrawn. Raises ApiError for any other."""
    with state.transaction():
        dispute = _unfinished(state, dispute_id)
        if not is_inquiry(dispute):
            raise refused("Only an inquiry can be escalated.")
        details = dispute["payment_method_details"]
        card = {**details["card"], "case_type": "chargeback"}
        escalated = {
            "payment_method_details": {**details, "card": card},
            "is_charge_refundable": False,
            "status": "needs_response",
        }
        dispute = _withdrawn(state, state.save({**dispute, **escalated}))
        events.record(state, "charge.dispute.updated", dispute)
        return dispute


def win(state: State, dispute_id: str) -> Record:
    """Decide a chargeback for the merchant: the money comes back. Raises ApiError for any other."""
    with state.transaction():
        dispute = _chargeback(state, dispute_id)
        row = balance.dispute_row(state, dispute_id, dispute["amount"], dispute["currency"], 0)
        won = {
            "balance_transactions": [*dispute["balance_transactions"], row],
            "is_charge_refundable": True,
            "status": "won",
        }
        dispute = state.save({**dispute, **won})
        events.record(state, "charge.dispute.funds_reinstated", dispute)
        events.record(state, "charge.dispute.closed", dispute)
        return dispute


def lose(state: State, dispute_id: str) -> Record:
    """Decide a chargeback for the customer: the money is lost. Raises ApiError for any other."""
    with state.transaction():
        dispute = state.save({**_chargeback(state, dispute_id), "status": "lost"})
        events.record(state, "charge.dispute.closed", dispute)
        return dispute


def end_inquiry(state: State, dispute_id: str) -> Record:
    """Let an inquiry end without a chargeback. Raises ApiError for any other."""
    with state.transaction():
        dispute = _unfinished(state, dispute_id)
        if not is_inquiry(dispute):
            raise refused("This dispute is not an inquiry.")
        dispute = state.save({**dispute, "status": "warning_closed"})
        events.record(state, "charge.dispute.closed", dispute)
        return dispute


def end_inquiries(state: State, charge_id: str) -> None:
    """End every inquiry about a charge that was refunded in full (docs.stripe.com/disputes)."""
    for dispute in _of_charge(state, charge_id):
        if is_inquiry(dispute) and dispute["status"] not in OVER:
            end_inquiry(state, dispute["id"])


def _of_charge(state: State, charge_id: str) -> list[Record]:
    return state.find("dispute", [("charge", "eq", charge_id)])


def _unfinished(state: State, dispute_id: str) -> Record:
    dispute = retrieve(state, {}, dispute_id)
    if dispute["status"] in OVER:
        raise refused("This dispute is already closed")
    return dispute


def _chargeback(state: State, dispute_id: str) -> Record:
    dispute = _unfinished(state, dispute_id)
    if is_inquiry(dispute):
        raise refused("An inquiry is neither won nor lost.")
    return dispute


def _withdrawn(state: State, dispute: Record) -> Record:
    row = balance.dispute_row(
        state, dispute["id"], -dispute["amount"], dispute["currency"], balance.DISPUTE_FEE
    )
    dispute = state.save(
        {**dispute, "balance_transactions": [*dispute["balance_transactions"], row]}
    )
    events.record(state, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _submitted(dispute: Record) -> Record:
    details = dispute["evidence_details"]
    sent = {
        "has_evidence": True,
        "submission_method": "manual",
        "submission_count": details["submission_count"] + 1,
    }
    status = dispute["status"].replace("needs_response", "under_review")
    return {"evidence_details": {**details, **sent}, "status": status}


def _changed(state: State, dispute: Record, changes: Record) -> Record:
    after = state.save({**dispute, **changes})
    events.record(state, "charge.dispute.updated", after, dispute)
    return after


STATUS = {
    "chargeback": "needs_response",
    "inquiry": "warning_needs_response",
    "block": "prevented",
}
NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1"}


def _built(state: State, charge: Record, kind: str, reason: str, amount: int) -> Record:
    if kind not in STATUS:
        raise refused(f"A dispute is one of {', '.join(STATUS)}.")
    return {
        "id": ids.new("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": state.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": _no_evidence(),
        "evidence_details": _evidence_details(state),
        "is_charge_refundable": kind == "inquiry",
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": _card(charge, kind, reason),
        "reason": reason,
        "status": STATUS[kind],
    }


def _card(charge: Record, kind: str, reason: str) -> Record:
    brand = charge["payment_method_details"].get("card", {}).get("brand", "visa")
    code = "10" if kind == "inquiry" else NETWORK_CODES.get(reason, "13.7")
    card = {"brand": brand, "case_type": kind, "network": brand, "network_reason_code": code}
    return {"card": card, "type": "card"}


def _no_evidence() -> Record:
    return {**dict.fromkeys([*FILES, *TEXTS]), "enhanced_evidence": {}}


def _evidence_details(state: State) -> Record:
    last_day = datetime.fromtimestamp(state.now(), UTC) + timedelta(days=DAYS_TO_ANSWER)
    due_by = last_day.replace(hour=23, minute=59, second=59)
    return {
        "due_by": int(due_by.timestamp()),
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }
