"""The editor's form for a product page."""

from typing import Any

from wagtail.admin.forms import WagtailAdminPageForm


class ProductPageForm(WagtailAdminPageForm):
    """Asks for a price before a page goes live; a draft may wait for it. What a price may be, `validators` says."""

    def clean(self) -> dict[str, Any]:
        """Put what is missing beside the field."""
        cleaned: dict[str, Any] = super().clean()
        missing = "price" in self.fields and "price" not in self.errors and cleaned.get("price") is None
        if missing and not self.is_deferred_validation:
            self.add_error("price", "A product needs a price before it is published.")
        return cleaned
