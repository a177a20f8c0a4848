"""From an uploaded file to the image that the shop keeps: complete, bounded, without metadata."""

import subprocess
import sys
from pathlib import Path

import willow
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from shop_images import policy
from shop_images.reencode import TOO_MANY_PIXELS

PROGRAM = Path(__file__).with_name("reencode.py")
EXTENSIONS = {"jpeg": ".jpg", "png": ".png", "webp": ".webp"}

TOO_LARGE = _("This file is too large (%(size)s). The maximum is %(maximum)s.")
TOO_LARGE_TO_DECODE = _(
    "This picture has too many pixels. The maximum is %(maximum)d megapixels."
    " Make it smaller first."
)
UNREADABLE = _(
    "This file is damaged or is not a picture in one of these formats: JPEG, PNG, WebP, GIF, AVIF."
    " Open it in a picture editor, export it as JPEG, and upload that file."
)
TOO_SLOW = _("This picture takes too long to process. Export it as JPEG, and upload that file.")


def clean(upload: UploadedFile) -> None:
    """Replace what was uploaded by a new image with the same pixels, upright and in sRGB.

    The upload itself is changed, because Wagtail stores it in several ways. Its name
    gets the extension of the new image's format. Raises ValidationError if it is not an image.
    """
    check_size(upload)
    upload.seek(0)
    image = reencoded(upload.read())
    upload.seek(0)
    upload.truncate()
    upload.write(image)
    upload.flush()
    upload.seek(0)
    upload.size = len(image)
    upload.name = str(Path(upload.name or "image").with_suffix(extension_of(upload)))


def check_size(upload: UploadedFile) -> None:
    """Raise ValidationError if the upload has more bytes than are allowed."""
    size = upload.size or 0
    if size > policy.MAX_BYTES:
        sizes = {"size": filesizeformat(size), "maximum": filesizeformat(policy.MAX_BYTES)}
        raise ValidationError(TOO_LARGE, code="file_too_large", params=sizes)


def reencoded(data: bytes) -> bytes:
    """Decode an image and encode it again, in another process. Raises ValidationError."""
    limits = (policy.MAX_PIXELS, policy.MAX_SIDE, policy.MAX_CPU_SECONDS)
    command = [sys.executable, "-I", str(PROGRAM), *map(str, limits)]
    try:
        result = subprocess.run(  # noqa: S603 - our own program, and the arguments are numbers
            command, input=data, capture_output=True, timeout=policy.MAX_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ValidationError(TOO_SLOW, code="too_slow") from error
    if result.returncode < 0:  # ended by the operating system
        raise ValidationError(TOO_SLOW, code="too_slow")
    if result.returncode == TOO_MANY_PIXELS:
        maximum = {"maximum": policy.MAX_PIXELS // 1_000_000}
        raise ValidationError(TOO_LARGE_TO_DECODE, code="too_many_pixels", params=maximum)
    if result.returncode:
        raise ValidationError(UNREADABLE, code="invalid_image")
    return result.stdout


def extension_of(file: UploadedFile) -> str:
    """Return the file extension of an image that `reencoded` has written."""
    extension = EXTENSIONS[willow.Image.open(file).format_name]
    file.seek(0)
    return extension
