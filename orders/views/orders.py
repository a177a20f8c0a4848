"""My orders."""

from typing import cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orders.models import Order
from users.models import User

PER_PAGE = 20


@never_cache
@login_required
@require_GET
def order_list(request: HttpRequest) -> HttpResponse:
    """One shopper's orders, newest first."""
    orders = Paginator(Order.objects.of(cast(User, request.user)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "orders/order_list.html", {"orders": orders})


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
    chosen = [
        pair
        for line in lines
        if line.product
        for pair in (("product", line.product.translation_key), ("quantity", line.quantity))
    ]
    return f"{reverse('checkout')}?{urlencode(chosen)}"
