"""Check that Stripe sends the shop the events that it needs. An endpoint keeps the event types that
it was created with, so an update of the shop may need more.
"""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.raising import raise_alert, resolve_alert
from orders.alerts import WEBHOOK_INCOMPLETE
from orders.events.process import HANDLERS
from stripe_gateway.client import API_VERSION
from stripe_gateway.endpoints import EVERY_EVENT, Endpoint, list_endpoints


def webhook_url() -> str:
    """The address that Stripe sends events to."""
    return f"{settings.SITE_URL}{reverse('shop:stripe_webhook')}"


def check_endpoint() -> None:
    """Raise an alert if events are missing; resolve it if not. Raises GatewayError.

    A demo's sandbox sends all events without an endpoint.
    """
    problem = "" if settings.SHOP_DEMO else problem_with(list_endpoints())
    if problem:
        raise_alert(WEBHOOK_INCOMPLETE, problem)
    else:
        resolve_alert(WEBHOOK_INCOMPLETE)


def problem_with(endpoints: list[Endpoint]) -> str:
    """What is wrong, in a sentence; empty if one enabled endpoint is complete."""
    ours = [
        endpoint
        for endpoint in endpoints
        if endpoint.url.rstrip("/") == webhook_url().rstrip("/") and endpoint.status == "enabled"
    ]
    if not ours:
        text = _("The account has no enabled endpoint with the address %(url)s.")
        return text % {"url": webhook_url()}
    problems = [problem_with_one(endpoint) for endpoint in ours]
    return "" if "" in problems else problems[0]


def problem_with_one(endpoint: Endpoint) -> str:
    """What an endpoint lacks, in a sentence; empty if nothing."""
    missing = sorted(set(HANDLERS) - set(endpoint.enabled_events) - {"charge.refund.updated"})
    if missing and EVERY_EVENT not in endpoint.enabled_events:
        return _("The endpoint does not send these events: %(events)s.") % {
            "events": ", ".join(missing)
        }
    if endpoint.api_version != API_VERSION:
        text = _("The endpoint has the API version %(found)s instead of %(wanted)s.")
        found = endpoint.api_version or _("of the account")
        return text % {"found": found, "wanted": API_VERSION}
    return ""
