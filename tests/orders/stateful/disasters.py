"""The machine where one of the two books is lost in part: an old backup restored, or the account at Stripe emptied."""

from hypothesis.stateful import precondition, rule

from attention import causes
from orders.models import Checkout, CheckoutLine, Order
from products.models import Reservation
from tests.orders.selling import signed
from tests.orders.stateful.chances import BACK
from tests.orders.stateful.deeds import pick
from tests.orders.stateful.stage import Stage
from tests.orders.stateful.till import Till


class TillWithOldBackup(Till):
    """A backup is restored now and then that is older than an attempt: the shop has never heard of it."""

    @precondition(lambda self: self.visited)
    @rule(back=BACK)
    def backup_is_restored(self, back: int) -> None:
        session_id = pick(self.visited, back)
        # Orders are never deleted, and an attempt with an order would take it along.
        lost = Checkout.objects.filter(session_id=session_id, orders=None)
        if lost:
            Reservation.objects.filter(key__in=lost.values("pk")).delete()
            CheckoutLine.objects.filter(checkout__in=lost.values("pk")).delete()
            lost.delete()
            self.forgotten.add(session_id)

    def expected_causes(self) -> dict[str, int]:
        """A person looks at each order that has no attempt."""
        orders = Order.objects.filter(checkout=None).count()
        return {"no-checkout": orders} if orders else {}


class TillWithEmptiedStripe(Till):
    """The key opens another, empty account now and then; events of the old one may still be on their way."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.old_events: list[bytes] = []

    @rule()
    def stripe_is_emptied(self) -> None:
        self.old_events += [self.stripe.webhook_request(event["id"])[0] for event in self.session_events()]
        self.stripe.reset()
        self.visited.clear()

    @precondition(lambda self: self.old_events)
    @rule(back=BACK)
    def old_event_arrives(self, back: int) -> None:
        self.send(*signed(pick(self.old_events, back)))

    def expected_causes(self) -> dict[str, int]:
        """An old event may tell of money for an attempt that was closed since the account did not know it any more."""
        late = [cause for cause in causes.open_causes("paid-after-end:") if _is_lost(cause, self.stripe.account)]
        return {"paid-after-end": len(late)} if late else {}


def _is_lost(cause: str, account: str) -> bool:
    """Whether the order that a cause is about was paid at another account."""
    return Order.objects.filter(session_id=cause.partition(":")[2]).exclude(account=account).exists()
