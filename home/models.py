"""The home page, and pages of text such as the terms."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from orders.models import Order
from products.listing import ON_HOME
from products.models import ProductPage
from text.moments import reject_unlikely_dates
from text.rich_text import validate_rich_text
from text.validation import reject_invisible

LATEST_ORDERS = 5


class HomePage(Page):
    """The root of the site."""

    hero_title = models.CharField(_("headline"), max_length=120, blank=True)
    hero_text = models.CharField(_("introduction"), max_length=255, blank=True)

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["products.ProductIndexPage", "home.TextPage"]
    max_count = 1
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(["hero_title", "hero_text"], heading=_("Top of the page")),
    ]

    class Meta:
        verbose_name = _("home page")

    def clean(self) -> None:
        """Reject texts that show nothing, and impossible dates."""
        super().clean()
        reject_invisible(self, "title", "seo_title", "hero_title", "hero_text")
        reject_unlikely_dates(self, "go_live_at", "expire_at")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add `products` for sale and, for a logged-in shopper, the latest `orders`.

        `products` is a function, which the template calls only if it has to render the cards again.
        It gives one product more than are shown, if there are more.
        """
        context = {
            **super().get_context(request, *args, **kwargs),
            "products": lambda: ProductPage.objects.for_sale()[: ON_HOME + 1],
            "most": ON_HOME,
        }
        if request.user.is_authenticated:
            context["orders"] = Order.objects.of(request.user)[:LATEST_ORDERS]
        return context


class TextPage(Page):
    """A page of text, such as the terms or the privacy policy."""

    body = RichTextField(
        _("text"), features=["h2", "h3", "bold", "italic", "link", "ul", "ol", "hr"]
    )

    parent_page_types = ["home.HomePage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, "body"]

    class Meta:
        verbose_name = _("text page")

    def clean(self) -> None:
        """Reject texts that show nothing or cannot be shown, and impossible dates."""
        super().clean()
        reject_invisible(self, "title", "seo_title")
        reject_unlikely_dates(self, "go_live_at", "expire_at")
        try:
            validate_rich_text(self.body, self._meta.get_field("body").formfield().widget)
        except ValidationError as error:
            raise ValidationError({"body": error}) from error
