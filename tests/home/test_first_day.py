"""From an empty database to a shop that is ready to open: the command, and the checklist."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from pytest_django import Settings
from wagtail.models import Site

from home.checklist import items
from home.first_day import add_legal_pages
from home.models import HomePage, TextPage
from mail.models import Message
from orders.refunds.send import send
from products.models import ProductPage
from shop_settings.models import LEGAL_PAGES, ShopSettings
from stripe_sandbox import Sandbox
from tests.orders.refunding import request, sell
from tests.staff import make_staff
from users.models import User
from users.roles import OWNERS
from vipratech import cached_pages
from vipratech.locale_record import update_locale_record
from worker import registry
from worker.models import JobRun

pytestmark = pytest.mark.django_db


def set_up(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("setup_shop", *arguments)
    return capsys.readouterr().out


def test_the_legal_pages_of_a_german_shop_are_in_german(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.LANGUAGE_CODE = "de"
    update_locale_record()
    with translation.override("de"):
        set_up(capsys, "--name=Lampen", "--owner=owner@example.com")
    titles = TextPage.objects.order_by("pk").values_list("title", flat=True)
    assert list(titles) == [
        "Allgemeine Geschäftsbedingungen",
        "Datenschutzerklärung",
        "Rücksendung und Erstattung",
        "Impressum",
    ]
    bodies = " ".join(TextPage.objects.values_list("body", flat=True))
    assert "Entwurf" in bodies and "Ihre gesetzlichen Rechte" in bodies
    assert not set(bodies.split()) & {"the", "your", "we", "draft"}


def test_one_command_names_the_shop_and_lets_the_owner_in(
    capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    text = set_up(capsys, "--name=Lamps & Sons", "--owner=owner@example.com")
    assert "India, currency INR, time zone Asia/Kolkata, address http://testserver" in text
    assert ShopSettings.objects.get().name == "Lamps & Sons"
    assert Site.objects.get().hostname == "testserver" and HomePage.objects.get().live
    (link,) = re.findall(r"http://testserver(/\S+)", text.split("choose a password:")[1])
    form = client.get(link, follow=True)
    password = {"password1": "brass-and-clay-7", "password2": "brass-and-clay-7"}
    assert client.post(form.redirect_chain[-1][0], password).status_code == 302
    login = {"login": "owner@example.com", "password": "brass-and-clay-7"}
    browser = Client()
    assert browser.post("/admin/login/", login)["Location"] == "/admin/"
    owner = User.objects.get()
    assert [group.name for group in owner.groups.all()] == [OWNERS.group]
    assert not owner.is_superuser
    assert "Ready to open" in browser.get("/admin/").content.decode()


def test_the_legal_pages_are_drafts_that_the_footer_shows_once_they_are_published(
    capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    set_up(capsys, "--name=Lamps", "--owner=owner@example.com")
    pages = [getattr(ShopSettings.objects.get(), name) for name in LEGAL_PAGES]
    assert [page.live for page in pages] == [False] * 4
    assert "Privacy policy" not in client.get("/").content.decode()
    assert client.get("/privacy/").status_code == 404
    TextPage.objects.get(slug="privacy").save_revision().publish()
    cached_pages.forget()
    assert '<a href="/privacy/">Privacy policy</a>' in client.get("/").content.decode()
    assert "never see your card number" in client.get("/privacy/").content.decode()


def test_repeating_it_leaves_what_exists(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(capsys, "--name=Lamps", "--owner=owner@example.com")
    owner = User.objects.get()
    owner.set_password("a-long-password")
    owner.save()
    text = set_up(capsys, "--name=Other", "--owner=OWNER@example.com")
    assert ShopSettings.objects.get().name == "Lamps" and "can log in" in text
    assert (TextPage.objects.count(), User.objects.count()) == (4, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--name=Lamps", "--owner=nobody"],
        ["--name=\u200b", "--owner=owner@example.com"],
        ["--name=" + "x" * 61, "--owner=owner@example.com"],
        ["--name=Lamps"],
    ],
)
def test_a_wrong_answer_is_refused_and_nothing_is_made(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("setup_shop", *arguments)
    assert not (ShopSettings.objects.exists() or User.objects.exists() or TextPage.objects.exists())


def test_a_legal_page_cannot_be_deleted_while_the_shop_needs_it(
    client_of: Callable[[User], Client],
) -> None:
    add_legal_pages(live=True)
    page = TextPage.objects.get(slug="terms")
    browser = client_of(make_staff(role="Owners"))
    for address in (
        f"/admin/pages/{page.pk}/delete/",
        f"/admin/bulk/wagtailcore/page/delete/?id={page.pk}&next=/admin/",
    ):
        answer = browser.post(address, follow=True)
        assert "The shop needs these pages: Terms and conditions." in answer.content.decode()
        assert TextPage.objects.filter(pk=page.pk).exists()
    ShopSettings.objects.update(terms_page=None)
    assert browser.post(f"/admin/pages/{page.pk}/delete/").status_code == 302
    assert not TextPage.objects.filter(pk=page.pk).exists()


def done() -> list[str]:
    cached_pages.forget()
    return [str(item.text) for item in items() if item.is_done]


def test_each_item_is_done_when_it_is_done(
    synced: Sandbox, lamp: ProductPage, member: Client, client_of: Any
) -> None:
    assert done() == ["Publish products with a price"]
    add_legal_pages(live=True)
    assert "Correct and publish the legal pages" in done()
    ShopSettings.objects.update(
        legal_name="Lamps Ltd", legal_address="1 Street", contact_email="a@example.com"
    )
    assert "Enter the seller's name, address and email address" in done()
    ShopSettings.objects.update(backups="Every night, in another building")
    assert "Note where the backups are" in done()
    ProductPage.objects.update(needs_shipping=False)
    assert "Decide where you deliver, and for how much" in done()
    Message.objects.create(kind="test", recipient="a@example.com", language="en", status="sent")
    assert "Send yourself a test email" in done()
    for job in registry.all_jobs():
        JobRun.objects.claim(job, "a worker")
        JobRun.objects.succeeded(job)
    assert "Make sure the worker is running" in done()
    order = sell(synced, member, (lamp, 1))
    assert "Buy something, so that Stripe sends the shop an event" in done()
    browser = client_of(make_staff(role="Owners"))
    assert "8 of 9 done" in " ".join(browser.get("/admin/").content.decode().split())
    send(request(order, {"Brass lamp": 1}, shipping=0))
    assert len(done()) == 9
    assert "Ready to open" not in browser.get("/admin/").content.decode()


def test_the_list_is_for_owners_and_each_item_has_a_link_that_works(
    client_of: Callable[[User], Client],
) -> None:
    add_legal_pages()
    owner = client_of(make_staff(role="Owners"))
    for item in items():
        assert owner.get(item.url, follow=True).status_code == 200, item
    desk = client_of(make_staff(role="Order desk", email="desk@example.com"))
    assert "Ready to open" not in desk.get("/admin/").content.decode()
