"""Back from the payment page."""

import logging
from datetime import timedelta
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orders.checkout.complete import complete
from orders.checkout.match import MatchedSession, fetch, is_session_id
from orders.models import Checkout, Order
from orders.views.checkout import SeeOther, review_url
from stripe_gateway.errors import GatewayError, NotFound
from users.models import User

logger = logging.getLogger(__name__)

# The page refreshes itself every five seconds, in however many windows.
QUESTION_PAUSE = timedelta(seconds=5)
FRESH = timedelta(minutes=10)
LATER_PAUSE = timedelta(seconds=60)


@never_cache
@login_required
@require_GET
def success(request: HttpRequest) -> HttpResponse:
    """Make sure of the payment and show the order, or a page that waits for it.

    Safe to load any number of times.
    """
    user = cast(User, request.user)
    session_id = request.GET.get("session_id", "")
    if not is_session_id(session_id):
        return _problem(request, "This address is not complete.", status=400)
    order = Order.objects.filter(session_id=session_id, user=user).first()
    if order is None:
        attempt = Checkout.objects.filter(session_id=session_id).first()
        if attempt and attempt.user_id != user.pk:
            return _unknown(request)
        return _ask(request, user, session_id, attempt)
    return _thank(request, order)


def _ask(
    request: HttpRequest, user: User, session_id: str, attempt: Checkout | None
) -> HttpResponse:
    if attempt and attempt.has_delayed_failure:
        return _failed(request, attempt)
    if not (_may_ask(attempt) if attempt else _may_guess(user)):
        return _wait(request, attempt)
    try:
        matched = fetch(session_id, quick=True)
        if attempt is None and matched.session.metadata.get("user") != str(user.pk):
            return _unknown(request)
        completion = complete(matched, source="success page")
    except NotFound:
        return _unknown(request)
    except GatewayError as error:
        logger.warning("No answer about %s: %r", session_id, error)
        return _wait(request, attempt)
    if completion.order is None:
        return _not_paid(request, matched)
    return (
        _thank(request, completion.order)
        if completion.order.user_id == user.pk
        else _unknown(request)
    )


def _not_paid(request: HttpRequest, matched: MatchedSession) -> HttpResponse:
    if not matched.is_ours:
        return _unknown(request)
    session = matched.session
    if session.status == "complete":
        return (
            _failed(request, matched.checkout)
            if session.has_failed
            else _wait(request, matched.checkout)
        )
    if session.status == "expired":
        return _problem(request, "This payment page has expired. Nothing was charged.", status=410)
    return _problem(request, "This payment was not finished. Nothing was charged.", status=409)


def _may_ask(attempt: Checkout) -> bool:
    """At most one question in five seconds, whoever asks: the row is the clock."""
    now = timezone.now()
    rested = Q(checked_at=None) | Q(checked_at__lte=now - QUESTION_PAUSE)
    return bool(Checkout.objects.filter(rested, pk=attempt.pk).update(checked_at=now))


def _may_guess(user: User) -> bool:
    """As seldom for what is not in our books: made-up addresses must not keep Stripe busy."""
    return cache.add(f"guessed-session:{user.pk}", True, QUESTION_PAUSE.total_seconds())


def _thank(request: HttpRequest, order: Order) -> HttpResponse:
    request.session["just_paid"] = order.number
    return SeeOther(order.get_absolute_url())


def _wait(request: HttpRequest, attempt: Checkout | None) -> HttpResponse:
    # A bank's payment may take days, and the page may stay open as long.
    is_fresh = attempt is None or attempt.created_at > timezone.now() - FRESH
    pause = QUESTION_PAUSE if is_fresh else LATER_PAUSE
    return render(
        request, "orders/pending.html", {"checkout": attempt, "pause": int(pause.total_seconds())}
    )


def _failed(request: HttpRequest, attempt: Checkout | None) -> HttpResponse:
    lines = attempt.lines.select_related("product") if attempt else ()
    context = {
        "title": "Payment failed",
        "message": (
            "Your bank did not make this payment. Nothing was charged, and nothing was ordered."
        ),
        "back_url": review_url((line.product.translation_key, line.quantity) for line in lines),
        "back_text": "Choose again",
    }
    return render(request, "orders/problem.html", context, status=402)


def _unknown(request: HttpRequest) -> HttpResponse:
    return _problem(request, "We know no such payment of yours.", status=404)


def _problem(request: HttpRequest, message: str, *, status: int) -> HttpResponse:
    context = {
        "title": "Payment",
        "message": f"{message} If you have paid, the order is under My orders.",
        "back_url": reverse("shop:order_list"),
        "back_text": "My orders",
    }
    return render(request, "orders/problem.html", context, status=status)
