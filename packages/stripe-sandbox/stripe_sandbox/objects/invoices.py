"""The paid invoice of a session that asked for one
(docs.stripe.com/payments/checkout/post-payment-invoices).
"""

from typing import Any

from stripe_sandbox import ids
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import events, parameters
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


def retrieve(state: State, params: dict[str, Any], invoice_id: str) -> Record:
    """The invoice, or 404."""
    invoice = state.get("invoice", invoice_id)
    if invoice is None:
        raise no_such("invoice", invoice_id)
    return invoice


def created_for(state: State, session: Record) -> str | None:
    """The id of a new invoice of a session that was paid just now, if it asked for one."""
    asked = session["invoice_creation"]
    if not asked or not asked["enabled"]:
        return None
    return str(_created(state, session, asked["invoice_data"])["id"])


def _created(state: State, session: Record, data: dict[str, Any]) -> Record:
    """Add the invoice, and record its event."""
    number = f"{ids.random_text(8).upper()}-0001"
    total, now = session["amount_total"], state.now()
    address = f"{state.public_url}/invoices/{number}"
    details = session["total_details"]
    invoice = state.add(
        {
            **dict.fromkeys(NULL),
            "id": ids.new("in"),
            "object": "invoice",
            "amount_due": total,
            "amount_overpaid": 0,
            "amount_paid": total,
            "amount_remaining": 0,
            "amount_shipping": details["amount_shipping"],
            "attempt_count": 0,
            "attempted": True,
            "auto_advance": False,
            "automatic_tax": {"enabled": session["automatic_tax"]["enabled"]},
            "billing_reason": "manual",
            "collection_method": "charge_automatically",
            "created": now,
            "currency": session["currency"],
            "customer_email": session["customer_details"]["email"],
            "customer_name": session["customer_details"]["name"],
            "default_tax_rates": [],
            "description": data.get("description"),
            "discounts": [],
            "effective_at": now,
            "footer": data.get("footer"),
            "hosted_invoice_url": address,
            "invoice_pdf": f"{address}/pdf",
            "issuer": {"type": "self"},
            "lines": {"object": "list", "data": [], "has_more": False, "url": "/v1/invoices/lines"},
            "livemode": False,
            "metadata": parameters.merged({}, data.get("metadata")),
            "number": number,
            "payment_settings": {"payment_method_options": None, "payment_method_types": None},
            "period_end": now,
            "period_start": now,
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "starting_balance": 0,
            "status": "paid",
            "status_transitions": {
                "finalized_at": now,
                "marked_uncollectible_at": None,
                "paid_at": now,
                "voided_at": None,
            },
            "subtotal": session["amount_subtotal"],
            "total": total,
        }
    )
    events.record(state, "invoice.paid", invoice)
    return invoice


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
