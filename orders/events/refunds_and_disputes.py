"""Process events about refunds, disputes and early fraud warnings.

An order that the shop does not have yet is created first. Events about payments of other shops on
the same account are ignored.
"""

import re
from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order
from orders.refunds.disputes import record_dispute, record_warning
from orders.refunds.find_order import order_of
from orders.refunds.record import record, record_all
from orders.statuses import EventOutcome
from stripe_gateway.client import API_VERSION
from stripe_gateway.disputes import parse_fraud_warning, retrieve_dispute
from stripe_gateway.errors import NotFound, UnexpectedAnswer
from stripe_gateway.events import Event
from stripe_gateway.refunds import Refund, parse_refund, payment_of_charge, retrieve_refund

Result = tuple[EventOutcome, str]


def on_refund(event: Event) -> Result:
    """Record the refund in the event, which is signed. Raises GatewayError, NotPaidYet."""
    found = refund_in(event)
    if found is None:
        return EventOutcome.IGNORED, _("The shop's Stripe account has no such refund.")
    return with_order(found.payment_intent, lambda order: record(found, order))


def refund_in(event: Event) -> Refund | None:
    """The refund that the event carries, or Stripe's present one if the event has another API
    version.
    """
    try:
        if event.api_version == API_VERSION:
            return parse_refund(event.data.object)
    except UnexpectedAnswer:
        pass  # ask Stripe instead
    try:
        return retrieve_refund(object_id(event, "re"), quick=True)
    except NotFound:
        return None


def on_charge(event: Event) -> Result:
    """Record all refunds of the charge: the charge itself only contains the amount refunded."""
    return with_order(payment_of_charge(event.data.object), record_all)


def on_dispute(event: Event) -> Result:
    """Retrieve the dispute and record it. Raises GatewayError, NotPaidYet."""
    read_at = timezone.now()
    try:
        found = retrieve_dispute(object_id(event, "du|dp"), quick=True)
    except NotFound:
        return EventOutcome.IGNORED, _("The shop's Stripe account has no such dispute.")
    return with_order(
        found.payment_intent, lambda order: record_dispute(found, order, read_at=read_at)
    )


def on_fraud_warning(event: Event) -> Result:
    """Record the warning. Raises GatewayError, NotPaidYet."""
    warning = parse_fraud_warning(event.data.object)
    return with_order(warning.payment_intent, lambda order: record_warning(warning, order))


def object_id(event: Event, prefix: str) -> str:
    """The id of the event's object. Raises NotFound for a text that cannot be a Stripe ID,
    because it could change the address of the request.
    """
    found = str(event.data.object.get("id"))
    if not re.fullmatch(rf"({prefix})_[A-Za-z0-9_]{{1,200}}", found):
        raise NotFound(_("The event does not contain an ID."))
    return found


def with_order(payment_intent: str, action: Callable[[Order], object]) -> Result:
    """Call `action` with the order of a payment, if the shop sold it."""
    order = order_of(payment_intent, source="webhook")
    if order is None:
        return EventOutcome.IGNORED, _("The payment does not belong to this shop.")
    action(order)
    return EventOutcome.PROCESSED, _("Order %(number)s is up to date.") % {"number": order.number}
