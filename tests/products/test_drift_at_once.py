"""A change in the Stripe Dashboard is repaired as soon as its event arrives, or at a click, and
shown to staff.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from orders.models import StripeEvent
from orders.statuses import EventOutcome
from products import drift, policy
from products.models import Product, ProductPage, StripeProduct
from products.sync import sync_catalogue
from stripe_gateway.client import stripe_client
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, calls, deliver
from tests.products.conftest import AtStripe
from tests.staff import make_staff
from users.models import User


def rename(page: ProductPage) -> None:
    """What somebody does in the Dashboard, which causes an event."""
    product = f"prod_{page.translation_key.hex}"
    stripe_client().v1.products.update(product, {"name": "Brass lamb"})


def archive_price(page: ProductPage, at_stripe: AtStripe) -> None:
    product, price = at_stripe.product(page)["id"], at_stripe.price_id(page, 149900)
    other = stripe_client().v1.prices.create(
        {"product": product, "unit_amount": 100, "currency": "inr"}
    )
    stripe_client().v1.products.update(product, {"default_price": other.id})
    stripe_client().v1.prices.update(price, {"active": False})


def report_of(browser: Client, page: ProductPage) -> str:
    product = Product.objects.get(translation_key=page.translation_key)
    return f"/admin/reports/prices/{product.pk}/"


def test_an_event_about_a_product_has_it_compared_and_repaired_at_once(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    rename(synced_lamp)
    assert deliver(sandbox, "product.updated").status_code == 200
    assert StripeEvent.objects.get().outcome == EventOutcome.PROCESSED
    drift.compare_changed()
    assert at_stripe.product(synced_lamp)["name"] == "Brass lamp"
    row = StripeProduct.objects.get()
    assert row.drift == "Name at Stripe: Brass lamb; on the page: Brass lamp."
    assert not row.must_compare and row.fingerprint


def test_an_event_about_a_price_has_its_product_compared(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    archive_price(synced_lamp, at_stripe)
    deliver(sandbox, "price.updated")
    drift.compare_changed()
    assert at_stripe.charged(synced_lamp) == 149900
    assert "₹1.00" in StripeProduct.objects.get().drift


def test_a_product_is_compared_once_a_minute_at_most(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    rename(synced_lamp)
    deliver(sandbox, "product.updated")
    drift.compare_changed()
    rename(synced_lamp)
    deliver(sandbox, "product.updated")
    sandbox.requests.clear()
    drift.compare_changed()
    assert sandbox.requests == [] and StripeProduct.objects.get().must_compare
    earlier = timezone.now() - policy.COMPARE_AGAIN_AFTER - timedelta(seconds=1)
    StripeProduct.objects.update(compared_at=earlier)
    drift.compare_changed()
    assert at_stripe.product(synced_lamp)["name"] == "Brass lamp"


def test_an_event_about_a_product_of_another_shop_is_ignored(
    sandbox: Sandbox, synced_lamp: ProductPage
) -> None:
    product = stripe_client().v1.products.create({"name": "Not ours"})
    stripe_client().v1.products.update(product.id, {"name": "Not ours either"})
    deliver(sandbox, "product.updated")
    assert StripeEvent.objects.get().outcome == EventOutcome.IGNORED
    assert not StripeProduct.objects.get().must_compare


def test_a_product_without_an_answer_is_named_and_the_others_are_compared(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage, make_product: MakeProduct
) -> None:
    quilt = make_product("Quilt", "2499.00")
    sync_catalogue()
    at_stripe.change("product", at_stripe.product(quilt)["id"], name="Guilt")
    sandbox.fail_next(
        status=500, path=f"/v1/products/{at_stripe.product(synced_lamp)['id']}", times=3
    )
    first, second = drift.compare_all()
    assert first.error and not first.differences
    assert first.sentences == [f"Brass lamp: {first.error}"]
    assert second.sentences == ["Quilt: Name at Stripe: Guilt; on the page: Quilt."]


def test_stripe_is_not_asked_about_every_product_while_it_does_not_answer(
    sandbox: Sandbox, synced_lamp: ProductPage, make_product: MakeProduct
) -> None:
    for number in range(5):
        make_product(f"Bowl {number}", "99.00")
    sync_catalogue()
    sandbox.fail_next(status=500, path="/v1/products", times=100)
    found = drift.compare_all()
    assert len(found) == 6
    assert [each.error.startswith("Not compared") for each in found] == [False] * 3 + [True] * 3


def test_staff_see_the_difference_and_repair_it_with_a_click(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage, client_of: Any
) -> None:
    browser = client_of(make_staff(role="Owners"))
    address = report_of(browser, synced_lamp)
    at_stripe.change("product", at_stripe.product(synced_lamp)["id"], name="Brass lamb")
    html = browser.post(address, follow=True).content.decode()
    assert "This was different: Name at Stripe: Brass lamb; on the page: Brass lamp." in html
    assert "Stripe has the product as it is published" in html
    assert "Somebody changed this product in the Stripe Dashboard" in html
    assert at_stripe.product(synced_lamp)["name"] == "Brass lamp"
    assert "Brass lamb" in browser.get("/admin/reports/prices/").content.decode()
    price = at_stripe.price_id(synced_lamp, 149900)
    assert f"https://dashboard.stripe.com/test/prices/{price}" in html
    assert "₹1,499.00" in html  # the history


def test_the_click_says_that_stripe_does_not_answer(
    sandbox: Sandbox, synced_lamp: ProductPage, client_of: Any
) -> None:
    browser = client_of(make_staff(role="Owners"))
    sandbox.stop()
    answer = browser.post(report_of(browser, synced_lamp), follow=True)
    assert answer.status_code == 200 and "Stripe: " in answer.content.decode()
    assert StripeProduct.objects.get().drift == ""


@pytest.mark.parametrize("codename", ["", "view_stripeproduct"])
def test_only_those_with_the_permission_may_sync(
    sandbox: Sandbox,
    at_stripe: AtStripe,
    synced_lamp: ProductPage,
    client_of: Callable[[User], Client],
    codename: str,
) -> None:
    user = make_staff(role="Editors")
    user.user_permissions.set(Permission.objects.filter(codename=codename))
    browser = client_of(User.objects.get(pk=user.pk))
    address = report_of(browser, synced_lamp)
    assert browser.get(address).status_code == (200 if codename else 403)
    assert "Sync now" not in browser.get(address).content.decode()
    at_stripe.change("product", at_stripe.product(synced_lamp)["id"], name="Brass lamb")
    assert browser.post(address).status_code == 403
    assert at_stripe.product(synced_lamp)["name"] == "Brass lamb"


def test_the_report_takes_as_many_queries_for_thirty_products_as_for_three(
    sandbox: Sandbox, make_product: MakeProduct, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    browser = client_of(make_staff(role="Owners"))
    for number in range(30):
        make_product(f"Bowl {number}", "99.00")
    sync_catalogue()
    browser.get("/admin/reports/prices/")
    with django_assert_max_num_queries(20):
        html = browser.get("/admin/reports/prices/").content.decode()
    assert html.count("In sync") == 30


def test_a_product_that_was_never_sent_is_no_difference_for_staff(
    sandbox: Sandbox, at_stripe: AtStripe, lamp: ProductPage
) -> None:
    assert drift.repair() == []
    assert at_stripe.charged(lamp) == 149900
    assert StripeProduct.objects.get().drift == ""


def test_a_comparison_without_an_answer_is_made_again_a_minute_later(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    rename(synced_lamp)
    deliver(sandbox, "product.updated")
    sandbox.fail_next(status=500, path="/v1/products", times=10)
    drift.compare_changed()
    sandbox.clear_faults()
    assert at_stripe.product(synced_lamp)["name"] == "Brass lamb"
    earlier = timezone.now() - policy.COMPARE_AGAIN_AFTER - timedelta(seconds=1)
    StripeProduct.objects.update(compared_at=earlier)
    drift.compare_changed()
    assert at_stripe.product(synced_lamp)["name"] == "Brass lamp"


def test_a_click_on_a_product_that_agrees_asks_stripe_and_changes_nothing_there(
    sandbox: Sandbox, synced_lamp: ProductPage, client_of: Any
) -> None:
    browser = client_of(make_staff(role="Owners"))
    html = browser.post(report_of(browser, synced_lamp), follow=True).content.decode()
    assert "Stripe has the product as it is published" in html
    assert calls(sandbox, "GET") and not calls(sandbox, "POST")
