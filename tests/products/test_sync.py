"""What Stripe has after pages have changed, through the real library."""

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from wagtail.models import (
    GroupApprovalTask,
    Locale,
    Page,
    PageViewRestriction,
    Workflow,
    WorkflowTask,
)

from products.models import PricePeriod, Product, ProductPage, StripePrice, StripeProduct
from products.sync import sync_catalogue
from stripe_contract import check_calls
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, calls, publish
from tests.products.conftest import AtStripe
from users.models import User


def test_a_new_product_is_on_sale_with_its_price_as_default(
    sandbox: Sandbox, at_stripe: AtStripe, lamp: ProductPage
) -> None:
    assert sync_catalogue() == []
    product = at_stripe.product(lamp)
    assert (product["name"], product["description"], product["active"]) == (
        "Brass lamp", "About the brass lamp.", True)  # fmt: skip
    assert at_stripe.prices(lamp) == [(149900, True)]
    assert at_stripe.charged(lamp) == 149900
    check_calls(sandbox.requests)


def test_when_nothing_changed_nothing_is_asked(sandbox: Sandbox, synced_lamp: ProductPage) -> None:
    for _ in range(3):
        assert sync_catalogue() == []
    assert sandbox.requests == []


def test_going_back_to_an_old_price_uses_it_again(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    publish(synced_lamp, price=Decimal("199.99"))
    assert sync_catalogue() == []
    first = at_stripe.price_id(synced_lamp, 19999)
    publish(synced_lamp, price=Decimal("249.50"))
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 24950
    archived = StripePrice.objects.get(unit_amount=19999)
    at_stripe.change("price", first, active=False)
    StripePrice.objects.filter(pk=archived.pk).update(active=False)
    publish(synced_lamp, price=Decimal("199.99"))
    assert sync_catalogue() == []
    assert at_stripe.prices(synced_lamp) == [(149900, True), (19999, True), (24950, True)]
    assert at_stripe.product(synced_lamp)["default_price"] == first
    assert at_stripe.charged(synced_lamp) == 19999


def test_three_publishes_between_two_rounds_are_one_push(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    for price in ("1.00", "2.00", "3.00"):
        publish(synced_lamp, price=Decimal(price))
    assert sync_catalogue() == []
    assert at_stripe.prices(synced_lamp) == [(149900, True), (300, True)]


def test_words_alone_make_no_price(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    publish(synced_lamp, title="Brass lamp, small", summary="")
    assert sync_catalogue() == []
    assert calls(sandbox) == [f"POST /v1/products/{at_stripe.product(synced_lamp)['id']}"]
    assert (
        at_stripe.product(synced_lamp)["name"],
        at_stripe.product(synced_lamp)["description"],
    ) == ("Brass lamp, small", None)


def unpublish(page: ProductPage, editor: Client) -> None:
    page.unpublish()


def delete(page: ProductPage, editor: Client) -> None:
    page.delete()


def unpublish_in_bulk(page: ProductPage, editor: Client) -> None:
    url = f"/admin/bulk/wagtailcore/page/unpublish/?id={page.pk}&next=/admin/pages/"
    assert editor.post(url, {"include_descendants": ""}).status_code == 302


def delete_in_bulk(page: ProductPage, editor: Client) -> None:
    url = f"/admin/bulk/wagtailcore/page/delete/?id={page.pk}&next=/admin/pages/"
    assert editor.post(url).status_code == 302


def expire(page: ProductPage, editor: Client) -> None:
    publish(page, expire_at=timezone.now() + timedelta(hours=1))
    Page.objects.filter(pk=page.pk).update(expire_at=timezone.now() - timedelta(seconds=1))
    call_command("publish_scheduled")


def unpublish_the_list_and_all_below(page: ProductPage, editor: Client) -> None:
    url = f"/admin/pages/{page.get_parent().pk}/unpublish/"
    assert editor.post(url, {"include_descendants": "on"}).status_code == 302


def hide(page: ProductPage, editor: Client) -> None:
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)


def hide_the_whole_list(page: ProductPage, editor: Client) -> None:
    PageViewRestriction.objects.create(
        page=page.get_parent(), restriction_type=PageViewRestriction.PASSWORD, password="x"
    )


def take_its_price(page: ProductPage, editor: Client) -> None:
    ProductPage.objects.filter(pk=page.pk).update(price=None)


def give_it_price_zero(page: ProductPage, editor: Client) -> None:
    ProductPage.objects.filter(pk=page.pk).update(price=0)


def give_it_a_price_of_another_currency(page: ProductPage, editor: Client) -> None:
    ProductPage.objects.filter(pk=page.pk).update(price=Decimal("1.234"))


WAYS_TO_END = [
    unpublish,
    delete,
    unpublish_in_bulk,
    delete_in_bulk,
    expire,
    unpublish_the_list_and_all_below,
    hide,
    hide_the_whole_list,
    take_its_price,
    give_it_price_zero,
    give_it_a_price_of_another_currency,
]


@pytest.mark.parametrize("end", WAYS_TO_END)
def test_however_a_sale_ends_stripe_ends_it_too(
    editor: Client, sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage, end: Any
) -> None:
    end(synced_lamp, editor)
    assert sandbox.requests == []
    assert sync_catalogue() == []
    assert at_stripe.product(synced_lamp)["active"] is False
    assert not PricePeriod.objects.filter(until=None).exists()
    assert Product.objects.filter(translation_key=synced_lamp.translation_key).exists()
    sandbox.requests.clear()
    assert sync_catalogue() == [] and sandbox.requests == []


@pytest.mark.parametrize("end", [unpublish, expire, hide, take_its_price])
def test_what_ended_may_begin_again(
    editor: Client, sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage, end: Any
) -> None:
    end(synced_lamp, editor)
    assert sync_catalogue() == []
    PageViewRestriction.objects.all().delete()
    publish(synced_lamp, price=Decimal("1499.00"), expire_at=None)
    assert sync_catalogue() == []
    assert at_stripe.prices(synced_lamp) == [(149900, True)]
    assert at_stripe.charged(synced_lamp) == 149900
    assert PricePeriod.objects.count() == 2


def test_a_draft_changes_nothing_at_stripe(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    synced_lamp.price = Decimal("1.00")
    synced_lamp.save_revision()
    assert sync_catalogue() == []
    assert sandbox.requests == []


def test_publishing_an_older_revision_brings_its_price_back_and_no_stripe_id_with_it(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    old = publish(synced_lamp).latest_revision
    publish(synced_lamp, price=Decimal("1999.00"))
    assert sync_catalogue() == []
    old.publish()
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 149900
    assert at_stripe.prices(synced_lamp) == [(149900, True), (199900, True)]
    assert StripeProduct.objects.count() == 1


def test_a_price_goes_live_when_its_time_has_come_and_not_before(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    page = publish(synced_lamp)
    page.price, page.go_live_at = Decimal("1999.00"), timezone.now() + timedelta(seconds=2)
    page.save_revision().publish()
    call_command("publish_scheduled")
    assert sync_catalogue() == [] and sandbox.requests == []
    time.sleep(2)
    call_command("publish_scheduled")
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 199900


def test_a_workflow_that_is_approved_publishes_to_stripe(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    admin = User.objects.create_superuser("admin@example.com", "a-long-password")
    workflow = Workflow.objects.create(name="Two eyes")
    WorkflowTask.objects.create(
        workflow=workflow, task=GroupApprovalTask.objects.create(name="Look"), sort_order=1
    )
    page = ProductPage.objects.get(pk=synced_lamp.pk)
    page.price = Decimal("1999.00")
    page.save_revision()
    state = workflow.start(page, admin)
    assert sync_catalogue() == [] and sandbox.requests == []
    state.current_task_state.approve(user=admin)
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 199900
    assert PricePeriod.objects.get(until=None).amount == 199900


def test_an_alias_sells_its_sources_product(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    alias = synced_lamp.create_alias(update_slug="lamp-again")
    assert alias.specific.product_key == synced_lamp.product_key
    assert sync_catalogue() == [] and sandbox.requests == []
    publish(synced_lamp, price=Decimal("1999.00"))
    assert sync_catalogue() == []
    assert at_stripe.products() == ["Brass lamp"]
    assert at_stripe.charged(synced_lamp) == 199900
    assert list(PricePeriod.objects.values_list("amount", flat=True)) == [149900, 199900]
    alias.specific.unpublish()
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 199900


def test_a_copy_is_a_product_of_its_own(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    copy = synced_lamp.copy(update_attrs={"title": "Copy", "slug": "copy"}, keep_live=True).specific
    assert sync_catalogue() == []
    assert at_stripe.products() == ["Brass lamp", "Copy"]
    ids = set(StripePrice.objects.values_list("stripe_id", flat=True))
    assert len(ids) == StripePrice.objects.count() == 2
    publish(copy, price=Decimal("1.00"))
    assert sync_catalogue() == []
    assert (at_stripe.charged(synced_lamp), at_stripe.charged(copy)) == (149900, 100)


def test_a_translation_sells_the_same_product_and_sets_no_price(
    sandbox: Sandbox, at_stripe: AtStripe, settings: Settings, synced_lamp: ProductPage
) -> None:
    hindi = Locale.objects.create(language_code="hi")
    page = synced_lamp.copy_for_translation(hindi, copy_parents=True).specific
    publish(page, price=Decimal("1.00"), title="पीतल का दीपक")
    assert sync_catalogue() == []
    assert sandbox.requests == []
    assert at_stripe.charged(synced_lamp) == 149900
    assert list(PricePeriod.objects.values_list("amount", flat=True)) == [149900]
    synced_lamp.unpublish()
    assert sync_catalogue() == []
    assert at_stripe.product(synced_lamp)["active"] is False


def test_moving_a_page_changes_nothing(sandbox: Sandbox, make_product: MakeProduct) -> None:
    lamp, quilt = make_product("Lamp"), make_product("Quilt")
    assert sync_catalogue() == []
    sandbox.requests.clear()
    quilt.move(lamp, pos="left")
    assert sync_catalogue() == [] and sandbox.requests == []


def test_odd_titles_arrive_as_they_are(
    sandbox: Sandbox, at_stripe: AtStripe, make_product: MakeProduct
) -> None:
    titles = [
        "x" * 255,
        "“Tea” & <b>cups</b> = 100 % + [3]",
        "茶 🫖 चाय",
        "a=b&c[d]=e;f#g",
        "\\u0000 %00",
    ]
    for number, title in enumerate(titles):
        page = make_product(f"Odd {number}", price="10.00")
        publish(page, title=title, summary=title)
    assert sync_catalogue() == []
    assert at_stripe.products() == sorted(titles)


# Other accounts, lost rows, other addresses
