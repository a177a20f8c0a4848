"""Draw the demo pictures again: `python -m home.demo.drawing` at the top of the repository.

Chromium renders the SVG (the browser tests need it, too) and Pillow packs it. The results are committed.
"""

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from home.demo.drawing import lamp, quilt, tea_set
from home.demo.drawing.room import HEIGHT, WIDTH

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
MOST_BYTES = 150_000
DRAWINGS: dict[str, Callable[[], str]] = {
    "brass-lamp": lamp.whole,
    "brass-lamp-flames": lamp.bowl,
    "brass-lamp-pair": lamp.pair,
    "quilt": quilt.whole,
    "quilt-stack": quilt.stack,
    "quilt-print": quilt.print_from_near,
    "tea-set": tea_set.whole,
    "tea-set-cups": tea_set.cups,
    "tea-set-pot": tea_set.pot,
}


def draw(page: Page, svg: str) -> Image.Image:
    """Render at twice the size and halve it: smoother edges than the browser alone gives."""
    page.set_content(f"<style>body {{ margin: 0 }}</style>{svg}")
    large = Image.open(io.BytesIO(page.screenshot()))
    return large.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def packed(picture: Image.Image) -> bytes:
    """The picture as WebP of at most MOST_BYTES; cloth needs more of them than a plain wall."""
    for quality in range(82, 20, -6):
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= MOST_BYTES:
            break
    return file.getvalue()


def main() -> None:
    """Write every picture as WebP."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=2)
        for name, drawing in DRAWINGS.items():
            (PICTURES / f"{name}.webp").write_bytes(packed(draw(page, drawing())))
        browser.close()


if __name__ == "__main__":
    main()
