"""Rejects texts that would display as nothing, such as zero-width spaces."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from text import is_visible

INVISIBLE = _("This text has no visible characters.")


def validate_visible(value: str) -> None:
    """Raise ValidationError for a text that is not empty but shows nothing."""
    if value and not is_visible(value):
        raise ValidationError(INVISIBLE, code="invisible")


def reject_invisible(row: models.Model, *fields: str) -> None:
    """Raise ValidationError with a message for each of these fields that shows nothing.

    For a model's `clean`, which forms call, and pages whenever they are saved.
    """
    texts: dict[str, Any] = {name: getattr(row, name) for name in fields}
    errors = {name: INVISIBLE for name, text in texts.items() if text and not is_visible(text)}
    if errors:
        raise ValidationError(errors)
