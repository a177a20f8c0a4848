"""What a run finds: discrepancies in its row, and alerts about them."""

from django.urls import reverse

from alerts.models import Alert
from alerts.raising import raise_alert
from orders import policy
from orders.alerts import DISCREPANCY
from orders.models import Order, Reconciliation


class Findings:
    """The discrepancies of one run. The subject of each is the id of an object at Stripe."""

    def __init__(self, row: Reconciliation, *, repair: bool) -> None:
        self.row = row
        self.repair = repair
        self.reported: set[str] = set()

    def report(self, stripe_id: str, order: Order | None, what: str) -> None:
        """Store a discrepancy in the row and raise an alert, unless staff have explained this very
        discrepancy.
        """
        message = f"{order or stripe_id}: {what}"
        self.reported.add(stripe_id)
        alerts = Alert.objects.about(DISCREPANCY.key_for(stripe_id))
        explained = alerts.filter(message=message).exclude(note="").exists()
        self.row.discrepancy_count += not explained
        if len(self.row.discrepancies) < policy.DISCREPANCIES_KEPT:
            entry = {"session": stripe_id, "order": order.number if order else "", "what": what}
            self.row.discrepancies.append({**entry, "explained": explained})
        if self.repair and not explained:
            url = reverse("orders_admin:inspect", args=[order.pk]) if order else ""
            raise_alert(DISCREPANCY, message, subject=stripe_id, url=url)
