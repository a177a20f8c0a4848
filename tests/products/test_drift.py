"""What somebody did in the Dashboard is found in words and repaired; old prices end when nobody
pays at them.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from products import drift
from products.archiving import archive_old_prices
from products.models import (
    PricePeriod,
    Product,
    ProductPage,
    Reservation,
    StripePrice,
    StripeProduct,
)
from products.policy import ARCHIVE_AFTER
from products.sync import sync_catalogue
from stripe_contract import check_calls
from stripe_gateway.client import stripe_client
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, calls, publish
from tests.products.conftest import AtStripe
from worker import registry


def archive_its_price(at_stripe: AtStripe, page: ProductPage) -> None:
    at_stripe.change("price", at_stripe.price_id(page, 149900), active=False)


def make_another_price_the_default(at_stripe: AtStripe, page: ProductPage) -> None:
    product = at_stripe.product(page)["id"]
    made = stripe_client().v1.prices.create(
        {"product": product, "unit_amount": 100, "currency": "inr"}
    )
    stripe_client().v1.products.update(product, {"default_price": made.id})


def take_the_default_away(at_stripe: AtStripe, page: ProductPage) -> None:
    at_stripe.change("product", at_stripe.product(page)["id"], default_price=None)


def rename(at_stripe: AtStripe, page: ProductPage) -> None:
    at_stripe.change("product", at_stripe.product(page)["id"], name="Brass lamb")


def describe_otherwise(at_stripe: AtStripe, page: ProductPage) -> None:
    at_stripe.change("product", at_stripe.product(page)["id"], description="Cheap!")


def show_another_picture(at_stripe: AtStripe, page: ProductPage) -> None:
    at_stripe.change(
        "product", at_stripe.product(page)["id"], images=["https://elsewhere.example/lamb.jpg"]
    )


def link_elsewhere(at_stripe: AtStripe, page: ProductPage) -> None:
    at_stripe.change("product", at_stripe.product(page)["id"], url="https://elsewhere.example/")


def deactivate(at_stripe: AtStripe, page: ProductPage) -> None:
    at_stripe.change("product", at_stripe.product(page)["id"], active=False)


CHANGES: list[tuple[Callable[[AtStripe, ProductPage], None], str]] = [
    (archive_its_price, "Its price is archived at Stripe."),
    (
        make_another_price_the_default,
        "Price at Stripe: ₹1.00; on the page: ₹1,499.00.",
    ),
    (take_the_default_away, "It has no default price at Stripe."),
    (rename, "Name at Stripe: Brass lamb; on the page: Brass lamp."),
    (
        describe_otherwise,
        "Description at Stripe: Cheap!; on the page: About the brass lamp.",
    ),
    (
        show_another_picture,
        "Pictures at Stripe: https://elsewhere.example/lamb.jpg; on the page: none.",
    ),
    (link_elsewhere, "Link at Stripe: https://elsewhere.example/; on the page: none."),
    (deactivate, "It is archived at Stripe."),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_a_change_in_the_dashboard_is_found_in_words_and_repaired(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage, change: Any, words: str
) -> None:
    change(at_stripe, synced_lamp)
    before = at_stripe.product(synced_lamp)
    assert [found.differences for found in drift.compare_all()] == [[words]]
    assert at_stripe.product(synced_lamp) == before  # looking changes nothing
    assert drift.repair() == []
    assert drift.compare_all() == []
    assert at_stripe.charged(synced_lamp) == 149900
    assert (
        at_stripe.price_id(synced_lamp, 149900) == at_stripe.product(synced_lamp)["default_price"]
    )
    check_calls(sandbox.requests)


def test_a_product_that_stripe_lost_is_made_again(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    sandbox.state.run("DELETE FROM objects WHERE kind IN ('product', 'price')")
    assert [found.differences for found in drift.compare_all()] == [["Stripe does not have it."]]
    assert drift.repair() == []
    assert at_stripe.prices(synced_lamp) == [(149900, True)]
    assert at_stripe.charged(synced_lamp) == 149900


@pytest.mark.parametrize("rows_are_lost", [False, True])
def test_an_unpublished_product_that_the_dashboard_activates_is_switched_off_again(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage, rows_are_lost: bool
) -> None:
    synced_lamp.unpublish()
    assert sync_catalogue() == []
    at_stripe.change("product", at_stripe.product(synced_lamp)["id"], active=True)
    if rows_are_lost:
        StripeProduct.objects.all().delete()
    assert [found.differences for found in drift.compare_all()] == [["It is active at Stripe."]]
    assert drift.repair() == []
    assert at_stripe.product(synced_lamp)["active"] is False
    assert drift.compare_all() == []


def test_an_emptied_sandbox_is_noticed_and_filled(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    sandbox.reset()
    assert drift.repair() == []
    assert at_stripe.charged(synced_lamp) == 149900


def test_nothing_is_changed_at_stripe_while_nothing_differs(
    sandbox: Sandbox, synced_lamp: ProductPage
) -> None:
    assert drift.repair() == []
    assert sandbox.requests and not calls(sandbox, "POST")


# manage.py sync_prices


def test_the_command_syncs_and_says_that_it_did_not_compare(
    sandbox: Sandbox, at_stripe: AtStripe, lamp: ProductPage, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sync_prices")
    assert "Stripe was not asked whether somebody changed it" in capsys.readouterr().out
    assert at_stripe.charged(lamp) == 149900
    sandbox.requests.clear()
    call_command("sync_prices")
    assert "Stripe was not asked whether somebody changed it" in capsys.readouterr().out
    assert sandbox.requests == []


def test_check_prints_what_differs_exits_1_and_changes_nothing(
    sandbox: Sandbox,
    at_stripe: AtStripe,
    synced_lamp: ProductPage,
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("sync_prices", "--check")
    assert capsys.readouterr().out == "Stripe has the published products and prices.\n"
    publish(synced_lamp, price=Decimal("1.00"), title="Small lamp")
    sandbox.requests.clear()
    with pytest.raises(CommandError) as failure:
        call_command("sync_prices", "--check")
    assert failure.value.returncode == 1
    assert str(failure.value).splitlines() == [
        "Small lamp: Name at Stripe: Brass lamp; on the page: Small lamp.",
        "Small lamp: Price at Stripe: ₹1,499.00; on the page: ₹1.00.",
    ]
    assert not calls(sandbox, "POST")
    assert at_stripe.charged(synced_lamp) == 149900
    call_command("sync_prices")
    call_command("sync_prices", "--check")


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_the_command_exits_1_with_one_sentence_while_stripe_is_down(
    sandbox: Sandbox, lamp: ProductPage, arguments: tuple[str, ...]
) -> None:
    sandbox.fail_next(times=None)
    with pytest.raises(CommandError) as failure:
        call_command("sync_prices", *arguments)
    assert failure.value.returncode == 1
    assert "This error was requested" in str(failure.value) and "\n" not in str(failure.value)


def test_the_command_does_not_wait_for_the_pause_of_a_failed_push(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    publish(synced_lamp, price=Decimal("1.00"))
    sandbox.fail_next(times=2)
    with pytest.raises(CommandError, match=r"Brass lamp: .*This error was requested"):
        call_command("sync_prices")
    call_command("sync_prices")
    assert at_stripe.charged(synced_lamp) == 100


# Archiving


def let_a_day_pass() -> None:
    """Move everything that happened so far back by a day and a bit."""
    back = ARCHIVE_AFTER + timedelta(minutes=1)
    for price in StripePrice.objects.all():
        StripePrice.objects.filter(pk=price.pk).update(created_at=price.created_at - back)
    for period in PricePeriod.objects.all():
        until = period.until and period.until - back
        PricePeriod.objects.filter(pk=period.pk).update(since=period.since - back, until=until)


@pytest.fixture
def dearer(synced_lamp: ProductPage) -> ProductPage:
    """The lamp at its second price, 1,999.00; in step."""
    page = publish(synced_lamp, price=Decimal("1999.00"))
    assert sync_catalogue() == []
    return page


def test_an_old_price_is_archived_a_day_after_it_was_live(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    assert drift.repair() == []
    assert at_stripe.prices(dearer) == [(149900, True), (199900, True)]
    let_a_day_pass()
    assert drift.repair() == []
    assert at_stripe.prices(dearer) == [(149900, False), (199900, True)]
    assert not StripePrice.objects.get(unit_amount=149900).active
    sandbox.requests.clear()
    assert drift.repair() == [] and not calls(sandbox, "POST")


def test_what_cannot_be_archived_fails_the_job_and_is_tried_again(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    let_a_day_pass()
    sandbox.fail_next(status=403, path="/v1/prices/")
    with pytest.raises(drift.RepairFailed, match="149900 inr"):
        registry.find("repair_prices").function()
    assert at_stripe.prices(dearer) == [(149900, True), (199900, True)]
    registry.find("repair_prices").function()
    assert at_stripe.prices(dearer) == [(149900, False), (199900, True)]


def test_an_archived_price_comes_back_when_it_is_published_again(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    let_a_day_pass()
    drift.repair()
    publish(dearer, price=Decimal("1499.00"))
    assert sync_catalogue() == []
    assert at_stripe.charged(dearer) == 149900
    assert at_stripe.prices(dearer) == [(149900, True), (199900, True)]


def test_a_price_that_was_live_an_hour_ago_is_not_archived(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    let_a_day_pass()
    hour_ago = timezone.now() - timedelta(hours=1)
    PricePeriod.objects.filter(amount=149900).update(until=hour_ago)
    assert drift.repair() == []
    assert at_stripe.prices(dearer) == [(149900, True), (199900, True)]


def test_a_price_that_a_checkout_holds_is_not_archived(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    let_a_day_pass()
    held = Reservation.objects.create(
        product=Product.objects.get(),
        price=StripePrice.objects.get(unit_amount=149900),
        quantity=1,
        key=uuid.uuid4(),
        until=timezone.now() - timedelta(days=1),
    )
    assert drift.repair() == []
    assert at_stripe.prices(dearer) == [(149900, True), (199900, True)]
    held.delete()
    assert drift.repair() == []
    assert at_stripe.prices(dearer) == [(149900, False), (199900, True)]


def test_the_default_price_is_never_asked_to_be_archived(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    # Changed and taken off sale before it was sent to Stripe: its default price is the one before.
    publish(dearer, price=Decimal("2499.00")).unpublish()
    assert sync_catalogue() == []
    let_a_day_pass()
    assert drift.repair() == []
    assert at_stripe.prices(dearer) == [(149900, True), (199900, True)]
    publish(dearer, price=Decimal("2499.00"))
    assert sync_catalogue() == []
    assert drift.repair() == []
    assert at_stripe.prices(dearer) == [(149900, False), (199900, False), (249900, True)]


def test_no_price_is_archived_before_its_successor_is_the_default(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    publish(synced_lamp, price=Decimal("1999.00"))
    let_a_day_pass()
    sandbox.requests.clear()
    sandbox.fail_next(path="/v1/products/", method="POST", times=None)
    assert len(sync_catalogue()) == 1
    assert archive_old_prices(sandbox.account) == []
    assert at_stripe.prices(synced_lamp) == [(149900, True), (199900, True)]
    sandbox.clear_faults()
    assert sync_catalogue(now=True) == []
    assert archive_old_prices(sandbox.account) == []
    assert at_stripe.prices(synced_lamp) == [(149900, False), (199900, True)]


def test_one_price_that_cannot_be_archived_is_tried_again_and_holds_up_no_other(
    sandbox: Sandbox, at_stripe: AtStripe, make_product: MakeProduct
) -> None:
    lamp, quilt = make_product("Lamp"), make_product("Quilt")
    assert sync_catalogue() == []
    for page in (lamp, quilt):
        publish(page, price=Decimal("1.00"))
    assert sync_catalogue() == []
    let_a_day_pass()
    sandbox.fail_next(path=f"/v1/prices/{at_stripe.price_id(lamp, 149900)}")
    assert len(archive_old_prices(sandbox.account)) == 1
    assert at_stripe.prices(lamp) == [(149900, True), (100, True)]
    assert at_stripe.prices(quilt) == [(149900, False), (100, True)]
    assert archive_old_prices(sandbox.account) == []
    assert at_stripe.prices(lamp) == [(149900, False), (100, True)]


def test_a_price_deleted_in_the_dashboard_counts_as_archived(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    sandbox.state.run("DELETE FROM objects WHERE id = ?", at_stripe.price_id(dearer, 149900))
    let_a_day_pass()
    assert archive_old_prices(sandbox.account) == []
    assert not StripePrice.objects.get(unit_amount=149900).active


def test_prices_of_another_account_are_left_alone(
    sandbox: Sandbox, at_stripe: AtStripe, dearer: ProductPage
) -> None:
    StripePrice.objects.update(account="acct_old")
    let_a_day_pass()
    sandbox.requests.clear()
    assert archive_old_prices(sandbox.account) == [] and sandbox.requests == []


def test_invisible_characters_in_a_title_are_not_drift(
    at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    publish(synced_lamp, title="Brass\u200b lamp\u202e", summary="Lights\ufeff")
    assert sync_catalogue() == []
    assert at_stripe.product(synced_lamp)["name"] == "Brass lamp"
    assert drift.compare_all() == []


def test_a_tax_code_goes_to_stripe_and_an_empty_one_leaves_the_dashboards(
    synced: Sandbox, at_stripe: AtStripe, lamp: ProductPage
) -> None:
    at_stripe.change("product", at_stripe.product(lamp)["id"], tax_code="txcd_11111111")
    assert drift.compare_all() == []
    publish(lamp, tax_code="txcd_99999999")
    (found,) = drift.compare_all()
    assert found.differences == ["Tax code at Stripe: txcd_11111111; on the page: txcd_99999999."]
    sync_catalogue()
    assert at_stripe.product(lamp)["tax_code"] == "txcd_99999999"
    assert drift.compare_all() == []
    publish(lamp, tax_code="")
    sync_catalogue()
    assert at_stripe.product(lamp)["tax_code"] == "txcd_99999999"


@pytest.mark.parametrize("code", ["99999999", "txcd_9999999", "txcd_99999999\n", "txcd_٩٩٩٩٩٩٩٩"])
def test_an_invalid_tax_code_is_refused(lamp: ProductPage, code: str) -> None:
    lamp.tax_code = code
    with pytest.raises(ValidationError, match="looks like txcd_99999999"):
        lamp.full_clean()
