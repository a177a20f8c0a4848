"""The alerts about the catalogue at Stripe."""

from django.utils.translation import gettext_lazy as _

from alerts.registry import Severity, declare

KEY_REFUSED = declare(
    "stripe-key-refused",
    title=_("Stripe does not accept the shop's key"),
    severity=Severity.CRITICAL,
    meaning=_("Nobody can buy, and prices are not sent to Stripe."),
    what_to_do=_(
        "Ask the person who runs the server to check STRIPE_SECRET_KEY. The key may have been"
        " deleted or replaced in the Stripe Dashboard, under Developers → API keys. The alert is"
        " resolved when Stripe accepts the key."
    ),
    admin_link="jobs",
)
SYNC_FAILING = declare(
    "sync-failing",
    title=_("A product could not be sent to Stripe"),
    severity=Severity.WARNING,
    meaning=_(
        "The product at Stripe does not match its page, and five attempts to update it have failed."
        " Shoppers may not be able to buy it."
    ),
    what_to_do=_(
        "Read Stripe's answer in the message. If it names something on the page, for example the"
        " price or the name, correct and publish the page. If not, contact the person who runs the"
        " server. The alert is resolved when Stripe accepts the product."
    ),
    admin_link="wagtailadmin_explore_root",
)
SCHEDULE_FAILED = declare(
    "schedule-failed",
    title=_("A scheduled change could not be made"),
    severity=Severity.WARNING,
    meaning=_("A page was not published or unpublished at the time that an editor chose."),
    what_to_do=_(
        "Open the page, correct what the message mentions, for example a web address (“slug”) that"
        " another page already uses, and schedule or publish the page again. If the other page's"
        " slug is changed instead, the change is made within a minute. The alert is then resolved."
    ),
    admin_link="wagtailadmin_explore_root",
)

LOW_STOCK = declare(
    "low-stock",
    title=_("A product is running low"),
    severity=Severity.WARNING,
    meaning=_("The stock of a product has reached the number at which you want an alert."),
    what_to_do=_(
        "Order more, or count what is on the shelf and enter the number. The alert is resolved when"
        " there are more items."
    ),
    admin_link="stock_admin:index",
)
