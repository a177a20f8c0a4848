"""The parameters of Checkout Sessions (docs.stripe.com/api/checkout/sessions/create).

A parameter that the sandbox does not have is refused by name. A few are accepted and have no
effect; the README lists them.
"""

from typing import Any

from stripe_sandbox.errors import invalid
from stripe_sandbox.objects import parameters, session_options

SHORTEST_LIFE = 30 * 60

METHODS = parameters.listing(parameters.text(50), 50)


def _no_longer(value: Any, path: str) -> None:
    """Removed from the API in 2026-09-30.endive."""
    message = (
        "`payment_method_types` is no longer supported. Manage payment methods in the Dashboard, and use "
        "`allowed_payment_method_types` or `excluded_payment_method_types`."
    )
    raise invalid(message, path, "payment_method_types_no_longer_supported")


def _switch(value: Any, path: str) -> dict[str, bool]:
    return dict(parameters.group({"enabled": parameters.flag}, ("enabled",))(value, path))


LINE_ITEM = parameters.group(
    {
        "price": parameters.text(255),
        "quantity": parameters.integer(1, 999_999),
        "metadata": parameters.metadata,
        **dict.fromkeys(["adjustable_quantity", "price_data", "tax_rates"], parameters.unsupported),
    },
    ("price", "quantity"),
)
ADDRESS = parameters.group(
    dict.fromkeys(
        ["city", "country", "line1", "line2", "postal_code", "state"],
        parameters.text(clearable=True),
    )
)
SHIPPING = parameters.group(
    {
        "address": ADDRESS,
        **dict.fromkeys(["carrier", "name", "phone", "tracking_number"], parameters.text()),
    },
    ("address", "name"),
)
PAYMENT_INTENT_DATA = parameters.group(
    {
        "capture_method": parameters.choice("automatic", "automatic_async"),
        "description": parameters.text(1000),
        "metadata": parameters.metadata,
        "receipt_email": parameters.email,
        "shipping": SHIPPING,
        "statement_descriptor_suffix": parameters.text(22),
        **dict.fromkeys(
            [
                "application_fee_amount",
                "on_behalf_of",
                "setup_future_usage",
                "statement_descriptor",
                "transfer_data",
                "transfer_group",
            ],
            parameters.unsupported,
        ),
    }
)
MESSAGE = parameters.group({"message": parameters.text(1200)}, ("message",))
CUSTOM_TEXT = parameters.group(
    dict.fromkeys(
        ["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"], MESSAGE
    )
)
LATER = (
    "after_expiration",
    "branding_settings",
    "customer",
    "customer_account",
    "customer_update",
    "integration_identifier",
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
    "subscription_data",
    "tax_id_collection",
    "wallet_options",
)

CREATE = parameters.group(
    {
        **parameters.EXPAND,
        **dict.fromkeys(LATER, parameters.unsupported),
        **session_options.READERS,
        "adaptive_pricing": _switch,
        "allowed_payment_method_types": METHODS,
        "billing_address_collection": parameters.only("auto", "required"),
        "cancel_url": parameters.url,
        "client_reference_id": parameters.text(200),
        "currency": parameters.currency,
        "custom_text": CUSTOM_TEXT,
        "customer_creation": parameters.only("if_required", "always"),
        "customer_email": parameters.email,
        "excluded_payment_method_types": METHODS,
        "expires_at": parameters.integer(),
        "line_items": parameters.listing(LINE_ITEM, 100),
        "locale": parameters.text(10),
        "metadata": parameters.metadata,
        "mode": parameters.only("payment", "setup", "subscription"),
        "payment_intent_data": PAYMENT_INTENT_DATA,
        "payment_method_types": _no_longer,
        "submit_type": parameters.choice("auto", "pay", "book", "donate", "subscribe"),
        "success_url": parameters.url,
        "ui_mode": parameters.only(
            "hosted_page", "embedded_page", "elements", "form", "embedded", "custom"
        ),
    },
    ("line_items", "mode", "success_url"),
)


RETRIEVE = EXPIRE = parameters.group(parameters.EXPAND)
LIST_LINE_ITEMS = parameters.group(parameters.PAGE)
LIST = parameters.group(
    {
        **parameters.PAGE,
        "created": parameters.created,
        "customer_details": parameters.group({"email": parameters.email}, ("email",)),
        "payment_intent": parameters.text(255),
        "status": parameters.choice("open", "complete", "expired"),
        **dict.fromkeys(
            ["customer", "customer_account", "payment_link", "subscription"], parameters.unsupported
        ),
    }
)
