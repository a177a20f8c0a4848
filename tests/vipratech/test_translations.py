"""The German texts are complete, fit the English ones, and are the compiled ones."""

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("locale/de/LC_MESSAGES")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|</?\w[^>]*>|https?://\w[^\s)”]*")
SOURCES = ("home", "orders", "products", "site", "templates", "manage.py")


def german(root: Path = ROOT) -> Catalog:
    """The texts and their translations."""
    with (root / FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="de")


def messages(catalog: Catalog) -> list[Message]:
    """All but the header."""
    return [message for message in catalog if message.id]


def test_every_text_has_a_translation() -> None:
    missing = [each.id for each in messages(german()) if each.fuzzy or not all(texts(each.string))]
    assert missing == []


def test_every_text_of_the_code_is_in_the_file(tmp_path: Path) -> None:
    if not shutil.which("xgettext"):
        pytest.skip("Needs gettext (Debian: apt install gettext).")
    for source in (*SOURCES, "locale"):
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale=de", "--no-obsolete"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
    )
    now, committed = ({key(each) for each in messages(german(root))} for root in (tmp_path, ROOT))
    assert now == committed, "Run `make translations`."


def key(message: Message) -> tuple[str | None, str]:
    """What distinguishes a text from all others."""
    return message.context, str(message.id)


def texts(text: Any) -> tuple[str, ...]:
    """A text, or its singular and plural; an empty one if there is none."""
    return tuple(text) if isinstance(text, (tuple, list)) else (text or "",)


def test_translations_have_the_placeholders_and_tags_of_their_texts() -> None:
    wrong = [
        translation
        for message in messages(german())
        for translation in texts(message.string)
        if found_in(translation) not in [found_in(text) for text in texts(message.id)]
    ]
    assert wrong == []


def found_in(text: str) -> list[str]:
    """The placeholders, tags and addresses in a text."""
    return sorted(PLACEHOLDER.findall(text))


def test_the_compiled_file_is_that_of_the_texts() -> None:
    compiled = BytesIO()
    write_mo(compiled, german())
    compiled.seek(0)
    with (ROOT / FOLDER / "django.mo").open("rb") as file:
        committed = {key(each): each.string for each in messages(read_mo(file))}
    assert committed == {key(each): each.string for each in messages(read_mo(compiled))}
