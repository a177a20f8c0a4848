"""The blocks of a product's body and gallery."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageBlock
from wagtail.images.models import AbstractImage
from wagtail.rich_text import RichText

from text.rich_text import validate_rich_text
from text.validation import validate_visible


class TextBlock(blocks.CharBlock):
    """A short text with visible characters."""

    def clean(self, value: str) -> str:
        """Raise ValidationError for a text without visible characters."""
        text = super().clean(value)
        validate_visible(text)
        return text

    def deconstruct(self) -> Any:
        """In migrations, which do not validate, use Wagtail's block."""
        return ("wagtail.blocks.CharBlock", *super().deconstruct()[1:])


class RichTextBlock(blocks.RichTextBlock):
    """A text with links that work."""

    def clean(self, value: RichText) -> RichText:
        """Raise ValidationError for a text that cannot be shown."""
        text: RichText = super().clean(value)
        validate_rich_text(text.source, self.field.widget)
        return text

    def deconstruct(self) -> Any:
        """In migrations, which do not validate, use Wagtail's block."""
        return ("wagtail.blocks.RichTextBlock", *super().deconstruct()[1:])


class PictureBlock(ImageBlock):
    """An image whose alt text shows something. Wagtail asks for the text, or for `decorative`."""

    def clean(self, value: AbstractImage | None) -> AbstractImage | None:
        """Raise StructBlockValidationError for an alt text without visible characters."""
        image = super().clean(value)
        try:
            validate_visible((image and image.contextual_alt_text) or "")
        except ValidationError as error:
            raise StructBlockValidationError(block_errors={"alt_text": error}) from error
        return image


class SpecificationBlock(blocks.StructBlock):
    """One row of a specification: `Weight`, `420 g`."""

    name = TextBlock(max_length=60, label=_("Name"))
    value = TextBlock(max_length=200, label=_("Value"))


class BodyBlock(blocks.StreamBlock):
    """Headings, text, pictures and a table of specifications."""

    heading = TextBlock(
        icon="title", max_length=120, label=_("Heading"), template="products/blocks/heading.html"
    )
    text = RichTextBlock(
        icon="pilcrow", features=["bold", "italic", "link", "ul", "ol"], label=_("Text")
    )
    image = PictureBlock(label=_("Picture"), template="products/blocks/image.html")
    specifications = blocks.ListBlock(
        SpecificationBlock(),
        icon="table",
        label=_("Specifications"),
        template="products/blocks/specifications.html",
    )


class GalleryBlock(blocks.StreamBlock):
    """More pictures of the product, each with its own alt text."""

    image = PictureBlock(label=_("Picture"), template="products/blocks/gallery_image.html")
