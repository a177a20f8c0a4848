"""Create the demo's orders, through the sandbox and with the shop's own functions.

Each purchase has a payment page at the sandbox, which is paid as if long ago. The order, its emails
and what staff do later are created at their own times, each in one transaction, so that the jobs of
the worker never find them half done.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from home.demo import content, sandbox, stories
from home.demo.clock import at
from home.demo.order_plan import DAYS, Purchase, Story, purchases
from home.demo.seeding import key_of
from mail.send import send_due_messages
from orders.checkout.basket import Basket, basket_of
from orders.checkout.basket_form import stored_choices
from orders.checkout.complete import complete
from orders.checkout.details import fetch_missing_details
from orders.checkout.match import fetch
from orders.checkout.start import start
from orders.models import Checkout, Installation, Order
from orders.statuses import CheckoutStatus
from products import stock
from products.models import Product
from users.models import User

BEFORE_ALL = timedelta(days=DAYS + 10)
TIME_TO_PAY = timedelta(minutes=4)
CARDS = {
    Story.REFUND_FAILED: {"card": "4000000000005126"},
    Story.PENDING: {"bank": "000000000009"},
    Story.FAILED: {"bank": "000222222227"},
}
OTHER_CARDS = ("4242424242424242", "5555555555554444", "4000003560000008")
# Items on the shelf at the beginning. The first product has no stock, so it is never sold out.
STOCK = {"block-print-quilt": 60, "stoneware-tea-set": 70}
LOW_AT = 8  # an alert is raised when this many are left


def add_orders() -> int:
    """Add the orders that are missing, oldest first. Returns how many purchases were made.

    Raises GatewayError, and OSError if the sandbox cannot be reached.
    """
    count_stock()
    made = 0
    for purchase in purchases():
        if not is_done(purchase):
            made += buy(purchase)
    return made


def is_done(purchase: Purchase) -> bool:
    """Whether an earlier run has made this purchase."""
    made = Checkout.objects.filter(token=token_of(purchase))
    return made.exclude(status__in=Checkout.PAYABLE).exists()


def are_done() -> bool:
    """Whether the last purchase has been made."""
    *_, last = purchases()
    return is_done(last)


def token_of(purchase: Purchase) -> UUID:
    """The token of the purchase's basket, always the same in one shop."""
    return uuid5(UUID(Installation.current_id()), f"demo purchase {purchase.number}")


def count_stock() -> None:
    """Write the first count of the products that have a stock, before the first order."""
    for product in content.PRODUCTS:
        row = Product.objects.filter(translation_key=key_of(product), stock=None).first()
        if row and product.slug in STOCK:
            with at(timezone.now() - BEFORE_ALL), transaction.atomic():
                stock.count(row.pk, STOCK[product.slug], f"demo:{product.slug}", seen=None)
                stock.set_low_at(row.pk, LOW_AT)


def buy(purchase: Purchase) -> bool:
    """Make one purchase. False if it cannot be made: a product is gone, or the shop is closed."""
    user = shopper(purchase)
    basket = basket_for(purchase, user)
    if not basket.can_be_bought:
        return False
    checkout = start(user, basket)
    if purchase.story == Story.SHORT:
        stories.count_again(basket, 1, "A box fell off the shelf.")
    paid_at = timezone.now() - purchase.ago
    sandbox.send_command("pay", session=checkout.session_id, **payment(purchase, basket))
    Checkout.objects.filter(pk=checkout.pk).update(
        created_at=paid_at - TIME_TO_PAY, expires_at=paid_at + timedelta(minutes=31)
    )
    order = receive_payment(checkout, paid_at)
    if purchase.story == Story.SHORT:
        stories.count_again(basket, LOW_AT, "The potter brought new ones.")
    if order:
        stories.play_story(purchase.story, order, paid_at)
    return True


def shopper(purchase: Purchase) -> User:
    """The account of the customer."""
    email = purchase.customer.email
    if found := User.objects.filter(email=email).first():
        return found
    with at(timezone.now() - BEFORE_ALL):
        return User.objects.create_user(email, content.PASSWORD)


def basket_for(purchase: Purchase, user: User) -> Basket:
    """What is bought, at the prices of the pages now."""
    keys = {product.slug: str(key_of(product)) for product in content.PRODUCTS}
    chosen = {keys[slug]: str(quantity) for slug, quantity in purchase.quantities.items()}
    basket = basket_of(stored_choices(chosen), user=user)
    basket.token = token_of(purchase)
    basket.zone = basket.zone or next(iter(basket.zones), None)
    return basket


def payment(purchase: Purchase, basket: Basket) -> dict[str, Any]:
    """What the shopper enters on the payment page."""
    customer = purchase.customer
    method = CARDS.get(purchase.story) or {"card": OTHER_CARDS[purchase.number % len(OTHER_CARDS)]}
    address = {
        "line1": customer.line1,
        "line2": "",
        "city": customer.city,
        "state": customer.state,
        "postal_code": customer.postal_code,
        "country": basket.zone.countries[0] if basket.zone else "",
    }
    return {
        **method,
        "email": customer.email,
        "name": customer.name,
        "address": address,
        "ago": purchase.ago.total_seconds(),
    }


def receive_payment(checkout: Checkout, paid_at: datetime) -> Order | None:
    """Complete the checkout and send the emails, at the time of the payment."""
    with at(paid_at), transaction.atomic():
        completion = complete(fetch(str(checkout.session_id)), source="webhook")
        if completion.order:
            fetch_missing_details()
        send_due_messages()
    if completion.order is None:
        waiting = Checkout.objects.filter(pk=checkout.pk, status=CheckoutStatus.PROCESSING)
        waiting.update(poll_at=timezone.now())
    return completion.order
