"""Choosing and starting to pay."""

import logging
from collections.abc import Iterable
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods

from orders.checkout import basket
from orders.checkout.basket import Basket
from orders.checkout.session import WrongSession
from orders.checkout.start import TooBusy, TooMany, is_final, start
from orders.models import Checkout
from orders.statuses import CheckoutStatus
from stripe_gateway.errors import GatewayError
from users.models import User

logger = logging.getLogger(__name__)

UNREACHABLE = _(
    "The payment page can't be reached right now. Try again in a minute. "
    "If you have already paid, your order will appear under My orders."
)
REFUSED = _(
    "This can't be paid for right now, and trying again won't help. We have been notified. "
    "If you have already paid, your order will appear under My orders."
)
BUSY = _("Your basket changed in another window. Check it and try again.")
TOO_MANY = _(
    "You have opened many payment pages in the last hour. "
    "Finish the one that is open, or come back in an hour."
)


class SeeOther(HttpResponseRedirect):
    """303: after a POST the browser fetches the payment page with GET (RFC 9110, 15.4.4)."""

    status_code = 303


# Not `no-store`: Back must bring the page with the token that was used, so that paying again finds
# the same attempt.
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """GET: look at the choice. POST: buy it, or with `update` only add it up."""
    if not request.user.is_authenticated:
        # The choice travels through the login in the address.
        chosen = request.POST if request.method == "POST" else request.GET
        pairs = zip(chosen.getlist("product"), chosen.getlist("quantity"), strict=False)
        return redirect_to_login(review_url(pairs))
    if request.method == "POST":
        choice = basket.from_form(request.POST)
        return _show(request, choice) if "update" in request.POST else _buy(request, choice)
    return _show(request, basket.from_query(request.GET))


@never_cache
@login_required
@require_GET
def cancelled(request: HttpRequest) -> HttpResponse:
    """Back from the payment page without paying: the choice as it was."""
    attempt = _attempt(cast(User, request.user), request.GET.get("checkout", ""))
    if attempt is None:
        return redirect("shop:checkout")
    if attempt.status in Checkout.PAID_OR_PAYING:
        return redirect(_next_page(attempt))
    quantities = {
        str(line.product.translation_key): line.quantity
        for line in attempt.lines.select_related("product")
    }
    shown = basket.from_quantities(quantities)
    shown.token = attempt.token
    shown.notice = "Payment cancelled. Nothing was charged."
    return _show(request, shown)


def _buy(request: HttpRequest, choice: Basket) -> HttpResponse:
    if choice.is_refused:
        return _show(request, choice, status=409 if choice.has_moved else 400)
    try:
        attempt = start(cast(User, request.user), choice)
    except (GatewayError, WrongSession) as error:
        logger.exception("No payment page for %s", request.user)
        choice.problem = str(REFUSED if is_final(error) else UNREACHABLE)
        return _show(request, choice, status=502)
    except TooBusy:
        choice.problem = str(BUSY)
        return _show(request, choice, status=409)
    except TooMany:
        choice.problem = str(TOO_MANY)
        return _show(request, choice, status=429)
    return SeeOther(_next_page(attempt))


def _next_page(attempt: Checkout) -> str:
    if attempt.status == CheckoutStatus.OPEN:
        return attempt.url
    order = attempt.orders.first()
    return (
        order.get_absolute_url()
        if order
        else f"{reverse('shop:checkout_success')}?session_id={attempt.session_id}"
    )


def _show(request: HttpRequest, shown: Basket, status: int = 200) -> HttpResponse:
    context = {
        "lines": shown.lines,
        "total": shown.total,
        "currency": shown.currency,
        "token": shown.token,
        "problem": shown.problem,
        "notice": shown.notice,
    }
    return render(request, "orders/checkout.html", context, status=status)


def review_url(chosen: Iterable[tuple[object, object]]) -> str:
    """The review page for (product key, quantity) pairs."""
    query = [
        pair
        for product, quantity in chosen
        for pair in (("product", product), ("quantity", quantity))
    ]
    return f"{reverse('shop:checkout')}?{urlencode(query)}" if query else reverse("shop:checkout")


def _attempt(user: User, key: str) -> Checkout | None:
    try:
        return Checkout.objects.of(user).filter(pk=UUID(key)).first()
    except ValueError:
        return None
