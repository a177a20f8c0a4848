"""Every way in which an editor uploads an image."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from wagtail.models import Collection, UploadedFile

from shop_images.models import ShopImage, ShopRendition
from shop_images.renditions import all_filters
from tests.shop_images import files

Upload = Callable[[Client, bytes], str]


def add(client: Client, data: bytes) -> str:
    """Images > Add an image. Return the errors."""
    fields = {"title": "Lamp", "file": files.upload(data), "collection": root()}
    response = client.post("/admin/images/add/", fields)
    return errors_of(response)


def add_several(client: Client, data: bytes) -> str:
    """Images > Add an image, with a file dropped on the screen. Return the errors."""
    fields = {"title": "Lamp", "files[]": files.upload(data), "collection": root()}
    headers = {"X-Requested-With": "XMLHttpRequest"}
    response = client.post("/admin/images/multiple/add/", fields, headers=headers)
    assert response.status_code == 200
    return response.json().get("error_message", "")


def choose(client: Client, data: bytes) -> str:
    """The upload tab of an image chooser in the page editor. Return the errors."""
    prefix = "image-chooser-upload"
    fields = {f"{prefix}-title": "Lamp", f"{prefix}-file": files.upload(data)}
    response = client.post(
        "/admin/images/chooser/create/", fields | {f"{prefix}-collection": root()}
    )
    assert response.status_code == 200
    step = response.json()["step"]
    return "" if step == "chosen" else response.json()["htmlFragment"]


def root() -> int:
    """The id of the one collection."""
    return Collection.get_first_root_node().pk


def errors_of(response: Any) -> str:
    """The form's errors; empty after the redirect that follows a success."""
    if response.status_code == 302:
        return ""
    assert response.status_code == 200
    return str(response.context["form"].errors)


def stored(media: Path) -> list[Path]:
    """All files in the media folder."""
    return sorted(path for path in media.rglob("*") if path.is_file())


EVERY_WAY = pytest.mark.parametrize("upload", [add, add_several, choose])


@EVERY_WAY
def test_an_upload_makes_an_image_and_all_its_renditions(
    editor: Client, media: Path, upload: Upload
) -> None:
    assert upload(editor, files.jpeg()) == ""
    image = ShopImage.objects.get()
    assert (image.title, image.width, image.height) == ("Lamp", 800, 600)
    assert (image.uploaded_by_user.email, image.collection.pk) == ("editor@example.com", root())
    assert image.file_size == (media / image.file.name).stat().st_size
    assert set(image.renditions.values_list("filter_spec", flat=True)) == {
        found.spec for found in all_filters()
    }
    assert all((media / found.file.name).is_file() for found in image.renditions.all())
    assert len(stored(media)) == 1 + len(all_filters())


@EVERY_WAY
@pytest.mark.parametrize(
    "data",
    [
        files.truncated_jpeg(),
        files.gif_with_bytes_after_its_end(),
        files.compressed_png(16_000, 8_000),
        b"<script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["truncated JPEG", "GIF with a tail", "too many pixels", "HTML", "SVG"],
)
def test_a_bad_file_is_a_form_error_and_stores_nothing(
    editor: Client, media: Path, upload: Upload, data: bytes
) -> None:
    assert "picture" in upload(editor, data)
    assert not ShopImage.objects.exists()
    assert not ShopRendition.objects.exists()
    assert not UploadedFile.objects.exists()
    assert stored(media) == []


@EVERY_WAY
def test_a_cmyk_photo_with_a_profile_for_rgb_is_converted(editor: Client, upload: Upload) -> None:
    assert upload(editor, files.cmyk_jpeg_with_rgb_profile()) == ""
    image = ShopImage.objects.get()
    assert Image.open(image.file).mode == "RGB"
    red = Image.open(image.get_rendition("format-jpeg|width-640").file).getpixel((300, 200))
    assert isinstance(red, tuple)
    assert red[0] > 200 > 60 > red[1]


@EVERY_WAY
def test_no_file_of_an_image_says_where_it_was_taken(
    editor: Client, media: Path, upload: Upload
) -> None:
    assert upload(editor, files.located_jpeg()) == ""
    assert len(stored(media)) == 1 + len(all_filters())
    for path in stored(media):
        image = Image.open(path)
        assert dict(image.getexif()) == {}, path.name
        assert not {"exif", "xmp", "comment", "icc_profile"} & set(image.info), path.name
        assert ("fill" in path.name) == (image.height < image.width), path.name  # upright
        assert b"Camera maker" not in path.read_bytes()


@EVERY_WAY
def test_a_file_whose_rendition_fails_is_refused(
    editor: Client, media: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(all_filters.__globals__["SPECS"], "impossible", "format-webp|width-70000")
    monkeypatch.setattr("willow.plugins.pillow.PillowImage.save_as_webp", fail)
    assert "damaged" in upload(editor, files.jpeg())
    assert not ShopImage.objects.exists()
    assert stored(media) == []


def fail(*args: Any, **kwargs: Any) -> None:
    """What Pillow does with an image that it cannot write."""
    raise OSError("encoder error -2 when writing image file")


def test_a_file_that_is_too_large_for_memory_is_cleaned_too(
    editor: Client, media: Path, settings: Any
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000  # bytes; larger uploads come as files on disk
    assert add(editor, files.located_jpeg()) == ""
    assert ShopImage.objects.get().height == 800
    assert all(b"Camera maker" not in path.read_bytes() for path in stored(media))


def test_an_upload_that_still_needs_a_title_is_stored_clean(editor: Client, media: Path) -> None:
    """Wagtail keeps the file aside until the editor has filled in the rest of the form."""
    fields = {
        "title": "x" * 300,
        "files[]": files.upload(files.located_jpeg()),
        "collection": root(),
    }
    headers = {"X-Requested-With": "XMLHttpRequest"}
    answer = editor.post("/admin/images/multiple/add/", fields, headers=headers).json()
    assert all(b"Camera maker" not in path.read_bytes() for path in stored(media))

    number = answer["uploaded_file_id"]
    prefix = f"uploaded-image-{number}"
    fields = {f"{prefix}-title": "Lamp", f"{prefix}-collection": root(), f"{prefix}-tags": ""}
    answer = editor.post(
        f"/admin/images/multiple/create_from_uploaded_image/{number}/", fields
    ).json()
    assert answer["success"]
    image = ShopImage.objects.get()
    assert (image.title, image.height) == ("Lamp", 800)
    assert image.renditions.count() == len(all_filters())


@pytest.fixture
def image(editor: Client) -> ShopImage:
    """An image that the editor has uploaded."""
    assert add(editor, files.jpeg()) == ""
    return ShopImage.objects.get()


def replace(client: Client, image: ShopImage, **changes: Any) -> str:
    """Save the page of an image. Return the errors."""
    fields = {"title": "Lamp", "collection": root(), **changes}
    return errors_of(client.post(f"/admin/images/{image.pk}/", fields))


def test_a_replaced_file_gets_new_renditions(editor: Client, media: Path, image: ShopImage) -> None:
    new = files.upload(files.encoded(files.photo(500, 500), "PNG"), "bowl.png")
    assert replace(editor, image, file=new) == ""
    image.refresh_from_db()
    assert (image.width, image.height) == (500, 500)
    assert image.renditions.count() == len(all_filters())
    for rendition in image.renditions.all():
        assert (media / rendition.file.name).is_file()
        assert rendition.file.name.startswith("images/bowl.")
    assert [path.name for path in stored(media / "original_images")] == ["bowl.png"]


def test_a_bad_replacement_is_refused_and_the_old_file_stays(
    editor: Client, media: Path, image: ShopImage
) -> None:
    before = stored(media / "original_images")
    for bad in (files.truncated_jpeg(), files.gif_with_bytes_after_its_end()):
        assert "damaged" in replace(editor, image, file=files.upload(bad))
    assert stored(media / "original_images") == before
    assert ShopImage.objects.get().file.name == image.file.name
    assert image.renditions.count() >= len(all_filters())


def test_a_new_focal_point_gets_its_own_renditions(editor: Client, image: ShopImage) -> None:
    point = {"focal_point_x": 100, "focal_point_y": 100}
    size = {"focal_point_width": 50, "focal_point_height": 50}
    assert replace(editor, image, **point, **size) == ""
    specs = image.renditions.exclude(focal_point_key="").values_list("filter_spec", flat=True)
    assert sum("fill-480x360" in spec for spec in specs) == 4


def test_the_title_of_an_image_whose_file_is_lost_can_be_changed(
    editor: Client, media: Path, image: ShopImage
) -> None:
    for path in stored(media):
        path.unlink()
    image.renditions.all().delete()
    assert replace(editor, image, title="Brass lamp") == ""
    assert ShopImage.objects.get().title == "Brass lamp"


def test_the_forms_say_what_may_be_uploaded(editor: Client) -> None:
    page = editor.get("/admin/images/add/").content.decode()
    assert "JPEG, PNG, WebP, GIF or AVIF, at most 10" in page
    assert "50 megapixels" in page


def test_a_rendition_of_a_transparent_image_has_a_white_background(editor: Client) -> None:
    assert add(editor, files.encoded(Image.new("RGBA", (800, 600), (0, 0, 0, 0)), "PNG")) == ""
    rendition = ShopImage.objects.get().get_rendition("format-jpeg|width-640")
    with rendition.file.open() as file:
        assert Image.open(BytesIO(file.read())).getpixel((10, 10)) == (255, 255, 255)
