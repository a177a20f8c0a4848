"""Bugs to plant in the shop's processes: mistakes with money that somebody could make one day.

A run with a bug must fail, and its report must contain the words of `seen_as`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any
from uuid import uuid4

from mail import send as send_mail
from mail.models import Message
from orders.checkout import complete, start
from orders.checkout.close import close
from orders.checkout.complete import Completion, Outcome
from orders.checkout.match import MatchedSession, match
from orders.events import process, receive
from orders.events.process import process as process_event
from orders.locking import atomic_with_retries
from orders.models import Checkout, Order, OrderLine, StripeEvent
from orders.refunds import send as send_refunds
from orders.statuses import CheckoutStatus, EventOutcome
from orders.views import checkout as checkout_view
from products import stock
from products.models import ProductPage, Reservation
from stripe_gateway import refunds, sessions
from stripe_gateway.errors import GatewayError
from tests.chaos import webhook_only

# Removes the constraints behind the code, so that the code is tested alone.
DROP_UNIQUE = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT conname FROM pg_constraint
        WHERE conrelid = '{table}'::regclass AND contype = 'u' LOOP
        EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', found.conname);
    END LOOP;
    FOR found IN SELECT indexrelid::regclass AS name FROM pg_index
        WHERE indrelid = '{table}'::regclass AND indisunique AND NOT indisprimary LOOP
        EXECUTE format('DROP INDEX %s', found.name);
    END LOOP;
END $$
"""


def substitute(module: ModuleType, name: str, function: Callable[..., Any]) -> None:
    """Replace an imported function. Raises KeyError if the module does not have it any more: the
    bug would not be planted at all.
    """
    if name not in vars(module):
        raise KeyError(f"{module.__name__} has no {name}.")
    vars(module)[name] = function


@dataclass(frozen=True)
class Bug:
    """`plant` changes the code of a process, `sql` the database; `rates` are faults that reveal the
    bug.

    `alone`: another way of completing checkouts would repair it, so only the webhook is left.
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


def create_without_looking() -> None:
    complete_locked = complete.complete_locked

    def created(session: Any, checkout: Any, account: str, source: str) -> Completion:
        if not session.is_paid:
            return complete_locked(session, checkout, account, source)
        time.sleep(0.5)  # as under load: two deliveries overlap
        return Completion(
            Outcome.CREATED, complete.create_order(session, checkout, account, source)
        )

    complete.complete_once = created
    substitute(receive, "complete_locked", created)
    substitute(receive, "session_in", lambda event, lock: process.session_in(event))


def forget_the_checkout() -> None:
    start.find_or_create = atomic_with_retries(start.create)


def sell_at_todays_price() -> None:
    build_lines = complete.build_lines

    def repriced(order: Any, session: Any, checkout: Any) -> list[OrderLine]:
        prices = {page.product_key: page.unit_amount for page in ProductPage.objects.all()}
        found = build_lines(order, session, checkout)
        for line in found:
            if line.product:
                line.unit_amount = prices[line.product.translation_key]
        return found

    complete.build_lines = repriced


def record_the_pages_total() -> None:
    create_order = complete.create_order

    def created(session: sessions.Session, checkout: Any, account: str, source: str) -> Order:
        return create_order(
            session.model_copy(update={"total": session.subtotal}), checkout, account, source
        )

    complete.create_order = created


def take_complete_for_paid() -> None:
    is_complete = property(lambda session: session.status == "complete")
    sessions.Session.is_paid = is_complete  # type: ignore[assignment,method-assign]  # the bug


def ignore_every_event() -> None:
    receive.receive = lambda text: None  # type: ignore[assignment,return-value]  # the bug


def deduplicate_before_completing() -> None:
    def processed(row: StripeEvent) -> StripeEvent:
        StripeEvent.objects.filter(pk=row.pk).update(outcome=EventOutcome.PROCESSED)
        time.sleep(2)  # as under load: the process is sometimes killed here
        return process_event(row)

    substitute(receive, "create_order_and_store", lambda event, row: False)
    substitute(receive, "process", processed)


def trust_every_amount() -> None:
    is_sufficient = process.is_sufficient

    def trusted(event: Any, matched: MatchedSession) -> bool:
        session, checkout = matched.session, matched.checkout
        more = checkout.subtotal - session.subtotal if checkout else 0
        changed = session.model_copy(
            update={"subtotal": session.subtotal + more, "total": session.total + more}
        )
        return is_sufficient(event, match(changed))

    process.is_sufficient = trusted
    substitute(receive, "is_sufficient", trusted)


def drop_payments_of_replaced_checkouts() -> None:
    complete_once = complete.complete_once

    def dropped(session: Any, checkout: Any, account: str, source: str) -> Completion:
        if checkout and Checkout.objects.get(pk=checkout.pk).status == CheckoutStatus.REPLACED:
            return Completion(Outcome.IGNORED)
        return complete_once(session, checkout, account, source)

    def expired(checkout: Checkout) -> None:
        if checkout.session_id:
            sessions.expire_session(checkout.session_id)
        close(checkout, CheckoutStatus.REPLACED)

    complete.complete_once = dropped
    substitute(start, "expire", expired)


def do_not_ask_about_changed_prices() -> None:
    substitute(checkout_view, "mark_changed_prices", lambda basket, choices, currency: None)


def keep_reservations() -> None:
    create_order = complete.create_order

    def created(session: sessions.Session, checkout: Any, account: str, source: str) -> Order:
        kept = list(Reservation.objects.filter(key=checkout.pk)) if checkout else []
        order = create_order(session, checkout, account, source)
        Reservation.objects.bulk_create(kept)
        return order

    complete.create_order = created


def fail_with_stripe() -> None:
    retrieve_session = sessions.retrieve_session

    def failing(*about: Any, **how: Any) -> sessions.Session:
        try:
            return retrieve_session(*about, **how)
        except GatewayError as error:
            raise RuntimeError("An error that nobody handles.") from error

    sessions.retrieve_session = failing


def ignore_refunds_of_the_dashboard() -> None:
    for kind in process.HANDLERS:
        if "refund" in kind:
            process.HANDLERS[kind] = lambda event: (EventOutcome.IGNORED, "")


def forget_the_keys_of_refunds() -> None:
    create_refund = refunds.create_refund

    def created(*, idempotency_key: str, **params: Any) -> Any:
        return create_refund(idempotency_key=str(uuid4()), **params)

    substitute(send_refunds, "create_refund", created)
    # The shop would find its refund in Stripe's list before it tries again.
    substitute(send_refunds, "record_all", lambda order: None)


def take_no_stock() -> None:
    substitute(stock, "take", lambda wanted: {})


def count_emails_as_sent_first() -> None:
    hand_over = send_mail.hand_over

    def handed_over(message: Message) -> None:
        send_mail.store(message, status=Message.Status.SENT)
        try:
            hand_over(message)
        except OSError:
            return

    send_mail.hand_over = handed_over


BUGS = {
    "two-orders": Bug(
        "orders are created without a lock and a unique key",
        "doubled",
        create_without_looking,
        sql=DROP_UNIQUE.format(table="orders_order"),
    ),
    "forgotten-checkout": Bug(
        "every click on Pay starts a new checkout with a new key",
        "doubled",
        forget_the_checkout,
        sql=DROP_UNIQUE.format(table="orders_checkout"),
    ),
    "todays-price": Bug("orders are created at today's price", "amounts off", sell_at_todays_price),
    "pages-total": Bug(
        "orders record the total of the page", "amounts off", record_the_pages_total
    ),
    "unconfirmed-price": Bug(
        "a changed price is not confirmed", "amounts off", do_not_ask_about_changed_prices
    ),
    "complete-is-paid": Bug(
        "a bank debit counts as paid as soon as it starts", "unpaid", take_complete_for_paid
    ),
    "no-polling": Bug(
        "the worker never queries Stripe",
        "lost",
        partial(
            webhook_only.stop_jobs, "poll_checkouts", "process_pending_events", "reconcile_orders"
        ),
    ),
    "no-reconciler": Bug(
        "orders are not reconciled",
        "not reconciled",
        partial(webhook_only.stop_jobs, "reconcile_orders"),
    ),
    "replaced-is-dropped": Bug(
        "a payment for a replaced checkout is dropped",
        "lost",
        drop_payments_of_replaced_checkouts,
        rates={"lost": 1.0, "doubled": 0.0, "delayed": 0.0, "misstated": 0.0},
    ),
    "ignored-webhook": Bug(
        "the webhook answers 200 and does nothing", "completed by webhook", ignore_every_event
    ),
    "waiting-page": Bug(
        "the success page waits and never asks Stripe",
        "completed by success page",
        webhook_only.only_wait,
    ),
    "deduplicated-first": Bug(
        "an event counts as processed before the checkout is completed",
        "lost",
        deduplicate_before_completing,
        alone=True,
    ),
    "any-amount": Bug(
        "a signed event's amount is not compared with the checkout's",
        "amounts off",
        trust_every_amount,
        rates={"lost": 0.2, "doubled": 0.0, "delayed": 0.0, "misstated": 0.7},
    ),
    "kept-reservations": Bug("reservations outlive their checkout", "left open", keep_reservations),
    "dashboard-is-ignored": Bug(
        "refunds that were made in the Dashboard are ignored",
        "refunds lost",
        ignore_refunds_of_the_dashboard,
        alone=True,
    ),
    "refund-keys-forgotten": Bug(
        "each attempt at a refund has a new key, and does not look for the last one",
        "refunds doubled",
        forget_the_keys_of_refunds,
        # An event, too, would tell the shop of the refund that it does not know about.
        rates={"errors": 0.4, "lost": 1.0, "doubled": 0.0, "delayed": 0.0, "misstated": 0.0},
    ),
    "no-stock-taken": Bug("orders take nothing from stock", "stock off", take_no_stock),
    "sent-first": Bug(
        "an email counts as sent before it is", "emails missing", count_emails_as_sent_first
    ),
    "stripe-is-always-up": Bug(
        "an error at Stripe is an error page of the shop",
        "HTTP 500",
        fail_with_stripe,
        rates={"errors": 0.4},
    ),
}
