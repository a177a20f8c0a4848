"""Drafts of the legal pages, for an owner to correct. Only a lawyer can say what a shop needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

DRAFT = _("This is a draft. Correct it, have it checked, and publish it.")
FOLDER = Path(__file__).with_name("legal")


@dataclass(frozen=True)
class LegalText:
    """One page: the field of the shop's settings that names it, its slug and its title."""

    setting: str
    slug: str
    title: Any

    @property
    def body(self) -> str:
        """The text, in HTML and in the language of the shop."""
        language = settings.LANGUAGE_CODE.partition("-")[0]
        return (FOLDER / language / f"{self.slug}.html").read_text()


LEGAL_TEXTS = (
    LegalText("terms_page", "terms", _("Terms and conditions")),
    LegalText("privacy_page", "privacy", _("Privacy policy")),
    LegalText("returns_page", "returns", _("Returns and refunds")),
    LegalText("imprint_page", "legal-notice", _("Legal notice")),
)
