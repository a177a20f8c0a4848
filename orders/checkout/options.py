"""The part of the request to Stripe that follows from the checkout settings
(docs.stripe.com/api/checkout/sessions/create).
"""

from typing import Any

from orders.checkout.delivery import Zone
from orders.models import CheckoutSettings

NOTE_KEY = "note"  # of the custom field for the shopper's note


def session_options(chosen: CheckoutSettings, zone: Zone | None, subtotal: int) -> dict[str, Any]:
    """The parameters for a purchase of this price; `zone` is None if nothing is to be delivered."""
    options: dict[str, Any] = {
        # Sent even when it is off: an account can switch tax on for sessions without the parameter.
        "automatic_tax": {"enabled": chosen.calculates_tax},
    }
    if zone:
        options["shipping_address_collection"] = {"allowed_countries": list(zone.countries)}
        options["shipping_options"] = [rate.option(subtotal) for rate in zone.rates]
    if chosen.asks_for_phone:
        options["phone_number_collection"] = {"enabled": True}
    if chosen.takes_promotion_codes:  # Stripe takes even `False` for a code that was sent
        options["allow_promotion_codes"] = True
    if chosen.requires_terms:
        options["consent_collection"] = {"terms_of_service": "required"}
    if chosen.creates_invoices:
        options["invoice_creation"] = {"enabled": True}
    if chosen.note_label:
        label = {"type": "custom", "custom": chosen.note_label}
        field = {"key": NOTE_KEY, "label": label, "type": "text", "optional": True}
        options["custom_fields"] = [field]
    if texts := custom_text(chosen, zone):
        options["custom_text"] = texts
    return options


def custom_text(chosen: CheckoutSettings, zone: Zone | None) -> dict[str, dict[str, str]]:
    """The owner's texts on the payment page."""
    texts = {"submit": chosen.text_at_button}
    if zone:
        texts["shipping_address"] = chosen.text_at_address
    return {place: {"message": text} for place, text in texts.items() if text}
