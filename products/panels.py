"""What the page editor shows beside the price: whether Stripe has it yet."""

from wagtail.admin.panels import Panel


class StripePanel(Panel):
    """In step, pending or failing, with the error in words.

    Its template asks `{% stripe_status %}`.
    """

    class BoundPanel(Panel.BoundPanel):
        """The panel for one page."""

        template_name = "products/admin/stripe_panel.html"

        def is_shown(self) -> bool:
            """Nothing to say of a page that was never saved."""
            return super().is_shown() and self.instance.pk is not None
