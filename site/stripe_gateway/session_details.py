"""What a paid session holds beyond its events: the lines as charged, and the card.

Source: docs.stripe.com/api/checkout/sessions/object and docs.stripe.com/api/expanding_objects.
"""

from typing import Annotated

from pydantic import AliasPath, Field

from stripe_gateway.client import stripe_client
from stripe_gateway.errors import KeyRefused
from stripe_gateway.parsing import (
    Amount,
    NullableText,
    StripeModel,
    Text,
    parse,
)
from stripe_gateway.sessions import ItemPrice, line_items_json, session_json

CARD = "payment_method_details"


class ChargedLine(StripeModel):
    """A line item with what was charged for it, in minor units."""

    description: Text = ""
    quantity: Amount = 1
    price: ItemPrice = ItemPrice()
    discount: Amount = Field(0, validation_alias="amount_discount")
    tax: Amount = Field(0, validation_alias="amount_tax")
    total: Amount = Field(validation_alias="amount_total")


class ShippingCost(StripeModel):
    """What the shopper paid for shipping, tax included, in minor units."""

    amount_total: Amount = 0


class SessionDetails(StripeModel):
    """The expanded session. `card_brand` and `card_last4` are empty unless a card was used."""

    lines: tuple[ChargedLine, ...]
    shipping_cost: ShippingCost = ShippingCost()
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


def retrieve_details(session_id: str) -> SessionDetails:
    """Return what a paid session's events do not carry. Raises NotFound, Unavailable.

    Whatever the key may not read is empty.
    """
    client = stripe_client()
    try:
        session = session_json(client, session_id, {"expand": ["payment_intent.latest_charge"]})
    except KeyRefused:
        session = {**session_json(client, session_id, {}), "payment_intent": None}
    return parse(SessionDetails, {**session, "lines": line_items_json(client, session_id)})
