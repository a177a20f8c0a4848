"""Delivery zones and the other options of the checkout: what Stripe is asked for, and what becomes
of what the shopper enters.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from orders.checkout.details import ensure_details
from orders.models import Checkout, CheckoutSettings, Order
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, calls, deliver, form, publish, session_of
from tests.orders.refunding import again, refund
from tests.orders.selling import deliver_altered, fill, open_page, session_states, text_of, told
from vipratech import cached_pages


def zone(title: str, *countries: str, **rate: Any) -> dict[str, Any]:
    """A zone of the settings with one rate."""
    values = {
        "name": "Parcel",
        "price": Decimal("50.00"),
        "free_from": None,
        "min_days": None,
        "max_days": None,
        "tax_behavior": "unspecified",
        **rate,
    }
    return {"name": title, "countries": list(countries), "rates": [values]}


def set_up(*zones: dict[str, Any], **fields: Any) -> CheckoutSettings:
    """Save checkout settings as an owner would."""
    settings = CheckoutSettings(**fields)
    settings.zones = [("zone", each) for each in zones]
    settings.zones.stream_block.clean(settings.zones)
    settings.full_clean()
    settings.save()
    return settings


def asked(session_id: str) -> dict[str, Any]:
    """The request that created a session."""
    request: dict[str, Any] = Checkout.objects.get(session_id=session_id).request
    return request


def test_a_new_shop_delivers_to_its_own_country_for_free(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    request = asked(open_page(member, lamp))
    assert request["shipping_address_collection"] == {"allowed_countries": ["IN"]}
    (option,) = request["shipping_options"]
    assert option["shipping_rate_data"]["fixed_amount"] == {"amount": 0, "currency": "inr"}
    assert request["automatic_tax"] == {"enabled": False}
    for name in ("allow_promotion_codes", "phone_number_collection", "consent_collection"):
        assert name not in request
    assert "Deliver to" not in text_of(member.get("/checkout/"))


def test_the_address_and_the_cost_of_delivery_are_on_the_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    set_up(zone("Europe", "DE", "FR", min_days=2, max_days=4))
    fill(member, (lamp, 1))
    page = text_of(member.get("/checkout/"))
    assert "Parcel ₹50.00" in page and "Delivery is added on the payment page" in page
    session_id = open_page(member, lamp)
    synced.pay(
        session_id,
        shipping_name="Zoë Müller",
        address={
            "line1": "Am Markt 1",
            "line2": "",
            "city": "Bonn",
            "postal_code": "53111",
            "country": "DE",
        },
    )
    deliver(synced)
    order = Order.objects.get()
    assert (order.shipping, order.total) == (50_00, 1549_00)
    assert order.address is not None
    assert order.address.lines == ["Zoë Müller", "Am Markt 1", "53111 Bonn", "Germany"]
    ensure_details(order)
    details = again(order).details
    assert details.shipping_rate == "Parcel" and details.shipping == 50_00
    assert (details.card_brand, details.card_last4) == ("visa", "4242")
    shown = text_of(member.get(order.get_absolute_url()))
    assert "Zoë Müller Am Markt 1 53111 Bonn Germany" in shown and "Visa •••• 4242" in shown


@pytest.mark.parametrize("price", ["70.00", "20.00"])
def test_a_new_cost_of_delivery_is_charged_from_the_next_click_on(
    synced: Sandbox, member: Client, lamp: ProductPage, price: str
) -> None:
    """The basket shows the new cost, so the payment page of an earlier click must not be reused."""
    europe = zone("Europe", "DE")
    settings = set_up(europe)
    first = open_page(member, lamp)
    settings.zones[0].value["rates"][0]["price"] = Decimal(price)
    settings.save()
    fill(member, (lamp, 1))
    assert f"Parcel ₹{price}" in text_of(member.get("/checkout/"))
    second = open_page(member, lamp)
    assert second != first and session_states(synced)[first] == "expired"
    (option,) = asked(second)["shipping_options"]
    assert option["shipping_rate_data"]["fixed_amount"]["amount"] == int(price[:2]) * 100
    assert open_page(member, lamp) == second


def test_buyers_in_places_without_a_postal_code_could_not_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    """Pitfall 1: no postal code and no state; nothing empty and no "None" is shown."""
    set_up(zone("Asia", "HK"))
    session_id = open_page(member, lamp)
    synced.pay(
        session_id, shipping_name="陳大文", address={"line1": "1 Nathan Road", "country": "HK"}
    )
    deliver(synced)
    order = Order.objects.get()
    assert order.address is not None
    assert order.address.lines == ["陳大文", "1 Nathan Road", "Hong Kong SAR China"]
    page = member.get(order.get_absolute_url())
    assert "None" not in text_of(page)
    address = BeautifulSoup(page.content, "html.parser").find(string=lambda t: "Nathan" in t)
    assert address is not None and "<br/><br/>" not in str(address.parent)


@pytest.mark.parametrize(
    ("price", "code", "shipping"),
    [("50.00", 0, 0), ("49.99", 0, 5_00), ("53.00", 10_00, 0)],
)
def test_free_shipping_changed_its_meaning_with_a_promotion_code(
    synced: Sandbox,
    member: Client,
    make_product: MakeProduct,
    price: str,
    code: int,
    shipping: int,
) -> None:
    """Pitfall 2: "free from" counts the price of the products before discounts."""
    set_up(
        zone("Home", "IN", price=Decimal("5.00"), free_from=Decimal("50.00")),
        takes_promotion_codes=True,
    )
    vase = publish(make_product("Vase", price))
    synced.add_promotion_code("SPRING", amount_off=10_00, currency="inr")
    session_id = session_of(member.post("/checkout/", form((vase, 1))))
    synced.pay(session_id, promotion_code="SPRING" if code else "")
    deliver(synced)
    order = Order.objects.get()
    assert (order.shipping, order.discount) == (shipping, code)


def test_with_several_zones_the_basket_asks_and_the_session_gets_one(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    set_up(zone("Germany", "DE"), zone("World", "US", "FR", price=Decimal("200.00")))
    fill(member, (lamp, 1))
    page = member.get("/checkout/")
    assert "Deliver to" in text_of(page)
    refused = member.post("/checkout/", form((lamp, 1)))
    assert refused.status_code == 400 and "Choose where we should deliver" in text_of(refused)
    assert not Checkout.objects.exists() and not calls(synced, "POST")
    options = BeautifulSoup(page.content, "html.parser").select("#zone option")
    keys = {option.get_text(strip=True): str(option["value"]) for option in options}
    session_id = session_of(member.post("/checkout/", form((lamp, 1), zone=keys["World"])))
    request = asked(session_id)
    assert request["shipping_address_collection"]["allowed_countries"] == ["FR", "US"]
    with pytest.raises(ValueError, match="does not deliver to this country"):
        synced.pay(session_id, address={"line1": "Am Markt 1", "country": "DE"})
    other = session_of(member.post("/checkout/", form((lamp, 1), zone=keys["Germany"])))
    assert other != session_id and asked(other)["shipping_address_collection"] == {
        "allowed_countries": ["DE"]
    }
    states = {row["id"]: row["status"] for row in synced.state.find("checkout.session")}
    assert states[session_id] == "expired"  # one shopper, one open session


def test_an_unknown_zone_is_refused(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    set_up(zone("Germany", "DE"), zone("World", "US"))
    for key in ("", "nowhere", "x" * 5000, "1 OR 1=1"):
        assert member.post("/checkout/", form((lamp, 1), zone=key)).status_code == 400, key
    assert not Checkout.objects.exists()


def test_what_needs_no_shipping_asks_for_no_address(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    set_up(zone("Germany", "DE"), zone("World", "US"))
    voucher = publish(make_product("Voucher", "25.00", needs_shipping=False))
    session_id = session_of(member.post("/checkout/", form((voucher, 1))))
    request = asked(session_id)
    assert "shipping_address_collection" not in request and "shipping_options" not in request
    synced.pay(session_id)
    deliver(synced)
    order = Order.objects.get()
    assert order.address is None and not order.lines.get().needs_shipping


def test_phone_terms_note_code_tax_and_invoice(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    synced.set_up(terms_url="https://shop.test/terms", tax_percent=10)
    synced.add_promotion_code("TENTH", percent_off=10)
    set_up(
        asks_for_phone=True,
        takes_promotion_codes=True,
        calculates_tax=True,
        requires_terms=True,
        note_label="Gift message",
        creates_invoices=True,
        text_at_button="Thank you!",
    )
    session_id = open_page(member, lamp)
    synced.pay(
        session_id, promotion_code="TENTH", phone="+49 228 1", fields={"note": "Happy birthday"}
    )
    deliver(synced)
    order = Order.objects.get()
    assert order.phone == "+49 228 1" and order.accepted_terms
    assert order.shopper_note == "Happy birthday"
    assert (order.discount, order.tax) == (149_90, 134_91)
    assert order.total == 1499_00 - 149_90 + 134_91
    ensure_details(order)
    order = again(order)
    assert order.details.promotion_code == "TENTH" and order.details.invoice_number
    page = member.get(order.get_absolute_url())
    for text in ("+49 228 1", "Happy birthday", "TENTH", "Invoice", "Receipt from Stripe"):
        assert text in text_of(page)
    for kind in ("invoice", "receipt"):
        answer = member.get(f"{order.get_absolute_url()}{kind}/")
        assert answer.status_code == 302 and answer["Location"].startswith(synced.url)
    made = refund(order, {"Brass lamp": 1})
    assert made.amount == order.total and again(order).payment_status == "refunded"


def test_documents_of_others_and_those_that_do_not_exist_are_not_found(
    synced: Sandbox, member: Client, lamp: ProductPage, client_of: Any, django_user_model: Any
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id)
    deliver(synced)
    order = Order.objects.get()
    url = order.get_absolute_url()
    assert member.get(f"{url}receipt/").status_code == 404  # not known yet
    ensure_details(order)
    assert member.get(f"{url}invoice/").status_code == 404
    other = client_of(django_user_model.objects.create_user("other@example.com"))
    assert other.get(f"{url}receipt/").status_code == 404
    synced.fail_next(path="/v1/charges", times=None)
    answer = member.get(f"{url}receipt/", follow=True)
    assert "opened right now" in answer.content.decode()


def test_a_closed_shop_lets_nobody_begin_but_open_sessions_can_be_paid(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    set_up(closed_until=timezone.now() + timedelta(days=3), closed_text="Back on Monday")
    refused = member.post("/checkout/", form((lamp, 2)))
    assert refused.status_code == 409 and "Back on Monday" in text_of(refused)
    assert Checkout.objects.count() == 1
    synced.pay(session_id)
    deliver(synced)
    assert Order.objects.exists()
    CheckoutSettings.objects.update(closed_until=timezone.now() - timedelta(minutes=1))
    cached_pages.forget()  # two seconds later
    assert member.post("/checkout/", form((lamp, 2))).status_code == 303


def test_an_open_checkout_keeps_what_was_decided_when_it_began(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    set_up(asks_for_phone=True)
    assert open_page(member, lamp) == session_id
    assert "phone_number_collection" not in asked(session_id)


@pytest.mark.parametrize(
    ("zones", "fields"),
    [
        ([zone("Home", "IN", price=Decimal("-1"))], {}),
        ([zone("Home", "IN", price=Decimal("1.005"))], {}),
        ([zone("Home", "IN", price=Decimal("0.49"))], {}),
        ([zone("Home", "IN", free_from=Decimal("1000000"))], {}),
        ([zone("Home")], {}),
        ([zone("Home", "KP")], {}),
        ([zone("Home", "ZZ")], {}),
        ([zone("", "IN")], {}),
        ([zone("\u200b", "IN")], {}),
        ([zone("Home", "IN", name="")], {}),
        ([zone("Home", "IN", min_days=5, max_days=2)], {}),
        ([zone("Home", "IN"), zone("World", "IN", "DE")], {}),
        ([{**zone("Home", "IN"), "rates": []}], {}),
        ([{**zone("Home", "IN"), "rates": zone("Home", "IN")["rates"] * 6}], {}),
        ([], {"note_label": "x" * 51}),
        ([], {"text_at_button": "x" * 1201}),
        ([], {"closed_until": timezone.now()}),
        ([], {"note_label": "\u2800"}),
    ],
)
def test_settings_that_stripe_would_refuse_are_refused(
    db: None, zones: list[dict[str, Any]], fields: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        set_up(*zones, **fields)
    assert not CheckoutSettings.objects.exists()


def test_an_address_of_any_shape_is_recorded_as_stripe_reports_it(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id)
    event = told(synced)
    details = event["data"]["object"]["collected_information"]["shipping_details"]
    details["name"] = "a\0b" + "\u202e" + "עברית" + "x" * 10_000
    details["address"] = {"line1": "y" * 10_000, "country": "KP", "city": None}
    assert deliver_altered(event).status_code == 200
    order = Order.objects.get()
    assert order.address is not None
    assert len(order.address.name) == 255 and order.address.name.startswith("ab")
    assert order.address.country == "KP" and order.address.lines[-1] == "North Korea"
    assert member.get(order.get_absolute_url()).status_code == 200


def test_a_basket_that_costs_too_much_with_its_delivery_is_refused(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    piano = make_product("Piano", "333333.00")
    set_up(zone("Home", "IN", price=Decimal("1.00")))
    synced.requests.clear()
    page = member.post("/checkout/", form((piano, 3)))
    assert page.status_code == 400 and not Checkout.objects.exists()
    assert calls(synced, "POST") == []
    (text,) = [
        found.get_text()
        for found in BeautifulSoup(page.content, "html.parser").select("[role=alert]")
    ]
    assert text.replace("\xa0", "") == (
        "The maximum amount is ₹9,99,999.99. With delivery, this order would cost ₹10,00,000.00."
    )
    cheaper = zone("Home", "IN", price=Decimal("1.00"), free_from=Decimal("999999"))
    CheckoutSettings.objects.all().delete()
    set_up(cheaper)
    cached_pages.forget()
    assert "maximum amount" not in text_of(member.get("/checkout/"))
