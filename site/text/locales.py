"""Texts that depend on the language of whoever reads them."""

import unicodedata
from datetime import timedelta

from babel import Locale
from babel.numbers import format_percent
from babel.units import format_unit
from django.conf import settings
from django.utils.translation import get_language, to_locale

UNITS = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}


def current_locale() -> Locale:
    """Babel's locale of the active language."""
    return Locale.parse(to_locale(get_language() or settings.LANGUAGE_CODE))


def percent_text(share: float) -> str:
    """Return a share without decimals: 0.93 is `93%`, and `93 %` in German."""
    return str(format_percent(round(share, 2), locale=current_locale()))


def for_sorting(text: str) -> str:
    """Return a text without accents and capitals: people look for Österreich under O."""
    letters = unicodedata.normalize("NFD", text)
    return "".join(each for each in letters if not unicodedata.combining(each)).casefold()


def duration_text(time: timedelta) -> str:
    """Return whole seconds in the largest unit without a remainder: `10 minutes`, `90 minutes`."""
    seconds = round(time.total_seconds())
    unit = next(unit for unit, length in UNITS.items() if seconds % length == 0)
    return format_unit(seconds // UNITS[unit], f"duration-{unit}", locale=current_locale())
