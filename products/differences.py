"""How a product at Stripe differs from what Stripe should have of it, in sentences."""

from collections.abc import Iterator
from dataclasses import asdict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from money import amount_text
from products.catalogue import Desired
from products.models import Product
from stripe_gateway import catalogue as stripe_catalogue
from stripe_gateway.catalogue import ProductCopy
from stripe_gateway.errors import NotFound

LABELS = {
    "name": gettext_lazy("Name"),
    "description": gettext_lazy("Description"),
    "images": gettext_lazy("Pictures"),
    "url": gettext_lazy("Link"),
    "tax_code": gettext_lazy("Tax code"),
}


def product_differences(product: Product, desired: Desired) -> Iterator[str]:
    """A sentence for each difference. Raises GatewayError."""
    try:
        remote = stripe_catalogue.retrieve_product(product.stripe_id)
    except NotFound:
        if desired.active:
            yield _("Stripe does not have it.")
        return
    if remote.active != desired.active:
        yield _("It is active at Stripe.") if remote.active else _("It is archived at Stripe.")
    if desired.copy is not None:
        yield from copy_differences(remote.copy_shown, desired.copy)
        yield from price_differences(product, desired, remote.default_price)


def copy_differences(remote: ProductCopy, ours: ProductCopy) -> Iterator[str]:
    """Which texts, pictures and links differ."""
    theirs = asdict(remote)
    for name, value in asdict(ours).items():
        if theirs[name] != value and (value or name != "tax_code"):
            yield both(str(LABELS[name]), theirs[name], value)


def price_differences(product: Product, desired: Desired, default_price: str) -> Iterator[str]:
    """Whether the default price has another amount, is archived, or does not exist."""
    prices = {price.id: price for price in stripe_catalogue.list_prices(product.stripe_id)}
    default = prices.get(default_price)
    wanted = (desired.unit_amount, desired.currency)
    if default is None:
        yield _("It has no default price at Stripe.")
    elif (found := (default.unit_amount, default.currency)) != wanted:
        amounts = (amount_text(amount or 0, currency) for amount, currency in (found, wanted))
        yield both(_("Price"), *amounts)
    elif not default.active:
        yield _("Its price is archived at Stripe.")
    active = {price.unit_amount for price in prices.values() if price.active}
    for amount in desired.planned_amounts:
        if amount not in active:
            text = _("The price of the planned sale, %(amount)s, is missing or archived at Stripe.")
            yield text % {"amount": amount_text(amount, desired.currency)}


def both(label: str, theirs: str | tuple[str, ...], ours: str | tuple[str, ...]) -> str:
    """A sentence with the value at Stripe and the one on the page."""
    at_stripe, on_page = (
        ", ".join(value) if isinstance(value, tuple) else value for value in (theirs, ours)
    )
    none = pgettext("a text, picture or price of a product", "none")
    text = _("%(label)s at Stripe: %(theirs)s; on the page: %(ours)s")
    words = text % {"label": label, "theirs": at_stripe or none, "ours": on_page or none}
    return words if words.endswith(".") else f"{words}."
