"""Image files of every kind that somebody may upload."""

import struct
import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp"}


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """The bytes of an image in a format such as `JPEG`."""
    output = BytesIO()
    image.save(output, file_format, **options)
    return output.getvalue()


def photo(width: int = 800, height: int = 600) -> Image.Image:
    """An image with detail, so that half of its file is not all of its pixels."""
    return Image.effect_noise((width, height), 60).convert("RGB")


def jpeg(**options: Any) -> bytes:
    """An ordinary photo."""
    return encoded(photo(), "JPEG", **options)


def truncated_jpeg() -> bytes:
    """The first half of a photo; its header is complete."""
    data = jpeg()
    return data[: len(data) // 2]


def cmyk_jpeg_with_rgb_profile() -> bytes:
    """A profile for other channels than the image has: Pillow refuses to convert by it."""
    return encoded(Image.new("CMYK", (900, 600), (0, 255, 255, 0)), "JPEG", icc_profile=SRGB)


def gif_with_bytes_after_its_end() -> bytes:
    """What is left of a web page that somebody hides in an image."""
    return encoded(Image.new("P", (300, 200)), "GIF") + b"<script>alert(1)</script>"


def animated_gif() -> bytes:
    """Three pictures in one file."""
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "green", "blue")]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def located_jpeg() -> bytes:
    """A photo that was taken on its side, with the place and a comment in its metadata."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn by 90 degrees
    exif[0x010F] = "Camera maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (28.0, 36.0, 50.0), 3: "E", 4: (77.0, 12.0, 32.0)})
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>28.6139 N</x:xmpmeta>"
    return jpeg(exif=exif, comment=b"at home", xmp=xmp)


def compressed_png(width: int, height: int) -> bytes:
    """A PNG of black pixels, compressed a thousandfold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    compressor = zlib.compressobj(9)
    row = bytes(3 * width + 1)
    pixels = b"".join(compressor.compress(row) for _ in range(height)) + compressor.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def upload(data: bytes, name: str = "lamp.jpg") -> SimpleUploadedFile:
    """The file as a browser sends it."""
    kind = TYPES.get(name[name.rfind(".") :], "application/octet-stream")
    return SimpleUploadedFile(name, data, kind)
