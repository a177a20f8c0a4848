"""The paid invoice of a session that asked for one
(docs.stripe.com/payments/checkout/post-payment-invoices).
"""

from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import events, lists, parameters
from stripe_sandbox.state import Record, State

CREATION = parameters.group(
    {
        "enabled": parameters.flag,
        "invoice_data": parameters.group(
            {
                "account_tax_ids": parameters.unsupported,
                "custom_fields": parameters.unsupported,
                "description": parameters.text(1500),
                "footer": parameters.text(5000),
                "issuer": parameters.unsupported,
                "metadata": parameters.metadata,
                "rendering_options": parameters.unsupported,
            }
        ),
    },
    ("enabled",),
)
RETRIEVE = parameters.group(parameters.EXPAND)
LIST = parameters.group(
    {
        **parameters.PAGE,
        "created": parameters.created,
        "status": parameters.choice("draft", "open", "paid", "uncollectible", "void"),
        **dict.fromkeys(
            ["collection_method", "customer", "customer_account", "due_date", "subscription"],
            parameters.unsupported,
        ),
    }
)


def retrieve(state: State, params: dict[str, Any], invoice_id: str) -> Record:
    """The invoice, or 404."""
    invoice = state.get("invoice", invoice_id)
    if invoice is None:
        raise no_such("invoice", invoice_id)
    return invoice


def list_all(state: State, params: dict[str, Any]) -> Record:
    """Invoices, newest first, by status and time."""
    wanted = lists.conditions(params, "status")
    return lists.page(state, "invoice", "/v1/invoices", params, wanted)


def created_for(state: State, session: Record) -> str | None:
    """The id of a new invoice for a session that was just paid, if it asked for one."""
    asked = session["invoice_creation"]
    if not asked or not asked["enabled"]:
        return None
    return str(_created(state, session, asked["invoice_data"])["id"])


def _created(state: State, session: Record, data: dict[str, Any]) -> Record:
    """Add the invoice, and record its event."""
    number = f"{ids.random_text(8).upper()}-0001"
    address = f"{state.public_url}/invoices/{number}"
    invoice = state.add(
        {
            **dict.fromkeys(NULL),
            **FIXED,
            **_amounts(session),
            **_times(state.now()),
            "id": ids.new("in"),
            "automatic_tax": {"enabled": session["automatic_tax"]["enabled"]},
            "currency": session["currency"],
            "customer_email": session["customer_details"]["email"],
            "customer_name": session["customer_details"]["name"],
            "description": data.get("description"),
            "footer": data.get("footer"),
            "hosted_invoice_url": address,
            "invoice_pdf": f"{address}/pdf",
            "metadata": parameters.merged({}, data.get("metadata")),
            "number": number,
        }
    )
    events.record(state, "invoice.paid", invoice)
    return invoice


def _amounts(session: Record) -> Record:
    """The amounts that were due and have been paid, in minor units."""
    total = session["amount_total"]
    return {
        "amount_due": total,
        "amount_paid": total,
        "amount_shipping": session["total_details"]["amount_shipping"],
        "subtotal": session["amount_subtotal"],
        "total": total,
    }


def _times(now: int) -> Record:
    """An invoice that was finalized and paid at once."""
    moments = {"finalized_at": now, "paid_at": now}
    return {
        "created": now,
        "effective_at": now,
        "period_end": now,
        "period_start": now,
        "status_transitions": {**moments, "marked_uncollectible_at": None, "voided_at": None},
    }


FIXED: Record = {
    "object": "invoice",
    "amount_overpaid": 0,
    "amount_remaining": 0,
    "attempt_count": 0,
    "attempted": True,
    "auto_advance": False,
    "billing_reason": "manual",
    "collection_method": "charge_automatically",
    "default_tax_rates": [],
    "discounts": [],
    "issuer": {"type": "self"},
    "lines": {"object": "list", "data": [], "has_more": False, "url": "/v1/invoices/lines"},
    "livemode": False,
    "payment_settings": {"payment_method_options": None, "payment_method_types": None},
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "starting_balance": 0,
    "status": "paid",
}
NULL = (
    "account_country",
    "account_name",
    "account_tax_ids",
    "application",
    "custom_fields",
    "customer",
    "customer_account",
    "customer_address",
    "customer_phone",
    "customer_shipping",
    "customer_tax_exempt",
    "default_payment_method",
    "default_source",
    "due_date",
    "ending_balance",
    "from_invoice",
    "last_finalization_error",
    "latest_revision",
    "next_payment_attempt",
    "on_behalf_of",
    "parent",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "subtotal_excluding_tax",
    "test_clock",
    "total_discount_amounts",
    "total_excluding_tax",
    "total_pretax_credit_amounts",
    "total_taxes",
    "webhooks_delivered_at",
)
