"""Every object that the sandbox returns, and every request, has the types of the library."""

from decimal import Decimal
from typing import Any

import pytest
import stripe.params
from stripe import StripeClient

from sandbox_testing import NewSession, price_of
from stripe_contract import check_calls, check_params, object_problems, params_problems
from stripe_sandbox import Sandbox


def assert_right(value: Any) -> None:
    problems = object_problems(value)
    assert not problems, "\n".join(problems)


@pytest.fixture
def full_product(client: StripeClient) -> Any:
    return client.v1.products.create(
        {
            "id": "prod-of-the-shop",
            "name": "Teak board",
            "description": "Cut by hand",
            "images": ["https://shop.test/a.jpg"],
            "marketing_features": [{"name": "Oiled"}],
            "metadata": {"page": "7"},
            "package_dimensions": {"height": 1.5, "length": 30.0, "weight": 9.0, "width": 20.0},
            "shippable": True,
            "tax_code": "txcd_99999999",
            "url": "https://shop.test/board",
            "default_price_data": {
                "currency": "inr",
                "unit_amount": 189900,
                "tax_behavior": "inclusive",
            },
            "expand": ["default_price"],
        }
    )


def test_the_account_is_right(client: StripeClient) -> None:
    assert_right(client.v1.accounts.retrieve_current())


def test_products_are_right_bare_full_and_in_lists(client: StripeClient, full_product: Any) -> None:
    assert_right(full_product)
    assert_right(client.v1.products.create({"name": "Bare"}))
    assert_right(
        client.v1.products.update(
            "prod-of-the-shop", {"description": "", "images": "", "metadata": ""}
        )
    )
    assert_right(client.v1.products.list())


def test_prices_are_right_whole_fractional_expanded_and_in_lists(
    client: StripeClient, full_product: Any
) -> None:
    assert_right(full_product.default_price)
    half: Any = {
        "product": full_product.id,
        "currency": "inr",
        "unit_amount_decimal": Decimal("12.5"),
    }
    fraction = client.v1.prices.create(half | {"lookup_key": "half", "nickname": "Half"})
    assert_right(fraction)
    assert (fraction.unit_amount, fraction.unit_amount_decimal) == (None, Decimal("12.5"))
    assert_right(client.v1.prices.retrieve(fraction.id, {"expand": ["product.default_price"]}))
    assert_right(client.v1.prices.list({"product": full_product.id, "expand": ["data.product"]}))


def test_an_open_session_is_right(new_session: NewSession) -> None:
    assert_right(new_session())
    assert_right(
        new_session(
            adaptive_pricing={"enabled": False},
            automatic_tax={"enabled": False},
            client_reference_id="c1",
            currency="inr",
            custom_text={"submit": {"message": "Thank you"}},
            customer_email="a@example.com",
            locale="en-GB",
            metadata={"checkout": "1"},
            payment_intent_data={
                "metadata": {"checkout": "1"},
                "description": "Order",
                "receipt_email": "a@b.co",
            },
            submit_type="pay",
        )
    )


def test_a_paid_session_is_right_with_everything_expanded(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(payment_intent_data={"metadata": {"a": "b"}, "receipt_email": "a@b.co"})
    sandbox.pay(session.id, card="378282246310005")
    wanted = ["line_items.data.price.product", "payment_intent.latest_charge.payment_intent"]
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": wanted})
    assert_right(paid)
    assert_right(
        client.v1.checkout.sessions.list({"expand": ["data.line_items", "data.payment_intent"]})
    )
    assert_right(
        client.v1.checkout.sessions.line_items.list(session.id, {"expand": ["data.price.product"]})
    )
    assert_right(client.v1.payment_intents.retrieve(paid.payment_intent.id))  # type: ignore[union-attr]
    assert_right(client.v1.charges.retrieve(paid.payment_intent.latest_charge.id))  # type: ignore[union-attr]


def test_expired_and_free_sessions_are_right(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    assert_right(client.v1.checkout.sessions.expire(new_session().id))
    free = new_session(price=price_of(client, 0))
    sandbox.pay(free.id)
    done = client.v1.checkout.sessions.retrieve(free.id)
    assert_right(done)
    assert (done.payment_status, done.payment_intent) == ("no_payment_required", None)


def test_every_kind_of_event_is_right(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    price = price_of(client, 100)
    client.v1.products.update(client.v1.prices.retrieve(price).product, {"name": "Renamed"})  # type: ignore[arg-type]
    client.v1.prices.update(price, {"active": False})
    sandbox.pay(new_session().id)
    sandbox.expire(new_session().id)
    seen = client.v1.events.list({"limit": 100})
    assert {event.type for event in seen.data} == {
        "product.created", "product.updated", "price.created", "price.updated", "charge.succeeded",
        "payment_intent.succeeded", "checkout.session.completed", "checkout.session.expired",
    }  # fmt: skip
    assert_right(seen)
    assert_right(client.v1.events.retrieve(seen.data[0].id))


def test_what_these_tests_sent_is_what_the_types_of_the_parameters_say(
    sandbox: Sandbox, client: StripeClient, full_product: Any, new_session: NewSession
) -> None:
    new_session(
        payment_intent_data={"metadata": {"0": "zero", "1": "one"}},
        adaptive_pricing={"enabled": False},
    )
    client.v1.prices.list({"lookup_keys": ["a", "b"], "active": False, "created": {"gte": 5}})
    client.v1.products.list({"ids": ["a"], "created": 5})
    client.v1.checkout.sessions.list({"status": "open", "limit": 3})
    check_calls(sandbox.requests)
    assert len(sandbox.requests) == 7


# The checks can fail


def broken(record: dict[str, Any], **changes: Any) -> list[str]:
    return object_problems({**record, **changes})


def test_the_contract_sees_missing_unknown_and_wrong_fields(
    client: StripeClient, full_product: Any
) -> None:
    price = client.v1.prices.retrieve(full_product.default_price.id).to_dict()
    assert broken(price) == []
    assert broken(price, amount=5) == ["price.amount: unknown to Price"]
    assert broken(price, active="true") == ["price.active: 'true' is no <class 'bool'>"]
    assert broken(price, unit_amount=True)
    assert broken(price, unit_amount_decimal="12")
    assert broken(price, currency=None)
    assert broken(price, type="sometimes")
    assert broken(price, product=7)
    assert broken(price, metadata={"a": 1})
    assert broken(price, recurring={"interval": "month"})
    without = {name: value for name, value in price.items() if name != "livemode"}
    assert object_problems(without) == ["price.livemode: missing"]


def test_the_contract_sees_into_lists_and_events(sandbox: Sandbox, client: StripeClient) -> None:
    price_of(client, 100)
    events = client.v1.events.list().to_dict()
    events["data"][0]["data"]["object"]["active"] = None
    assert object_problems(events) == ["list[0].data.object.active: None is no <class 'bool'>"]


def test_the_parameter_check_sees_unknown_missing_and_wrong_parameters() -> None:
    create = stripe.params.checkout.SessionCreateParams
    assert params_problems({}, stripe.params.PriceCreateParams) == [
        "currency: missing from PriceCreateParams"
    ]
    assert params_problems({"mode": "payment", "expires_at": "12"}, create) == []
    assert params_problems({"line_items": [{"price": "p", "quantity": "2"}]}, create) == []
    assert params_problems({"payment_method_types": ["card"]}, create)
    assert params_problems({"mode": "pay"}, create)
    assert params_problems({"expires_at": "soon"}, create)
    assert params_problems({"adaptive_pricing": {"enabled": "no"}}, create)
    assert params_problems({"line_items": [{"price": "p", "amount": "2"}]}, create) == [
        "line_items[0].amount: unknown to SessionCreateParamsLineItem"
    ]
    assert params_problems({"idempotency_key": "k"}, create)
    with pytest.raises(AssertionError, match="unit_price"):
        check_params({"currency": "inr", "unit_price": "5"}, stripe.params.PriceCreateParams)
