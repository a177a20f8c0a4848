"""The sync where the account changes, rows are lost, the Dashboard was used, or Stripe fails."""

from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import Settings

from products import stripe_account
from products.models import ProductPage, StripePrice, StripeProduct
from products.sync import out_of_sync, sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, calls, publish
from tests.products.conftest import AtStripe
from tests.stripe_gateway.answers import Answers


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
    assert (
        len(sync_catalogue()) == 1
    )  # the first answer is "No such product", which is how we find out
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


def test_test_mode_and_live_mode_of_an_account_are_two_accounts(
    settings: Settings, db: None, answers: Answers
) -> None:
    answers.body = b'{"id": "acct_1", "object": "account"}'
    found = []
    for settings.STRIPE_SECRET_KEY in ("sk_test_1", "sk_live_1", "rk_live_1", "rk_test_1"):
        found.append(stripe_account.refresh())
        assert stripe_account.current() == found[-1]
        assert stripe_account.is_named(found[-1], "acct_1") and stripe_account.is_named(
            found[-1], ""
        )
        assert not stripe_account.is_named(found[-1], "acct_2")
    assert found == ["acct_1", "acct_1/live", "acct_1/live", "acct_1"]


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


def test_a_price_deleted_in_the_dashboard_is_recreated(
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


def test_a_product_deleted_in_the_dashboard_is_recreated(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    stripe_id = at_stripe.product(synced_lamp)["id"]
    sandbox.state.run("DELETE FROM objects WHERE id = ?", stripe_id)
    publish(synced_lamp, title="Lamp again")
    assert len(sync_catalogue()) == 1
    assert sync_catalogue(now=True) == []
    assert at_stripe.products() == ["Lamp again"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [("SITE_URL", "https://shop.example"), ("STRIPE_SECRET_KEY", "sk_test_another")],
)
def test_another_address_or_account_is_something_new_to_push(
    settings: Settings, sandbox: Sandbox, synced_lamp: ProductPage, setting: str, value: str
) -> None:
    account = sandbox.account
    assert not list(out_of_sync(account))
    assert list(out_of_sync("acct_another"))
    if setting == "SITE_URL":
        settings.SITE_URL = value
        assert list(out_of_sync(account))
    else:
        setattr(settings, setting, value)
        assert (
            sync_catalogue() == []
        )  # the same account under a new key: asked once, nothing to send
        assert calls(sandbox) == ["GET /v1/account"]


# Failures


def test_one_product_that_fails_does_not_hold_up_the_others(
    sandbox: Sandbox, at_stripe: AtStripe, make_product: MakeProduct
) -> None:
    lamp, quilt = make_product("Lamp"), make_product("Quilt")
    sandbox.fail_next(path=f"/v1/products/prod_{lamp.product_key.hex}", times=None)
    (problem,) = sync_catalogue()
    assert "This error was requested" in problem
    assert at_stripe.charged(quilt) == 149900
    row = StripeProduct.objects.get(product__translation_key=lamp.translation_key)
    assert row.fingerprint == "" and row.failures == 1 and "was requested" in row.last_error


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
    assert [round(pause) for pause in pauses] == pytest.approx(
        [2, 4, 8, 16, 32, 64, 128, 256, 300, 300], abs=2
    )
    sandbox.requests.clear()
    assert sync_catalogue() == [] and sandbox.requests == []  # it waits

    publish(synced_lamp, price=Decimal("2.00"))
    assert len(sync_catalogue()) == 1
    assert row.get().failures == 1
    sandbox.clear_faults()
    publish(synced_lamp, price=Decimal("3.00"))
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 300
    assert (row.get().failures, row.get().retry_at, row.get().last_error) == (0, None, "")


def test_a_rate_limit_passes_by_itself(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    publish(synced_lamp, price=Decimal("1.00"))
    sandbox.fail_next(status=429)
    assert len(sync_catalogue()) == 1
    assert len(sandbox.requests) == 1  # no second try while Stripe asks for patience
    assert sync_catalogue(now=True) == []
    assert at_stripe.charged(synced_lamp) == 100


def test_a_stored_500_does_not_come_back(
    sandbox: Sandbox, at_stripe: AtStripe, lamp: ProductPage
) -> None:
    for moment in ("before", "after"):
        for path in ("/v1/products", "/v1/prices", f"/v1/products/prod_{lamp.product_key.hex}"):
            sandbox.fail_next(moment=moment, path=path, method="POST")
            sync_catalogue(now=True)
    assert sync_catalogue(now=True) == []
    assert at_stripe.prices(lamp) == [(149900, True)]
    assert at_stripe.charged(lamp) == 149900
