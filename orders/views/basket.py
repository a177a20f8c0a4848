"""`POST /basket/`: add to the basket, change it, or remove a product from it."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from orders.checkout import stored_basket
from orders.checkout.basket_form import read_choices
from orders.views.responses import SeeOther
from orders.views.same_origin import same_origin_only


@never_cache
@same_origin_only
@require_POST
def basket(request: HttpRequest) -> HttpResponse:
    """The buttons of the basket page send its lines, which replace the basket: `change`, `remove`
    with a product key, and `login`. Without any of them, the lines are added to it.
    """
    chosen = read_choices(request.POST)
    if not request.POST.keys() & {"change", "remove", "login"}:
        stored_basket.add(request.session, chosen)
        return SeeOther(resolve_url("shop:checkout"))
    stored_basket.store_zone(request.session, request.POST.get("zone"))
    removed = request.POST.get("remove")
    stored_basket.replace(
        request.session, [each for each in chosen if str(each.product_key) != removed]
    )
    if "login" in request.POST:
        return redirect_to_login(resolve_url("shop:checkout"))
    return SeeOther(resolve_url("shop:checkout"))
