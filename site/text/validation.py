"""Rejects texts that would display as nothing, such as zero-width spaces."""

from collections.abc import Sequence
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


class VisibleTextsMixin(models.Model):
    """Validates the fields in `visible_fields` in forms, and whenever a page is saved."""

    visible_fields: Sequence[str] = ("title",)

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Raise ValidationError with a message for each field that shows nothing."""
        super().clean()
        texts: dict[str, Any] = {name: getattr(self, name) for name in self.visible_fields}
        errors = {name: INVISIBLE for name, text in texts.items() if text and not is_visible(text)}
        if errors:
            raise ValidationError(errors)
