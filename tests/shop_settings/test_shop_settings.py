"""The shop's name, contact and sender: defaults, the admin's form, and where they are shown."""

import json
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from pytest_django import Settings

from products.models import ProductPage
from shop_settings.models import ShopSettings, sender
from users.models import User

pytestmark = pytest.mark.django_db


def test_a_new_shop_has_a_name_and_a_sender_and_no_row(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "shop@localhost"
    assert ShopSettings.current().name == "VipraTech"
    assert sender() == "VipraTech <shop@localhost>"
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
    assert "VipraTech" not in page
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
    "email_colour": "#8c3219",
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
