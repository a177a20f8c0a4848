"""The basket form as a shopper's browser sends it, and the responses that are right."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from bs4 import BeautifulSoup
from bs4.filter import SoupStrainer
from django.conf import settings

from orders.models import Order
from products.models import ProductPage
from tests.orders.stateful.checks import Choice, Line

FORM = SoupStrainer("form", class_="panel")
FIELDS = ("product", "quantity", "amount")


@dataclass(frozen=True)
class Form:
    """The form of a basket page that was shown, with the quantities that the shopper typed."""

    shopper: int
    token: str
    currency: str
    lines: tuple[Line, ...]

    @property
    def choice(self) -> Choice:
        """What the shopper saw and wants to buy."""
        return Choice(
            self.shopper, frozenset(line for line in self.lines if line[1]), self.currency
        )

    @property
    def data(self) -> dict[str, Any]:
        """The fields as the browser sends them."""
        keys, quantities, amounts = zip(*self.lines, strict=True) if self.lines else ((), (), ())
        fields = {"product": keys, "quantity": quantities, "amount": amounts}
        return {"token": self.token, "currency": self.currency, **fields}

    def with_quantities(self, quantities: tuple[int, ...]) -> "Form":
        """The same form with other quantities."""
        changed = tuple(
            (key, more, amount)
            for (key, _, amount), more in zip(self.lines, quantities, strict=False)
        )
        return replace(self, lines=changed)


def read_form(response: Any, shopper: int) -> Form:
    """The form of a basket page; one without lines if the basket is empty."""
    page = BeautifulSoup(response.content, "html.parser", parse_only=FORM)
    token, currency = page.select_one("input[name=token]"), page.select_one("input[name=currency]")
    if token is None or currency is None:
        return Form(shopper, str(uuid4()), settings.SHOP_CURRENCY, ())
    columns = [
        [str(field["value"]) for field in page.select(f"input[name={name}]")] for name in FIELDS
    ]
    lines = tuple(
        (key, int(quantity), int(amount)) for key, quantity, amount in zip(*columns, strict=True)
    )
    return Form(shopper, str(token["value"]), str(currency["value"]), lines)


def wanted_answer(form: Form) -> int:
    """What the shop must answer to a form now: 303 buys, 409 asks because a price moved, 400 has
    nothing to sell.
    """
    live = {
        str(page.product_key): page.unit_amount for page in ProductPage.objects.filter(live=True)
    }
    chosen = form.choice.lines
    if not chosen or any(key not in live for key, _, _ in chosen):
        return 400
    moved = form.currency != settings.SHOP_CURRENCY or any(
        live[key] != amount for key, _, amount in chosen
    )
    return 409 if moved else 303


@dataclass(frozen=True)
class Destination:
    """Where a click on Buy leads: to a payment page, to an order, or to the page that waits for the
    money.
    """

    session_id: str
    order: Order | None = None
    is_payment_page: bool = False


def destination(response: Any) -> Destination:
    """Read a redirect of the checkout."""
    address = urlsplit(response["Location"])
    last = address.path.rstrip("/").rsplit("/", 1)[1]
    if address.path.startswith("/pay/"):
        return Destination(last, is_payment_page=True)
    if address.path.startswith("/orders/"):
        order = Order.objects.get(number=last)
        return Destination(order.session_id, order)
    return Destination(parse_qs(address.query)["session_id"][0])
