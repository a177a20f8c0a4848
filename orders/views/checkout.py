"""The basket page, and Pay."""

import logging
from typing import cast
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods

from orders.checkout import stored_basket
from orders.checkout.basket import Basket, basket_of, mark_changed_prices
from orders.checkout.basket_form import read_choices
from orders.checkout.session import WrongSession
from orders.checkout.start import TooBusy, TooMany, is_final, start
from orders.models import Checkout
from orders.statuses import CheckoutStatus
from orders.views.responses import SeeOther
from products.policy import MAX_QUANTITY
from products.stock import OutOfStock
from stripe_gateway.errors import AmountRefused, Busy, GatewayError
from users.models import User

logger = logging.getLogger(__name__)

UNREACHABLE = gettext_lazy(
    "The payment page can't be reached right now. Try again in a minute. "
    "If you have already paid, your order will appear under My orders."
)
REFUSED = gettext_lazy(
    "We can't take payment for your basket right now, and trying again won't help. We have been "
    "notified. "
    "If you have already paid, your order will appear under My orders."
)
WRONG_AMOUNT = gettext_lazy(
    "Our payment provider can't take a payment of this amount. Change the quantities and try again."
)
BUSY_AT_STRIPE = gettext_lazy(
    "Many people are paying at this moment. Nothing was charged. Try again in a few seconds."
)
RETRY_AFTER = 5  # seconds
BUSY = gettext_lazy("Your basket changed in another window. Check it and try again.")
TOO_MANY = gettext_lazy(
    "You have opened too many payment pages in the last hour. "
    "Finish the one that is open, or come back in an hour."
)


# Not `no-store`: Back must show the page with the token that was used, so that paying again finds
# the same checkout.
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """GET: the basket. POST: pay for the lines of the form, which replace the basket."""
    if request.method != "POST":
        basket = stored_basket.load(request.session, request.user, is_shown_only=True)
        return basket_page(request, basket)
    choices = read_choices(request.POST)
    stored_basket.replace(request.session, choices)
    stored_basket.store_zone(request.session, request.POST.get("zone"))
    if not request.user.is_authenticated:
        return redirect_to_login(resolve_url("shop:checkout"))
    basket = basket_of(choices, stored_basket.zone(request.session), request.user)
    stored_basket.save_basket(request.session, basket)
    mark_changed_prices(basket, choices, currency=request.POST.get("currency", ""))
    basket.token = read_token(request.POST.get("token", ""))
    if basket.zones and basket.zone is None:
        basket.zone_error = _("Choose where we should deliver.")
    if not basket.can_be_bought:
        has_only_changed = bool(basket.changed or basket.closed) and not basket.problem
        return basket_page(request, basket, status=409 if has_only_changed else 400)
    return pay(request, basket)


@never_cache
@login_required
@require_GET
def cancelled(request: HttpRequest) -> HttpResponse:
    """Back from the payment page without having paid: the basket as it was."""
    user = cast(User, request.user)
    started = find_checkout(user, request.GET.get("checkout", ""))
    if started is None:
        return redirect("shop:checkout")
    if started.status in Checkout.PAID_OR_PAYING:
        return redirect(next_page(started))
    stored_basket.put_back(request.session, started)
    basket = stored_basket.load(request.session, request.user)
    basket.token = started.token
    basket.notice = _("Payment cancelled. Nothing was charged.")
    return basket_page(request, basket)


def pay(request: HttpRequest, basket: Basket) -> HttpResponse:
    """Redirect to the payment page, or show the basket with the reason why there is none."""
    try:
        started = start(cast(User, request.user), basket)
    except AmountRefused:
        return basket_page(request, basket, problem=str(WRONG_AMOUNT), status=400)
    except Busy:
        response = basket_page(request, basket, problem=str(BUSY_AT_STRIPE), status=503)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    except (GatewayError, WrongSession) as error:
        logger.exception("No payment page could be created for shopper %s", request.user.pk)
        problem = str(REFUSED if is_final(error) else UNREACHABLE)
        return basket_page(request, basket, problem=problem, status=502)
    except OutOfStock:
        # Other shoppers were faster; the lines show how many are left.
        return basket_page(request, stored_basket.load(request.session, request.user), status=409)
    except TooBusy:
        return basket_page(request, basket, problem=str(BUSY), status=409)
    except TooMany:
        return basket_page(request, basket, problem=str(TOO_MANY), status=429)
    stored_basket.remember_checkout(request.session, started)
    return SeeOther(next_page(started))


def next_page(started: Checkout) -> str:
    """The address of the payment page; for a checkout that was paid, of its order or the page that
    waits for it.
    """
    if started.status == CheckoutStatus.OPEN:
        return started.url
    order = started.orders.first()
    return (
        order.get_absolute_url()
        if order
        else f"{reverse('shop:checkout_success')}?session_id={started.session_id}"
    )


def basket_page(
    request: HttpRequest, basket: Basket, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """The basket with what is wrong with it."""
    basket.problem = problem or basket.problem
    context = {"basket": basket, "max_quantity": MAX_QUANTITY}
    return render(request, "orders/checkout.html", context, status=status)


def read_token(text: str) -> UUID:
    """The token of a form; a new one if the form has none, so that the basket can still be bought,
    without protection against a double click.
    """
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def find_checkout(user: User, key: str) -> Checkout | None:
    """A checkout of this shopper."""
    try:
        return Checkout.objects.of(user).filter(pk=UUID(key)).first()
    except ValueError:
        return None
