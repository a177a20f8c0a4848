"""What a paid session holds beyond its events: the lines as charged, the rate, the code, the card.

Source: docs.stripe.com/api/checkout/sessions/object and docs.stripe.com/api/expanding_objects.
"""

from typing import Annotated

from pydantic import AliasPath, Field

from stripe_gateway.calls import translated
from stripe_gateway.client import stripe_client
from stripe_gateway.errors import KeyRefused
from stripe_gateway.parsing import (
    Amount,
    Json,
    NullableText,
    StripeModel,
    Text,
    Url,
    parse,
)
from stripe_gateway.sessions import ItemPrice, line_items_json, session_json

CARD = "payment_method_details"
EXPAND = [
    "payment_intent.latest_charge",
    "discounts.promotion_code",
    "shipping_cost.shipping_rate",
    "invoice",
]


class ChargedLine(StripeModel):
    """A line item with what was charged for it, in minor units."""

    description: Text = ""
    quantity: Amount = 1
    price: ItemPrice = ItemPrice()
    discount: Amount = Field(0, validation_alias="amount_discount")
    tax: Amount = Field(0, validation_alias="amount_tax")
    total: Amount = Field(validation_alias="amount_total")


class ShippingRate(StripeModel):
    """The way of delivery that the shopper chose."""

    display_name: Text = ""


class ShippingCost(StripeModel):
    """What the shopper paid for shipping, tax included, in minor units."""

    amount_total: Amount = 0
    shipping_rate: ShippingRate = ShippingRate()


class PromotionCode(StripeModel):
    """The text that the shopper entered."""

    code: Text = ""


class AppliedDiscount(StripeModel):
    """A discount of the session."""

    promotion_code: PromotionCode = PromotionCode()


class Invoice(StripeModel):
    """The invoice of a paid session."""

    id: Text = ""
    number: Text = ""
    hosted_invoice_url: Url = ""


class SessionDetails(StripeModel):
    """The expanded session. `card_brand` and `card_last4` are empty unless a card was used."""

    lines: tuple[ChargedLine, ...]
    shipping_cost: ShippingCost = ShippingCost()
    discounts: tuple[AppliedDiscount, ...] = ()
    invoice: Invoice = Invoice()
    charge_id: Annotated[
        NullableText, Field(validation_alias=AliasPath("payment_intent", "latest_charge", "id"))
    ] = ""
    card_brand: Annotated[
        NullableText,
        Field(validation_alias=AliasPath("payment_intent", "latest_charge", CARD, "card", "brand")),
    ] = ""
    card_last4: Annotated[
        NullableText,
        Field(validation_alias=AliasPath("payment_intent", "latest_charge", CARD, "card", "last4")),
    ] = ""

    @property
    def shipping(self) -> int:
        """What the shopper paid for shipping, tax included, in minor units."""
        return self.shipping_cost.amount_total

    @property
    def shipping_rate(self) -> str:
        return self.shipping_cost.shipping_rate.display_name

    @property
    def promotion_code(self) -> str:
        """The code of the first discount, or empty."""
        return next((each.promotion_code.code for each in self.discounts), "")


def retrieve_details(session_id: str) -> SessionDetails:
    """Return what a paid session's events do not carry. Raises NotFound, Unavailable.

    Whatever the key may not read is empty.
    """
    client = stripe_client()
    try:
        session = session_json(client, session_id, {"expand": EXPAND})
    except KeyRefused:
        session = without_ids(session_json(client, session_id, {}))
    return parse(SessionDetails, {**session, "lines": line_items_json(client, session_id)})


def without_ids(session: Json) -> Json:
    """The session without the ids that the key may not expand."""
    cost = {**(session.get("shipping_cost") or {}), "shipping_rate": None}
    nothing = dict.fromkeys(["payment_intent", "discounts", "invoice"])
    return {**session, **nothing, "shipping_cost": cost}


class Receipt(StripeModel):
    """A charge, as far as its receipt is concerned."""

    receipt_url: Url = ""


def receipt_url(charge_id: str) -> str:
    """Return the present address of Stripe's receipt, or an empty text. Raises GatewayError.

    It changes: Stripe's links expire within 30 days (docs.stripe.com/receipts).
    """
    with translated():
        charge = stripe_client(quick=True).v1.charges.retrieve(charge_id)
    return parse(Receipt, charge.to_dict()).receipt_url


def invoice_url(invoice_id: str) -> str:
    """Return the present address of an invoice, or an empty text. Raises GatewayError.

    It changes, too (docs.stripe.com/invoicing/hosted-invoice-page).
    """
    with translated():
        invoice = stripe_client(quick=True).v1.invoices.retrieve(invoice_id)
    return parse(Invoice, invoice.to_dict()).hosted_invoice_url
