"""What Stripe has of a product, read from the sandbox past our own code, and an editor at the page
editor.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from products.models import ProductIndexPage, ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from users.models import User


class AtStripe:
    """The sandbox's own records; no call is made and counted for them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._state = sandbox.state

    def product(self, page: ProductPage) -> dict[str, Any]:
        """The product of a page. Raises AssertionError if Stripe has none."""
        found = self._state.get("product", f"prod_{page.product_key.hex}")
        assert found is not None, "Stripe has no such product"
        return found

    def change(self, kind: str, object_id: str, **changes: Any) -> None:
        """What somebody does in the Dashboard."""
        found = self._state.get(kind, object_id)
        assert found is not None
        self._state.save({**found, **changes})

    def products(self) -> list[str]:
        """The names of all products."""
        return sorted(product["name"] for product in self._state.find("product"))

    def prices(self, page: ProductPage) -> list[tuple[int, bool]]:
        """Amount and activity of each price of a page's product, oldest first."""
        found = self._state.find("price", [("product", "eq", f"prod_{page.product_key.hex}")])
        return [(price["unit_amount"], price["active"]) for price in reversed(found)]

    def price_id(self, page: ProductPage, amount: int) -> str:
        """The id of the one price of this amount."""
        wanted = [("product", "eq", f"prod_{page.product_key.hex}"), ("unit_amount", "eq", amount)]
        (price,) = self._state.find("price", wanted)
        return str(price["id"])

    def charged(self, page: ProductPage) -> int | None:
        """The amount of the active default price of the active product; None when Stripe does not
        sell it.
        """
        product = self.product(page)
        price = (
            self._state.get("price", product["default_price"]) if product["default_price"] else None
        )
        sold = product["active"] and price is not None and price["active"]
        return int(price["unit_amount"]) if sold and price else None


@pytest.fixture
def at_stripe(sandbox: Sandbox) -> AtStripe:
    """What Stripe has."""
    return AtStripe(sandbox)


@pytest.fixture
def synced_lamp(sandbox: Sandbox, lamp: ProductPage) -> ProductPage:
    """The lamp, on sale at Stripe too; the calls so far are forgotten."""
    assert sync_catalogue() == []
    sandbox.requests.clear()
    return lamp


@pytest.fixture
def editor(db: None, client_of: Callable[[User], Client]) -> Client:
    """A browser at Wagtail's page editor."""
    return client_of(User.objects.create_superuser("editor@example.com", "a-long-password"))


def page_form(action: str = "action-publish", **fields: Any) -> dict[str, Any]:
    """What the page editor sends for a product page without pictures and body."""
    return {
        "title": "Brass lamp",
        "slug": "brass-lamp",
        "summary": "Lights a room.",
        "price": "1499.00",
        "confirm_price": "on",
        "image": "",
        "image_alt": "",
        "gallery-count": "0",
        "body-count": "0",
        "seo_title": "",
        "search_description": "",
        "go_live_at": "",
        "expire_at": "",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        **({action: "1"} if action else {}),
        **fields,
    }


def create_page(editor: Client, action: str = "action-publish", **fields: Any) -> Any:
    """Send the form of a new product page."""
    index = ProductIndexPage.objects.get()
    return editor.post(
        f"/admin/pages/add/products/productpage/{index.pk}/", page_form(action, **fields)
    )


def edit_page(
    editor: Client, page: ProductPage, action: str = "action-publish", **fields: Any
) -> Any:
    """Send the form of an existing product page."""
    values = {
        "title": page.title,
        "slug": page.slug,
        "summary": page.summary,
        "price": str(page.price),
        **fields,
    }
    return editor.post(f"/admin/pages/{page.pk}/edit/", page_form(action, **values))
