"""Wagtail's site history names orders as well as pages."""

from collections.abc import Callable

import pytest
from django.test import Client
from wagtail.log_actions import log

from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.orders.refunding import sell
from tests.staff import make_staff
from users.models import User

HISTORY = "/admin/reports/site-history/"


@pytest.mark.parametrize(
    ("role", "may_see"),
    [("Editors", False), ("Order desk", False), ("Finance", False), ("Owners", True)],
)
def test_only_those_who_know_pages_and_orders_see_it(
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    client_of: Callable[[User], Client],
    role: str,
    may_see: bool,
) -> None:
    order = sell(synced, member, (lamp, 1))
    log(order, "orders.ship", user=User.objects.get(email="shopper@example.com"))
    staff = client_of(make_staff(role=role))
    page = staff.get(HISTORY)
    assert (page.status_code == 200) is may_see
    assert (order.number in page.text) is may_see
    assert (HISTORY in staff.get("/admin/").text) is may_see
