"""How an upload is cleaned before anything is stored."""

import resource
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from shop_images import policy
from shop_images.cleaning import clean
from tests.shop_images import files


def cleaned(data: bytes, name: str = "lamp.jpg") -> tuple[str, Image.Image]:
    """The name and the image that are kept of an upload."""
    upload = files.upload(data, name)
    clean(upload)
    assert upload.name
    assert upload.size == len(upload.read())
    upload.seek(0)
    image = Image.open(BytesIO(upload.read()))
    image.load()
    return upload.name, image


@pytest.mark.parametrize(
    ("mode", "file_format", "kept_name", "kept_format", "kept_mode"),
    [
        ("RGB", "JPEG", "lamp.jpg", "JPEG", "RGB"),
        ("L", "JPEG", "lamp.jpg", "JPEG", "RGB"),
        ("CMYK", "JPEG", "lamp.jpg", "JPEG", "RGB"),
        ("1", "PNG", "lamp.png", "PNG", "RGB"),
        ("P", "PNG", "lamp.png", "PNG", "RGB"),
        ("I;16", "PNG", "lamp.png", "PNG", "RGB"),
        ("LA", "PNG", "lamp.png", "PNG", "RGBA"),
        ("RGBA", "PNG", "lamp.png", "PNG", "RGBA"),
        ("RGBA", "WEBP", "lamp.webp", "WEBP", "RGBA"),
        ("RGB", "AVIF", "lamp.webp", "WEBP", "RGB"),
        ("P", "GIF", "lamp.png", "PNG", "RGB"),
    ],
)
@pytest.mark.parametrize("profile", [b"", files.SRGB, b"not a profile"])
def test_an_image_of_any_mode_is_kept_in_rgb(
    mode: str, file_format: str, kept_name: str, kept_format: str, kept_mode: str, profile: bytes
) -> None:
    options = {"icc_profile": profile} if profile and file_format != "GIF" else {}
    data = files.encoded(Image.new(mode, (60, 40)), file_format, **options)
    name, image = cleaned(data, "lamp.upload")
    assert (name, image.format, image.mode) == (kept_name, kept_format, kept_mode)
    assert image.size == (60, 40)
    assert "icc_profile" not in image.info


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    _, image = cleaned(files.encoded(Image.new("I;16", (60, 40), 0x8000), "PNG"))
    assert image.getpixel((30, 20)) == (128, 128, 128)


def test_a_colour_profile_is_applied_before_it_is_removed() -> None:
    """In this profile the number for red means green, and the other way round."""
    swapped = files.SRGB.replace(b"rXYZ", b"____").replace(b"gXYZ", b"rXYZ")
    profile = swapped.replace(b"____", b"gXYZ")
    red = Image.new("RGB", (60, 40), (255, 0, 0))
    _, image = cleaned(files.encoded(red, "PNG", icc_profile=profile), "lamp.png")
    assert image.getpixel((30, 20)) == (0, 255, 0)


def test_no_metadata_is_kept_and_the_orientation_is_applied() -> None:
    data = files.located_jpeg()
    before = Image.open(BytesIO(data))
    assert (before.size, dict(before.getexif().get_ifd(0x8825)) != {}) == ((800, 600), True)
    _, image = cleaned(data)
    assert image.size == (600, 800)
    assert dict(image.getexif()) == {}
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "AVIF"])
def test_other_formats_keep_no_metadata_either(file_format: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    _, image = cleaned(files.encoded(files.photo(80, 60), file_format, exif=exif))
    assert dict(image.getexif()) == {}
    assert "Camera maker" not in str(image.info)


def test_an_image_is_made_no_larger_than_the_shop_needs() -> None:
    _, image = cleaned(files.encoded(Image.new("RGB", (5120, 1000)), "JPEG"))
    assert image.size == (policy.MAX_SIDE, 500)


def test_of_an_animation_the_first_picture_is_kept() -> None:
    name, image = cleaned(files.animated_gif(), "lamp.gif")
    assert (name, getattr(image, "n_frames", 1)) == ("lamp.png", 1)
    assert image.getpixel((30, 20)) == (255, 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        files.truncated_jpeg(),
        files.jpeg()[:-2],
        files.encoded(files.photo(), "PNG")[:9_000],
        files.encoded(files.photo(300, 200), "WEBP")[:9_000],
        files.encoded(files.photo(300, 200), "AVIF")[:9_000],
        files.gif_with_bytes_after_its_end(),
        files.encoded(files.photo(300, 200), "GIF")[:9_000],
        files.encoded(files.photo(300, 200), "TIFF"),
        files.encoded(files.photo(300, 200), "BMP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"\0" * 100,
        b"",
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_not_a_complete_image_is_refused(data: bytes) -> None:
    upload = files.upload(data)
    with pytest.raises(ValidationError, match="damaged or is not a picture"):
        clean(upload)


def test_an_image_with_too_many_pixels_is_refused_by_its_header() -> None:
    data = files.compressed_png(16_000, 8_000)
    assert len(data) < 400_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(ValidationError, match="maximum is 50 megapixels"):
        clean(files.upload(data, "lamp.png"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 2  # seconds; decoding it takes more than five
    if before.ru_maxrss < 100_000:  # the largest child so far, in kilobytes
        assert after.ru_maxrss < 100_000


def test_a_file_with_too_many_bytes_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "MAX_BYTES", 1000)
    upload = files.upload(files.jpeg())
    upload.close()
    with pytest.raises(ValidationError, match="too large"):
        clean(upload)


@pytest.mark.parametrize("limit", ["MAX_CPU_SECONDS", "MAX_SECONDS"])
def test_an_image_that_takes_too_long_is_refused(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(policy, limit, 0)
    with pytest.raises(ValidationError, match="takes too long"):
        clean(files.upload(files.jpeg()))


def test_the_program_that_decodes_starts_without_the_shop() -> None:
    source = Path(clean.__code__.co_filename).with_name("reencode.py").read_text()
    assert "shop_images" not in source
    assert "django" not in source
