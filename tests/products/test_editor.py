"""The page editor: impossible prices are refused beside their field, and publishing never waits for
Stripe.
"""

import re
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from products.models import PricePeriod, Product, ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, publish
from tests.orders.selling import open_page
from tests.products.conftest import AtStripe, create_page, edit_page, page_form
from tests.staff import make_staff

MOST = "The maximum amount is"
LEAST = "The minimum amount is"


def price_errors(response: Any) -> list[str]:
    """The messages beside the price field of the form that came back."""
    assert response.status_code == 200
    form = response.context["form"]
    assert set(form.errors) == {"price"}
    messages = [str(message).replace("\xa0", " ") for message in form.errors["price"]]
    html = response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ")
    place = html.index('id="panel-child-content-child-price-child-price-errors"')
    assert all(message in html[place : place + 600] for message in messages)
    return messages


@pytest.mark.parametrize(
    ("currency", "price", "message"),
    [
        ("inr", "199.995", "INR amounts can have at most 2 decimals."),
        ("inr", "0.49", f"{LEAST} ₹0.50."),
        ("inr", "0", f"{LEAST} ₹0.50."),
        ("inr", "-5", f"{LEAST} ₹0.50."),
        ("inr", "1000000", f"{MOST} ₹9,99,999.99."),
        ("inr", "1E6", f"{MOST} ₹9,99,999.99."),
        (
            "inr",
            "9999999999",
            "Ensure that there are no more than 9 digits before the decimal point.",
        ),
        ("inr", "1.0001", "Ensure that there are no more than 3 decimal places."),
        ("inr", "abc", "Enter a number."),
        ("inr", "NaN", "Enter a number."),
        ("inr", "Infinity", "Enter a number."),
        ("inr", "", "This field is required."),
        ("jpy", "199.50", "JPY amounts cannot have decimals."),
        ("jpy", "49", f"{LEAST} JP¥50."),
        ("jpy", "100000000", f"{MOST} JP¥9,99,99,999."),
        ("kwd", "5.125", "KWD amounts must be multiples of KWD 0.010."),
        ("kwd", "99999.999", f"{MOST} KWD 99,999.990."),
        ("isk", "1500.50", "ISK amounts must be multiples of ISK 1.00."),
    ],
)
def test_an_impossible_price_is_refused_beside_its_field(
    editor: Client, settings: Settings, currency: str, price: str, message: str
) -> None:
    settings.SHOP_CURRENCY = currency
    assert message in price_errors(create_page(editor, price=price))
    assert not ProductPage.objects.exists() and not PricePeriod.objects.exists()


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [
        ("inr", "0.50", 50),
        ("inr", "999999.99", 99_999_999),
        ("inr", "199.900", 19990),
        ("jpy", "50", 50),
        ("jpy", "1500.000", 1500),
        ("kwd", "5.120", 5120),
        ("isk", "1500", 150_000),
        ("ugx", "3000", 300_000),
    ],
)
def test_a_possible_price_is_published(
    editor: Client, settings: Settings, currency: str, price: str, minor: int
) -> None:
    settings.SHOP_CURRENCY = currency
    assert create_page(editor, price=price).status_code == 302
    page = ProductPage.objects.get()
    assert page.live and (page.unit_amount, page.currency) == (minor, currency)
    period = PricePeriod.objects.get()
    assert (period.amount, period.currency, period.until) == (minor, currency, None)


def test_a_draft_may_wait_for_its_price_and_is_not_published_without(editor: Client) -> None:
    assert create_page(editor, action="", price="").status_code == 302
    page = ProductPage.objects.get()
    assert (page.price, page.live) == (None, False)
    assert price_errors(edit_page(editor, page, price="")) == ["This field is required."]
    page.refresh_from_db()
    assert not page.live and not PricePeriod.objects.exists()


def test_a_draft_with_an_impossible_price_gets_an_error_at_once(editor: Client) -> None:
    assert "INR amounts can have at most 2 decimals." in price_errors(
        create_page(editor, action="", price="1.999")
    )
    assert not ProductPage.objects.exists()


def test_a_refused_price_leaves_the_published_one(editor: Client, lamp: ProductPage) -> None:
    price_errors(edit_page(editor, lamp, price="0.10"))
    lamp.refresh_from_db()
    assert lamp.price == Decimal("1499")
    assert [period.amount for period in PricePeriod.objects.all()] == [149900]


def test_a_draft_without_a_price_that_is_published_in_bulk_stays_a_draft(
    editor: Client, lamp: ProductPage
) -> None:
    lamp.unpublish()
    edit_page(editor, lamp, action="", price="")
    for chosen, below in ((lamp.pk, ""), (lamp.get_parent().pk, "on")):
        url = f"/admin/bulk/wagtailcore/page/publish/?id={chosen}&next=/admin/pages/"
        response = editor.post(url, {"include_descendants": below}, follow=True)
        assert "These products need a price first: Brass lamp." in response.content.decode()
        lamp.refresh_from_db()
        assert not lamp.live


def test_drafts_with_a_price_are_published_in_bulk(editor: Client, lamp: ProductPage) -> None:
    lamp.unpublish()
    edit_page(editor, lamp, action="", price="249.50")
    url = f"/admin/bulk/wagtailcore/page/publish/?id={lamp.pk}&next=/admin/pages/"
    assert editor.post(url, {"include_descendants": ""}).status_code == 302
    lamp.refresh_from_db()
    assert lamp.live and lamp.unit_amount == 24950
    assert PricePeriod.objects.get(until=None).amount == 24950


def panel(editor: Client, page: ProductPage) -> str:
    """The words of the Stripe panel in the page editor."""
    html = editor.get(f"/admin/pages/{page.pk}/edit/").content.decode()
    start = html.index('<span class="w-status')
    return " ".join(html[start : html.index("</div>", start)].split())


@pytest.mark.parametrize(
    ("currency", "shown"), [("inr", "1499.00"), ("jpy", "1499"), ("kwd", "1499.000")]
)
def test_the_price_is_shown_with_the_decimals_of_the_currency(
    editor: Client, settings: Settings, lamp: ProductPage, currency: str, shown: str
) -> None:
    settings.SHOP_CURRENCY = currency
    html = editor.get(f"/admin/pages/{lamp.pk}/edit/").content.decode()
    assert re.search(r'<input[^>]*name="price"[^>]*>', html)[0].count(f'value="{shown}"') == 1  # type: ignore[index]


@pytest.mark.parametrize(
    "fault", [{"kind": "error"}, {"kind": "hang", "seconds": 60}, {"kind": "reset"}]
)
def test_publishing_makes_no_call_to_stripe_and_does_not_wait(
    editor: Client, sandbox: Sandbox, synced_lamp: ProductPage, fault: dict[str, Any]
) -> None:
    sandbox.fail_next(**fault, times=None)
    begun = time.monotonic()
    assert edit_page(editor, synced_lamp, price="249.50").status_code == 302
    assert time.monotonic() - begun < 5
    assert sandbox.requests == []
    synced_lamp.refresh_from_db()
    assert synced_lamp.price == Decimal("249.50")
    assert "Pending" in panel(editor, synced_lamp)
    assert sandbox.requests == []


def test_the_editor_reads_what_stripe_says_until_it_is_in_step(
    editor: Client, sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage
) -> None:
    assert "In sync" in panel(editor, synced_lamp)
    sandbox.fail_next(times=None, status=503)
    edit_page(editor, synced_lamp, price="249.50")
    assert len(sync_catalogue()) == 1
    shown = panel(editor, synced_lamp)
    assert "Failed" in shown and "This error was requested" in shown
    assert at_stripe.charged(synced_lamp) == 149900
    sandbox.clear_faults()
    assert sync_catalogue(now=True) == []
    shown = panel(editor, synced_lamp)
    assert "In sync" in shown and "was requested" not in shown
    assert at_stripe.charged(synced_lamp) == 24950


def test_a_shop_whose_key_opens_nothing_says_so_beside_the_price(
    editor: Client, settings: Settings, sandbox: Sandbox, lamp: ProductPage
) -> None:
    settings.STRIPE_SECRET_KEY = "pk_test_wrong"
    assert "Pending" in panel(editor, lamp)
    with pytest.raises(Exception, match="Invalid API Key"):
        sync_catalogue()
    shown = panel(editor, lamp)
    assert "Failed" in shown and "Invalid API Key" in shown
    settings.STRIPE_SECRET_KEY = "sk_test_right"
    assert "Pending" in panel(editor, lamp)
    assert sync_catalogue() == []
    assert "In sync" in panel(editor, lamp)


def test_a_page_that_sells_nothing_says_so(editor: Client, synced_lamp: ProductPage) -> None:
    synced_lamp.unpublish()
    assert "Pending" in panel(editor, synced_lamp)
    assert sync_catalogue() == []
    assert "Not for sale" in panel(editor, synced_lamp)


def test_a_draft_that_never_went_live_is_not_for_sale_and_a_new_page_has_no_panel(
    editor: Client, sandbox: Sandbox
) -> None:
    create_page(editor, action="")
    page = ProductPage.objects.get()
    assert "Not for sale" in panel(editor, page)
    assert sync_catalogue() == [] and sandbox.summary()["objects"].get("product") is None
    assert "Not for sale" in panel(editor, page)
    form = editor.get(
        f"/admin/pages/add/products/productpage/{page.get_parent().pk}/"
    ).content.decode()
    assert "Product at Stripe" not in form and 'class="w-status' not in form


def test_going_back_to_an_account_shows_its_state_again(
    editor: Client, settings: Settings, sandbox: Sandbox, synced_lamp: ProductPage
) -> None:
    with Sandbox() as other:
        settings.STRIPE_API_BASE = other.url
        assert sync_catalogue() == []
        other.fail_next(times=None)
        edit_page(editor, synced_lamp, price="249.50")
        assert len(sync_catalogue()) == 1
        assert "Failed" in panel(editor, synced_lamp)
    settings.STRIPE_API_BASE = sandbox.url
    assert "Pending" in panel(editor, synced_lamp)
    assert sync_catalogue() == []
    assert "In sync" in panel(editor, synced_lamp)


def test_an_editor_may_copy_a_product_and_the_copy_is_another_product(
    editor: Client, at_stripe: AtStripe, make_product: MakeProduct
) -> None:
    lamp = make_product()
    assert sync_catalogue() == []
    data = {
        "new_title": "Second lamp",
        "new_slug": "second-lamp",
        "new_parent_page": lamp.get_parent().pk,
        "publish_copies": "on",
    }
    assert editor.post(f"/admin/pages/{lamp.pk}/copy/", data).status_code == 302
    copy = ProductPage.objects.get(slug="second-lamp")
    assert sync_catalogue() == []
    assert at_stripe.product(copy)["id"] != at_stripe.product(lamp)["id"]
    assert at_stripe.prices(lamp) == at_stripe.prices(copy) == [(149900, True)]
    assert at_stripe.price_id(lamp, 149900) != at_stripe.price_id(copy, 149900)


def warnings(response: Any) -> list[str]:
    """The warnings on the page that a form leads to."""
    return [
        str(message).strip()
        for message in response.context["messages"]
        if message.tags == "warning"
    ]


def test_publishing_a_product_without_a_picture_shows_a_warning(editor: Client) -> None:
    response = editor.get(create_page(editor)["Location"])
    assert ProductPage.objects.get().live
    (warning,) = warnings(response)
    assert "This product is published, but it has no picture: Brass lamp." in warning


def test_publishing_a_change_warns_again_and_saving_a_draft_does_not(
    editor: Client, lamp: ProductPage
) -> None:
    assert len(warnings(editor.get(edit_page(editor, lamp)["Location"]))) == 1
    response = edit_page(editor, lamp, action="")
    assert warnings(editor.get(response["Location"])) == []


def test_publishing_a_product_with_a_picture_shows_no_warning(
    editor: Client, lamp: ProductPage, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    picture = get_image_model().objects.create(title="Lamp", file=get_test_image_file())
    response = edit_page(editor, lamp, image=str(picture.pk))
    assert warnings(editor.get(response["Location"])) == []


@pytest.mark.parametrize("below", [False, True])
def test_publishing_in_bulk_names_the_products_without_a_picture(
    editor: Client, make_product: MakeProduct, below: bool
) -> None:
    pages = [make_product("Brass lamp"), make_product("Quilt", "2499.00")]
    ids = [pages[0].get_parent().pk] if below else [page.pk for page in pages]
    chosen = "&".join(f"id={pk}" for pk in ids)
    url = f"/admin/bulk/wagtailcore/page/publish/?{chosen}&next=/admin/pages/"
    response = editor.post(url, {"include_descendants": "on"} if below else {}, follow=True)
    (warning,) = warnings(response)
    assert "have no picture: Brass lamp, Quilt." in warning


def test_the_price_panel_shows_what_shoppers_pay_next_to_a_draft_price(
    editor: Client, synced_lamp: ProductPage
) -> None:
    edit_page(editor, synced_lamp, price="249.50", action="")
    page = editor.get(f"/admin/pages/{synced_lamp.pk}/edit/").content.decode()
    assert 'value="249.50"' in page
    assert "The price has been ₹1,499.00 since" in panel(editor, synced_lamp)
    assert "changes the price from ₹1,499.00 to ₹249.50." in panel(editor, synced_lamp)


def test_going_back_to_a_revision_with_another_price_says_so(
    editor: Client, synced_lamp: ProductPage
) -> None:
    older = publish(synced_lamp).latest_revision_id
    assert "changes the price" not in panel(editor, synced_lamp)
    edit_page(editor, synced_lamp, price="249.50")
    assert "changes the price" not in panel(editor, synced_lamp)
    path = f"/admin/pages/{synced_lamp.pk}/revisions/{older}/revert/"
    page = " ".join(editor.get(path).content.decode().split())
    assert "Publishing this version changes the price from ₹249.50 to ₹1,499.00." in page
    assert ProductPage.objects.get(pk=synced_lamp.pk).unit_amount == 24950


def test_stripe_ids_are_shown_to_people_who_can_use_them_only(
    editor: Client, synced_lamp: ProductPage
) -> None:
    stripe_id = Product.objects.get(translation_key=synced_lamp.translation_key).stripe_id
    assert stripe_id in panel(editor, synced_lamp)
    assert "price_" in panel(editor, synced_lamp)
    client = Client()
    client.force_login(make_staff(role="Price editors", email="price-editor@example.com"))
    shown = panel(client, synced_lamp)
    assert "The price has been" in shown
    assert stripe_id not in shown and "price_" not in shown


@pytest.mark.parametrize(
    ("price", "is_refused"),
    [("749.49", True), ("2248.51", True), ("749.50", False), ("2248.50", False), ("9.00", True)],
)
def test_a_price_that_changes_by_more_than_half_has_to_be_confirmed(
    editor: Client, lamp: ProductPage, price: str, is_refused: bool
) -> None:
    page = publish(lamp)
    address = f"/admin/pages/{page.pk}/edit/"
    form = page_form(price=price, confirm_price="")
    answer = editor.post(address, form)
    live = ProductPage.objects.get(pk=page.pk).price
    if is_refused:
        assert "Tick the box below" in answer.content.decode() and live == Decimal("1499")
        assert 'type="checkbox" name="confirm_price"' in answer.content.decode()
        editor.post(address, form | {"confirm_price": "on"})
    assert ProductPage.objects.get(pk=page.pk).price == Decimal(price)


def test_a_draft_needs_no_confirmation(editor: Client, lamp: ProductPage) -> None:
    page = publish(lamp)
    form = page_form(action="", price="1.00", confirm_price="")
    assert editor.post(f"/admin/pages/{page.pk}/edit/", form).status_code == 302
    draft = ProductPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert draft.price == Decimal("1.00")


def test_the_panel_says_how_many_shoppers_are_paying(
    editor: Client, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    assert "on the payment page now" not in panel(editor, lamp)
    open_page(member, lamp)
    assert "1 shopper is on the payment page now" in panel(editor, lamp)
    assert 'data-live="1499.00"' in editor.get(f"/admin/pages/{lamp.pk}/edit/").content.decode()
