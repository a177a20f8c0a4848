"""A shop in German: who reads what in which language. Pitfall 19: emails in the wrong one."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext
from pytest_django import Settings
from wagtail.models import Locale
from wagtail.users.models import UserProfile

from mail import send
from mail.models import Message
from orders.models import Checkout, Order
from orders.models.delivery_blocks import country_choices
from orders.notifications import tell_staff_about_orders
from products.models import ProductPage
from shop_settings.models import ShopSettings
from stripe_sandbox import Sandbox
from tests.conftest import deliver
from tests.orders.action_forms import act
from tests.orders.refunding import FAILS_LATER, again, refund, sell
from tests.orders.selling import buy
from tests.staff import make_staff
from text.locales import duration_text, percent_text
from users.allauth_texts import TEXTS
from users.models import User
from vipratech.locale_record import update_locale_record

ClientOf = Callable[[User], Client]
TIMES = ({"seconds": 15}, {"minutes": 10}, {"minutes": 90}, {"days": 1})


@pytest.fixture
def german_shop(settings: Settings, db: None) -> None:
    """A shop whose operator has set SHOP_LANGUAGE=de and SHOP_LOCALE=de_DE."""
    settings.LANGUAGE_CODE, settings.SHOP_LOCALE = "de", "de_DE"
    update_locale_record()


def speaking(language: str, client_of: ClientOf) -> Client:
    """The browser of somebody who has chosen a language for the admin."""
    user = make_staff(role="Owners", email=f"{language}@example.com")
    profile = UserProfile.get_for_user(user)
    profile.preferred_language = language
    profile.save()
    return client_of(user)


def email(kind: str) -> Message:
    """The only email of a kind, sent."""
    send.send_due_messages()
    return Message.objects.get(kind=kind)


def test_a_shopper_email_was_in_the_language_of_the_staff_member(
    german_shop: None, synced: Sandbox, member: Client, client_of: ClientOf, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 1))
    shown = act(speaking("en-gb", client_of), order, "ship", carrier="DHL", tracking_number="JD1")
    assert "Shipped: 1 × Brass lamp." in shown.text  # the admin is in English
    confirmation, shipped = email("order-confirmation"), email("order-shipped")
    assert confirmation.subject == f"Ihre Bestellung {order.number}"
    assert "Gesamtbetrag: 1.499,00\xa0₹" in confirmation.text
    assert "versendet" in shipped.text and "JD1" in shipped.text
    for message in (confirmation, shipped):
        assert message.language == "de" and '<html lang="de">' in message.html
        for word in ("Total", "shipped", "Thank you", "order"):
            assert word not in message.text.replace(order.get_absolute_url(), "")


def test_a_staff_email_was_in_the_language_of_the_shopper(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    ShopSettings.objects.create(staff_emails="desk@example.com", order_emails="each")
    order = sell(synced, member, (lamp, 1))
    Order.objects.filter(pk=order.pk).update(language="de")
    tell_staff_about_orders()
    assert again(order).email_language == "de"
    assert email("staff-new-order").subject == f"New order {order.number}"


def test_german_staff_of_an_english_shop_ship_with_an_english_email(
    synced: Sandbox, member: Client, client_of: ClientOf, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 1))
    shown = act(speaking("de", client_of), order, "ship", carrier="DHL", tracking_number="JD1")
    assert "Versendet: 1 × Brass lamp." in shown.text
    assert "shipped" in email("order-shipped").subject


def test_german_staff_read_the_timeline_and_the_alert_in_german(
    german_shop: None, synced: Sandbox, member: Client, client_of: ClientOf, lamp: ProductPage
) -> None:
    """Both were English, whatever the language of the shop."""
    order = sell(synced, member, (lamp, 1), card=FAILS_LATER)
    made = refund(order, {"Brass lamp": 1})
    synced.refund_fails(str(made.stripe_id))
    deliver(synced, "refund.failed")
    second = buy(synced, member, lamp)
    Checkout.objects.filter(session_id=second).update(status="expired")
    deliver(synced)
    browser = speaking("de", client_of)
    page = browser.get(f"/admin/orders/inspect/{order.pk}/").text
    assert "1.499,00\xa0₹ bezahlt, bestätigt durch den Webhook." in page
    assert "fehlgeschlagen: Karte abgelaufen oder gesperrt." in page
    assert "Bezahlt, noch nicht versendet" in page
    alerts = browser.get("/admin/alerts/").text
    late = Order.objects.exclude(pk=order.pk).get()
    assert f"Die Bestellung {late.number} wurde bezahlt, nachdem ihr Bezahlvorgang" in alerts
    assert "offen" in alerts
    english = speaking("en-gb", client_of).get(f"/admin/orders/inspect/{order.pk}/").text
    assert "Failed: expired or canceled card" in english


def test_countries_were_sorted_by_code_point() -> None:
    with translation.override("de"):
        names = [name for _, name in country_choices()]
    assert names.index("Norwegen") < names.index("Österreich") < names.index("Pakistan")
    assert names.index("Ägypten") < names.index("Bahamas")


def test_figures_in_words_follow_the_language() -> None:
    shown = {}
    for language in ("en-gb", "de"):
        with translation.override(language):
            times = [duration_text(timedelta(**each)) for each in TIMES]
            shown[language] = [percent_text(0.93), *times]
    assert shown == {
        "en-gb": ["93%", "15 seconds", "10 minutes", "90 minutes", "1 day"],
        "de": ["93\xa0%", "15 Sekunden", "10 Minuten", "90 Minuten", "1 Tag"],
    }


def test_allauth_addressed_germans_informally() -> None:
    with translation.override("de"):
        texts = [str(text) for text in DefaultAccountAdapter.error_messages.values()]
        texts += [gettext(text) for text in TEXTS]
    informal = [text for text in texts if re.search(r"\b(du|dein\w*|gib)\b", text, re.IGNORECASE)]
    assert informal == []


def test_the_pages_of_a_german_shop(
    german_shop: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 1))
    pages = [member.get(path) for path in ("/", lamp.get_url(), "/checkout/", "/orders/")]
    for page in pages:
        assert page.status_code == 200 and '<html lang="de">' in page.text
    assert "Warenkorb" in pages[0].text
    assert "1.499,00\xa0₹" in pages[1].text
    detail = member.get(order.get_absolute_url()).text
    assert "Bestellung" in detail and f"{order.placed_at.day}. " in detail


def test_the_pages_follow_the_language_of_the_shop(german_shop: None, lamp: ProductPage) -> None:
    assert [locale.language_code for locale in Locale.all_objects.all()] == ["de"]
    assert lamp in ProductPage.objects.for_sale()


def test_several_locales_are_left_alone(settings: Settings, db: None) -> None:
    Locale.objects.create(language_code="de")
    settings.LANGUAGE_CODE = "de"
    update_locale_record()
    assert {locale.language_code for locale in Locale.all_objects.all()} == {"en-gb", "de"}
