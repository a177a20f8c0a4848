"""Drafts of the legal pages, for an owner to correct. Only a lawyer can say what a shop needs."""

from dataclasses import dataclass
from pathlib import Path

DRAFT = "<p><em>This is a draft. Correct it, have it checked, and publish it.</em></p>"
FOLDER = Path(__file__).with_name("legal")


@dataclass(frozen=True)
class LegalText:
    """One page: the field of the shop's settings that names it, its slug and its title."""

    setting: str
    slug: str
    title: str

    @property
    def body(self) -> str:
        """The text, in HTML."""
        return (FOLDER / f"{self.slug}.html").read_text()


LEGAL_TEXTS = (
    LegalText("terms_page", "terms", "Terms and conditions"),
    LegalText("privacy_page", "privacy", "Privacy policy"),
    LegalText("returns_page", "returns", "Returns and refunds"),
    LegalText("imprint_page", "legal-notice", "Legal notice"),
)
