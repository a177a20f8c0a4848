"""What is served under /media/."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from wagtail.models import Collection, CollectionViewRestriction

from shop_images.models import ShopImage
from tests.shop_images import files
from users.models import User


@pytest.fixture
def image() -> ShopImage:
    """A public image."""
    return ShopImage.objects.create(title="Lamp", file=files.upload(files.jpeg()))


def body(response: Any) -> bytes:
    """The bytes that a response streams."""
    return b"".join(response.streaming_content)


def test_an_image_and_its_renditions_are_served_as_images(
    client: Client, image: ShopImage, media: Path
) -> None:
    for found in (image, image.get_rendition("format-webp|width-640")):
        response = client.get(found.file.url)
        assert response.status_code == 200
        assert body(response) == (media / found.file.name).read_bytes()
        kind = "image/jpeg" if found is image else "image/webp"
        assert response["Content-Type"] == kind
        assert response["X-Content-Type-Options"] == "nosniff"
        assert not response.cookies
    assert client.post(image.file.url).status_code == 405


@pytest.mark.parametrize(
    "name",
    [
        "documents/page.html",
        "original_images/page.html",
        "original_images/page.svg",
        "original_images/page.jpg.html",
        "original_images/page.js",
        "images/page.xml",
        "avatar_images/face.jpg",
        "wagtail_uploads/lamp.jpg",
        "lamp.jpg",
    ],
)
def test_no_other_file_in_the_folder_is_served(client: Client, media: Path, name: str) -> None:
    path = media / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"<script>alert(1)</script>")
    assert client.get(f"/media/{name}").status_code == 404


def test_a_page_that_is_named_like_an_image_is_not_shown_as_a_page(
    client: Client, media: Path
) -> None:
    (media / "original_images").mkdir()
    (media / "original_images" / "page.jpg").write_bytes(b"<script>alert(1)</script>")
    response = client.get("/media/original_images/page.jpg")
    body(response)
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "original_images/",
        "original_images/nothing.jpg",
        "original_images/%00.jpg",
        "original_images/" + "a" * 300 + ".jpg",
        "original_images/" + "%C3%A4" * 90 + ".jpg",
        "original_images/../../settings.jpg",
        "original_images/%2e%2e/secret.jpg",
        "images//etc/passwd.jpg",
    ],
)
def test_an_odd_path_is_not_found(client: Client, path: str) -> None:
    assert client.get(f"/media/{path}").status_code == 404


@pytest.fixture
def private(image: ShopImage) -> ShopImage:
    """The image in a collection for the members of one group."""
    collection = Collection.get_first_root_node().add_child(name="Press")
    restriction = CollectionViewRestriction.objects.create(
        collection=collection, restriction_type=CollectionViewRestriction.GROUPS
    )
    restriction.groups.add(Group.objects.create(name="Press"))
    image.collection = collection
    image.save()
    return image


def test_the_files_of_a_private_collection_are_for_its_group(
    client: Client, member: Client, shopper: User, private: ShopImage
) -> None:
    public = ShopImage.objects.create(title="Bowl", file=files.upload(files.jpeg(), "bowl.jpg"))
    addresses = [private.file.url, private.get_rendition("format-jpeg|width-640").url]
    for address in addresses:
        assert client.get(address).status_code == 404
        assert member.get(address).status_code == 404
    response = client.get(public.file.url)
    assert (response.status_code, response.has_header("Cache-Control")) == (200, False)

    shopper.groups.add(Group.objects.get(name="Press"))
    for address in addresses:
        response = member.get(address)
        assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")


def test_staff_see_the_images_of_every_collection(editor: Client, private: ShopImage) -> None:
    assert editor.get(private.file.url).status_code == 200


def test_there_are_no_documents(editor: Client, client: Client) -> None:
    owner = Client()
    owner.force_login(User.objects.create_superuser("owner@example.com", "a-long-password"))
    for path in ("", "add/", "multiple/add/", "1/", "chooser/", "chooser/upload/"):
        for browser in (editor, owner):
            assert browser.get(f"/admin/documents/{path}").status_code == 404
            upload = files.upload(b"<script>alert(1)</script>", "page.html")
            response = browser.post(f"/admin/documents/{path}", {"files[]": upload})
            assert response.status_code == 404
    assert owner.get("/admin/api/main/documents/").status_code == 404
    assert client.get("/documents/1/page.html").status_code == 404


def test_nobody_uploads_a_profile_picture(editor: Client, media: Path) -> None:
    page = editor.get("/admin/account/")
    assert page.status_code == 200
    assert 'type="file"' not in page.content.decode()
    picture = files.upload(files.located_jpeg())
    response = editor.post("/admin/account/", {"avatar-avatar": picture, "theme-theme": "dark"})
    assert response.status_code in (200, 302)
    assert list(media.rglob("*.*")) == []
