"""What owners can change about the shop in the admin, under Settings → Shop."""

import re
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

from memory import remember
from text.validation import reject_invisible


class OrderEmails(models.TextChoices):
    """When staff are told about new orders."""

    EACH = "each", _("About each order at once")
    DAILY = "daily", _("Once a day, about all of them")
    NEVER = "never", _("Never")


@register_setting(icon="home")
class ShopSettings(BaseGenericSetting):
    """One row for the whole shop. Until somebody saves it, the defaults apply."""

    name = models.CharField(
        _("name"),
        max_length=60,
        default="VipraTech",
        help_text=_("Shown in the header, in page titles and in emails."),
    )
    contact_email = models.EmailField(
        _("contact email address"),
        blank=True,
        help_text=_("Shown in the footer and in emails, for questions from shoppers."),
    )
    contact_phone = models.CharField(
        _("contact phone number"),
        max_length=40,
        blank=True,
        help_text=_("Shown in the footer and in emails."),
    )
    sender_email = models.EmailField(
        _("sender's email address"),
        blank=True,
        help_text=_(
            "The address that the shop's emails come from. Your mail server must be allowed to send"
            " for its domain. If empty, DEFAULT_FROM_EMAIL of the server is used."
        ),
    )

    email_colour = models.CharField(
        _("colour in emails"),
        max_length=7,
        default="#8c3219",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Enter a colour such as #8c3219."))],
        help_text=_("Of the shop's name and of buttons, such as #8c3219."),
    )
    staff_emails = models.TextField(
        _("staff who get emails"), blank=True, help_text=_("One address per line.")
    )
    order_emails = models.CharField(
        _("emails to staff about new orders"),
        max_length=8,
        choices=OrderEmails,
        default=OrderEmails.EACH,
    )
    alert_emails = models.BooleanField(
        _("emails to staff about new alerts"),
        default=True,
        help_text=_("At most one an hour. Low stock is an alert, too."),
    )
    legal_name = models.CharField(
        _("seller's legal name"),
        max_length=255,
        blank=True,
        help_text=_("Shown at the end of emails. If empty, the shop's name is."),
    )
    legal_address = models.TextField(_("seller's address"), blank=True, max_length=1000)
    tax_number = models.CharField(
        _("tax number"),
        max_length=60,
        blank=True,
        help_text=_("With its name, such as “VAT ID: DE123456789”."),
    )

    panels = [
        "name",
        MultiFieldPanel(["contact_email", "contact_phone"], heading=_("Contact")),
        MultiFieldPanel(["sender_email", "email_colour"], heading=_("Emails")),
        MultiFieldPanel(["staff_emails", "order_emails", "alert_emails"], heading=_("Staff")),
        MultiFieldPanel(["legal_name", "legal_address", "tax_number"], heading=_("Seller")),
    ]

    class Meta:
        default_permissions = ("change",)
        verbose_name = _("shop")

    def clean(self) -> None:
        """Reject texts that show nothing."""
        super().clean()
        reject_invisible(self, "name", "contact_phone", "legal_name", "legal_address", "tax_number")
        for address in self.staff_addresses:
            try:
                validate_email(address)
            except ValidationError as error:
                text = _("“%(address)s” is not an email address.")
                raise ValidationError(
                    {"staff_emails": ValidationError(text, params={"address": address})}
                ) from error

    @classmethod
    def current(cls) -> "ShopSettings":
        """The saved settings or the defaults, as they were a moment ago.

        Unlike Wagtail's `load` it does not write, so a page that only shows the name can be
        requested while the database is read-only.
        """
        return remember("shop settings", lambda: cls.objects.order_by("pk").first() or cls())

    @property
    def staff_addresses(self) -> list[str]:
        """The addresses of staff who get emails."""
        return [line.strip() for line in self.staff_emails.splitlines() if line.strip()]

    @property
    def phone_link(self) -> str:
        """The phone number as a `tel:` link, without spaces (RFC 3966)."""
        return "tel:" + re.sub(r"[^0-9+]", "", self.contact_phone)

    @property
    def sender(self) -> str:
        """The From line of the shop's emails: its name and the sender's address (RFC 5322).

        DEFAULT_FROM_EMAIL may contain a name; the shop's own name replaces it.
        """
        address = self.sender_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
        one_line = " ".join(self.name.split())  # a header must not contain line breaks
        return formataddr((one_line, address))


def sender() -> str:
    """The From line of the shop's emails, such as `VipraTech <shop@example.com>`."""
    return ShopSettings.current().sender
