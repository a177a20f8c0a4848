"""Texts that depend on the language of whoever reads them."""

from datetime import timedelta

from babel import Locale
from babel.units import format_unit
from django.conf import settings
from django.utils.translation import get_language, to_locale

UNITS = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}


def current_locale() -> Locale:
    """Babel's locale of the active language."""
    return Locale.parse(to_locale(get_language() or settings.LANGUAGE_CODE))


def duration_text(time: timedelta) -> str:
    """Return whole seconds in the largest unit without a remainder: `10 minutes`, `90 minutes`."""
    seconds = round(time.total_seconds())
    unit = next(unit for unit, length in UNITS.items() if seconds % length == 0)
    return format_unit(seconds // UNITS[unit], f"duration-{unit}", locale=current_locale())
