"""What stands at Stripe after the pages changed, through the real library."""

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from wagtail.models import GroupApprovalTask, Locale, Page, PageViewRestriction, Workflow, WorkflowTask

from products.models import PricePeriod, Product, ProductPage, StripePrice, StripeProduct
from products.sync import out_of_step, sync_catalogue
from sandbox.server import Sandbox
from tests.conftest import MakeProduct, calls, publish
from tests.products.conftest import AtStripe
from tests.sandbox.contract import check_calls
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


def test_words_alone_make_no_price(sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage) -> None:
    publish(synced_lamp, title="Brass lamp, small", summary="")
    assert sync_catalogue() == []
    assert calls(sandbox) == [f"POST /v1/products/{at_stripe.product(synced_lamp)['id']}"]
    assert (at_stripe.product(synced_lamp)["name"], at_stripe.product(synced_lamp)["description"]) == (
        "Brass lamp, small", None)  # fmt: skip


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
    unpublish, delete, unpublish_in_bulk, delete_in_bulk, expire, unpublish_the_list_and_all_below, hide,
    hide_the_whole_list, take_its_price, give_it_price_zero, give_it_a_price_of_another_currency,
]  # fmt: skip


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


def test_a_draft_changes_nothing_at_stripe(sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage) -> None:
    synced_lamp.price = Decimal("1.00")
    synced_lamp.save_revision()
    assert sync_catalogue() == []
    assert sandbox.requests == []


def test_publishing_an_older_revision_brings_its_price_back_and_no_stripe_id_with_it(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    old = synced_lamp.latest_revision
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
    page = ProductPage.objects.get(pk=synced_lamp.pk)
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
    WorkflowTask.objects.create(workflow=workflow, task=GroupApprovalTask.objects.create(name="Look"), sort_order=1)
    page = ProductPage.objects.get(pk=synced_lamp.pk)
    page.price = Decimal("1999.00")
    page.save_revision()
    state = workflow.start(page, admin)
    assert sync_catalogue() == [] and sandbox.requests == []
    state.current_task_state.approve(user=admin)
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 199900
    assert PricePeriod.objects.get(until=None).amount == 199900


def test_an_alias_sells_its_sources_product(sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage) -> None:
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


def test_a_copy_is_a_product_of_its_own(sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage) -> None:
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


def test_odd_titles_arrive_as_they_are(sandbox: Sandbox, at_stripe: AtStripe, make_product: MakeProduct) -> None:
    titles = ["x" * 255, "“Tea” & <b>cups</b> = 100 % + [3]", "茶 🫖 चाय", "a=b&c[d]=e;f#g", "\\u0000 %00"]
    for number, title in enumerate(titles):
        page = make_product(f"Odd {number}", price="10.00")
        publish(page, title=title, summary=title)
    assert sync_catalogue() == []
    assert at_stripe.products() == sorted(titles)


# Other accounts, lost rows, other addresses


def test_an_emptied_sandbox_is_another_account_and_gets_everything_again(
    sandbox: Sandbox, at_stripe: AtStripe, make_product: MakeProduct
) -> None:
    lamp, gone = make_product("Lamp"), make_product("Gone")
    assert sync_catalogue() == []
    old_account, old_rows = sandbox.account, StripePrice.objects.count()
    gone.unpublish()
    assert sync_catalogue() == []
    sandbox.reset()
    publish(lamp, price=Decimal("1999.00"))
    assert len(sync_catalogue()) == 1  # the first answer is "No such product", which is how we find out
    assert sync_catalogue() == []
    assert at_stripe.products() == ["Lamp"]
    assert at_stripe.charged(lamp) == 199900
    assert StripePrice.objects.filter(account=old_account).count() == old_rows
    assert StripePrice.objects.get(account=sandbox.account).unit_amount == 199900


def test_another_key_opens_another_account_and_coming_back_finds_everything_there(
    sandbox: Sandbox, settings: Settings, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    with Sandbox() as other:
        settings.STRIPE_API_BASE = other.url
        assert sync_catalogue() == []
        assert AtStripe(other).charged(synced_lamp) == 149900
    settings.STRIPE_API_BASE = sandbox.url
    assert sync_catalogue() == [] and sandbox.requests == []


def test_what_exists_is_adopted_when_our_rows_are_lost(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    publish(synced_lamp, price=Decimal("1999.00"))
    assert sync_catalogue() == []
    first, second = at_stripe.price_id(synced_lamp, 149900), at_stripe.price_id(synced_lamp, 199900)
    at_stripe.change("price", first, active=False)
    for price in (Decimal("1999.00"), Decimal("1499.00")):
        StripePrice.objects.all().delete()
        StripeProduct.objects.all().delete()
        publish(synced_lamp, price=price)
        assert sync_catalogue() == []
        assert at_stripe.charged(synced_lamp) == int(price * 100)
    assert at_stripe.prices(synced_lamp) == [(149900, True), (199900, True)]
    assert StripePrice.objects.get(unit_amount=149900).stripe_id == first != second


def test_a_lookup_key_that_was_moved_in_the_dashboard_holds_up_nothing(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    publish(synced_lamp, price=Decimal("1.00"))
    key = f"{at_stripe.product(synced_lamp)['id']}_100_inr"
    stranger = at_stripe.price_id(synced_lamp, 149900)
    at_stripe.change("price", stranger, lookup_key=key)
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 100


def test_a_price_deleted_in_the_dashboard_is_made_anew(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    first = at_stripe.price_id(synced_lamp, 149900)
    publish(synced_lamp, price=Decimal("1.00"))
    assert sync_catalogue() == []
    sandbox.state.run("DELETE FROM objects WHERE id = ?", first)  # the API has no such call
    publish(synced_lamp, price=Decimal("1499.00"))
    sync_catalogue()
    assert sync_catalogue(now=True) == []
    assert at_stripe.charged(synced_lamp) == 149900
    assert at_stripe.price_id(synced_lamp, 149900) != first


def test_a_product_deleted_in_the_dashboard_is_made_anew(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    stripe_id = at_stripe.product(synced_lamp)["id"]
    sandbox.state.run("DELETE FROM objects WHERE id = ?", stripe_id)
    publish(synced_lamp, title="Lamp again")
    assert len(sync_catalogue()) == 1
    assert sync_catalogue(now=True) == []
    assert at_stripe.products() == ["Lamp again"]


@pytest.mark.parametrize(
    ("setting", "value"), [("SITE_URL", "https://shop.example"), ("STRIPE_SECRET_KEY", "sk_test_another")]
)
def test_another_address_or_account_is_something_new_to_push(
    settings: Settings, sandbox: Sandbox, synced_lamp: ProductPage, setting: str, value: str
) -> None:
    account = sandbox.account
    assert not list(out_of_step(account))
    assert list(out_of_step("acct_another"))
    if setting == "SITE_URL":
        settings.SITE_URL = value
        assert list(out_of_step(account))
    else:
        setattr(settings, setting, value)
        assert sync_catalogue() == []  # the same account under a new key: asked once, nothing to push
        assert calls(sandbox) == ["GET /v1/account"]


# Failures


def test_one_product_that_fails_does_not_hold_up_the_others(
    sandbox: Sandbox, at_stripe: AtStripe, make_product: MakeProduct
) -> None:
    lamp, quilt = make_product("Lamp"), make_product("Quilt")
    sandbox.fail_next(path=f"/v1/products/prod_{lamp.product_key.hex}", times=None)
    (trouble,) = sync_catalogue()
    assert "Trouble, as ordered" in trouble
    assert at_stripe.charged(quilt) == 149900
    row = StripeProduct.objects.get(product__translation_key=lamp.translation_key)
    assert row.fingerprint == "" and row.failures == 1 and "Trouble" in row.last_error


def test_a_failing_push_waits_longer_each_time_and_a_fresh_publish_does_not_wait(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    row = StripeProduct.objects.filter(product__translation_key=synced_lamp.translation_key)
    sandbox.fail_next(times=None, status=500)
    publish(synced_lamp, price=Decimal("1.00"))
    pauses = []
    for _ in range(10):
        begun = timezone.now()
        assert len(sync_catalogue(now=True)) == 1
        retry_at = row.get().retry_at
        assert retry_at is not None
        pauses.append((retry_at - begun).total_seconds())
    assert [round(pause) for pause in pauses] == pytest.approx([2, 4, 8, 16, 32, 64, 128, 256, 300, 300], abs=2)
    sandbox.requests.clear()
    assert sync_catalogue() == [] and sandbox.requests == []  # it waits

    publish(synced_lamp, price=Decimal("2.00"))
    assert len(sync_catalogue()) == 1
    assert row.get().failures == 1
    sandbox.calm()
    publish(synced_lamp, price=Decimal("3.00"))
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 300
    assert (row.get().failures, row.get().retry_at, row.get().last_error) == (0, None, "")


def test_a_rate_limit_passes_by_itself(sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage) -> None:
    publish(synced_lamp, price=Decimal("1.00"))
    sandbox.fail_next(status=429)
    assert len(sync_catalogue()) == 1
    assert len(sandbox.requests) == 1  # no second try while Stripe asks for patience
    assert sync_catalogue(now=True) == []
    assert at_stripe.charged(synced_lamp) == 100


def test_a_stored_500_does_not_come_back(sandbox: Sandbox, at_stripe: AtStripe, lamp: ProductPage) -> None:
    for moment in ("before", "after"):
        for path in ("/v1/products", "/v1/prices", f"/v1/products/prod_{lamp.product_key.hex}"):
            sandbox.fail_next(moment=moment, path=path, method="POST")
            sync_catalogue(now=True)
    assert sync_catalogue(now=True) == []
    assert at_stripe.prices(lamp) == [(149900, True)]
    assert at_stripe.charged(lamp) == 149900
