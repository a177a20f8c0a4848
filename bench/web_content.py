"""What the shop of bench/web.py contains: shoppers, a basket, paid sessions whose events wait."""

import json
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from orders.models import Checkout, CheckoutLine, Installation, Order, StripeEvent
from products import stock
from products.models import (
    Product,
    ProductPage,
    Reservation,
    StripeAccount,
    StripePrice,
)
from products.stripe_account import key_hash
from stripe_gateway.client import API_VERSION
from stripe_sandbox.webhooks.signatures import sign
from users.models import User

ACCOUNT = "acct_bench"
PRICE, QUANTITY = 149900, 2
BUYERS = 16
MANY = 100_000_000  # pieces

# wrk sends the lines of a file one after the other. It starts again for each run, so what a run has
# sent is counted in another file.
LUA = """
local lines = io.open("{requests}")
local counter = io.open("{counter}", "r")
local skip = counter and tonumber(counter:read("*a")) or 0
if counter then counter:close() end
for _ = 1, skip do lines:read("*l") lines:read("*l") end
local sent = skip
request = function()
  local signature, body = lines:read("*l"), lines:read("*l")
  sent = sent + 1
  if sent % 50 == 0 then
    local file = io.open("{counter}", "w") file:write(sent + 100) file:close()
  end
  local headers = {{["Stripe-Signature"] = signature, ["Connection"] = "close"}}
  return wrk.format("POST", nil, headers, body)
end
"""


@dataclass(frozen=True)
class Content:
    """Where things are."""

    product_path: str
    visitor: str  # the cookie of somebody with a basket
    shopper: str  # the cookie of somebody with 20 orders
    buyers: list[str]  # the cookies of people with a basket and without orders
    events: Path  # scripts for wrk
    limit_events: Path

    def count_lost(self) -> int:
        """How many of the events that were stored have no order."""
        return StripeEvent.objects.count() - Order.objects.count()


def create(folder: Path, secret: str, count: int) -> Content:
    """Create everything."""
    StripeAccount.objects.create(key_hash=key_hash(), account=ACCOUNT)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_received (id varchar(255) PRIMARY KEY, body text)")
    page = ProductPage.objects.for_sale()[0]
    prices = [price_of(product) for product in Product.objects.order_by("pk")]
    for price in prices[1:]:  # the first product is not limited
        with transaction.atomic():
            stock.count(price.product_id, MANY, f"bench:{price.pk}", seen=None)
    regular = User.objects.create_user("regular@example.com", "a-long-password")
    for _ in range(20):
        (event,) = paid_events([regular], prices)
        post(event, secret)
    events = paid_events(shoppers(count), prices)
    return Content(
        product_path=page.get_url(),
        visitor=cookie_of(None, page),
        shopper=cookie_of(regular, page),
        buyers=[cookie_of(user, page) for user in shoppers(BUYERS, "buyer")],
        events=write_script(folder / "events", events, secret),
        limit_events=write_script(folder / "limit", [fresh(event) for event in events * 4], secret),
    )


def price_of(product: Product) -> StripePrice:
    """A Stripe Price of a product."""
    return StripePrice.objects.create(
        product=product,
        account=ACCOUNT,
        unit_amount=PRICE,
        currency=settings.SHOP_CURRENCY,
        stripe_id=f"price_{product.pk}",
    )


def shoppers(count: int, name: str = "shopper") -> list[User]:
    """Many accounts, because a shopper has one open checkout at most."""
    users = [User(email=f"{name}-{number}@example.com") for number in range(count)]
    return User.objects.bulk_create(users)


def cookie_of(user: User | None, page: ProductPage) -> str:
    """The cookies of a browser with a product in its basket."""
    browser = Client()
    if user:
        browser.force_login(user)
    data = {"product": str(page.product_key), "quantity": "1"}
    browser.post("/basket/", data, headers={"sec-fetch-site": "same-origin"})
    return "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())


def paid_events(users: list[User], prices: list[StripePrice]) -> list[dict[str, Any]]:
    """Open checkouts with reservations, and the event that says that each was paid."""
    checkouts = Checkout.objects.bulk_create(open_checkout(user) for user in users)
    sold = list(zip(checkouts, cycle(prices)))
    CheckoutLine.objects.bulk_create(line_of(*pair) for pair in sold)
    Reservation.objects.bulk_create(reservation_of(*pair) for pair in sold)
    return [event_of(checkout) for checkout in checkouts]


def open_checkout(user: User) -> Checkout:
    """A checkout that is being paid, not saved."""
    now = timezone.now()
    return Checkout(
        user=user,
        token=uuid4(),
        basket_hash="",
        account=ACCOUNT,
        currency=settings.SHOP_CURRENCY,
        subtotal=PRICE * QUANTITY,
        status="open",
        attempted_at=now,
        session_id=f"cs_test_{uuid4().hex}",
        expires_at=now + timedelta(minutes=35),
        poll_at=now + timedelta(hours=1),
    )


def line_of(checkout: Checkout, price: StripePrice) -> CheckoutLine:
    """The only line of a checkout, not saved."""
    return CheckoutLine(
        checkout=checkout,
        product_id=price.product_id,
        name="Brass Lamp",
        unit_amount=PRICE,
        quantity=QUANTITY,
        stripe_price=price,
    )


def reservation_of(checkout: Checkout, price: StripePrice) -> Reservation:
    """What that line reserves, not saved."""
    return Reservation(
        product_id=price.product_id,
        key=checkout.pk,
        price=price,
        quantity=QUANTITY,
        until=checkout.expires_at,
    )


def event_of(checkout: Checkout) -> dict[str, Any]:
    """A `checkout.session.completed` event."""
    session = session_of(checkout)
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "api_version": API_VERSION,
        "created": session["created"],
        "data": {"object": session},
        "livemode": False,
        "type": "checkout.session.completed",
    }


def session_of(checkout: Checkout) -> dict[str, Any]:
    """The paid session of a checkout, with an address."""
    created = int(checkout.attempted_at.timestamp())
    address = {
        "line1": "12 MG Road",
        "line2": None,
        "city": "Bengaluru",
        "state": "KA",
        "postal_code": "560001",
        "country": "IN",
    }
    return {
        "id": checkout.session_id,
        "object": "checkout.session",
        "amount_subtotal": checkout.subtotal,
        "amount_total": checkout.subtotal,
        "collected_information": {
            "shipping_details": {"name": "Asha Rao", "address": address},
        },
        "consent": None,
        "created": created,
        "currency": checkout.currency,
        "custom_fields": [],
        "customer_details": {"email": "asha@example.com", "name": "Asha Rao", "phone": None},
        "expires_at": created + 2100,
        "livemode": False,
        "metadata": {
            "installation": Installation.current_id(),
            "checkout": str(checkout.pk),
            "user": str(checkout.user_id),
        },
        "mode": "payment",
        "payment_intent": f"pi_{uuid4().hex}",
        "payment_status": "paid",
        "status": "complete",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": None,
    }


def fresh(event: dict[str, Any]) -> dict[str, Any]:
    """The same event with another id."""
    return {**event, "id": f"evt_{uuid4().hex}"}


def post(event: dict[str, Any], secret: str) -> None:
    """Deliver one event. Raises RuntimeError if it is refused."""
    body = json.dumps(event).encode()
    response = Client().post(
        "/stripe/webhook/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": sign(body, secret)},
    )
    if response.status_code != 200:
        raise RuntimeError(f"The webhook answered {response.status_code}: {response.content!r}")


def write_script(path: Path, events: list[dict[str, Any]], secret: str) -> Path:
    """A script for wrk that sends each event once. The signatures are valid for five minutes."""
    with path.open("w") as file:
        for event in events:
            body = json.dumps(event)
            file.write(f"{sign(body.encode(), secret)}\n{body}\n")
    script = path.with_suffix(".lua")
    script.write_text(LUA.format(requests=path, counter=path.with_suffix(".sent")))
    return script
