"""Settings → Checkout: owners change it, and Stripe's reasons are shown before it is saved."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from wagtail.test.utils.form_data import nested_form_data, streamfield

from orders.models import CheckoutSettings
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls
from tests.orders.selling import open_page, session_states
from tests.staff import make_staff
from users.models import User

URL = "/admin/settings/orders/checkoutsettings/"
ClientOf = Callable[[User], Client]


@pytest.fixture
def owner(client_of: ClientOf, db: None) -> Client:
    """An owner's browser."""
    return client_of(make_staff(role="Owners"))


def save(browser: Client, *zones: tuple[str, list[str]], price: str = "5.00", **fields: Any) -> Any:
    """Enter zones (name and countries) with one rate each and other fields, and save."""
    blocks = [
        (
            "zone",
            {
                "name": name,
                "rates-count": "1",
                "rates-0-deleted": "",
                "rates-0-order": "0",
                "rates-0-type": "item",
                "rates-0-value-name": "Parcel",
                "rates-0-value-price": price,
                "rates-0-value-free_from": "",
                "rates-0-value-min_days": "",
                "rates-0-value-max_days": "",
                "rates-0-value-tax_behavior": "unspecified",
            },
        )
        for name, _countries in zones
    ]
    url = browser.get(URL, follow=True).redirect_chain[-1][0]
    data = nested_form_data({"zones": streamfield(blocks), **fields})
    for place, (_name, countries) in enumerate(zones):
        data[f"zones-{place}-value-countries"] = countries
    return browser.post(url, data)


def test_an_owner_sets_up_a_zone(
    synced: Sandbox, owner: Client, member: Client, lamp: ProductPage
) -> None:
    answer = save(owner, ("Europe", ["DE", "FR"]), asks_for_phone="on")
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    saved = CheckoutSettings.current()
    assert saved.asks_for_phone and saved.zones[0].value["countries"] == ["DE", "FR"]
    assert set(session_states(synced).values()) == {"expired"}  # the tried one
    session_id = open_page(member, lamp)
    assert session_states(synced)[session_id] == "open"


def test_what_stripe_refuses_is_refused_with_its_reason(synced: Sandbox, owner: Client) -> None:
    answer = save(owner, requires_terms="on")
    text = answer.content.decode()
    assert answer.status_code == 200 and "Stripe refuses these settings" in text
    assert "Terms of service URL" in text
    assert not CheckoutSettings.objects.filter(requires_terms=True).exists()
    synced.set_up(terms_url="https://shop.test/terms")
    assert save(owner, requires_terms="on").status_code == 302


def test_a_country_in_two_zones_is_refused_at_its_field(synced: Sandbox, owner: Client) -> None:
    answer = save(owner, ("Home", ["IN"]), ("World", ["IN", "DE"]))
    assert "India is already in the zone" in answer.content.decode()
    assert not CheckoutSettings.objects.exclude(zones=[]).exists()


def test_settings_are_saved_while_stripe_cannot_be_asked(synced: Sandbox, owner: Client) -> None:
    synced.fail_next(path="/v1/checkout", times=None)
    assert save(owner, requires_terms="on").status_code == 302


@pytest.mark.parametrize("role", ["Order desk", "Finance", "Editors", "Price editors"])
def test_other_roles_cannot_change_them(client_of: ClientOf, synced: Sandbox, role: str) -> None:
    browser = client_of(make_staff(role=role))
    answer = browser.get(URL, follow=True)
    assert "asks_for_phone" not in answer.content.decode()
    assert calls(synced, "POST") == []


@pytest.mark.parametrize("moment", ["0001-01-01 00:00", "2200-01-01 00:00"])
def test_an_impossible_date_is_refused_at_its_field(
    synced: Sandbox, owner: Client, member: Client, moment: str
) -> None:
    answer = save(owner, closed_until=moment, closed_text="On holiday")
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"closed_until": ["Enter a date from 2000 to 2199."]}
    assert not CheckoutSettings.objects.exclude(closed_until=None).exists()
    assert member.get("/checkout/").status_code == owner.get("/admin/").status_code == 200
    far = save(owner, closed_until="2199-12-31 23:59", closed_text="On holiday")
    assert far.status_code == 302
    assert CheckoutSettings.current().closed_message == "On holiday"


@pytest.mark.parametrize("price", ["1000000", "99999999", "1e30", "9" * 40])
def test_a_price_that_no_shopper_could_pay_is_refused_at_its_field(
    synced: Sandbox, owner: Client, price: str
) -> None:
    answer = save(owner, ("Home", ["IN"]), price=price)
    assert answer.status_code == 200
    text = answer.content.decode().replace("\\u00a0", "").replace("\xa0", "")
    assert "The maximum amount is" in text and "Stripe refuses" not in text
    assert calls(synced, "POST") == [] and not CheckoutSettings.objects.exclude(zones=[]).exists()
    assert save(owner, ("Home", ["IN"]), price="999999.99").status_code == 302
    assert save(owner, ("Home", ["IN"]), price="0").status_code == 302
