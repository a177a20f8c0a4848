"""From a basket to a payment page: one checkout per intention to buy, however often the button is
pressed.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alerts.raising import is_open, raise_alert, resolve_alert
from orders import policy
from orders.alerts import CHECKOUT_REFUSED, SHOPPER_REFUSED
from orders.checkout import session as checkout_session
from orders.checkout.basket import Basket
from orders.checkout.options import session_options
from orders.checkout.replace import Replaced, expire
from orders.locking import atomic_with_retries
from orders.models import Checkout, CheckoutLine, CheckoutSettings
from orders.statuses import CheckoutStatus
from products import catalogue, stock, stripe_account
from products.alerts import KEY_REFUSED
from products.models import Product, ProductPage, Reservation, StripePrice
from products.sellable import forget, sellable_price
from stripe_gateway.errors import AmountRefused, GatewayError, KeyRefused, PriceInactive, Refused
from users.models import User

Prices = dict[str, StripePrice]


class TooMany(Exception):
    """This shopper has started the maximum number of checkouts per hour."""


class TooBusy(Exception):
    """The basket kept changing while it was being bought: in another window, or because an editor
    published.
    """


def start(user: User, basket: Basket) -> Checkout:
    """Return the checkout of this basket: `open` with a payment page, or `processing` or `complete`
    if it was paid.

    The same token and basket return the same checkout. For another basket, the shopper's open
    session is expired first: one shopper pays for, and reserves, one basket at a time. Raises
    TooBusy, TooMany, OutOfStock, and GatewayError and WrongSession, after which nothing can be
    charged.
    """
    is_second_attempt = False
    for _round in range(policy.START_ROUNDS):
        try:
            if checkout := start_once(user, basket):
                return checkout
        except AmountRefused:
            raise  # nothing is wrong with the shop: another quantity can be bought
        except (Refused, KeyRefused) as refusal:
            # Archived or deleted in the Stripe Dashboard, or the key belongs to another account
            # now: check everything, once.
            if is_second_attempt or isinstance(refusal, KeyRefused):
                alert_about(user, refusal)
                raise
            is_second_attempt = True
            forget_prices(basket)
        except Replaced as replaced:
            # Not again: two windows would expire each other's sessions, and the later click is the
            # one that counts.
            raise TooBusy from replaced
    raise TooBusy


def start_once(user: User, basket: Basket) -> Checkout | None:
    """The checkout to continue with, or None if an earlier one has just ended."""
    account = stripe_account.current()
    prices = {line.product_key: find_price(line.page, account) for line in basket.lines}
    checkout = find_or_create(user, basket, account, prices)
    if checkout.status not in Checkout.PAYABLE:
        return checkout
    if not fits(checkout, basket, account):
        return replace(checkout, basket)
    if checkout.status == CheckoutStatus.OPENING:
        checkout = checkout_session.open_session(checkout)
        resolve_alert(CHECKOUT_REFUSED)
        return checkout
    checkout = checkout_session.resume(checkout)
    return checkout if checkout.status in Checkout.NOT_CLOSED else None


def is_final(error: Exception) -> bool:
    """Whether the same basket would be refused again.

    Not if a price is archived: the next click reactivates it.
    """
    return isinstance(error, (Refused, KeyRefused)) and not isinstance(error, PriceInactive)


def alert_about(user: User, refusal: GatewayError) -> None:
    """Raise an alert: nobody can buy, or this shopper cannot."""
    if isinstance(refusal, KeyRefused):
        if not is_open(KEY_REFUSED):  # that alert already says so
            text = _("The Stripe key cannot create payment pages, so nobody can buy: %(error)s")
            raise_alert(CHECKOUT_REFUSED, text % {"error": refusal})
    elif is_final(refusal):
        text = _("Stripe refused to create a payment page for shopper %(shopper)s: %(error)s")
        values = {"shopper": user.pk, "error": refusal}
        raise_alert(SHOPPER_REFUSED, text % values, subject=user.pk)


def replace(checkout: Checkout, basket: Basket) -> Checkout | None:
    """Expire a checkout of another basket.

    Returns it if it turns out to be paid, and for the same purchase.
    """
    expire(checkout)
    checkout.refresh_from_db()
    is_same = basket.token == checkout.token or basket.basket_hash == checkout.basket_hash
    return checkout if is_same and checkout.status in Checkout.PAID_OR_PAYING else None


def find_price(page: ProductPage, account: str) -> StripePrice:
    """The Stripe Price to sell a page's product at. Raises GatewayError."""
    product, _ = Product.objects.get_or_create(translation_key=page.product_key)
    return sellable_price(product, account, catalogue.desired_for(page))


def forget_prices(basket: Basket) -> None:
    """Make the next round check products and prices at Stripe again. Raises GatewayError."""
    account = stripe_account.refresh()
    for line in basket.lines:
        for product in Product.objects.filter(translation_key=line.page.product_key):
            forget(product, account, [line.unit_amount])


def fits(checkout: Checkout, basket: Basket, account: str) -> bool:
    """Whether a payable checkout is for this basket and leaves enough time to pay."""
    same = checkout.basket_hash == basket.basket_hash and checkout.account == account
    return same and checkout.expires_at > timezone.now() + policy.MIN_SESSION_TIME_LEFT


@atomic_with_retries
def find_or_create(user: User, basket: Basket, account: str, prices: Prices) -> Checkout:
    """The checkout of this token, else the shopper's payable one, else a new one.

    Raises TooMany, PriceInactive.
    """
    # A shopper's clicks wait for each other here, so that two of them find one checkout.
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
    checkouts = Checkout.objects.of(user)
    found = checkouts.not_closed().filter(token=basket.token).first()
    found = found or checkouts.not_closed().filter(status__in=Checkout.PAYABLE).first()
    if found is None or (found.status in Checkout.PAYABLE and not fits(found, basket, account)):
        recent = checkouts.filter(created_at__gt=timezone.now() - timedelta(hours=1))
        if recent.count() >= policy.MAX_CHECKOUTS_PER_HOUR:
            raise TooMany
    return found or create(user, basket, account, prices)


def create(user: User, basket: Basket, account: str, prices: Prices) -> Checkout:
    """Create a checkout with its lines and reservations, and the request to Stripe.

    Raises PriceInactive.
    """
    check_prices_are_active(prices)
    now = timezone.now()
    checkout = Checkout.objects.create(
        user=user,
        token=basket.token,
        basket_hash=basket.basket_hash,
        account=account,
        currency=basket.currency,
        subtotal=basket.total or 0,
        language=get_language() or settings.LANGUAGE_CODE,
        options=session_options(CheckoutSettings.current(), basket.zone, basket.total or 0),
        attempted_at=now,
        expires_at=checkout_session.expiry(now),
        poll_at=now + policy.FIRST_POLL_AFTER,
    )
    create_lines(checkout, basket, prices)
    checkout.request = checkout_session.request_for(checkout)
    checkout.save(update_fields=["request"])
    return checkout


def create_lines(checkout: Checkout, basket: Basket, prices: Prices) -> None:
    """Create the lines of a checkout, and a reservation for each. Raises OutOfStock."""
    lines = [
        CheckoutLine(
            checkout=checkout,
            product=prices[line.product_key].product,
            name=line.page.title,
            unit_amount=line.unit_amount,
            quantity=line.quantity or 0,
            stripe_price=prices[line.product_key],
            needs_shipping=line.page.source.needs_shipping,
        )
        for line in basket.lines
    ]
    CheckoutLine.objects.bulk_create(lines)
    stock.reserve(
        [
            Reservation(
                product=line.product,
                price=line.stripe_price,
                quantity=line.quantity,
                key=checkout.pk,
                until=checkout.expires_at,
            )
            for line in lines
        ]
    )


def check_prices_are_active(prices: Prices) -> None:
    """Archiving takes the same locks: a price that is active here is reserved before it can be
    archived.
    """
    ids = [price.pk for price in prices.values()]
    locked = StripePrice.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    if not all(price.active for price in locked):
        raise PriceInactive("A price was archived a moment ago.")
