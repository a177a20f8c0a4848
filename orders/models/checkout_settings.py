"""The settings of delivery and checkout, under Settings → Checkout.

A checkout keeps the settings with which it began.
"""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.fields import StreamField

from memory import remember
from orders.models.delivery_blocks import ZonesBlock
from text.moments import reject_unlikely_dates
from text.validation import reject_invisible

LONGEST_STRIPE_TEXT = 1200  # docs.stripe.com/api/checkout/sessions/create, custom_text
DELIVERY_HELP = _(
    "<p>Where you deliver, and for how much. Without a zone, the shop delivers to its own country"
    " for free. If there are several zones, shoppers choose one in the basket, and Stripe accepts"
    " only addresses in that zone.</p>"
)


@register_setting(icon="form")
class CheckoutSettings(BaseGenericSetting):
    """One row for the whole shop. Until somebody saves it, the defaults apply."""

    zones = StreamField(ZonesBlock(required=False), blank=True, verbose_name=_("delivery zones"))
    asks_for_phone = models.BooleanField(
        _("ask for a phone number"),
        default=False,
        help_text=_("Shoppers must enter one on the payment page."),
    )
    takes_promotion_codes = models.BooleanField(
        _("accept promotion codes"),
        default=False,
        help_text=_("Create them in the Stripe Dashboard, under Product catalogue → Coupons."),
    )
    calculates_tax = models.BooleanField(
        _("let Stripe calculate tax"),
        default=False,
        help_text=_("Set up Stripe Tax in the Stripe Dashboard first, under Settings → Tax."),
    )
    requires_terms = models.BooleanField(
        _("require consent to the terms"),
        default=False,
        help_text=_(
            "Enter the address of your terms in the Stripe Dashboard first, under Settings →"
            " Business → Public details."
        ),
    )
    note_label = models.CharField(
        _("label of the shopper's note"),
        max_length=50,
        blank=True,
        help_text=_(
            "Enter a label, for example “Gift message”, to let shoppers add a note on the payment"
            " page."
        ),
    )
    creates_invoices = models.BooleanField(
        _("create invoices"),
        default=False,
        help_text=_("Stripe creates an invoice for each order and charges a fee for it."),
    )
    text_at_address = models.CharField(
        _("text below the address"), max_length=LONGEST_STRIPE_TEXT, blank=True
    )
    text_at_button = models.CharField(
        _("text next to the Pay button"), max_length=LONGEST_STRIPE_TEXT, blank=True
    )
    closed_until = models.DateTimeField(
        _("closed until"),
        null=True,
        blank=True,
        help_text=_(
            "Until then, nobody can start a new checkout. Shoppers on a payment page can still pay."
        ),
    )
    closed_text = models.CharField(
        _("text while closed"),
        max_length=255,
        blank=True,
        help_text=_("Shown in the basket, for example “We are on holiday until 7 January”."),
    )

    base_form_class: type[WagtailAdminModelForm] = WagtailAdminModelForm
    panels = [
        MultiFieldPanel(
            [HelpPanel(DELIVERY_HELP), FieldPanel("zones")], heading=_("Delivery"), icon="site"
        ),
        MultiFieldPanel(
            [
                "asks_for_phone",
                "takes_promotion_codes",
                "calculates_tax",
                "requires_terms",
                "creates_invoices",
                "note_label",
            ],
            heading=_("On the payment page"),
        ),
        MultiFieldPanel(
            ["text_at_address", "text_at_button"], heading=_("Texts on the payment page")
        ),
        MultiFieldPanel(["closed_until", "closed_text"], heading=_("Close the shop")),
    ]

    class Meta:
        default_permissions = ("change",)
        verbose_name = pgettext_lazy("settings", "checkout")

    def clean(self) -> None:
        """Reject texts that show nothing, impossible dates, and a time without a text."""
        super().clean()
        reject_invisible(self, "note_label", "text_at_address", "text_at_button", "closed_text")
        reject_unlikely_dates(self, "closed_until")
        if self.closed_until and not self.closed_text:
            raise ValidationError({"closed_text": _("Tell shoppers why they cannot buy.")})

    @classmethod
    def current(cls) -> "CheckoutSettings":
        """The saved settings or the defaults, as they were a moment ago.

        Unlike Wagtail's `load` it does not write.
        """
        return remember("checkout settings", lambda: cls.objects.order_by("pk").first() or cls())

    @property
    def closed_message(self) -> str:
        """Why nobody can buy now; empty while the shop is open."""
        is_closed = self.closed_until is not None and self.closed_until > timezone.now()
        return self.closed_text if is_closed else ""
