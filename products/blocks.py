"""What an editor may put into a product's body."""

from wagtail import blocks
from wagtail.images.blocks import ImageBlock


class SpecificationBlock(blocks.StructBlock):
    """One row of a specification: `Weight`, `420 g`."""

    name = blocks.CharBlock(max_length=60)
    value = blocks.CharBlock(max_length=200)


class BodyBlock(blocks.StreamBlock):
    """Headings, text, pictures and a table of specifications."""

    heading = blocks.CharBlock(
        icon="title", max_length=120, template="products/blocks/heading.html"
    )
    text = blocks.RichTextBlock(icon="pilcrow", features=["bold", "italic", "link", "ul", "ol"])
    image = ImageBlock(template="products/blocks/image.html")
    specifications = blocks.ListBlock(
        SpecificationBlock(), icon="table", template="products/blocks/specifications.html"
    )


class GalleryBlock(blocks.StreamBlock):
    """More pictures of the product, each with its own alt text."""

    image = ImageBlock(template="products/blocks/gallery_image.html")
