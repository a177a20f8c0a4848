"""The form of every image upload: single, multiple, in a chooser, and the replacement of a file.

Wagtail builds its forms on WAGTAILIMAGES_IMAGE_FORM_BASE. See
https://docs.wagtail.org/en/stable/reference/settings.html
"""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.forms import FileField
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from shop_images import policy
from shop_images.cleaning import UNREADABLE, clean
from shop_images.models import RENDITION_ERRORS, ShopImage


class ShopImageField(WagtailImageField):
    """A file that is decoded, bounded and cleaned before Wagtail reads it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_upload_size = policy.MAX_BYTES
        self.max_image_pixels = policy.MAX_PIXELS
        self.help_text = _(
            "JPEG, PNG, WebP, GIF or AVIF, at most %(bytes)s and %(megapixels)d megapixels."
            " Metadata such as the place where a photo was taken is removed."
        ) % {
            "bytes": filesizeformat(policy.MAX_BYTES),
            "megapixels": policy.MAX_PIXELS // 1_000_000,
        }

    def to_python(self, data: UploadedFile | None) -> Any:
        """Clean the upload. Raises ValidationError if it is not an image within the limits."""
        if data is None or FileField.to_python(self, data) is None:
            return None
        clean(data)
        return super().to_python(data)


class ShopImageForm(BaseImageForm):
    """Refuses a file of which a rendition fails, and stores the renditions with the image."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if file := self.fields.get("file"):
            self.fields["file"] = ShopImageField(
                label=file.label, required=file.required, widget=file.widget
            )

    def _get_validation_exclusions(self) -> set[str]:
        """Leave a file alone that is not replaced: Django would read it, and it may be lost."""
        unchanged = {"file"} - set(self.changed_data)
        return super()._get_validation_exclusions() | unchanged

    def _post_clean(self) -> None:
        """Make all renditions once the instance has the new file and focal point."""
        if "file" not in self.changed_data:
            self.cleaned_data.pop("file", None)  # for the same reason
            super()._post_clean()
            return
        super()._post_clean()
        if not self.errors:
            self.make_renditions()

    def make_renditions(self) -> None:
        """Make the renditions in memory; an error of the form says that one of them failed."""
        try:
            self.instance.render()
        except RENDITION_ERRORS:
            self.add_error("file", UNREADABLE)

    def save(self, commit: bool = True) -> ShopImage:
        """Store the renditions of a replaced file, or of a new focal point, too."""
        image = super().save(commit=commit)
        if commit:
            image.store_renditions()
            image.make_missing_renditions()
        return image
