"""The form of the checkout settings: it refuses what Stripe would refuse, with Stripe's reason."""

import logging

from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminModelForm

from orders.checkout.try_options import refusal
from stripe_gateway.errors import GatewayError

logger = logging.getLogger(__name__)


class CheckoutSettingsForm(WagtailAdminModelForm):
    """Saving tries the settings at Stripe: it creates a session for each zone and expires it."""

    def _post_clean(self) -> None:
        """Add Stripe's reason to the form. If Stripe cannot be asked, the settings are saved."""
        super()._post_clean()
        if self.errors:
            return
        try:
            reason = refusal(self.instance)
        except GatewayError as error:
            logger.warning("The checkout settings could not be tried at Stripe: %s", error)
            return
        if reason:
            self.add_error(
                None, _("Stripe refuses these settings: %(reason)s") % {"reason": reason}
            )
