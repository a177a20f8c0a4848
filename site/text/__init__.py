"""Text from outside, made safe to store and to show.

Everything that the shop stores but did not write itself goes through `storable`: Stripe's answers,
error messages, the notes of alerts. `is_visible` is for validators of fields that people fill in.
"""

import re
import unicodedata

# PostgreSQL's text holds neither NUL nor half a surrogate pair, and JSON can carry both. Other
# control characters are not text. Zero-width spaces and directional overrides let two texts that
# differ look the same (Unicode Technical Report 36). The joiners U+200C and U+200D stay: Hindi,
# Persian and many emoji need them.
_REMOVED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)

# Controls, formats, surrogates and separators: Unicode's categories of what has no shape.
_SHAPELESS = ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")
# Letters, marks and symbols that have no shape either, and the blocks that Unicode reserves for
# such characters (Default_Ignorable_Code_Point in unicode.org/reports/tr44).
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def storable(text: object, length: int) -> str:
    """Return `str(text)` without control characters, lone surrogates and zero-width spaces.

    A longer text is truncated to `length` characters, the last of which is then an ellipsis. Tabs
    and line ends stay. Accepts anything, and changes nothing the second time.
    """
    cleaned = _REMOVED.sub("", str(text))
    return cleaned if len(cleaned) <= length else cleaned[: length - 1] + "…"


def one_line(text: object, length: int) -> str:
    """Return `storable` text with every run of white space replaced by one space."""
    return storable(" ".join(storable(text, length * 4).split()), length)


def is_visible(text: str) -> bool:
    """Whether a browser shows anything for `text`: false for spaces and zero-width characters."""
    return any(
        unicodedata.category(character) not in _SHAPELESS for character in _BLANK.sub("", text)
    )
