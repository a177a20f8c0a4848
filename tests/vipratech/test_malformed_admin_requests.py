"""No request that staff can send to the admin ends in an internal error."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver
from pytest_django import Settings
from wagtail.models import Collection, Page

from products.models import ProductIndexPage, ProductPage
from shop_images.models import ShopImage
from tests.conftest import MakeProduct
from tests.shop_images import files
from users.models import User

# Names of parameters that Wagtail's views and ours read, and of fields in their forms.
NAMES = [
    *("page", "p", "id", "ids", "q", "ordering", "next", "parent_page_id", "page_type"),
    *("collection_id", "content_type", "locale", "layout", "filter_method", "width", "tag"),
    *("link_url", "link_text", "can_choose_root", "match_subclass", "select_format", "multiple"),
    *("url", "title", "start", "end", "created_at", "created_at_from", "collection", "file"),
    *("action", "export", "fields", "limit", "offset", "search", "order", "child_of"),
    *("descendant_of", "translation_of", "type", "user", "object_type", "model", "content_path"),
    *("site", "status", "owner", "slug", "new_parent_page", "latest_revision_created_at_from"),
    *("edited_by", "task", "workflow", "requested_by", "started_at_from", "label", "columns"),
    *("timestamp_from",),
]
EMPTY: dict[str, str] = {}
# This view of Wagtail's exists to test how errors are reported.
FAILS_ON_PURPOSE = "failwhale"


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """The routes of all views below a resolver, such as `admin/pages/<int:page_id>/edit/`."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route


@pytest.fixture
def page(settings: Settings, tmp_path: Path, make_product: MakeProduct) -> ProductPage:
    """A product with an image."""
    settings.MEDIA_ROOT = tmp_path
    image = ShopImage.objects.create(title="Lamp", file=files.upload(files.jpeg()))
    return make_product("Brass lamp", image=image)


@pytest.fixture
def addresses(page: ProductPage) -> list[str]:
    """One address for every view of the admin, with ids of things that exist where that is easy."""
    values = {
        "app_label": "products",
        "app_name": "products",
        "content_type_app_name": "products",
        "model_name": "productpage",
        "content_type_model_name": "productpage",
        "action": "delete",
        "action_name": "delete",
        "filter_spec": "width-100",
        "image_id": str(page.image_id),
        "parent_page_id": str(ProductIndexPage.objects.get().pk),
        "destination_id": str(ProductIndexPage.objects.get().pk),
        "page_id": str(page.pk),
        "page_pk": str(page.pk),
        "page_to_move_id": str(page.pk),
        "revision_id": str(page.latest_revision_id),
        "revision_id_a": "earliest",
        "revision_id_b": "latest",
        "collection_id": str(Collection.get_first_root_node().pk),
    }

    def value(match: re.Match[str]) -> str:
        kind, name = match["kind"], match["name"] or match["group"]
        default = "4f6d8e0a-1234-4bcd-9def-0123456789ab" if kind == "uuid:" else str(page.pk)
        return values.get(name, default)

    parameter = re.compile(r"\(\?P<(?P<group>\w+)>[^)]*\)|<(?P<kind>\w+:)?(?P<name>\w+)>")
    found = []
    for route in routes(get_resolver()):
        if route.startswith("admin/") and FAILS_ON_PURPOSE not in route:
            path = parameter.sub(value, re.sub(r"\\\.", ".", route))
            found.append("/" + path.replace("^", "").replace("$", ""))
    assert len(found) > 150
    return found


def browser(user: User) -> Client:
    """A browser in which somebody who works in the admin is logged in."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture
def owner(db: None) -> Client:
    """The browser of somebody who may do everything."""
    return browser(User.objects.create_superuser("owner@example.com", "a-long-password"))


@pytest.fixture
def editor(db: None) -> Client:
    """The browser of somebody who edits pages and images."""
    user = User.objects.create_user("editor@example.com", "a-long-password")
    user.groups.add(Group.objects.get(name="Editors"))
    return browser(user)


def failures(client: Client, method: str, data: dict[str, str], addresses: list[str]) -> list[str]:
    """The addresses that answer with an internal error. Whatever a request changes is undone."""
    found = []
    for address in addresses:
        if "logout" in address:
            continue
        savepoint = transaction.savepoint()
        response = getattr(client, method)(address, data)
        transaction.savepoint_rollback(savepoint)
        if response.status_code >= 500:
            found.append(f"{address}: {response.exc_info[1] if response.exc_info else ''}")
    return found


@pytest.mark.parametrize(
    ("method", "data"),
    [
        ("post", EMPTY),
        ("post", dict.fromkeys(NAMES, "x")),
        ("get", dict.fromkeys(NAMES, "x")),
        ("get", dict.fromkeys(NAMES, "\0")),
    ],
    ids=["empty post", "post words", "get words", "get NUL"],
)
def test_no_request_of_an_owner_is_an_internal_error(
    owner: Client, addresses: list[str], method: str, data: dict[str, str]
) -> None:
    assert failures(owner, method, data, addresses) == []


def test_no_empty_form_of_an_editor_is_an_internal_error(
    editor: Client, addresses: list[str]
) -> None:
    assert failures(editor, "post", EMPTY, addresses) == []


def test_an_incomplete_form_is_refused_and_changes_nothing(
    editor: Client, page: ProductPage, caplog: pytest.LogCaptureFixture
) -> None:
    index = ProductIndexPage.objects.get()
    before = [*Page.objects.values_list("pk", "title", "latest_revision")]
    for path in (f"add/products/productpage/{index.pk}/", f"{page.pk}/edit/"):
        response = editor.post(f"/admin/pages/{path}", {"action-publish": "1"})
        assert response.status_code == 400
        assert "incomplete" in response.content.decode()
    assert [*Page.objects.values_list("pk", "title", "latest_revision")] == before
    logged = [found for found in caplog.records if found.name.endswith("malformed_admin_requests")]
    assert [found.levelno for found in logged] == [logging.WARNING] * 2
    assert all(found.exc_info for found in logged)


def test_a_link_without_an_address_is_an_error_of_the_form(editor: Client) -> None:
    for data in (EMPTY, {"external-link-chooser-url": ""}, {"external-link-chooser-url": "x y"}):
        response = editor.post("/admin/choose-external-link/", data)
        assert response.status_code == 200
        assert response.json()["step"] == "external_link"
    data = {"external-link-chooser-url": "https://example.com/"}
    response = editor.post("/admin/choose-external-link/", data)
    assert response.json()["result"]["url"] == "https://example.com/"


@pytest.mark.parametrize("kind", ["page", "external-link", "email-link", "phone-link"])
@pytest.mark.parametrize("data", [{"parent_page_id": "x"}, {"link_url": "http://["}])
def test_a_link_chooser_with_unusable_values_is_not_an_internal_error(
    editor: Client, kind: str, data: dict[str, str]
) -> None:
    assert editor.get(f"/admin/choose-{kind}/", data).status_code in (200, 400)


def test_a_mistake_of_the_shop_is_still_an_internal_error(
    editor: Client, page: ProductPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(page: ProductPage) -> Any:
        raise ValueError("This is not the visitor's fault.")

    monkeypatch.setattr(ProductPage, "get_admin_display_title", mistake)
    assert editor.get(f"/admin/pages/{page.pk}/edit/", {"p": "1"}).status_code == 500


def test_a_mistake_on_a_page_of_the_shop_is_an_internal_error(
    client: Client, page: ProductPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(*args: Any, **kwargs: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setattr(ProductPage, "get_context", mistake)
    client.raise_request_exception = False
    assert client.get("/products/brass-lamp/?page=x").status_code == 500
