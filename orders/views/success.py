"""Back from the payment page: the order, a page that waits for it, or why there is none.

Every page here may be loaded any number of times, by anyone, with anything in the address.
"""

import logging
from dataclasses import dataclass
from enum import Enum
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orders import policy
from orders.checkout import stored_basket
from orders.checkout.complete import complete
from orders.checkout.match import MatchedSession, fetch, is_session_id
from orders.models import Checkout, Order
from orders.statuses import CheckoutStatus
from orders.views.responses import SeeOther
from stripe_gateway.errors import GatewayError, NotFound
from users.models import User

logger = logging.getLogger(__name__)


class Result(Enum):
    """What is known about a payment: the HTTP status and the message of its page."""

    ORDERED = 303, ""
    WAITING = 200, ""
    FAILED = (
        402,
        gettext_lazy(
            "Your bank declined this payment. You have not been charged, and no order was placed."
        ),
    )
    INVALID = 400, gettext_lazy("This link is incomplete.")
    UNKNOWN = 404, gettext_lazy("We couldn't find this payment.")
    UNPAID = 409, gettext_lazy("This payment was not completed. Nothing was charged.")
    EXPIRED = 410, gettext_lazy("This payment page has expired. Nothing was charged.")


@dataclass(frozen=True)
class Payment:
    """A result with the order, or the checkout if there is no order yet."""

    result: Result
    order: Order | None = None
    checkout: Checkout | None = None


@never_cache
@login_required
@require_GET
def success(request: HttpRequest) -> HttpResponse:
    """Find out whether the session was paid, and show the page for the result."""
    payment = find_payment(cast(User, request.user), request.GET.get("session_id", ""))
    stored_basket.remove_paid(request.session)
    if payment.order:
        request.session["just_paid"] = payment.order.number
        return SeeOther(payment.order.get_absolute_url())
    if payment.result is Result.WAITING:
        return waiting_page(request, payment.checkout)
    return problem_page(request, payment)


@never_cache
@login_required
@require_GET
def status(request: HttpRequest) -> JsonResponse:
    """Whether the waiting page has anything new to show: `{"waiting": true}` if not."""
    payment = find_payment(cast(User, request.user), request.GET.get("session_id", ""))
    return JsonResponse({"waiting": payment.result is Result.WAITING})


def find_payment(user: User, session_id: str) -> Payment:
    """What is known about a shopper's session; Stripe is asked if our records do not say."""
    if not is_session_id(session_id):
        return Payment(Result.INVALID)
    if order := Order.objects.filter(session_id=session_id, user=user).first():
        return Payment(Result.ORDERED, order)
    checkout = Checkout.objects.filter(session_id=session_id).first()
    if checkout and checkout.user_id != user.pk:
        return Payment(Result.UNKNOWN)
    if checkout and checkout.has_delayed_failure:
        return Payment(Result.FAILED, checkout=checkout)
    if not (may_query(checkout) if checkout else may_query_unknown(user)):
        return Payment(Result.WAITING, checkout=checkout)
    try:
        return query(user, session_id, checkout)
    except NotFound:
        return Payment(Result.UNKNOWN)
    except GatewayError as error:
        logger.warning("Stripe could not be asked about %s: %r", session_id, error)
        return Payment(Result.WAITING, checkout=checkout)


def may_query(checkout: Checkout) -> bool:
    """Whether enough time has passed since Stripe was last asked about this checkout. The row keeps
    the time, so that all processes share it.
    """
    now = timezone.now()
    is_due = Q(checked_at=None) | Q(checked_at__lte=now - policy.SUCCESS_PAGE_PAUSE)
    return bool(Checkout.objects.filter(is_due, pk=checkout.pk).update(checked_at=now))


def may_query_unknown(user: User) -> bool:
    """Whether Stripe may be queried about a session without a checkout: made-up addresses must not
    keep Stripe busy.
    """
    seconds = policy.SUCCESS_PAGE_PAUSE.total_seconds()
    return cache.add(f"unknown-session:{user.pk}", True, seconds)


def query(user: User, session_id: str, checkout: Checkout | None) -> Payment:
    """Ask Stripe, and complete the session. Raises GatewayError."""
    matched = fetch(session_id, quick=True)
    if checkout is None and matched.session.metadata.get("user") != str(user.pk):
        return Payment(Result.UNKNOWN)
    order = complete(matched, source="success page").order
    if order is None:
        return Payment(result_without_order(matched), checkout=matched.checkout)
    return Payment(Result.ORDERED, order) if order.user_id == user.pk else Payment(Result.UNKNOWN)


def result_without_order(matched: MatchedSession) -> Result:
    """Why a session is not an order."""
    session = matched.session
    if not matched.is_ours:
        return Result.UNKNOWN
    if session.status == "complete":
        return Result.FAILED if session.has_failed else Result.WAITING
    return Result.EXPIRED if session.status == "expired" else Result.UNPAID


def waiting_page(request: HttpRequest, checkout: Checkout | None) -> HttpResponse:
    """The page that checks the status every few seconds."""
    is_processing = checkout is not None and checkout.status == CheckoutStatus.PROCESSING
    context = {
        "checkout": checkout,
        "is_processing": is_processing,
        "session_id": request.GET["session_id"],
        "pause": int(
            (
                policy.PROCESSING_PAUSE if is_processing else policy.SUCCESS_PAGE_PAUSE
            ).total_seconds()
        ),
    }
    return render(request, "orders/pending.html", context)


def problem_page(request: HttpRequest, payment: Payment) -> HttpResponse:
    """Why there is no order."""
    http_status, message = payment.result.value
    is_failed = payment.result is Result.FAILED
    context = {
        "title": _("Payment failed") if is_failed else _("Payment"),
        "message": message,
        "advice": "" if is_failed else _("If you have paid, your order is under My orders."),
        "checkout": payment.checkout if is_failed else None,
        "back_url": reverse("shop:order_list"),
        "back_text": _("My orders"),
    }
    return render(request, "orders/problem.html", context, status=http_status)
