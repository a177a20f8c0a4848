"""What owners can change about the shop in the admin, under Settings → Shop."""

import re
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.models import Page

from memory import remember
from text.contrast import contrast
from text.validation import reject_invisible

COLOUR = r"^#[0-9a-fA-F]{6}\Z"
DEFAULT_ACCENT = "#8c3219"  # --madder in site/static/css/site.css
# The text of buttons, and the darkest background of links.
AROUND_ACCENT = ("#ffffff", "#f3ebdf")
LEAST_CONTRAST = 4.5  # level AA for text (www.w3.org/TR/WCAG22/#contrast-minimum)
LEGAL_PAGES = ("terms_page", "privacy_page", "returns_page", "imprint_page")


def legal_page(label: Any) -> models.ForeignKey[Page | None]:
    """A page that cannot be deleted while it is one of the shop's legal pages."""
    return models.ForeignKey(
        Page,
        verbose_name=label,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )


def check_contrast(colour: str) -> None:
    """Raise ValidationError for an accent colour that is hard to read."""
    if min(contrast(colour, other) for other in AROUND_ACCENT) < LEAST_CONTRAST:
        text = _("Text in this colour, and on it, would be hard to read. Choose a darker one.")
        raise ValidationError({"accent_colour": text})


class OrderEmails(models.TextChoices):
    """When staff get emails about new orders."""

    EACH = "each", _("Immediately, for each order")
    DAILY = "daily", _("Once a day, for all of them")
    NEVER = "never", _("Never")


@register_setting(icon="home")
class ShopSettings(BaseGenericSetting):
    """One row for the whole shop. Until somebody saves it, the defaults apply."""

    name = models.CharField(
        _("name"),
        max_length=60,
        default="Shop",
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
            " for its domain. If this is empty, the server's own address"
            " (DEFAULT_FROM_EMAIL) is used."
        ),
    )

    logo = models.ForeignKey(
        "shop_images.ShopImage",
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Shown in the header, 40 pixels high."),
    )
    accent_colour = models.CharField(
        _("accent colour"),
        max_length=7,
        default=DEFAULT_ACCENT,
        validators=[RegexValidator(COLOUR, _("Enter a colour, for example #8c3219."))],
        help_text=_(
            "The colour of links and buttons on the site and in emails, for example #8c3219."
        ),
    )
    footer_text = models.CharField(
        _("text in the footer"),
        max_length=255,
        blank=True,
        help_text=_("For example, where the shop is, or when you reply to messages."),
    )
    terms_page = legal_page(_("terms and conditions"))
    privacy_page = legal_page(_("privacy policy"))
    returns_page = legal_page(_("returns and refunds"))
    imprint_page = legal_page(_("legal notice"))
    backups = models.CharField(
        _("backups"),
        max_length=255,
        blank=True,
        help_text=_("Where the database and the pictures are backed up, and how often."),
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
        help_text=_("At most one email an hour, including alerts about low stock."),
    )
    legal_name = models.CharField(
        _("seller's legal name"),
        max_length=255,
        blank=True,
        help_text=_(
            "Shown at the end of emails. If this is empty, the shop's name is shown instead."
        ),
    )
    legal_address = models.TextField(_("seller's address"), blank=True, max_length=1000)
    tax_number = models.CharField(
        _("tax number"),
        max_length=60,
        blank=True,
        help_text=_("With its name, for example “VAT ID: DE123456789”."),
    )

    price_note = models.CharField(
        _("note below prices"),
        max_length=120,
        blank=True,
        help_text=_(
            "For example “incl. VAT, plus delivery”, which shops in the EU must show next to every"
            " price."
        ),
    )

    panels = [
        "name",
        MultiFieldPanel(["contact_email", "contact_phone"], heading=_("Contact")),
        "sender_email",
        MultiFieldPanel(
            ["logo", "accent_colour", "price_note", "footer_text"], heading=_("Appearance")
        ),
        MultiFieldPanel(
            [*LEGAL_PAGES],
            heading=_("Legal pages"),
            help_text=_("Shown in the footer once they are published."),
        ),
        MultiFieldPanel(["staff_emails", "order_emails", "alert_emails"], heading=_("Staff")),
        MultiFieldPanel(["legal_name", "legal_address", "tax_number"], heading=_("Seller")),
        "backups",
    ]

    class Meta:
        default_permissions = ("change",)
        verbose_name = _("shop")

    def clean(self) -> None:
        """Reject texts that show nothing, and a colour that cannot be read."""
        super().clean()
        texts = ("name", "contact_phone", "legal_name", "legal_address", "tax_number")
        reject_invisible(self, *texts, "price_note", "footer_text", "backups")
        if re.fullmatch(COLOUR, self.accent_colour):
            check_contrast(self.accent_colour)
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
        """The saved settings or the defaults, from the cache.

        Unlike Wagtail's `load` it does not write, so a page that only shows the name can be
        requested while the database is read-only.
        """
        return remember(
            "shop settings",
            lambda: (
                cls.objects.select_related("logo", *LEGAL_PAGES).order_by("pk").first() or cls()
            ),
        )

    @property
    def legal_pages(self) -> list[Page]:
        """The published legal pages, in the order of the footer."""
        pages = [getattr(self, name) for name in LEGAL_PAGES]
        return [page for page in pages if page and page.live]

    @property
    def theme(self) -> str:
        """Identifies a colour of the shop's own; empty for the default."""
        accent = self.accent_colour.lower()
        return "" if accent == DEFAULT_ACCENT else accent.removeprefix("#")

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
    """The From line of the shop's emails, such as `Shop <shop@example.com>`."""
    return ShopSettings.current().sender
