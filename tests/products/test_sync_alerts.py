"""Alerts about products that cannot be synced and about a key that Stripe refuses."""

from decimal import Decimal

import pytest
from pytest_django import Settings

from alerts.models import Alert
from products import stripe_account
from products.models import Product, ProductPage, StripeAccount, StripeProduct
from products.policy import FAILURES_UNTIL_ALERT
from products.sync import sync_catalogue
from stripe_gateway.errors import KeyRefused, Unavailable
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, publish
from tests.products.conftest import AtStripe


def fail(times: int) -> None:
    for _ in range(times):
        assert sync_catalogue(now=True) != []


def open_causes() -> list[str]:
    return list(Alert.objects.open().order_by("key").values_list("key", flat=True))


def test_a_product_whose_push_keeps_failing_calls_a_person_until_it_succeeds(
    sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    publish(synced_lamp, title="Brass lamp & shade")
    product = Product.objects.get()
    sandbox.fail_next(path="/v1/products", times=None)
    fail(FAILURES_UNTIL_ALERT - 1)
    assert not Alert.objects.exists()
    fail(1)
    row = Alert.objects.get()
    assert row.key == f"sync-failing:{product.pk}"
    assert row.message.startswith("Brass lamp & shade could not be synced to Stripe: ")
    assert StripeProduct.objects.get().last_error in row.message
    assert row.link == f"/admin/pages/{synced_lamp.pk}/edit/"
    fail(1)
    assert Alert.objects.get().times == 2
    sandbox.faults.clear()
    assert sync_catalogue(now=True) == []
    assert open_causes() == []
    assert Alert.objects.get().resolver == "automatically"


def test_another_product_gets_an_alert_of_its_own(
    sandbox: Sandbox, synced_lamp: ProductPage, make_product: MakeProduct
) -> None:
    make_product("Quilt")
    sandbox.fail_next(path="/v1/products", times=None)
    fail(FAILURES_UNTIL_ALERT)
    assert [row.message.split()[0] for row in Alert.objects.open()] == ["Quilt"]


def test_a_new_publish_resets_the_failure_count(sandbox: Sandbox, synced_lamp: ProductPage) -> None:
    publish(synced_lamp, price=Decimal("2.00"))
    sandbox.fail_next(path="/v1/p", times=None)
    fail(FAILURES_UNTIL_ALERT)
    publish(synced_lamp, price=Decimal("3.00"))
    fail(1)
    assert len(open_causes()) == 1
    sandbox.faults.clear()
    assert sync_catalogue(now=True) == []
    assert open_causes() == []


def test_the_alert_about_a_product_without_a_page_has_no_link(
    sandbox: Sandbox, synced_lamp: ProductPage
) -> None:
    ProductPage.objects.get().delete()
    sandbox.fail_next(path="/v1/products", times=None)
    fail(FAILURES_UNTIL_ALERT)
    row = Alert.objects.get()
    assert row.link == ""
    assert str(Product.objects.get()) in row.message


def test_a_refused_key_raises_one_alert_for_all_products(
    sandbox: Sandbox, settings: Settings, synced_lamp: ProductPage, make_product: MakeProduct
) -> None:
    publish(synced_lamp, title="Lamp")
    make_product("Quilt")
    good = settings.STRIPE_SECRET_KEY
    settings.STRIPE_SECRET_KEY = "revoked"
    # It worked until now, so the shop knows which account it opens.
    StripeAccount.objects.create(key_hash=stripe_account.key_hash(), account=sandbox.account)
    fail(FAILURES_UNTIL_ALERT + 1)
    assert open_causes() == ["stripe-key-refused"]
    assert "Stripe does not accept the shop's key" in Alert.objects.get().message
    settings.STRIPE_SECRET_KEY = good
    assert sync_catalogue(now=True) == []
    assert open_causes() == []


def test_a_refused_key_is_noticed_at_its_first_use_and_a_new_one_resolves(
    sandbox: Sandbox, settings: Settings, db: None
) -> None:
    settings.STRIPE_SECRET_KEY = "nonsense"
    with pytest.raises(KeyRefused):
        stripe_account.current()
    assert open_causes() == ["stripe-key-refused"]
    settings.STRIPE_SECRET_KEY = "sk_test_tests"
    assert stripe_account.current() == sandbox.account
    assert open_causes() == []


def test_stripe_being_down_is_not_the_keys_fault(
    sandbox: Sandbox, synced_lamp: ProductPage
) -> None:
    sandbox.fail_next(times=None)
    with pytest.raises(Unavailable):
        stripe_account.refresh()
    assert not Alert.objects.exists()
