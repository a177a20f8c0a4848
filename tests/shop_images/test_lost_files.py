"""Pages whose image files are lost or damaged after the upload."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from wagtail.images.exceptions import InvalidFilterSpecError

from products.models import ProductPage
from shop_images.models import ShopImage
from tests.conftest import MakeProduct, publish
from tests.orders.selling import fill
from tests.shop_images import files
from users.models import User

PLACEHOLDER = "/static/images/no-picture.svg"


def lose(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def damage(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def blank(path: Path) -> None:
    """Leave an empty file."""
    path.write_bytes(b"")


@pytest.fixture(params=[lose, damage, blank])
def lamp(request: pytest.FixtureRequest, media: Path, make_product: MakeProduct) -> ProductPage:
    """A product whose pictures can no longer be made from their only file."""
    image = ShopImage.objects.create(title="Lamp", file=files.upload(files.jpeg()))
    page = make_product("Brass lamp", image=image)
    block = {"type": "image", "value": {"image": image.pk, "alt_text": "x", "decorative": False}}
    page = publish(page, gallery=[block], body=[block])
    change: Callable[[Path], None] = request.param
    change(media / image.file.name)
    return page


@pytest.mark.parametrize("path", ["/", "/products/", "/products/brass-lamp/"])
def test_a_page_shows_a_placeholder(client: Client, lamp: ProductPage, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    page = response.content.decode()
    assert "not-found" not in page
    assert page.count(PLACEHOLDER) >= 4  # each size of each format
    assert f'"image": "http://testserver{PLACEHOLDER}' not in page
    assert "og:image" not in page


def test_the_basket_shows_a_placeholder(member: Client, lamp: ProductPage) -> None:
    fill(member, (lamp, 1))
    response = member.get("/checkout/")
    assert response.status_code == 200
    assert PLACEHOLDER in response.content.decode()


def test_staff_can_open_and_preview_what_shows_it(lamp: ProductPage) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("owner@example.com", "a-long-password"))
    for path in (
        "/admin/images/",
        "/admin/images/?layout=list",
        f"/admin/images/{lamp.image_id}/",
        f"/admin/images/{lamp.image_id}/delete/",
        "/admin/images/chooser/",
        f"/admin/images/chooser/chosen/{lamp.image_id}/",
        "/admin/api/main/images/",
        f"/admin/pages/{lamp.pk}/edit/",
        f"/admin/pages/{lamp.pk}/view_draft/",
    ):
        assert client.get(path).status_code == 200, path


def test_a_mistake_in_a_template_is_not_hidden(lamp: ProductPage) -> None:
    image = ShopImage.objects.get()
    with pytest.raises(InvalidFilterSpecError):
        image.get_rendition("squash-100x100")
    with pytest.raises(InvalidFilterSpecError):
        image.get_renditions("squash-100x100", "width-100")
