"""Several hundred orders within a few seconds, with planted faults: the run finds exactly those."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from orders import policy
from orders.alerts import DISCREPANCY
from orders.models import Order, OrderLine
from orders.reconciliation.run import reconcile
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls
from tests.orders.selling import SESSIONS, buy

AMOUNT = 149900
NO_ORDER = "₹1,499.00 was paid at Stripe, but there is no order."
NO_SESSION = "The order is for ₹1,499.00, but its session does not exist at Stripe."
OTHER_SUM = "Total: ₹1,498.99 at Stripe, ₹1,499.00 on the order."
OTHER_LINES = "The lines add up to ₹1,498.99, but the subtotal is ₹1,499.00."
OTHER_CURRENCY = " ".join(
    f"{name}: ${sum} at Stripe, ₹{sum} on the order."
    for name, sum in [
        ("Subtotal", "1,499.00"),
        ("Discount", "0.00"),
        ("Delivery", "0.00"),
        ("Tax", "0.00"),
        ("Total", "1,499.00"),
    ]
)


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without throttling and the second look, which have their own tests."""
    monkeypatch.setattr(policy, "REQUESTS_PER_SECOND", 100_000)
    monkeypatch.setattr(policy, "SECOND_LOOK_SECONDS", 0.0)


class Records:
    """Sessions and orders.

    `sell` and the faults below create copies of one real order, which is removed.
    """

    def __init__(self, sandbox: Sandbox, session_id: str) -> None:
        self.sandbox = sandbox
        session = sandbox.state.get("checkout.session", session_id)
        assert session
        intent = sandbox.state.get("payment_intent", session["payment_intent"])
        assert intent
        self.session, self.intent, self.private = session, intent, sandbox.state.private(session_id)
        sandbox.state.run("DELETE FROM objects WHERE id = ?", session_id)
        self.expected: dict[str, str] = {}  # what should be reported, by session
        self.count: Counter[str] = Counter()
        self.with_lines_off: set[str] = set()
        self._orders: list[Order] = []

    def sell(
        self,
        created: int,
        *,
        said: str = "",
        listed: bool = True,
        ordered: bool = True,
        **changes: Any,
    ) -> str:
        """Create a session at a Unix second, with changes, and the order that fits it without them.

        Oldest first.
        """
        session_id, intent = f"cs_test_{uuid4().hex}", f"pi_{uuid4().hex}"
        metadata = {**self.session["metadata"], "checkout": str(uuid4())}
        own = {"id": session_id, "payment_intent": intent, "created": created, "metadata": metadata}
        if listed:
            self.sandbox.state.add({**self.session, **own, **changes}, self.private)
            self.sandbox.state.add({**self.intent, "id": intent})
        if ordered:
            self._orders.append(self._order(session_id, intent, created))
        if said:
            self.expected[session_id] = said
        self.count["sessions"] += listed
        self.count["orders"] += ordered
        return session_id

    def last_order(self) -> Order:
        """The last order, to be changed."""
        return self._orders[-1]

    def write(self) -> None:
        """Insert the orders in random order."""
        random.Random(0).shuffle(self._orders)
        orders = Order.objects.bulk_create(self._orders)
        OrderLine.objects.bulk_create(self._line(order) for order in orders)

    def _line(self, order: Order) -> OrderLine:
        off = 1 if order.session_id in self.with_lines_off else 0
        return OrderLine(
            order=order, name="Brass lamp", unit_amount=order.subtotal - off, quantity=1
        )

    def _order(self, session_id: str, intent: str, created: int) -> Order:
        moment = datetime.fromtimestamp(created, UTC)
        return Order(
            account=self.sandbox.account,
            livemode=False,
            session_id=session_id,
            payment_intent=intent,
            currency="inr",
            subtotal=AMOUNT,
            total=AMOUNT,
            session_created_at=moment,
            placed_at=moment,
        )


def free(records: Records, created: int) -> None:
    nothing: dict[str, Any] = {"amount_subtotal": 0, "amount_total": 0, "payment_intent": None}
    records.sell(created, payment_status="no_payment_required", **nothing)
    order = records.last_order()
    order.subtotal, order.total, order.payment_intent = 0, 0, None


def without_order(records: Records, created: int) -> None:
    records.sell(created, ordered=False, said=NO_ORDER)


def without_session(records: Records, created: int) -> None:
    records.sell(created, listed=False, said=NO_SESSION)


def other_sum(records: Records, created: int) -> None:
    records.sell(created, amount_total=AMOUNT - 1, said=OTHER_SUM)


def other_lines(records: Records, created: int) -> None:
    records.with_lines_off.add(records.sell(created, said=OTHER_LINES))


def explained(records: Records, created: int) -> None:
    session_id = records.sell(created, amount_total=AMOUNT - 1, said=OTHER_SUM)
    message = f"{records.last_order()}: {OTHER_SUM}"
    Alert.objects.create(
        key=DISCREPANCY.key_for(session_id),
        message=message,
        note="I know.",
        resolved_at=timezone.now(),
    )
    records.count["explained"] += 1


def other_currency(records: Records, created: int) -> None:
    records.sell(created, currency="usd", said=OTHER_CURRENCY)


def unpaid(records: Records, created: int) -> None:
    records.sell(created, payment_status="unpaid", said="The session is not paid at Stripe.")
    records.count["sessions"] -= 1


def processing(records: Records, created: int) -> None:
    records.sell(created, payment_status="unpaid", ordered=False)
    records.count["sessions"] -= 1


def expired(records: Records, created: int) -> None:
    records.sell(created, status="expired", payment_status="unpaid", ordered=False)
    records.count["sessions"] -= 1


def foreign(records: Records, created: int) -> None:
    records.sell(created, ordered=False, metadata={"installation": str(uuid4())})
    records.count.update(sessions=-1, ignored=1)


def without_metadata(records: Records, created: int) -> None:
    records.sell(created, metadata={})
    records.count["ignored"] += 1


def dated_too_early(records: Records, created: int) -> None:
    records.sell(created)
    records.last_order().session_created_at -= timedelta(seconds=3)


def dated_too_late(records: Records, created: int) -> None:
    records.sell(created)
    records.last_order().session_created_at += timedelta(seconds=90)


def of_another_account(records: Records, created: int) -> None:
    records.sell(created, listed=False)
    records.last_order().account = "acct_another"
    records.count["orders"] -= 1


ODD: list[Callable[[Records, int], None]] = [
    free,
    without_order,
    without_session,
    other_sum,
    other_lines,
    explained,
    other_currency,
    unpaid,
    processing,
    expired,
    foreign,
    without_metadata,
    dated_too_early,
    dated_too_late,
    of_another_account,
]


@pytest.fixture
def records(synced: Sandbox, member: Client, lamp: ProductPage) -> Records:
    return Records(synced, buy(synced, member, lamp))


def moments(rng: random.Random, count: int, seconds: int) -> list[int]:
    """`count` Unix seconds of an hour ago, of which few differ, in order."""
    start = int(timezone.now().timestamp()) - 3600
    return sorted(start + rng.randrange(seconds) for _ in range(count))


@pytest.mark.parametrize("seconds", [1, 2, 12, 250])
def test_list_pages_that_end_within_a_second_lose_nothing_and_count_nothing_twice(
    records: Records, seconds: int
) -> None:
    for created in moments(random.Random(seconds), 250, seconds):
        records.sell(created)
    records.write()
    records.sandbox.requests.clear()
    row = reconcile()
    assert row.agrees and (row.sessions, row.orders, row.created_orders) == (250, 250, 0)
    assert row.stripe_total == row.orders_total == 250 * AMOUNT
    pages, others = [f"GET {SESSIONS}"] * 3, ["GET /v1/refunds", "GET /v1/disputes"]
    assert calls(records.sandbox) == ["GET /v1/account", *pages, *others]


@pytest.mark.parametrize("seed", range(3))
def test_exactly_the_planted_faults_are_found(records: Records, seed: int) -> None:
    rng = random.Random(seed)
    for created in moments(rng, 400, rng.choice([3, 12, 400])):
        if rng.random() < 0.25:
            rng.choice(ODD)(records, created)
        else:
            records.sell(created)
    records.write()
    check_finds_all(records)
    check_repair(records)


def check_finds_all(records: Records) -> None:
    orders = Order.objects.count()
    attention = Alert.objects.count()
    row = reconcile(repair=False)
    assert {found["session"]: found["what"] for found in row.discrepancies} == records.expected
    assert row.discrepancy_count == len(records.expected) - records.count["explained"]
    assert (row.sessions, row.orders) == (records.count["sessions"], records.count["orders"])
    assert (row.not_ours, row.created_orders) == (records.count["ignored"], 0)
    assert (Order.objects.count(), Alert.objects.count()) == (orders, attention)


def check_repair(records: Records) -> None:
    missing = {session_id for session_id, said in records.expected.items() if said == NO_ORDER}
    left = records.expected.keys() - missing
    row = reconcile()
    assert row.created_orders == len(missing)
    assert {found["session"] for found in row.discrepancies} == left
    assert Order.objects.filter(session_id__in=missing).count() == len(missing)
    assert set(
        Alert.objects.filter(key__startswith=DISCREPANCY.key).values_list("key", flat=True)
    ) == {DISCREPANCY.key_for(session_id) for session_id in left}
    assert (
        Alert.objects.open().filter(key__startswith=DISCREPANCY.key).count()
        == len(left) - records.count["explained"]
    )


def test_of_many_discrepancies_a_limited_number_is_stored_and_all_are_counted(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "DISCREPANCIES_KEPT", 10)
    for created in moments(random.Random(1), 30, 3):
        without_order(records, created)
    row = reconcile(repair=False)
    assert row.discrepancy_count == row.sessions == 30
    assert len(row.discrepancies) == 10
    assert reconcile().created_orders == 30
