"""What is stored of a text from outside, and which texts show nothing."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from text import is_visible, one_line, storable

ANY_TEXT = st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Brass lamp", "Brass lamp"),
        ("a\0b", "ab"),
        ("a\ud800b", "ab"),
        ("a\x1b[31mb\x7f\x9f", "a[31mb"),
        ("a\u200bb\ufeff\u2060", "ab"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("two\tcolumns,\r\ntwo lines\n", "two\tcolumns,\r\ntwo lines\n"),
        ("“Tea” & चाय 茶 🫖", "“Tea” & चाय 茶 🫖"),
        ("क्\u200dष न\u200cम 👩\u200d🚀", "क्\u200dष न\u200cम 👩\u200d🚀"),
        (ValueError("No."), "No."),
        (None, "None"),
    ],
)
def test_what_cannot_be_stored_or_is_not_text_is_removed(text: object, stored: str) -> None:
    assert storable(text, 100) == stored


def test_a_long_text_is_truncated_with_an_ellipsis() -> None:
    assert storable("x" * 10, 10) == "x" * 10
    assert storable("x" * 11, 10) == "x" * 9 + "…"
    assert storable("\0" * 50 + "x" * 10, 10) == "x" * 10


@pytest.mark.django_db
@given(ANY_TEXT)
def test_postgresql_stores_what_is_left_of_any_text(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::varchar(20)", [storable(text, 20)])
        assert cursor.fetchone() == (storable(text, 20),)


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert storable(storable(text, 20), 20) == storable(text, 20)
    assert one_line(one_line(text, 20), 20) == one_line(text, 20)


def test_one_line_has_no_line_ends_and_is_truncated() -> None:
    assert one_line("<html>\r\n\t<h1>Bad\0 gateway</h1>\n", 100) == "<html> <h1>Bad gateway</h1>"
    assert one_line("a\n" * 5000, 9) == "a a a a …"


@pytest.mark.parametrize(
    "text", ["x", "0", ".", "茶", "🫖", "\u200b.\u200b", "é", "\U0001fae8", "¤"]
)
def test_a_text_with_one_visible_character_is_visible(text: str) -> None:
    assert is_visible(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\n",
        "\u00a0\u2003\u3000",
        "\u200b\u200c\u200d\u2060\ufeff",
        "\u00ad",
        "\u202e\u2066",
        "\u2800",
        "\u3164\uffa0\u115f",
        "\ufe0f\U000e0100",
        "\u034f",
        "\ud800",
        "\0\x1b",
    ],
)
def test_a_text_that_shows_nothing_is_not_visible(text: str) -> None:
    assert not is_visible(text)
