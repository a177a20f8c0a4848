"""Bugs to plant in the shop's processes, each one a way to take money wrongly that somebody could write one day.

A run with a bug must fail, and its report must say so in the words of `seen_as`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from orders import buying, fulfilment, review, superseding, webhook
from orders.locking import atomic_with_retries
from orders.models import Checkout, Order, OrderLine, StripeEvent
from products.models import ProductPage
from stripe_gateway import sessions
from stripe_gateway.errors import GatewayError
from tests.chaos import alone

# Takes away what stands behind the code, so that the code is judged alone.
DROP_UNIQUE = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'u' LOOP
        EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', found.conname);
    END LOOP;
    FOR found IN SELECT indexrelid::regclass AS name FROM pg_index
        WHERE indrelid = '{table}'::regclass AND indisunique AND NOT indisprimary LOOP
        EXECUTE format('DROP INDEX %s', found.name);
    END LOOP;
END $$
"""


@dataclass(frozen=True)
class Bug:
    """`plant` changes the code of a process, `sql` the database; `rates` are faults that bring it to light.

    `alone`: another way to settle would heal it, so nothing but the webhook is left.
    """

    what: str
    seen_as: str
    plant: Callable[[], None]
    sql: str = ""
    rates: dict[str, float] = field(default_factory=dict)
    alone: bool = False


def plant(name: str) -> None:
    """Change this process. Raises KeyError for an unknown bug."""
    BUGS[name].plant()


def _write_without_looking() -> None:
    settle = fulfilment._settle

    def written(session: Any, checkout: Any, account: str, noticed_by: str) -> fulfilment.Settled:
        if not session.is_paid:
            return settle(session, checkout, account, noticed_by)
        time.sleep(0.5)  # as under load: two deliveries overlap
        order = fulfilment._write_order(session, checkout, account, noticed_by)
        return fulfilment.Settled(fulfilment.Outcome.CREATED, order)

    fulfilment._settle = written


def _forget_the_attempt() -> None:
    buying._find_or_store = atomic_with_retries(buying._store)


def _sell_at_todays_price() -> None:
    lines = fulfilment._lines

    def repriced(order: Any, session: Any, checkout: Any) -> list[OrderLine]:
        prices = {page.product_key: page.unit_amount for page in ProductPage.objects.all()}
        found = lines(order, session, checkout)
        for line in found:
            if line.product:
                line.unit_amount = prices[line.product.translation_key]
        return found

    fulfilment._lines = repriced


def _write_the_pages_sum() -> None:
    write = fulfilment._write_order

    def written(session: sessions.Session, checkout: Any, account: str, noticed_by: str) -> Order:
        return write(replace(session, total=session.subtotal), checkout, account, noticed_by)

    fulfilment._write_order = written


def _take_complete_for_paid() -> None:
    complete = property(lambda session: session.status == "complete")
    sessions.Session.is_paid = complete  # type: ignore[assignment,method-assign]  # replacing it is the bug


def _turn_deaf() -> None:
    webhook.receive = lambda body, signature: None  # type: ignore[assignment,return-value]  # the bug


def _deduplicate_before_settling() -> None:
    store = webhook._store

    def stored(event: Any, text: str) -> StripeEvent:
        row = store(event, text)
        StripeEvent.objects.filter(pk=row.pk).update(outcome=StripeEvent.Outcome.PROCESSED)
        time.sleep(2)  # as under load: the process is killed here at times
        return row

    webhook._store = stored


def _believe_every_sum() -> None:
    stands = webhook._stands_by_itself

    def believed(event: Any, session: sessions.Session) -> bool:
        checkout = fulfilment.find_checkout(session)
        more = checkout.subtotal - session.subtotal if checkout else 0
        return stands(event, replace(session, subtotal=session.subtotal + more, total=session.total + more))

    webhook._stands_by_itself = believed


def _drop_what_was_replaced() -> None:
    settle = fulfilment._settle

    def dropped(session: Any, checkout: Any, account: str, noticed_by: str) -> fulfilment.Settled:
        if checkout and Checkout.objects.get(pk=checkout.pk).status == Checkout.Status.SUPERSEDED:
            return fulfilment.Settled(fulfilment.Outcome.IGNORED, reason="Replaced by another choice.")
        return settle(session, checkout, account, noticed_by)

    def ended(checkout: Checkout) -> None:
        if checkout.session_id:
            sessions.expire_session(checkout.session_id)
        fulfilment.close(checkout, Checkout.Status.SUPERSEDED)

    fulfilment._settle, superseding.end = dropped, ended


def _ask_for_no_confirmation() -> None:
    review._check_amounts_seen = lambda review, form: None


def _keep_reservations() -> None:
    def finished(checkout: Checkout, session: sessions.Session) -> None:
        checkout.status, checkout.session_id = Checkout.Status.COMPLETE, checkout.session_id or session.id
        checkout.save(update_fields=["status", "session_id"])

    fulfilment._finish = finished


def _fail_with_stripe() -> None:
    ask = fulfilment.ask

    def failing(*about: Any, **how: Any) -> sessions.Session:
        try:
            return ask(*about, **how)
        except GatewayError as error:
            raise RuntimeError("Nobody thought of this.") from error

    fulfilment.ask = failing


BUGS = {
    "two-orders": Bug(
        "neither lock nor unique key where orders are written",
        "doubled",
        _write_without_looking,
        sql=DROP_UNIQUE.format(table="orders_order"),
    ),
    "forgotten-attempt": Bug(
        "every press of Buy is a new attempt under a new key",
        "doubled",
        _forget_the_attempt,
        sql=DROP_UNIQUE.format(table="orders_checkout"),
    ),
    "todays-price": Bug("orders are written at today's price", "amounts off", _sell_at_todays_price),
    "pages-total": Bug("orders are written over the sum of the page", "amounts off", _write_the_pages_sum),
    "unconfirmed-price": Bug("a price that moved is not shown again", "amounts off", _ask_for_no_confirmation),
    "complete-is-paid": Bug("a bank debit counts as paid when it begins", "unpaid", _take_complete_for_paid),
    "nobody-asks": Bug(
        "the worker asks Stripe about nothing",
        "lost",
        partial(alone.stop_jobs, "ask_about_checkouts", "process_pending_events", "reconcile_orders"),
    ),
    "no-reconciler": Bug("the books are not compared", "no proof", partial(alone.stop_jobs, "reconcile_orders")),
    "replaced-is-dropped": Bug(
        "a payment for a choice that was replaced is dropped",
        "lost",
        _drop_what_was_replaced,
        rates={"lost": 1.0, "doubled": 0.0, "delayed": 0.0, "misstated": 0.0},
    ),
    "deaf-webhook": Bug("the webhook answers 200 and does nothing", "settled by webhook", _turn_deaf),
    "waiting-page": Bug("the success page waits and asks nobody", "settled by success page", alone.only_wait),
    "deduplicated-first": Bug(
        "an event counts as done before it has settled anything", "lost", _deduplicate_before_settling, alone=True
    ),
    "any-sum": Bug(
        "a signed event's sum is not held against the checkout's",
        "amounts off",
        _believe_every_sum,
        rates={"lost": 0.2, "doubled": 0.0, "delayed": 0.0, "misstated": 0.7},
    ),
    "kept-reservations": Bug("reservations outlive their checkout", "left open", _keep_reservations),
    "stripe-is-always-up": Bug(
        "an error of Stripe is one of the shop's pages", "HTTP 500", _fail_with_stripe, rates={"errors": 0.4}
    ),
}
