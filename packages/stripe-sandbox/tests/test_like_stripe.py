"""Details of the API that are the same as Stripe's, and what the sandbox does not have."""

from typing import Any

import pytest
import requests
import stripe
from stripe import StripeClient

from sandbox_testing import NewSession, price_of
from stripe_contract import object_problems
from stripe_sandbox import Sandbox
from stripe_sandbox.api import routes
from stripe_sandbox.objects import products

KEY = {"Authorization": "Bearer sk_test_local"}


def send(sandbox: Sandbox, method: str, path: str, **data: str) -> Any:
    response = requests.request(method, sandbox.url + path, data=data, headers=KEY, timeout=10)
    return response.status_code, response.json()


def error_of(sandbox: Sandbox, method: str, path: str, **data: str) -> dict[str, str]:
    status, body = send(sandbox, method, path, **data)
    assert status == 400, body
    error: dict[str, str] = body["error"]
    return error


@pytest.mark.parametrize(
    "path", ["images.x", "images", "metadata.a.b", "name.x", "a", ".", "images."]
)
def test_a_property_that_cannot_be_expanded_is_a_400(
    sandbox: Sandbox, client: StripeClient, path: str
) -> None:
    images = ["https://shop.example/a.jpg"]
    for product in ({"name": "Lamp", "images": images}, {"name": "Throw"}):
        product_id = client.v1.products.create(product).id  # type: ignore[arg-type]
        error = error_of(sandbox, "GET", f"/v1/products/{product_id}?expand[]={path}")
        assert "cannot be expanded" in error["message"]
        assert error["type"] == "invalid_request_error"


def test_expansion_has_a_limit_of_four_levels(sandbox: Sandbox, client: StripeClient) -> None:
    price = price_of(client, 100)
    path = "product.default_price.product.default_price"
    assert client.v1.prices.retrieve(price, {"expand": [path]}).id == price
    error = error_of(sandbox, "GET", f"/v1/prices/{price}?expand[]={path}.product")
    assert "cannot expand more than 4 levels" in error["message"]


def test_an_unexpected_error_is_a_500_in_stripes_shape(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: Any) -> dict[str, Any]:
        sandbox.state.add({"id": "prod_half", "object": "product"})
        raise ZeroDivisionError

    broken = routes.Route("POST", "/v1/products", products.CREATE, fail)
    monkeypatch.setattr(routes, "ROUTES", (broken, *routes.ROUTES))
    status, body = send(sandbox, "POST", "/v1/products", name="Lamp")
    assert (status, body["error"]["type"]) == (500, "api_error")
    assert "ZeroDivisionError" in caplog.text
    assert sandbox.state.find("product") == []
    monkeypatch.undo()
    assert send(sandbox, "POST", "/v1/products", name="Lamp")[0] == 200


def test_an_unexpected_error_of_a_page_is_a_500(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox.state, "find", lambda *arguments, **options: 1 / 0)
    assert requests.get(f"{sandbox.url}/", timeout=10).status_code == 500


@pytest.mark.parametrize(
    ("path", "data", "what"),
    [
        ("/v1/checkout/sessions", {"line_items[0][price_data][currency]": "inr"}, "price_data"),
        ("/v1/checkout/sessions", {"line_items[0][quantity]": "1", "mode": "setup"}, "mode=setup"),
        ("/v1/checkout/sessions", {"mode": "subscription"}, "mode=subscription"),
        ("/v1/checkout/sessions", {"ui_mode": "embedded"}, "ui_mode=embedded"),
        ("/v1/checkout/sessions", {"ui_mode": "embedded_page"}, "ui_mode=embedded_page"),
        ("/v1/checkout/sessions", {"branding_settings[x]": "1"}, "branding_settings"),
        ("/v1/products", {"default_price_data[recurring][interval]": "day"}, "recurring"),
        ("/v1/prices", {"unit_amount": "x", "product_data[name]": "Lamp"}, "product_data"),
        ("/v1/prices", {"recurring[interval]": "day"}, "recurring"),
        ("/v1/payouts", {}, "POST /v1/payouts"),
        ("/v1/checkout/sessions/cs_test_x", {}, "POST /v1/checkout/sessions/cs_test_x"),
    ],
)
def test_what_is_not_built_is_named_before_any_mistake(
    sandbox: Sandbox, path: str, data: dict[str, str], what: str
) -> None:
    message = error_of(sandbox, "POST", path, **data)["message"]
    assert "not built in the sandbox" in message
    assert what in message
    assert sandbox.summary()["objects"] == {}


@pytest.mark.parametrize("name", ["products", "prices", "charges", "payment_intents", "customers"])
def test_search_is_not_built(sandbox: Sandbox, name: str) -> None:
    message = error_of(sandbox, "GET", f"/v1/{name}/search?query=x")["message"]
    assert "not built in the sandbox" in message


def test_events_are_found_by_type_and_by_wildcard(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    sandbox.pay(new_session().id)

    def found(kind: str) -> set[str]:
        return {event.type for event in client.v1.events.list({"type": kind}).data}

    every = found("*")
    assert found("checkout.session.completed") == {"checkout.session.completed"}
    assert found("checkout.*") == found("checkout.session.*") == {"checkout.session.completed"}
    assert found("p*.created") == {"product.created", "price.created"}
    for other in ("checkout", "checkout.%", "?rice.created", "[cp]*", "CHECKOUT.*"):
        assert found(other) == set()
    assert len(every) >= 5


def test_type_and_types_exclude_each_other(sandbox: Sandbox) -> None:
    error = error_of(sandbox, "GET", "/v1/events?type=price.created&types[0]=price.created")
    assert error["message"] == "You may only specify one of these parameters: type, types."


@pytest.mark.parametrize("code", ["zzz", "xxx", "euro", "", "in"])
def test_an_unknown_currency_is_refused(sandbox: Sandbox, client: StripeClient, code: str) -> None:
    product = client.v1.products.create({"name": "Lamp"}).id
    data = {"product": product, "unit_amount": "100", "currency": code}
    error = error_of(sandbox, "POST", "/v1/prices", **data)
    assert error["param"] == "currency"
    begin = f"Invalid currency: {code}. Stripe currently supports these currencies: usd, aed, "
    assert error["message"].startswith(begin)
    assert sandbox.state.find("price") == []
    assert "Invalid currency" in error_of(sandbox, "GET", f"/v1/prices?currency={code}")["message"]


def test_stripes_expansions_of_a_session_are_accepted(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    plain, adjusted = new_session(), new_session()
    sandbox.pay(adjusted.id, discount=900, shipping=500, tax=490)
    paths = [
        "line_items.data.taxes",
        "line_items.data.discounts",
        "line_items.data.price.product",
        "line_items.data.price.currency_options",
        "total_details.breakdown",
        "shipping_cost.taxes",
        "payment_intent.latest_charge.balance_transaction",
        "customer",
        "invoice",
    ]
    for session in (plain, adjusted):
        expanded = client.v1.checkout.sessions.retrieve(session.id, {"expand": paths})
        assert object_problems(expanded.to_dict()) == []
    details: Any = expanded.total_details
    assert [part.amount for part in details.breakdown.discounts] == [900]
    assert [(part.amount, part.taxable_amount) for part in details.breakdown.taxes] == [
        (490, 49000)
    ]
    line: Any = expanded.line_items.data[0]  # type: ignore[union-attr]
    assert (line.taxes[0].amount, line.discounts[0].amount) == (490, 900)
    assert line.price.product.name == "Brass lamp"
    listed = ["data.line_items.data.taxes", "data.total_details.breakdown"]
    assert len(client.v1.checkout.sessions.list({"expand": listed}).data) == 2


def test_a_price_has_its_currency_options_only_if_they_are_expanded(client: StripeClient) -> None:
    price = price_of(client, 49900)
    assert "currency_options" not in client.v1.prices.retrieve(price).to_dict()
    expanded = client.v1.prices.retrieve(price, {"expand": ["currency_options", "tiers"]})
    assert object_problems(expanded.to_dict()) == []
    options: Any = expanded.currency_options
    assert options["inr"].unit_amount == 49900


def test_the_api_version_is_echoed(sandbox: Sandbox, client: StripeClient) -> None:
    answer: Any = client.v1.products.list()
    assert answer.last_response.headers["Stripe-Version"] == stripe.api_version
    for path in ("/v1/account", "/v1/none"):
        response = requests.get(
            sandbox.url + path, headers={**KEY, "Stripe-Version": "2025-01-01.x"}, timeout=10
        )
        assert response.headers["Stripe-Version"] == "2025-01-01.x"
        response = requests.get(sandbox.url + path, headers=KEY, timeout=10)
        assert response.headers["Stripe-Version"] == stripe.api_version
