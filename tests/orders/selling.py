"""Helpers of the tests about orders: buy, pay, sign events, click at the same moment, read the
errors of a page.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

from bs4 import BeautifulSoup, Tag
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from orders.models import Checkout, Order, StripeEvent
from products.models import ProductPage
from stripe_sandbox import Sandbox, sign
from tests.conftest import WEBHOOK_SECRET, form, send, session_of

SESSIONS = "/v1/checkout/sessions"


def open_page(browser: Client, page: ProductPage, quantity: int = 1, **changes: Any) -> str:
    """Press Pay and return the id of the session whose payment page opens."""
    return session_of(browser.post("/checkout/", form((page, quantity), **changes)))


def buy(sandbox: Sandbox, browser: Client, page: ProductPage, quantity: int = 1) -> str:
    """Press Pay, pay, and close the browser; returns the session's id.

    No event is delivered, and the list of requests to Stripe is emptied.
    """
    session_id = open_page(browser, page, quantity)
    sandbox.pay(session_id)
    sandbox.requests.clear()
    return session_id


def fill(browser: Client, *chosen: tuple[ProductPage, Any], **button: str) -> Any:
    """Add products to the basket, or press one of the buttons of the basket page."""
    data = {
        "product": [str(page.product_key) for page, _ in chosen],
        "quantity": [str(quantity) for _, quantity in chosen],
        **button,
    }
    return browser.post("/basket/", data, headers={"Origin": "http://testserver"})


def press(browser: Client, response: Any, label: str) -> Any:
    """Send the form of the button with this label, without CSRF token, as a page of ours does."""
    page = BeautifulSoup(response.content, "html.parser")
    (button,) = [each for each in page.select("main button") if label in each.get_text()]
    form = button.find_parent("form")
    assert form is not None
    data: dict[str, list[str]] = {}
    for field in form.select("input"):
        data.setdefault(str(field["name"]), []).append(str(field["value"]))
    return browser.post(str(form["action"]), data, headers={"Origin": "http://testserver"})


def text_of(response: Any) -> str:
    """The text of a page's main part, as a screen reader reads it."""
    main = BeautifulSoup(response.content, "html.parser").select_one("main")
    assert main is not None
    return " ".join(main.get_text(" ", strip=True).split())


def success(browser: Client, session_id: str) -> Any:
    """Load the success page, where the payment page redirects the shopper."""
    return browser.get("/checkout/success/", {"session_id": session_id})


def twin(browser: Client) -> Client:
    """Another window of the same browser, for another thread."""
    other = Client()
    for name, morsel in browser.cookies.items():
        other.cookies[name] = morsel.value
    return other


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Run the actions in threads that begin at the same moment; return what they return."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        try:
            barrier.wait(30)
            return action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result(60) for future in [pool.submit(run, action) for action in actions]]


def meet(chance: random.Random, *actions: Callable[[], Any]) -> list[Any]:
    """Run the actions at once, or some milliseconds apart in any order; return what they return."""
    spread = chance.choice([0, 0.003, 0.01, 0.03])

    def begun_late(action: Callable[[], Any], seconds: float) -> Any:
        time.sleep(seconds)
        return action()

    return at_once(*(partial(begun_late, action, chance.random() * spread) for action in actions))


def only_order() -> Order:
    """The one order there is, whose lines add up to its subtotal."""
    order = Order.objects.get()
    assert sum(line.total for line in order.lines.all()) == order.subtotal
    return order


def nothing_moved() -> bool:
    """Whether the only checkout is still open, and there is no order."""
    return not Order.objects.exists() and Checkout.objects.get().status == "open"


def signed(event: Any, secret: str = WEBHOOK_SECRET) -> tuple[bytes, str]:
    """An event's body and header, signed now."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return body, sign(body, secret)


def make_event(pk: str, body: str = "{}", **fields: Any) -> StripeEvent:
    """Store an event with these fields."""
    fields = {
        "type": "customer.created",
        "outcome": "ignored",
        "retry_at": timezone.now(),
        **fields,
    }
    return StripeEvent.objects.create(pk=pk, body=body, **fields)


def replay(*words: str, **options: Any) -> list[str]:
    """Run `manage.py replay_events`; the lines that it prints."""
    out = StringIO()
    call_command("replay_events", *words, stdout=out, **options)
    return out.getvalue().splitlines()


def told(sandbox: Sandbox, kind: str = "checkout.session.completed") -> dict[str, Any]:
    """The newest event of a type, as JSON that a test can alter."""
    body, _ = sandbox.webhook_request(sandbox.events(kind)[-1]["id"])
    return dict(json.loads(body))


def deliver_altered(event: dict[str, Any]) -> Any:
    """Deliver an altered event, signed as Stripe would sign it."""
    return send(*signed(event))


def complaints(response: Any) -> dict[str, str]:
    """The errors on the lines of the basket page, by product key. Screen readers find them from the
    quantity fields.
    """
    page = BeautifulSoup(response.content, "html.parser")
    found = {}
    for line in page.select("li.line"):
        field = line.select_one("input[name=quantity]")
        message = line.select_one(".field-error")
        if message is not None and field is not None:
            assert field["aria-describedby"] == message["id"]
            product = line.select_one("input[name=product]")
            assert product is not None
            found[str(product["value"])] = message.get_text(strip=True)
    return found


def problem(response: Any) -> str:
    """The error message above a form, or nothing."""
    alert = BeautifulSoup(response.content, "html.parser").select_one("[role=alert]")
    return alert.get_text(strip=True) if alert else ""


def _value(line: Tag, name: str) -> str:
    field = line.select_one(f"input[name={name}]")
    assert field is not None
    return str(field["value"])


def chosen(response: Any) -> dict[str, str]:
    """The quantities on the basket page, by product key."""
    page = BeautifulSoup(response.content, "html.parser")
    return {_value(line, "product"): _value(line, "quantity") for line in page.select("li.line")}


def token_of(response: Any) -> str:
    """The token in a page's form."""
    field = BeautifulSoup(response.content, "html.parser").select_one("input[name=token]")
    assert field is not None
    return str(field["value"])


def make_due() -> None:
    """Make every checkout and event due for the worker."""
    past = timezone.now() - timedelta(seconds=1)
    Checkout.objects.update(poll_at=past)
    StripeEvent.objects.update(retry_at=past)


def let_time_pass(age: timedelta) -> None:
    """Move the times of every checkout into the past."""
    for checkout in Checkout.objects.all():
        Checkout.objects.filter(pk=checkout.pk).update(
            created_at=checkout.created_at - age,
            attempted_at=checkout.attempted_at - age,
            expires_at=checkout.expires_at - age,
            poll_at=checkout.poll_at - age,
        )


def alter(sandbox: Sandbox, kind: str, object_id: str, **fields: Any) -> None:
    """Change an object at Stripe, as somebody in the Dashboard could."""
    record = sandbox.state.get(kind, object_id)
    assert record is not None
    sandbox.state.save({**record, **fields})


def session_states(sandbox: Sandbox) -> dict[str, str]:
    """The status of every session at Stripe, by id."""
    return {session["id"]: session["status"] for session in sandbox.state.find("checkout.session")}


@contextmanager
def refusing(table: str, moment: str = "INSERT") -> Iterator[None]:
    """A database that fails at every INSERT (or UPDATE) of a table, as a full disk does.

    Needs `committed_db`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION tests_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER tests_refuse BEFORE {moment} ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION tests_refuse()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION tests_refuse() CASCADE")
