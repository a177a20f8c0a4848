"""Products and prices behave as documented."""

import pytest
import stripe
from stripe import StripeClient

from sandbox_testing import price_of
from stripe_sandbox import Sandbox

DEFAULT_PRICE = "This price cannot be archived because it is the default price of its product."


def test_a_product_keeps_the_id_it_is_given_and_exists_once(client: StripeClient) -> None:
    assert client.v1.products.create({"id": "page-7", "name": "Lamp"}).id == "page-7"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.products.create({"id": "page-7", "name": "Another"})
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (
        400,
        "resource_already_exists",
        "id",
    )
    assert client.v1.products.retrieve("page-7").name == "Lamp"
    assert len(client.v1.products.list().data) == 1


def test_an_update_changes_what_is_sent_and_nothing_else(client: StripeClient) -> None:
    made = client.v1.products.create(
        {"name": "Lamp", "description": "Brass", "images": ["https://a.test/1.jpg"]}
    )
    client.v1.products.update(made.id, {"name": "Brass lamp"})
    product = client.v1.products.retrieve(made.id)
    assert (product.name, product.description, product.images) == (
        "Brass lamp",
        "Brass",
        ["https://a.test/1.jpg"],
    )
    client.v1.products.update(made.id, {"description": "", "images": ""})
    product = client.v1.products.retrieve(made.id)
    assert (product.name, product.description, product.images) == ("Brass lamp", None, [])


def test_metadata_merges_by_key_and_an_empty_value_removes_one(client: StripeClient) -> None:
    made = client.v1.products.create({"name": "Lamp", "metadata": {"a": "1", "b": "2"}})
    client.v1.products.update(made.id, {"metadata": {"b": "", "c": "3"}})
    assert client.v1.products.retrieve(made.id).metadata.to_dict() == {"a": "1", "c": "3"}
    client.v1.products.update(made.id, {"metadata": ""})
    assert client.v1.products.retrieve(made.id).metadata.to_dict() == {}


def test_products_are_listed_by_id_and_by_activity(client: StripeClient) -> None:
    first, second = (client.v1.products.create({"name": name}).id for name in ("One", "Two"))
    client.v1.products.update(first, {"active": False})
    assert [product.id for product in client.v1.products.list().data] == [second, first]
    assert [product.id for product in client.v1.products.list({"active": False}).data] == [first]
    assert [product.id for product in client.v1.products.list({"ids": [first, "nobody"]}).data] == [
        first
    ]


def test_a_price_needs_a_product_that_exists_and_an_amount(client: StripeClient) -> None:
    product = client.v1.products.create({"name": "Lamp"}).id
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.prices.create({"product": "prod_none", "currency": "inr", "unit_amount": 100})
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (
        400,
        "resource_missing",
        "product",
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.prices.create({"product": product, "currency": "inr"})
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "unit_amount")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.prices.create({"product": product, "currency": "inr", "unit_amount": -1})
    assert (refused.value.code, refused.value.param) == ("parameter_invalid_integer", "unit_amount")
    assert client.v1.prices.list().data == []


@pytest.mark.parametrize(
    "change", [{"unit_amount": 5}, {"currency": "usd"}, {"product": "prod_other"}]
)
def test_amount_currency_and_product_of_a_price_never_change(
    client: StripeClient, change: dict[str, object]
) -> None:
    price = price_of(client, 49900)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.prices.update(price, change)  # type: ignore[arg-type]
    assert refused.value.code == "parameter_unknown"
    assert client.v1.prices.retrieve(price).unit_amount == 49900


def test_a_default_price_is_an_active_price_of_the_product_and_cannot_be_archived(
    client: StripeClient,
) -> None:
    old, foreign = price_of(client, 49900), price_of(client, 100)
    product = str(client.v1.prices.retrieve(old).product)
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        client.v1.products.update(product, {"default_price": foreign})
    client.v1.products.update(product, {"default_price": old})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.prices.update(old, {"active": False})
    assert refused.value.user_message == DEFAULT_PRICE
    assert client.v1.prices.retrieve(old).active
    new = client.v1.prices.create({"product": product, "currency": "inr", "unit_amount": 59900}).id
    client.v1.products.update(product, {"default_price": new})
    assert not client.v1.prices.update(old, {"active": False}).active
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        client.v1.products.update(product, {"default_price": old})
    assert client.v1.products.retrieve(product).default_price == new


def test_prices_are_listed_active_ones_only_unless_asked_for_the_others(
    client: StripeClient,
) -> None:
    kept, archived = price_of(client, 100), price_of(client, 200)
    client.v1.prices.update(archived, {"active": False})
    assert [price.id for price in client.v1.prices.list().data] == [kept]
    assert [price.id for price in client.v1.prices.list({"active": False}).data] == [archived]


def test_prices_are_found_by_product_currency_and_lookup_key(client: StripeClient) -> None:
    rupees, dollars = price_of(client, 100), price_of(client, 100, "usd")
    client.v1.prices.update(dollars, {"lookup_key": "lamp"})
    product = str(client.v1.prices.retrieve(rupees).product)
    assert [price.id for price in client.v1.prices.list({"product": product}).data] == [rupees]
    assert [price.id for price in client.v1.prices.list({"currency": "usd"}).data] == [dollars]
    assert [price.id for price in client.v1.prices.list({"lookup_keys": ["lamp"]}).data] == [
        dollars
    ]


def test_a_lookup_key_belongs_to_one_price_until_it_is_transferred(client: StripeClient) -> None:
    first, second = price_of(client, 100), price_of(client, 200)
    client.v1.prices.update(first, {"lookup_key": "lamp"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.prices.update(second, {"lookup_key": "lamp"})
    assert client.v1.prices.retrieve(first).lookup_key == "lamp"
    client.v1.prices.update(second, {"lookup_key": "lamp", "transfer_lookup_key": True})
    assert client.v1.prices.retrieve(first).lookup_key is None


def test_tax_behavior_is_set_once(client: StripeClient) -> None:
    price = price_of(client, 100)
    assert client.v1.prices.update(price, {"tax_behavior": "inclusive"}).tax_behavior == "inclusive"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.prices.update(price, {"tax_behavior": "exclusive"})


def test_lists_are_walked_page_by_page_in_both_directions(client: StripeClient) -> None:
    made = [client.v1.products.create({"name": f"No {i}"}).id for i in range(7)]
    newest_first = made[::-1]
    assert [
        product.id for product in client.v1.products.list({"limit": 3}).auto_paging_iter()
    ] == newest_first
    page = client.v1.products.list({"limit": 3})
    assert ([product.id for product in page.data], page.has_more) == (newest_first[:3], True)
    after = client.v1.products.list({"limit": 4, "starting_after": newest_first[2]})
    assert ([product.id for product in after.data], after.has_more) == (newest_first[3:], False)
    before = client.v1.products.list({"limit": 2, "ending_before": newest_first[3]})
    assert ([product.id for product in before.data], before.has_more) == (newest_first[1:3], True)


def test_a_list_refuses_an_unknown_cursor_and_a_page_over_a_hundred(client: StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.products.list({"starting_after": "prod_none"})
    assert (refused.value.code, refused.value.param) == ("resource_missing", "starting_after")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.products.list({"limit": 101})


def test_expand_follows_the_path_and_refuses_what_cannot_be_expanded(client: StripeClient) -> None:
    price = price_of(client, 100, name="Throw")
    expanded = client.v1.prices.retrieve(price, {"expand": ["product"]}).product
    assert isinstance(expanded, stripe.Product)
    assert expanded.name == "Throw"
    listed = client.v1.prices.list({"expand": ["data.product"]}).data[0].product
    assert isinstance(listed, stripe.Product)
    for path in ("currency", "product.name", "nothing", "metadata"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            client.v1.prices.retrieve(price, {"expand": [path]})


def test_events_tell_what_changed_and_which_request_did_it(
    sandbox: Sandbox, client: StripeClient
) -> None:
    product = client.v1.products.create({"name": "Lamp"}).id
    client.v1.products.update(product, {"name": "Lamp"})
    client.v1.products.update(product, {"name": "Brass lamp"}, {"idempotency_key": "rename"})
    updated = client.v1.events.list({"type": "product.updated"}).data
    assert len(updated) == 1, "an update that changes nothing is no event"
    event = client.v1.events.retrieve(updated[0].id)
    assert event.data.object.to_dict()["name"] == "Brass lamp"
    assert event.data.previous_attributes is not None
    assert event.data.previous_attributes["name"] == "Lamp"
    assert event.request is not None
    assert event.request.idempotency_key == "rename"
    assert event.api_version == stripe.api_version
