"""A program that decodes an image and writes it again, without anything but its pixels.

It runs as a process of its own, so that a hostile file costs a limited time, and its memory is
freed. The image comes on standard input and goes to standard output. The exit status says what
happened; any other status than these means that the image could not be decoded. See `cleaning.py`.

It imports nothing from the shop, because it starts with `python -I`.
"""

import sys
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

TOO_MANY_PIXELS = 3

ACCEPTED = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
# The format in which each of them is kept. Animations keep their first picture only. MPO is what
# Pillow calls a JPEG with more pictures after the first one; many phones write it.
KEPT_AS = {
    "JPEG": "JPEG",
    "MPO": "JPEG",
    "PNG": "PNG",
    "GIF": "PNG",
    "WEBP": "WEBP",
    "AVIF": "WEBP",
}


def main(max_pixels: int, max_side: int, max_cpu_seconds: int) -> int:
    """Copy an image from standard input to standard output. Return the exit status."""
    limit_time(max_cpu_seconds)
    data = sys.stdin.buffer.read()
    # Pillow only warns about large images; this program refuses them, and with a limit of its own.
    Image.MAX_IMAGE_PIXELS = None
    image = Image.open(BytesIO(data), formats=ACCEPTED)  # reads the header only
    if image.width * image.height > max_pixels:
        return TOO_MANY_PIXELS
    if image.format == "GIF" and not data.rstrip(b"\0").endswith(b";"):
        raise ValueError("There are bytes after the end of this GIF.")
    sys.stdout.buffer.write(reencoded(image, max_side))
    return 0


def limit_time(seconds: int) -> None:
    """Let the operating system end this process, where it can, after some processor time."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def reencoded(image: Image.Image, max_side: int) -> bytes:
    """Return the image upright, in sRGB, within `max_side` pixels, and without any metadata."""
    kept_as = KEPT_AS[str(image.format)]
    image.load()
    image.thumbnail((max_side, max_side), reducing_gap=2.0)
    image = in_srgb(ImageOps.exif_transpose(image))
    image.info.clear()  # Pillow would write comments and profiles it finds here
    if kept_as == "JPEG":
        image = image.convert("RGB")
    output = BytesIO()
    image.save(output, kept_as, quality=90, optimize=True)
    return output.getvalue()


def in_srgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB or RGBA, by the image's own colour profile if that can be used."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in ("CMYK", "L"):
        image = image.convert("RGB")
    return by_profile(image, profile) if profile else without_profile(image)


def by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert from a colour profile to sRGB. A profile that does not fit the mode is ignored."""
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError):
        converted = None
    return converted or without_profile(image)


def without_profile(image: Image.Image) -> Image.Image:
    """Convert to RGB or RGBA as if no profile were known."""
    return image if image.mode == "RGBA" else image.convert("RGB")


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
