"""The alerts about checkouts, orders, Stripe's events and reconciliations."""

from django.utils.translation import gettext_lazy as _

from alerts.registry import Severity, declare

# --- A payment that disagrees with our records. The subject is the session or the checkout. -------
AMOUNT_DIFFERS = declare(
    "amount-differs",
    title=_("The amount charged is not the amount shown"),
    severity=Severity.CRITICAL,
    meaning=_("The amount paid differs from the amount on the shop's page. The order exists."),
    what_to_do=_(
        "Before you ship, compare the order with its payment in the Stripe Dashboard. If the"
        " shopper paid too much, refund the difference on the order's page. Resolve this alert with"
        " a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)
PAID_TWICE = declare(
    "paid-twice",
    title=_("A shopper may have paid twice"),
    severity=Severity.CRITICAL,
    meaning=_("There are two orders for one checkout, each with its own payment."),
    what_to_do=_(
        "Ask the shopper whether both orders are wanted. If not, do not ship the second one, and"
        " refund it on its page. Resolve this alert with a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)
PAID_AFTER_CLOSE = declare(
    "paid-after-close",
    title=_("An order was paid after its checkout had ended"),
    severity=Severity.WARNING,
    meaning=_(
        "The shopper paid although the checkout had expired, had failed or had been replaced by"
        " another one. The order exists."
    ),
    what_to_do=_(
        "Look for another order by the same shopper. If there is one, ask which of them is wanted,"
        " and refund the other on its page. Resolve this alert with a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)
NO_CHECKOUT = declare(
    "no-checkout",
    title=_("An order has no checkout"),
    severity=Severity.WARNING,
    meaning=_(
        "A payment belongs to this shop, but the checkout that led to it is not in the database."
        " This is normal after an older backup was restored. The order's lines come from Stripe."
    ),
    what_to_do=_(
        "Compare the order with its payment in the Stripe Dashboard before you ship. If no backup"
        " was restored, tell the person who runs the server. Resolve this alert with a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)
UNKNOWN_PRODUCT = declare(
    "unknown-product",
    title=_("An order contains an unknown product"),
    severity=Severity.WARNING,
    meaning=_("A product that was paid for at Stripe is not a product of this shop."),
    what_to_do=_(
        "Find out from the name on the order what was sold. Ship it, or refund it on the order's"
        " page. Resolve this alert with a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)

# --- Selling. The subject is a checkout, a shopper, an account, or nothing. -----------------------
WRONG_SESSION = declare(
    "wrong-session",
    title=_("Stripe prepared a payment page with the wrong amount"),
    severity=Severity.CRITICAL,
    meaning=_(
        "The amount on Stripe's payment page was not the amount on the shop's page. The shop"
        " closed the payment page, and nothing was charged."
    ),
    what_to_do=_(
        "Check in the Stripe Dashboard whether somebody changed the prices of the products in this"
        " checkout. If it happens again, tell the person who runs the server."
    ),
    admin_link="checkouts_admin:index",
)
CHECKOUT_REFUSED = declare(
    "checkout-refused",
    title=_("Nobody can buy"),
    severity=Severity.CRITICAL,
    meaning=_("The shop's Stripe key lacks the permission to create payment pages."),
    what_to_do=_(
        "In the Stripe Dashboard, under Developers → API keys, give the shop's key the permission"
        " to write Checkout Sessions, or ask the person who runs the server to do so. The alert is"
        " resolved by the next successful click on Pay."
    ),
    admin_link="checkouts_admin:index",
)
SHOPPER_REFUSED = declare(
    "shopper-refused",
    title=_("A shopper cannot buy"),
    severity=Severity.WARNING,
    meaning=_("Stripe refused to create a payment page for one shopper. Others can buy."),
    what_to_do=_(
        "Read Stripe's answer in the message. It usually names what is wrong with the shopper's"
        " details or with a product. Correct it, or tell the person who runs the server. Resolve"
        " this alert with a note."
    ),
    admin_link="checkouts_admin:index",
    stays_resolved=True,
)
PAYMENT_INTENTS_UNREADABLE = declare(
    "payment-intents-unreadable",
    title=_("Failed bank debits go unnoticed"),
    severity=Severity.WARNING,
    meaning=_(
        "The shop's Stripe key lacks the permission to read PaymentIntents. Payments still become"
        " orders, but a bank debit that failed stays in the state “Payment processing”."
    ),
    what_to_do=_(
        "In the Stripe Dashboard, under Developers → API keys, give the shop's key the permission"
        " to read PaymentIntents, or ask the person who runs the server to do so. The alert is then"
        " resolved automatically."
    ),
    admin_link="checkouts_admin:index",
)
OTHER_ACCOUNT = declare(
    "other-account",
    title=_("Unfinished checkouts are left in another Stripe account"),
    severity=Severity.CRITICAL,
    meaning=_(
        "The shop's Stripe key was changed to another account while shoppers were paying. The shop"
        " cannot find out whether they have paid."
    ),
    what_to_do=_(
        "In the Stripe Dashboard of the earlier account, look for payments since the change. If"
        " there are any, ask the person who runs the server to use the earlier key once more, until"
        " every checkout has ended. Resolve this alert with a note."
    ),
    admin_link="checkouts_admin:index",
    stays_resolved=True,
)

SHORT = declare(
    "order-short",
    title=_("An order was paid for goods that are not in stock"),
    severity=Severity.CRITICAL,
    meaning=_(
        "A payment arrived although the last item had been sold. The order exists; the message"
        " names the missing items."
    ),
    what_to_do=_(
        "Get more stock and ship the order, or refund what you cannot deliver. Resolve this alert"
        " with a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)

# --- Refunds and disputes. The subject is a refund, a dispute or an order. ------------------------
REFUND_FAILED = declare(
    "refund-failed",
    title=_("A refund failed"),
    severity=Severity.CRITICAL,
    meaning=_(
        "Stripe refused a refund, or the shopper's bank returned the money. The shopper has not"
        " received the money, and Stripe will not try again."
    ),
    what_to_do=_(
        "Read the reason on the order's page. The amount can be refunded again there. If the"
        " shopper's card no longer exists, agree on another way to pay the money back. Resolve this"
        " alert with a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)
REFUND_DELAYED = declare(
    "refund-delayed",
    title=_("A refund could not be sent to Stripe yet"),
    severity=Severity.WARNING,
    meaning=_(
        "Stripe has not confirmed a refund after several attempts. The worker tries again at least"
        " once an hour, and the refund is never made twice."
    ),
    what_to_do=_(
        "If Stripe could not be reached, wait. If the shop's key lacks a permission, give it the"
        " permission to write Charges and Refunds in the Stripe Dashboard, under Developers → API"
        " keys. The alert is resolved when Stripe has answered."
    ),
    admin_link="orders_admin:index",
)
REFUND_MADE_TWICE = declare(
    "refund-made-twice",
    title=_("A refund was made twice"),
    severity=Severity.CRITICAL,
    meaning=_("Stripe has two refunds for one that staff requested. The order shows both."),
    what_to_do=_(
        "Compare the order with its payment in the Stripe Dashboard, and tell the person who runs"
        " the server. Resolve this alert with a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)
DISPUTED = declare(
    "dispute-open",
    title=_("A payment was disputed"),
    severity=Severity.CRITICAL,
    meaning=_(
        "A shopper's bank has taken back the money for an order. Until the dispute is decided,"
        " Stripe cannot refund the payment."
    ),
    what_to_do=_(
        "Do not ship the order, or the rest of it. Send your evidence in the Stripe Dashboard"
        " before the date in the message, or accept the dispute there. The alert is resolved when"
        " the last dispute about the order has been decided."
    ),
    admin_link="orders_admin:index",
)
INQUIRY = declare(
    "inquiry-open",
    title=_("A bank asks about a payment"),
    severity=Severity.WARNING,
    meaning=_(
        "A shopper does not recognise a payment or complains about it. No money has moved, but the"
        " inquiry can become a dispute."
    ),
    what_to_do=_(
        "Answer in the Stripe Dashboard before the date in the message, or refund the order in"
        " full, which ends the inquiry. The alert is resolved when the inquiry is closed."
    ),
    admin_link="orders_admin:index",
)
DISPUTE_LOST = declare(
    "dispute-lost",
    title=_("A disputed payment was lost"),
    severity=Severity.WARNING,
    meaning=_("The shopper's bank keeps the money for an order."),
    what_to_do=_("Tell your accountant. Resolve this alert with a note."),
    admin_link="orders_admin:index",
    stays_resolved=True,
)
FRAUD_WARNING = declare(
    "fraud-warning",
    title=_("A bank warns of fraud"),
    severity=Severity.CRITICAL,
    meaning=_(
        "A shopper's bank believes that a payment is fraudulent. In most cases a dispute follows,"
        " which costs a fee."
    ),
    what_to_do=_(
        "Do not ship the order. A refund in full avoids the dispute. The alert is resolved when"
        " the order has been refunded or disputed, or by staff with a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)
UNKNOWN_STATUS = declare(
    "unknown-stripe-status",
    title=_("Stripe uses a status that the shop does not know"),
    severity=Severity.WARNING,
    meaning=_("A refund or a dispute has a status that did not exist when the shop was written."),
    what_to_do=_(
        "Look at the payment in the Stripe Dashboard, and ask the person who runs the server to"
        " update the shop. Resolve this alert with a note."
    ),
    admin_link="orders_admin:index",
    stays_resolved=True,
)

WEBHOOK_INCOMPLETE = declare(
    "webhook-incomplete",
    title=_("Stripe does not send all events to the shop"),
    severity=Severity.CRITICAL,
    meaning=_(
        "The webhook endpoint in the Stripe Dashboard is missing, is disabled, or was created for"
        " an earlier version of the shop. The shop learns about missing events up to an hour late."
    ),
    what_to_do=_(
        "Ask the person who runs the server to run `manage.py stripe_setup`, and to change the"
        " endpoint in the Stripe Dashboard under Developers → Webhooks"
        " (https://dashboard.stripe.com/webhooks). The alert is resolved within an hour."
    ),
    admin_link="events_admin:index",
)

KEY_LACKS_PERMISSIONS = declare(
    "key-lacks-permissions",
    title=_("The shop's Stripe key lacks permissions"),
    severity=Severity.CRITICAL,
    meaning=_("The message names them. What needs them fails: checkouts, refunds or disputes."),
    what_to_do=_(
        "In the Stripe Dashboard, under Developers → API keys, give the shop's key these"
        " permissions (https://dashboard.stripe.com/apikeys). The alert is resolved within an hour."
    ),
    admin_link="events_admin:index",
)

# --- Events and reconciliation. The subject is an event or a session. -----------------------------
EVENT_FAILING = declare(
    "event-failing",
    title=_("An event from Stripe cannot be processed"),
    severity=Severity.WARNING,
    meaning=_(
        "Stripe reported something about a payment, and the shop has failed to process it several"
        " times. The worker tries again at least once an hour."
    ),
    what_to_do=_(
        "Read the reason in the message. If Stripe or the database could not be reached, wait. If"
        " the reason stays the same, send it to the person who runs the server. The alert is"
        " resolved when the event has been processed."
    ),
    admin_link="events_admin:index",
    stays_resolved=True,
)
DISCREPANCY = declare(
    "discrepancy",
    title=_("Stripe and an order disagree"),
    severity=Severity.CRITICAL,
    meaning=_(
        "A reconciliation found a payment without an order, an order without a payment, or"
        " different amounts."
    ),
    what_to_do=_(
        "Open the payment in the Stripe Dashboard and compare it with the order. If you can"
        " explain the difference, resolve this alert with a note: the reconciliations then count it"
        " as explained. If not, do not ship the order, and tell your accountant."
    ),
    admin_link="reconciliations_admin:index",
)
