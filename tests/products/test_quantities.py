"""The smallest and the largest quantity of a product in an order, as editors enter them."""

import pytest
from django.test import Client

from products.models import ProductPage
from products.policy import MAX_QUANTITY
from tests.products.conftest import edit_page


def test_the_help_text_has_the_usual_maximum() -> None:
    help_text = str(ProductPage._meta.get_field("max_per_order").help_text)
    assert f"usual maximum of {MAX_QUANTITY}." in help_text


@pytest.mark.parametrize("most", ["", "99", "200"])
def test_a_minimum_that_nobody_can_order_is_refused(
    editor: Client, lamp: ProductPage, most: str
) -> None:
    answer = edit_page(editor, lamp, min_per_order="100", max_per_order=most)
    assert answer.status_code == 200
    field = "max_per_order" if most == "99" else "min_per_order"
    text = "less than the smallest" if most == "99" else "Nobody can order more than 99"
    assert list(answer.context["form"].errors) == [field] and text in answer.text
    lamp.refresh_from_db()
    assert (lamp.min_per_order, lamp.max_per_order) == (None, None)
    assert edit_page(editor, lamp, min_per_order="99", max_per_order="").status_code == 302
    lamp.refresh_from_db()
    assert lamp.min_per_order == MAX_QUANTITY
