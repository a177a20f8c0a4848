"""Links to the list of products follow the page, and old addresses redirect."""

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from products.models import ProductIndexPage, ProductPage
from users.models import User

PATHS = ["/", "/products/brass-lamp/", "/orders/", "/nothing/"]


@pytest.fixture
def index(db: None) -> ProductIndexPage:
    return ProductIndexPage.objects.get()


def rename(index: ProductIndexPage, slug: str) -> None:
    """Publish the page under another slug, as an editor does."""
    index.refresh_from_db()  # the number of children may have changed
    index.slug = slug
    index.save_revision().publish()


def test_links_follow_when_the_slug_changes(
    index: ProductIndexPage, lamp: ProductPage, client: Client, shopper: User
) -> None:
    client.force_login(shopper)
    rename(index, "catalogue")
    for path in ("/", "/catalogue/", "/catalogue/brass-lamp/", "/orders/", "/nothing/"):
        response = client.get(path)
        assert response.status_code == (404 if path == "/nothing/" else 200)
        page = response.content.decode()
        assert 'href="/catalogue/"' in page, path
        assert 'href="/products/' not in page, path


def test_old_addresses_redirect(
    index: ProductIndexPage,
    lamp: ProductPage,
    client: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        rename(index, "catalogue")
    for old, new in (
        ("/products/", "/catalogue/"),
        ("/products/brass-lamp/", "/catalogue/brass-lamp/"),
    ):
        response = client.get(old)
        assert response.status_code == 301
        assert response["Location"].endswith(new)
        assert client.get(response["Location"]).status_code == 200


def test_nothing_links_to_an_index_that_is_not_published(
    index: ProductIndexPage, lamp: ProductPage, client: Client, shopper: User
) -> None:
    client.force_login(shopper)
    index.unpublish()
    for path in PATHS:
        assert 'href="/products/"' not in client.get(path).content.decode(), path
