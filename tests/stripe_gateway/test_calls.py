"""What is sent: the pinned version, the key in its header and nowhere else, parameters Stripe's own
types allow.
"""

import logging
from typing import Any

import pytest
import stripe
from pytest_django import Settings

from stripe_contract import check_calls
from stripe_gateway import catalogue, client, sessions
from stripe_gateway.account import current_account
from stripe_gateway.catalogue import ProductCopy
from stripe_gateway.errors import AlreadyExists, GatewayError, Refused
from stripe_sandbox import Sandbox

LAMP = ProductCopy(
    name="Lamp",
    description="Lights",
    images=("https://shop.example/lamp.jpg",),
    url="https://s.example/",
)


def every_call(sandbox: Sandbox) -> str:
    """Make every call of the catalogue and of a session's life; the session's id."""
    current_account()
    catalogue.ensure_product("prod_lamp", LAMP)
    price = catalogue.create_price("prod_lamp", unit_amount=149900, currency="inr")
    catalogue.update_product("prod_lamp", LAMP, active=True, default_price=price.id)
    catalogue.retrieve_product("prod_lamp")
    list(catalogue.list_prices("prod_lamp"))
    request = sessions.session_request(
        items=[(price.id, 2)],
        success_url="http://testserver/ok?session_id={CHECKOUT_SESSION_ID}",
        cancel_url="http://testserver/no",
        email="shopper@example.com",
        reference_id="1",
        metadata={"checkout": "1"},
        options={},
        expires_at=sandbox.state.now() + 2100,
    )
    session = sessions.create_session(request, idempotency_key="checkout-1")
    sessions.retrieve_session(session.id, with_items=True)
    list(sessions.list_sessions(since=0, until=sandbox.state.now()))
    sessions.expire_session(session.id)
    catalogue.update_product("prod_lamp", None, active=False, default_price=None)
    return session.id


def test_every_call_is_one_that_the_librarys_types_allow(sandbox: Sandbox) -> None:
    every_call(sandbox)
    assert len(sandbox.requests) >= 13
    check_calls(sandbox.requests)


def test_every_call_names_the_pinned_version_which_is_the_librarys(sandbox: Sandbox) -> None:
    every_call(sandbox)
    assert {call.headers["stripe-version"] for call in sandbox.requests} == {client.API_VERSION}
    assert stripe.api_version == client.API_VERSION


def test_no_telemetry_is_sent(sandbox: Sandbox) -> None:
    every_call(sandbox)
    assert not [name for call in sandbox.requests for name in call.headers if "telemetry" in name]


def test_the_key_is_never_logged_and_in_no_error(
    sandbox: Sandbox, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_do_not_show_me_anywhere"
    caplog.set_level(logging.DEBUG)
    every_call(sandbox)
    texts = [caplog.text]
    for fault in ({"kind": "error"}, {"kind": "reset"}):
        sandbox.fail_next(**fault, times=2)
        with pytest.raises(GatewayError) as raised:
            current_account()
        texts.append(f"{raised.value!r} {raised.value.__cause__!r}")
    settings.STRIPE_SECRET_KEY = "pk_test_do_not_show_me_anywhere"
    with pytest.raises(GatewayError) as raised:
        current_account()
    texts.append(f"{raised.value!r}")
    assert len(caplog.records) > 10
    assert not [text for text in texts if "do_not_show_me" in text]


def test_one_client_serves_a_key_and_address_and_another_key_gets_another(
    settings: Settings,
) -> None:
    first = client.stripe_client()
    assert client.stripe_client() is first
    assert client.stripe_client(quick=True) is not first
    settings.STRIPE_SECRET_KEY = "sk_test_another"
    assert client.stripe_client() is not first


def test_a_product_that_exists_is_adopted_as_it_is(sandbox: Sandbox) -> None:
    catalogue.ensure_product("prod_lamp", LAMP)
    catalogue.ensure_product(
        "prod_lamp", ProductCopy(name="Another", description="", images=(), url="")
    )
    assert catalogue.retrieve_product("prod_lamp").copy_shown.name == "Lamp"


def test_what_a_page_does_not_say_any_more_is_cleared_at_stripe(sandbox: Sandbox) -> None:
    catalogue.ensure_product("prod_lamp", LAMP)
    catalogue.update_product("prod_lamp", LAMP, active=True, default_price=None)
    assert catalogue.retrieve_product("prod_lamp").copy_shown == LAMP
    bare = ProductCopy(name="Lamp", description="", images=(), url="")
    catalogue.update_product("prod_lamp", bare, active=False, default_price=None)
    remote = catalogue.retrieve_product("prod_lamp")
    assert (remote.copy_shown, remote.active) == (bare, False)


def test_the_same_price_is_not_made_twice_and_its_key_can_be_taken_back(sandbox: Sandbox) -> None:
    catalogue.ensure_product("prod_lamp", LAMP)
    first = catalogue.create_price("prod_lamp", unit_amount=100, currency="inr")
    with pytest.raises(AlreadyExists):
        catalogue.create_price("prod_lamp", unit_amount=100, currency="inr")
    assert [price.id for price in catalogue.list_prices("prod_lamp")] == [first.id]
    second = catalogue.create_price("prod_lamp", unit_amount=100, currency="inr", take_key=True)
    assert {price.id for price in catalogue.list_prices("prod_lamp")} == {first.id, second.id}


def test_prices_are_listed_active_ones_first_and_all_pages_of_them(sandbox: Sandbox) -> None:
    catalogue.ensure_product("prod_lamp", LAMP)
    made = [
        catalogue.create_price("prod_lamp", unit_amount=100 + i, currency="inr") for i in range(103)
    ]
    catalogue.set_price_active(made[50].id, False)
    listed = list(catalogue.list_prices("prod_lamp"))
    assert len(listed) == 103
    assert listed[-1].id == made[50].id and not listed[-1].active


def test_the_default_price_cannot_be_archived(sandbox: Sandbox) -> None:
    catalogue.ensure_product("prod_lamp", LAMP)
    price = catalogue.create_price("prod_lamp", unit_amount=100, currency="inr")
    catalogue.update_product("prod_lamp", LAMP, active=True, default_price=price.id)
    with pytest.raises(Refused, match="default price"):
        catalogue.set_price_active(price.id, False)
    assert next(catalogue.list_prices("prod_lamp")).active


def test_a_fraction_of_a_minor_unit_is_read_as_no_amount(sandbox: Sandbox) -> None:
    catalogue.ensure_product("prod_lamp", LAMP)
    half: Any = {"product": "prod_lamp", "currency": "inr", "unit_amount_decimal": "0.5"}
    client.stripe_client().v1.prices.create(half)
    assert [price.unit_amount for price in catalogue.list_prices("prod_lamp")] == [None]


def test_names_and_texts_of_every_kind_arrive_as_they_are(sandbox: Sandbox) -> None:
    odd = ProductCopy(
        name="Tea & “cups” [3] = 100 % + ü 茶 🫖 <b>" + "x" * 215,
        description="a\nb\tc; d=e&f=g",
        images=(),
        url="https://shop.example/t%C3%A9/?a=b&c=d#e",
    )
    catalogue.ensure_product("prod_odd", odd)
    catalogue.update_product("prod_odd", odd, active=True, default_price=None)
    assert catalogue.retrieve_product("prod_odd").copy_shown == odd
