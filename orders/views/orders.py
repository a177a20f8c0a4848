"""My orders."""

import logging
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orders import policy
from orders.models import Checkout, Order
from products.catalogue import pages_shown
from stripe_gateway.errors import GatewayError
from stripe_gateway.session_details import invoice_url, receipt_url
from users.models import User

logger = logging.getLogger(__name__)

# Field of the order's details, and the function that returns the present address.
DOCUMENTS = {"invoice": ("invoice_id", invoice_url), "receipt": ("charge_id", receipt_url)}


@never_cache
@login_required
@require_GET
def order_list(request: HttpRequest) -> HttpResponse:
    """One shopper's orders, newest first, below payments that are processing or have failed."""
    user = cast(User, request.user)
    orders = Paginator(Order.objects.of(user), policy.ORDERS_PER_PAGE)
    since = timezone.now() - policy.FAILED_PAYMENTS_SHOWN
    delayed = Checkout.objects.of(user).delayed(since=since)
    context = {
        "orders": orders.get_page(request.GET.get("page")),
        "delayed": sorted(delayed, key=lambda checkout: checkout.has_delayed_failure),
    }
    return render(request, "orders/order_list.html", context)


@never_cache
@login_required
@require_GET
def order_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One order as it was sold; 404 for everyone except its shopper.

    The pictures are those of the pages that sell the products now.
    """
    orders = Order.objects.of(cast(User, request.user)).for_shopper()
    order = get_object_or_404(orders, number=number)
    lines = [
        (line, line.product.translation_key if line.product else None)
        for line in order.lines.select_related("product")
    ]
    pages = pages_shown(key for _, key in lines if key)
    context = {
        "order": order,
        "lines": [(line, pages.get(key) if key else None) for line, key in lines],
        "can_buy_again": bool(pages),
        "just_paid": request.session.pop("just_paid", "") == order.number,
    }
    return render(request, "orders/order_detail.html", context)


@never_cache
@login_required
@require_GET
def order_document(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """Redirect to an order's invoice or receipt at Stripe, whose addresses expire.

    404 for everyone except its shopper, and for an order without the document.
    """
    order = get_object_or_404(Order.objects.of(cast(User, request.user)), number=number)
    details = getattr(order, "details", None)
    document_id = getattr(details, DOCUMENTS[kind][0], "")
    if not document_id:
        raise Http404
    try:
        url = DOCUMENTS[kind][1](document_id)
    except GatewayError as error:
        logger.warning("The %s of %s could not be found: %s", kind, order, error)
        url = ""
    if url:
        return redirect(url)
    messages.error(request, _("The document can't be opened right now. Try again later."))
    return redirect(order)
