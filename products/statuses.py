"""The states of the price sync."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SyncStatus(TextChoices):
    """How what a page says compares with what Stripe has."""

    IN_SYNC = "in_sync", _("In sync")
    PENDING = "pending", _("Pending")
    FAILED = "failed", _("Failed")
    NOT_FOR_SALE = "not_for_sale", _("Not for sale")
