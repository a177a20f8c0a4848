"""The parameters of Checkout Sessions (docs.stripe.com/api/checkout/sessions/create).

Only what changes nothing beyond the stand-in's reach is accepted; the rest is refused by name,
never ignored.
"""

from typing import Any

from . import fields
from .errors import invalid

SHORTEST_LIFE = 30 * 60

METHODS = fields.listing(fields.text(50), 50)
OFF = fields.group({"enabled": fields.only("false", "true")}, ("enabled",))


def _no_longer(value: Any, path: str) -> None:
    """Removed from the API in 2026-09-30.endive."""
    message = (
        "`payment_method_types` is no longer supported. Manage payment methods in the Dashboard, and use "
        "`allowed_payment_method_types` or `excluded_payment_method_types`."
    )
    raise invalid(message, path, "payment_method_types_no_longer_supported")


def _switch(value: Any, path: str) -> dict[str, bool]:
    return dict(fields.group({"enabled": fields.flag}, ("enabled",))(value, path))


LINE_ITEM = fields.group(
    {
        "price": fields.text(255),
        "quantity": fields.integer(1, 999_999),
        "metadata": fields.metadata,
        **dict.fromkeys(["adjustable_quantity", "price_data", "tax_rates"], fields.unsupported),
    },
    ("price", "quantity"),
)
PAYMENT_INTENT_DATA = fields.group(
    {
        "capture_method": fields.choice("automatic", "automatic_async"),
        "description": fields.text(1000),
        "metadata": fields.metadata,
        "receipt_email": fields.email,
        "statement_descriptor_suffix": fields.text(22),
        **dict.fromkeys(
            [
                "application_fee_amount",
                "on_behalf_of",
                "setup_future_usage",
                "shipping",
                "statement_descriptor",
                "transfer_data",
                "transfer_group",
            ],
            fields.unsupported,
        ),
    }
)
MESSAGE = fields.group({"message": fields.text(1200)}, ("message",))
CUSTOM_TEXT = fields.group(
    dict.fromkeys(
        ["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"], MESSAGE
    )
)
LATER = (
    "after_expiration",
    "allow_promotion_codes",
    "branding_settings",
    "consent_collection",
    "custom_fields",
    "customer",
    "customer_account",
    "customer_update",
    "discounts",
    "integration_identifier",
    "invoice_creation",
    "managed_payments",
    "name_collection",
    "optional_items",
    "origin_context",
    "payment_method_collection",
    "payment_method_configuration",
    "payment_method_data",
    "payment_method_options",
    "permissions",
    "redirect_on_completion",
    "return_url",
    "saved_payment_method_options",
    "setup_intent_data",
    "shipping_address_collection",
    "shipping_options",
    "subscription_data",
    "tax_id_collection",
    "wallet_options",
)

CREATE = fields.group(
    {
        **fields.EXPAND,
        **dict.fromkeys(LATER, fields.unsupported),
        "adaptive_pricing": _switch,
        "allowed_payment_method_types": METHODS,
        "automatic_tax": OFF,
        "billing_address_collection": fields.only("auto", "required"),
        "cancel_url": fields.url,
        "client_reference_id": fields.text(200),
        "currency": fields.currency,
        "custom_text": CUSTOM_TEXT,
        "customer_creation": fields.only("if_required", "always"),
        "customer_email": fields.email,
        "excluded_payment_method_types": METHODS,
        "expires_at": fields.integer(),
        "line_items": fields.listing(LINE_ITEM, 100),
        "locale": fields.text(10),
        "metadata": fields.metadata,
        "mode": fields.only("payment", "setup", "subscription"),
        "payment_intent_data": PAYMENT_INTENT_DATA,
        "payment_method_types": _no_longer,
        "phone_number_collection": OFF,
        "submit_type": fields.choice("auto", "pay", "book", "donate", "subscribe"),
        "success_url": fields.url,
        "ui_mode": fields.only("hosted_page", "embedded_page", "elements", "form"),
    },
    ("line_items", "mode", "success_url"),
)


RETRIEVE = EXPIRE = fields.group(fields.EXPAND)
LIST_LINE_ITEMS = fields.group(fields.PAGE)
LIST = fields.group(
    {
        **fields.PAGE,
        "created": fields.created,
        "customer_details": fields.group({"email": fields.email}, ("email",)),
        "payment_intent": fields.text(255),
        "status": fields.choice("open", "complete", "expired"),
        **dict.fromkeys(
            ["customer", "customer_account", "payment_link", "subscription"], fields.unsupported
        ),
    }
)
