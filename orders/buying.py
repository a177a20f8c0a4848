"""From a choice to an open payment page: one attempt for each intent, however often the button is pressed."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from attention import causes
from orders import opening, superseding
from orders.locking import atomic_with_retries
from orders.models import Checkout, CheckoutLine
from orders.review import Line, Review
from products import accounts, catalogue
from products.models import Product, Reservation, StripePrice
from products.selling import forget, sellable_price
from stripe_gateway.errors import GatewayError, KeyRefused, PriceInactive, Refused
from users.models import User

ENOUGH_LEFT = timedelta(minutes=5)  # a session that ends sooner is not offered again
FIRST_QUESTION = timedelta(minutes=2)
MOST_PER_HOUR = 30
ROUNDS = 4
NO_PAYMENT_PAGE = "no-payment-page"  # a cause of attention

Prices = dict[str, StripePrice]


class TooMany(Exception):
    """This shopper has begun as many checkouts as one may in an hour."""


class TooBusy(Exception):
    """The choice kept changing while it was bought: another window of the same shopper, or an editor."""


def start(user: User, review: Review) -> Checkout:
    """Return the checkout of this choice: `open` with a payment page, or `processing` or `complete` if it was paid.

    The same token and choice give the same attempt. Another choice ends the shopper's open session at Stripe first: one
    shopper pays, and reserves, one choice at a time. Raises GatewayError, WrongAnswer, after which nothing can be
    charged, TooBusy and TooMany.
    """
    trusting = True
    for _ in range(ROUNDS):
        try:
            if checkout := _try(user, review):
                return checkout
        except (Refused, KeyRefused) as refusal:
            # Archived or deleted in the Dashboard, or the key opens another account now: make sure of everything, once.
            if not trusting or isinstance(refusal, KeyRefused):
                _call_a_person(user, refusal)
                raise
            trusting = False
            _distrust(review)
        except superseding.Superseded as later_choice:
            # Not once more: two windows would end each other's pages, and the later click is the one that counts.
            raise TooBusy from later_choice
    raise TooBusy


def is_final(error: Exception) -> bool:
    """Whether the same choice would be refused again. Not where a price is archived: the next click brings it back."""
    return isinstance(error, (Refused, KeyRefused)) and not isinstance(error, PriceInactive)


def _call_a_person(user: User, refusal: GatewayError) -> None:
    if isinstance(refusal, KeyRefused):
        if not causes.open_causes(accounts.KEY_REFUSED):  # which says the same
            causes.open(NO_PAYMENT_PAGE, f"The key may not make payment pages, so nobody can buy: {refusal}")
    elif is_final(refusal):
        # Of this shopper or this choice, perhaps: others may buy.
        causes.open(f"payment-page-refused:{user.pk}", f"Stripe refused {user} a payment page: {refusal}", fact=True)


def _try(user: User, review: Review) -> Checkout | None:
    """One round: the checkout to go on with, or None where what stood in its way has just ended."""
    account = accounts.current()
    prices = {line.product_key: _price(line, account) for line in review.chosen}
    checkout = _find_or_store(user, review, account, prices)
    if checkout.status not in Checkout.PAYABLE:
        return checkout
    if not _fits(checkout, review, account):
        return _end(checkout, review)
    if checkout.status == Checkout.Status.OPENING:
        checkout = opening.open_session(checkout)
        causes.resolve(NO_PAYMENT_PAGE)
        return checkout
    checkout = opening.resume(checkout)
    return checkout if checkout.status in Checkout.STANDING else None


def _end(checkout: Checkout, review: Review) -> Checkout | None:
    """End what is not wanted any more. Where it turns out to be paid, and for the same wish, that is the answer."""
    superseding.end(checkout)
    checkout.refresh_from_db()
    same_wish = review.token == checkout.token or review.choice_hash == checkout.choice_hash
    return checkout if same_wish and checkout.status in Checkout.PAID_OR_PAYING else None


def _price(line: Line, account: str) -> StripePrice:
    product, _ = Product.objects.get_or_create(translation_key=line.page.product_key)
    return sellable_price(product, account, catalogue.desired_for(line.page))


def _distrust(review: Review) -> None:
    account = accounts.refresh()
    for line in review.chosen:
        for product in Product.objects.filter(translation_key=line.page.product_key):
            forget(product, account, unit_amount=line.unit_amount)


def _fits(checkout: Checkout, review: Review, account: str) -> bool:
    same = checkout.choice_hash == review.choice_hash and checkout.account == account
    return same and checkout.expires_at > timezone.now() + ENOUGH_LEFT


@atomic_with_retries
def _find_or_store(user: User, review: Review, account: str, prices: Prices) -> Checkout:
    """The standing attempt of this token, else the shopper's payable one, else a new one. Raises TooMany."""
    # One shopper's clicks queue up here, so that two of them find one attempt.
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
    standing = Checkout.objects.of(user).standing()
    found = standing.filter(token=review.token).first()
    found = found or standing.filter(status__in=Checkout.PAYABLE).first()
    if found is None or (found.status in Checkout.PAYABLE and not _fits(found, review, account)):
        _check_limit(user)
    return found or _store(user, review, account, prices)


def _check_limit(user: User) -> None:
    """Card testing needs many payment pages (docs.stripe.com/disputes/prevention/card-testing); a shopper does not."""
    begun = Checkout.objects.of(user).filter(created_at__gt=timezone.now() - timedelta(hours=1))
    if begun.count() >= MOST_PER_HOUR:
        raise TooMany


def _store(user: User, review: Review, account: str, prices: Prices) -> Checkout:
    _check_still_active(prices)
    now = timezone.now()
    checkout = Checkout.objects.create(
        user=user,
        token=review.token,
        choice_hash=review.choice_hash,
        account=account,
        currency=review.currency,
        subtotal=sum(line.total or 0 for line in review.chosen),
        attempted_at=now,
        expires_at=opening.expiry(now),
        ask_at=now + FIRST_QUESTION,
    )
    lines = [_line(checkout, line, prices[line.product_key]) for line in review.chosen]
    CheckoutLine.objects.bulk_create(lines)
    Reservation.objects.bulk_create(_reservation(checkout, line) for line in lines)
    checkout.request = opening.request_for(checkout)
    checkout.save(update_fields=["request"])
    return checkout


def _check_still_active(prices: Prices) -> None:
    """Archiving takes the same locks: a price found active here is reserved before anyone archives it."""
    ids = [price.pk for price in prices.values()]
    held = StripePrice.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    if not all(price.active for price in held):
        raise PriceInactive("A price was archived a moment ago.")


def _line(checkout: Checkout, line: Line, price: StripePrice) -> CheckoutLine:
    return CheckoutLine(
        checkout=checkout,
        product=price.product,
        name=line.page.title,
        unit_amount=line.unit_amount,
        quantity=int(line.quantity),
        stripe_price=price,
    )


def _reservation(checkout: Checkout, line: CheckoutLine) -> Reservation:
    return Reservation(
        product=line.product,
        price=line.stripe_price,
        quantity=line.quantity,
        key=checkout.pk,
        until=checkout.expires_at,
    )
