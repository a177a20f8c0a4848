"""My orders."""

from datetime import timedelta
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orders.models import Checkout, Order
from orders.views.checkout import review_url
from users.models import User

PER_PAGE = 20
FAILURES_SHOWN = timedelta(days=60)  # since Buy was pressed: banks take weeks to say no


@never_cache
@login_required
@require_GET
def order_list(request: HttpRequest) -> HttpResponse:
    """One shopper's orders, newest first, below payments that are still under way or have failed of
    late.
    """
    user = cast(User, request.user)
    orders = Paginator(Order.objects.of(user), PER_PAGE).get_page(request.GET.get("page"))
    delayed = Checkout.objects.of(user).delayed(since=timezone.now() - FAILURES_SHOWN)
    return render(request, "orders/order_list.html", {"orders": orders, "delayed": delayed})


@never_cache
@login_required
@require_GET
def order_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One order as it was sold; 404 for everybody but its shopper."""
    order = get_object_or_404(Order.objects.of(cast(User, request.user)), number=number)
    context = {
        "order": order,
        "buy_again_url": _buy_again_url(order),
        "just_paid": request.session.pop("just_paid", "") == order.number,
    }
    return render(request, "orders/order_detail.html", context)


def _buy_again_url(order: Order) -> str:
    lines = order.lines.select_related("product").exclude(product=None)
    return review_url(
        (line.product.translation_key, line.quantity) for line in lines if line.product
    )
