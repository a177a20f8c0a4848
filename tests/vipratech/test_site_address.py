"""Absolute addresses follow SITE_URL, whatever host name a request is for."""

import re

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings
from wagtail.models import Site

from products.models import ProductPage
from vipratech.site_record import update_site_record

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://shop.example", "shop.example", 443),
        ("http://shop.example", "shop.example", 80),
        ("http://localhost:8000", "localhost", 8000),
    ],
)
def test_the_sitemap_and_robots_txt_have_the_shops_address(
    lamp: ProductPage, settings: Settings, url: str, host: str, port: int
) -> None:
    settings.SITE_URL = url
    call_command("migrate", verbosity=0)
    site = Site.objects.get()
    assert (site.hostname, site.port) == (host, port)
    sitemap = Client().get("/sitemap.xml", headers={"host": "127.0.0.1"}).content.decode()
    assert re.findall("<loc>(.*?)</loc>", sitemap) == [
        f"{url}/",
        f"{url}/products/",
        f"{url}/products/brass-lamp/",
    ]
    robots = Client().get("/robots.txt", headers={"host": "127.0.0.1"})
    assert robots["Content-Type"] == "text/plain"
    assert robots.content.decode().splitlines()[-1] == f"Sitemap: {url}/sitemap.xml"


def test_the_address_of_another_site_is_not_taken(settings: Settings) -> None:
    site = Site.objects.get()
    Site.objects.create(hostname="other.example", port=443, root_page=site.root_page)
    settings.SITE_URL = "https://other.example"
    update_site_record()
    assert Site.objects.get(is_default_site=True).hostname == site.hostname
    assert Site.objects.count() == 2
