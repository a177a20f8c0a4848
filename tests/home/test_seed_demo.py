"""`seed_demo`: makes what is missing, keeps what is there, refuses real shops."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings
from wagtail.models import Page, Revision

from home.demo.content import PASSWORD, PRODUCTS
from home.demo.seeding import price_of
from home.models import HomePage
from money import check_chargeable, to_minor
from money.currencies import MINIMUM, THREE_DECIMAL, ZERO_DECIMAL
from products.models import PricePeriod, ProductIndexPage, ProductPage
from shop_images.models import ShopImage
from users.models import User


@pytest.fixture(autouse=True)
def _media(db: None, settings: Settings, tmp_path: Any) -> None:
    """Pictures go where the test ends."""
    settings.MEDIA_ROOT = tmp_path


def everything() -> list[int]:
    """Counts of all that the command could make."""
    return [model.objects.count() for model in (Page, Revision, ShopImage, User, PricePeriod)]


def log_in(email: str) -> Client:
    """A browser logged in through the login page with the demo password."""
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return client


def test_three_products_are_live_with_price_pictures_and_text() -> None:
    call_command("seed_demo")
    pages = list(ProductPage.objects.for_sale())
    assert [(page.title, page.price) for page in pages] == [
        ("Brass Lamp", Decimal("1499")),
        ("Block-Print Quilt", Decimal("2499")),
        ("Stoneware Tea Set", Decimal("899.5")),
    ]
    for page in pages:
        assert page.image.width == 1600
        assert len(page.gallery) == 2
        assert {block.block_type for block in page.body} == {"heading", "text", "specifications"}
        assert page.live_revision is not None


def test_a_second_run_makes_nothing() -> None:
    call_command("seed_demo")
    before = everything()
    call_command("seed_demo")
    assert everything() == before


def test_what_an_editor_changed_stays() -> None:
    call_command("seed_demo")
    page = ProductPage.objects.get(slug="brass-lamp")
    page.title, page.slug, page.price = "Temple Lamp", "temple-lamp", Decimal("1600")
    page.save_revision().publish()
    home = HomePage.objects.get()
    home.hero_title = ""
    home.save_revision().publish()
    ProductPage.objects.get(slug="block-print-quilt").delete()

    call_command("seed_demo")

    assert sorted(ProductPage.objects.values_list("title", "price")) == [
        ("Stoneware Tea Set", Decimal("899.5")),
        ("Temple Lamp", Decimal("1600")),
    ]
    assert HomePage.objects.get().hero_title == ""


def test_a_draft_of_an_editor_is_not_published() -> None:
    home = HomePage.objects.get()
    home.hero_title = "Half a thought"
    home.save_revision()
    call_command("seed_demo")
    home.refresh_from_db()
    assert home.hero_title == ""
    assert home.has_unpublished_changes


def test_a_demo_user_who_changed_the_password_keeps_it() -> None:
    call_command("seed_demo")
    shopper = User.objects.get(email="shopper@example.com")
    shopper.set_password("my-own-words")
    shopper.save()
    call_command("seed_demo")
    shopper.refresh_from_db()
    assert shopper.check_password("my-own-words")


@pytest.mark.parametrize(
    ("email", "pages", "orders", "users"),
    [
        ("admin@example.com", 200, 200, 200),
        ("editor@example.com", 200, 302, 302),
        ("orders@example.com", 403, 200, 302),
    ],
)
def test_each_demo_user_reaches_what_the_role_is_for(
    email: str, pages: int, orders: int, users: int
) -> None:
    call_command("seed_demo")
    client = log_in(email)
    lamp = ProductPage.objects.get(slug="brass-lamp")
    found = [
        client.get(path).status_code
        for path in (f"/admin/pages/{lamp.pk}/edit/", "/admin/orders/", "/admin/users/")
    ]
    assert found == [pages, orders, users]


def test_the_demo_shopper_logs_in_and_is_kept_out_of_the_admin() -> None:
    call_command("seed_demo")
    client = log_in("shopper@example.com")
    assert client.get("/orders/").status_code == 200
    assert client.get("/admin/").status_code != 200


def test_the_demo_editor_may_publish_pages_and_change_pictures() -> None:
    call_command("seed_demo")
    editor = User.objects.get(email="editor@example.com")
    lamp = ProductPage.objects.get(slug="brass-lamp")
    assert lamp.permissions_for_user(editor).can_publish()
    client = log_in("editor@example.com")
    assert client.get(f"/admin/images/{lamp.image_id}/").status_code == 200
    assert client.get("/admin/images/add/").status_code == 200


def test_a_shop_with_a_stripe_key_is_refused_and_unchanged(settings: Settings) -> None:
    settings.SHOP_DEMO = False
    before = everything()
    with pytest.raises(CommandError, match="Stripe key"):
        call_command("seed_demo")
    assert everything() == before


@pytest.mark.parametrize("role", ["superuser", "staff", "editor"])
def test_a_shop_with_staff_of_its_own_is_refused_and_unchanged(role: str) -> None:
    user = User.objects.create_user(
        "owner@shop.example", "a-long-password", is_staff=role == "staff"
    )
    if role == "superuser":
        User.objects.filter(pk=user.pk).update(is_superuser=True)
    if role == "editor":
        user.groups.add(Group.objects.get(name="Editors"))
    before = everything()
    with pytest.raises(CommandError, match=r"owner@shop\.example"):
        call_command("seed_demo")
    assert everything() == before
    assert HomePage.objects.get().hero_title == ""


@pytest.mark.parametrize("role", ["superuser", "editor"])
def test_at_a_start_a_shop_with_staff_of_its_own_is_left_alone_without_an_error(
    role: str, capsys: pytest.CaptureFixture[str]
) -> None:
    create = User.objects.create_superuser if role == "superuser" else User.objects.create_user
    user = create("owner@shop.example", "a-long-password")
    if role == "editor":
        user.groups.add(Group.objects.get(name="Editors"))
    before = everything()
    call_command("seed_demo", if_new=True)
    assert everything() == before
    output = capsys.readouterr().out
    assert "staff of its own" in output
    assert "owner@" not in output


def test_at_a_start_only_staff_are_a_reason_to_add_nothing(settings: Settings) -> None:
    settings.SHOP_DEMO = False
    User.objects.create_superuser("owner@shop.example", "a-long-password")
    before = everything()
    with pytest.raises(CommandError, match="not a demo"):
        call_command("seed_demo", if_new=True)
    assert everything() == before


def test_customers_of_a_demo_do_not_stop_it() -> None:
    User.objects.create_user("somebody@shop.example", "a-long-password")
    call_command("seed_demo")
    assert ProductPage.objects.count() == 3


def test_a_shop_without_a_product_list_gets_its_users_only() -> None:
    ProductIndexPage.objects.get().delete()
    call_command("seed_demo")
    assert ProductPage.objects.count() == 0
    assert User.objects.count() == 4


def test_the_prices_can_be_charged_in_every_currency() -> None:
    for currency in {*MINIMUM, *ZERO_DECIMAL, *THREE_DECIMAL, "isk", "ugx"}:
        for product in PRODUCTS:
            check_chargeable(to_minor(price_of(product, currency), currency), currency)
