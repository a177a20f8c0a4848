"""Stripe's codes for why a refund failed, why a payment is disputed, and what fraud a bank suspects
(docs.stripe.com/api/refunds/object, /api/disputes/object, /api/radar/early_fraud_warnings/object).
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

REASONS = {
    # refunds
    "charge_for_pending_refund_disputed": _("charge for pending refund disputed"),
    "declined": pgettext_lazy("Stripe's reason", "declined"),
    "expired_or_canceled_card": _("expired or canceled card"),
    "lost_or_stolen_card": _("lost or stolen card"),
    "merchant_request": _("merchant request"),
    "unknown": pgettext_lazy("Stripe's reason", "unknown"),
    # refunds and disputes
    "insufficient_funds": _("insufficient funds"),
    # disputes
    "bank_cannot_process": _("bank cannot process"),
    "check_returned": _("check returned"),
    "credit_not_processed": _("credit not processed"),
    "customer_initiated": _("customer initiated"),
    "debit_not_authorized": _("debit not authorized"),
    "duplicate": pgettext_lazy("Stripe's reason", "duplicate"),
    "fraudulent": pgettext_lazy("Stripe's reason", "fraudulent"),
    "general": pgettext_lazy("Stripe's reason", "general"),
    "incorrect_account_details": _("incorrect account details"),
    "noncompliant": pgettext_lazy("Stripe's reason", "noncompliant"),
    "product_not_received": _("product not received"),
    "product_unacceptable": _("product unacceptable"),
    "subscription_canceled": _("subscription canceled"),
    "unrecognized": pgettext_lazy("Stripe's reason", "unrecognized"),
    # early fraud warnings
    "card_never_received": _("card never received"),
    "fraudulent_card_application": _("fraudulent card application"),
    "made_with_counterfeit_card": _("made with counterfeit card"),
    "made_with_lost_card": _("made with lost card"),
    "made_with_stolen_card": _("made with stolen card"),
    "misc": pgettext_lazy("Stripe's reason", "misc"),
    "unauthorized_use_of_card": _("unauthorized use of card"),
}
BY_WORDS = {code.replace("_", " "): text for code, text in REASONS.items()}


def reason_in_words(code: str) -> str:
    """Return a code, with underscores or spaces, in the active language; an unknown one with
    spaces. Any other text stays.
    """
    words = code if " " in code else code.replace("_", " ")
    return str(BY_WORDS.get(words, words))
