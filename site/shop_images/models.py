"""The shop's images and their renditions."""

import logging
import struct
import zlib
from io import BytesIO
from typing import Any

from django.db import models
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from PIL import Image as PillowImage
from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.models import AbstractImage, AbstractRendition, Filter, Image
from wagtail.search import index

from shop_images.renditions import all_filters
from text.validation import reject_invisible

logger = logging.getLogger(__name__)

# What Pillow and Willow raise for a file that is missing, damaged, or that they cannot convert.
RENDITION_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    struct.error,
    zlib.error,
    PillowImage.DecompressionBombError,
)


class ShopImage(AbstractImage):
    """An image that editors upload. Its file is one that `cleaning.clean` has written."""

    admin_form_fields = Image.admin_form_fields
    # The chooser filters by tag while it searches, which Wagtail's own list does not allow.
    search_fields = [
        *AbstractImage.search_fields,
        index.RelatedFields("tags", [index.FilterField("name")]),
    ]

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Made while the upload was checked; stored as soon as the image has a primary key.
        self.unsaved_renditions: list[ShopRendition] = []

    def clean(self) -> None:
        """Reject texts that show nothing."""
        super().clean()
        reject_invisible(self, "title", "description")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the image, and a new one's renditions with it."""
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if is_new:
            self.store_renditions()

    def render(self) -> None:
        """Make all renditions of the present file. Raises one of RENDITION_ERRORS."""
        source = self.file.read()
        self.file.seek(0)
        self.unsaved_renditions = [
            self.generate_rendition_instance(found, BytesIO(source)) for found in all_filters()
        ]

    def store_renditions(self) -> None:
        """Save the renditions that `render` has made."""
        renditions, self.unsaved_renditions = self.unsaved_renditions, []
        ShopRendition.objects.bulk_create(renditions, ignore_conflicts=True)

    def make_missing_renditions(self) -> None:
        """Make those that are missing, such as the ones for a new focal point."""
        self.get_renditions(*all_filters())

    def get_rendition(self, filter: Filter | str) -> AbstractRendition:
        """As Wagtail's, but return a placeholder if the rendition cannot be made."""
        try:
            return super().get_rendition(filter)
        except InvalidFilterSpecError:
            raise  # a mistake in a template, not in the image
        except RENDITION_ERRORS as error:
            return self.placeholder(filter, error)

    def get_renditions(self, *filters: Filter | str) -> dict[str, AbstractRendition]:
        """As Wagtail's, but return placeholders if the renditions cannot be made."""
        try:
            return super().get_renditions(*filters)
        except InvalidFilterSpecError:
            raise
        except RENDITION_ERRORS as error:
            placeholders = [self.placeholder(found, error) for found in filters]
            return {found.filter_spec: found for found in placeholders}

    def placeholder(self, filter: Filter | str, error: Exception) -> "ShopRendition":
        """Return an unsaved rendition without a file, and log why it is needed."""
        spec = filter if isinstance(filter, str) else filter.spec
        logger.warning("Image %s has no rendition %s: %r", self.pk, spec, error)
        return ShopRendition(image=self, filter_spec=spec, width=480, height=360)


class ShopRendition(AbstractRendition):
    """One size of an image, or the placeholder for one that could not be made."""

    image = models.ForeignKey(ShopImage, related_name="renditions", on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"],
                name="shop_images_rendition_unique",
            )
        ]

    @property
    def is_placeholder(self) -> bool:
        """Whether the rendition could not be made."""
        return not self.file

    @property
    def url(self) -> str:
        """The address of the file, or of the placeholder's picture."""
        return static("images/no-picture.svg") if self.is_placeholder else self.file.url
