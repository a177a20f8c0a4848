"""Dates that cannot be stored and read back are refused at their field; lists survive them."""

from typing import Any

import pytest
from django.test import Client
from wagtail.models import Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from home.models import HomePage, TextPage
from products.models import ProductIndexPage, ProductPage
from tests.products.conftest import edit_page

REASON = "Enter a date from 2000 to 2199."
IMPOSSIBLE = [
    *((field, "0001-01-01 00:00") for field in ("sale_from", "sale_until", "go_live_at")),
    *((field, "9999-12-31 23:59") for field in ("sale_from", "sale_until", "expire_at")),
    ("sale_from", "1999-12-31 23:59"),
    ("expire_at", "2200-01-01 00:00"),
]


def revisions() -> list[Any]:
    """Every page with its newest version, and what a product's sale is."""
    sales = ProductPage.objects.values_list("sale_from", "sale_until", "go_live_at")
    return [*Page.objects.values_list("pk", "latest_revision", "go_live_at", "expire_at"), *sales]


@pytest.mark.parametrize(("field", "moment"), IMPOSSIBLE)
def test_a_product_is_not_saved_with_an_impossible_date(
    editor: Client, lamp: ProductPage, field: str, moment: str
) -> None:
    before = revisions()
    answer = edit_page(editor, lamp, **{"sale_price": "1000.00", field: moment})
    assert answer.status_code == 200
    assert REASON in answer.context["form"].errors[field]
    assert revisions() == before
    assert editor.get("/products/brass-lamp/").status_code == 200


@pytest.mark.parametrize("field", ["sale_from", "sale_until", "go_live_at", "expire_at"])
def test_possible_dates_are_saved(editor: Client, lamp: ProductPage, field: str) -> None:
    fields = {"sale_price": "1000.00", field: "2199-12-31 23:59"}
    assert edit_page(editor, lamp, **fields).status_code == 302


@pytest.mark.parametrize("model", [HomePage, ProductIndexPage, TextPage])
@pytest.mark.parametrize("field", ["go_live_at", "expire_at"])
def test_other_pages_are_not_saved_either(
    editor: Client, lamp: ProductPage, model: type[Page], field: str
) -> None:
    if model is TextPage:
        HomePage.objects.get().add_child(instance=TextPage(title="Terms", body="<p>Hello</p>"))
    page, before = model.objects.get(), revisions()
    data = nested_form_data(
        {
            "title": page.title,
            "slug": page.slug,
            "body": rich_text("<p>Hello</p>"),
            field: "9999-12-31 23:59",
            "comments": inline_formset([]),
            "action-publish": "1",
        }
    )
    answer = editor.post(f"/admin/pages/{page.pk}/edit/", data)
    assert answer.status_code == 200
    assert REASON in answer.context["form"].errors[field]
    assert revisions() == before


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("bound", ["from", "to"])
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("orders/", "placed_at"),
        ("checkouts/", "created_at"),
        ("events/", "received_at"),
        ("reconciliations/", "cutoff"),
        ("reports/site-history/", "timestamp"),
        ("pages/3/", "latest_revision_created_at"),
    ],
)
def test_lists_can_be_filtered_by_any_date(
    editor: Client, lamp: ProductPage, path: str, field: str, day: str, bound: str
) -> None:
    answer = editor.get(f"/admin/{path}", {f"{field}_{bound}": day}, follow=True)
    assert answer.status_code == 200
