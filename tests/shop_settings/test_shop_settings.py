"""The shop's name, contact and sender: defaults, the admin's form, and where they are shown."""

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from products.models import ProductPage
from shop_images.models import ShopImage
from shop_settings.models import ShopSettings, sender
from tests.orders.selling import fill
from tests.shop_images.files import encoded
from text.contrast import contrast
from users.models import User
from vipratech import cached_pages

pytestmark = pytest.mark.django_db


def test_a_new_shop_has_a_name_and_a_sender_and_no_row(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "shop@localhost"
    assert ShopSettings.current().name == "Shop"
    assert sender() == "Shop <shop@localhost>"
    assert not ShopSettings.objects.exists()


def test_the_sender_has_the_shops_name_and_the_saved_address(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Old name <server@example.com>"
    shop = ShopSettings.objects.create(name="Lamps, Ltd.\nBcc: x@example.com")
    assert sender() == '"Lamps, Ltd. Bcc: x@example.com" <server@example.com>'
    shop.sender_email = "hello@lamps.example"
    shop.name = "Lamps"
    shop.save()
    assert sender() == "Lamps <hello@lamps.example>"


def test_pages_and_structured_data_show_the_name_and_the_contact(
    client: Client, lamp: ProductPage
) -> None:
    ShopSettings.objects.create(
        name="Lamps & Co", contact_email="hi@lamps.example", contact_phone="+91 22 5550 1234"
    )
    page = client.get("/products/brass-lamp/").content.decode()
    assert ">Shop<" not in page
    assert "<title>Brass lamp · Lamps &amp; Co</title>" in page
    assert 'href="mailto:hi@lamps.example"' in page
    assert 'href="tel:+912255501234"' in page
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert json.loads(data)["offers"]["seller"] == {"@type": "Organization", "name": "Lamps & Co"}


def editor_with(*codenames: str) -> Client:
    """A browser of somebody who may enter the admin and has these permissions too."""
    user = User.objects.create_user("owner@example.com", "a-long-password")
    group = Group.objects.create(name="People with some permissions")
    names = ("access_admin", *codenames)
    group.permissions.set(Permission.objects.filter(codename__in=names))
    user.groups.add(group)
    client = Client()
    client.force_login(user)
    return client


FORM = {
    "name": "Lamps",
    "contact_email": "",
    "contact_phone": "",
    "sender_email": "",
    "accent_colour": "#8c3219",
    "order_emails": "daily",
}


def test_the_admin_changes_the_settings() -> None:
    client = editor_with("change_shopsettings")
    url = client.get("/admin/settings/shop_settings/shopsettings/")["Location"]
    assert client.post(url, FORM).status_code == 302
    assert ShopSettings.current().name == "Lamps"


def test_the_admin_refuses_people_without_the_permission() -> None:
    shop = ShopSettings.objects.create(name="Before")
    url = f"/admin/settings/shop_settings/shopsettings/{shop.pk}/"
    response = editor_with().post(url, FORM)
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert ShopSettings.current().name == "Before"


@pytest.mark.parametrize("colour", ["#ffffff", "#f3ebdf", "#c08060", "#777777", "#00ff00"])
def test_a_colour_that_cannot_be_read_is_refused(colour: str) -> None:
    with pytest.raises(ValidationError, match="hard to read"):
        ShopSettings(accent_colour=colour).full_clean()


@pytest.mark.parametrize("colour", ["red", "#12345", "#8c3219;}", "#8c3219\n", "javascript:"])
def test_an_invalid_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValidationError):
        ShopSettings(accent_colour=colour).full_clean()


def test_the_contrast_of_two_colours() -> None:
    assert contrast("#000000", "#ffffff") == contrast("#FFFFFF", "#000000") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_shops_colour_has_a_style_sheet_of_its_own() -> None:
    browser = Client()
    assert "/theme-" not in browser.get("/").content.decode()
    ShopSettings.objects.create(accent_colour="#1B4F8F")
    cached_pages.forget()
    assert '<link rel="stylesheet" href="/theme-1b4f8f.css">' in browser.get("/").content.decode()
    response = browser.get("/theme-1b4f8f.css")
    assert "--madder:#1b4f8f;" in response.text and response["Content-Type"] == "text/css"
    assert "immutable" in response["Cache-Control"]
    assert browser.get("/theme-1b4f8g.css").status_code == 404
    assert browser.post("/theme-1b4f8f.css").status_code == 405


def test_the_logo_replaces_the_name_in_the_header_and_the_footer_has_its_text(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("logo.png", encoded(Image.new("RGB", (400, 100)), "PNG"), "image/png")
    logo = ShopImage.objects.create(title="Logo", file=file)
    ShopSettings.objects.create(name="Lamps", logo=logo, footer_text="Open from 9 to 5.")
    html = Client().get("/").content.decode()
    assert re.search(r'<img class="logo"[^>]* alt="Lamps"', " ".join(html.split()))
    assert "Open from 9 to 5." in html
    logo.delete()
    cached_pages.forget()
    assert 'class="logo"' not in Client().get("/").content.decode()


def test_the_note_below_prices_stands_next_to_each_price(lamp: ProductPage, client: Client) -> None:
    note = "incl. VAT, plus <delivery>"
    assert note not in "".join(client.get(path).text for path in ("/", lamp.get_url()))
    ShopSettings.objects.create(name="Lamps", price_note=note)
    fill(client, (lamp, 1))
    cached_pages.forget()
    for path in ("/", "/products/", lamp.get_url(), "/checkout/"):
        page = BeautifulSoup(client.get(path).content, "html.parser")
        assert note in page.get_text(), path
