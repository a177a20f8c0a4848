"""Shoppers, editors, Stripe and faults take any steps; after every one, and once all is calm, the books must agree."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import DatabaseError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from orders import reconciliation, replaying
from orders.models import Checkout, Order, StripeEvent
from products.models import ProductPage
from sandbox.errors import ApiError
from sandbox.payments import Declined, NotOpen
from stripe_gateway.errors import GatewayError
from tests.conftest import publish, send
from tests.orders.selling import alter, signed
from tests.orders.stateful import books
from tests.orders.stateful.chances import (
    BACK,
    MOMENTS,
    NOT_FOR_SALE,
    PAGES,
    PATHS,
    PAUSES,
    PAYMENTS,
    PRICES,
    QUANTITIES,
    SHOPPERS,
    TABLES,
    TROUBLES,
    WRONG,
)
from tests.orders.stateful.jobs import JOBS
from tests.orders.stateful.shopping import Form, destination, read_form, wanted_answer
from tests.orders.stateful.stage import Killed, Meanwhile, Stage

HOUR = 3600


class Till(RuleBasedStateMachine):
    """Two shoppers, two products, one editor, Stripe, and what may go wrong."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        stage.begin()
        self.stage, self.stripe = stage, stage.stripe
        self.forms: list[Form] = []
        self.shown: books.Shown = {}
        self.visited: list[str] = []  # session ids in the order in which their pages were shown
        self.forgotten: set[str] = set()
        self.history: dict[str, tuple[Any, ...]] = {}
        self.interrupted = False  # another process acted during the present step
        self.murky = False  # a process died on an error that it could not note

    # Faults

    @property
    def troubled(self) -> bool:
        """Whether Stripe may fail in this step."""
        return bool(self.stripe.troubles.waiting()) or self.murky

    def dies(self) -> None:
        """A process has ended half-way."""
        self.murky = self.murky or self.troubled

    @rule(trouble=TROUBLES, path=PATHS, times=st.integers(1, 3))
    def stripe_fails(self, trouble: dict[str, Any], path: str, times: int) -> None:
        self.stripe.fail_next(**trouble, path=path, times=times)

    @rule(place=TABLES)
    def database_refuses(self, place: tuple[str, str]) -> None:
        self.stage.refuse(*place)

    @rule(moment=MOMENTS)
    def next_caller_dies(self, moment: str) -> None:
        self.stage.dying = moment

    @rule(what=st.sampled_from(["Stripe", "database", "all"]))
    def faults_end(self, what: str) -> None:
        {"Stripe": self.stripe.calm, "database": self.stage.heal, "all": self.all_is_calm}[what]()

    # Shoppers

    @rule(shopper=SHOPPERS, quantities=QUANTITIES)
    def look_and_press(self, shopper: int, quantities: tuple[int, int]) -> None:
        self.buy(self.look(shopper, quantities))

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, how=PAYMENTS)
    def buy_and_pay(self, shopper: int, quantities: tuple[int, int], how: dict[str, Any]) -> None:
        session_id = self.buy(self.look(shopper, quantities))
        if session_id:
            self.pay(session_id, **how)

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, place=PAGES, price=PRICES)
    def price_moves_while_shopper_looks(
        self, shopper: int, quantities: tuple[int, int], place: int, price: str
    ) -> None:
        form = self.look(shopper, quantities)
        self.editor_publishes(place, price)
        self.buy(form)

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, trouble=TROUBLES)
    def click_fails_and_is_repeated(self, shopper: int, quantities: tuple[int, int], trouble: dict[str, Any]) -> None:
        form = self.look(shopper, quantities)
        self.stripe.fail_next(**trouble, path="/v1/checkout/sessions", times=2)
        self.buy(form)
        self.stripe.calm()
        self.buy(form)

    @precondition(lambda self: self.forms)
    @rule(back=BACK, quantities=st.none() | QUANTITIES)
    def press_again(self, back: int, quantities: tuple[int, int] | None) -> None:
        form = pick(self.forms, back)
        self.buy(form.with_quantities(quantities) if quantities else form)

    @precondition(lambda self: self.visited)
    @rule(back=BACK)
    def cancel(self, back: int) -> None:
        session_id = pick(self.visited, back)
        shopper = self.shown[session_id].shopper
        checkout = str(Checkout.objects.filter(session_id=session_id).values_list("pk", flat=True).first())
        answer = self.stage.window(shopper).get("/checkout/cancelled/", {"checkout": checkout})
        assert answer.status_code in (200, 302)
        if answer.status_code == 200:
            self.keep_form(answer, shopper)

    @precondition(lambda self: self.visited)
    @rule(back=BACK, how=PAYMENTS)
    def pay_page(self, back: int, how: dict[str, Any]) -> None:
        self.pay(pick(self.visited, back), **how)

    @precondition(lambda self: self.visited)
    @rule(back=BACK)
    def come_back(self, back: int) -> None:
        self.open_success(pick(self.visited, back))

    @precondition(lambda self: self.visited)
    @rule(back=BACK)
    def stranger_comes(self, back: int) -> None:
        session_id = pick(self.visited, back)
        # Whose it is cannot be told while Stripe does not answer or is not asked so often: the page says only "wait".
        untold = self.troubled or not Checkout.objects.filter(session_id=session_id).exists()
        window = self.stage.window(1 - self.shown[session_id].shopper)
        answer = self.get(partial(window.get, "/checkout/success/", {"session_id": session_id}))
        if answer is not None and not self.stage.refused:
            assert answer.status_code == 404 or (answer.status_code == 200 and untold), answer.status_code

    # Stripe

    @precondition(lambda self: self.visited)
    @rule(back=BACK, what=st.sampled_from(["settle", "fail", "expire"]))
    def bank_or_clock_decides(self, back: int, what: str) -> None:
        with suppress(ApiError):  # nothing to decide
            getattr(self.stripe, what)(pick(self.visited, back))

    @precondition(lambda self: self.session_events())
    @rule(back=BACK, times=st.integers(1, 2))
    def event_arrives(self, back: int, times: int) -> None:
        event = pick(self.session_events(), back)
        for _ in range(times):
            self.deliver(event["id"])

    @precondition(lambda self: self.session_events())
    @rule(told=WRONG)
    def altered_events_arrive(self, told: dict[str, Any]) -> None:
        """Signed, and yet not what our endpoint is to be told: Stripe itself must be asked."""
        for untrue in self.session_events()[-3:]:
            event = json.loads(self.stripe.webhook_request(untrue["id"])[0])
            altered = {**event, "id": f"{event['id']}_altered", "data": {"object": {**event["data"]["object"], **told}}}
            if not told:
                altered["api_version"] = "2020-08-27"
            self.send(*signed(altered))

    @rule(back=BACK, kind=st.sampled_from(["price", "product"]))
    def dashboard_archives(self, back: int, kind: str) -> None:
        defaults = {product["default_price"] for product in self.stripe.state.find("product")}
        found = [each for each in self.stripe.state.find(kind) if each["id"] not in defaults]
        if found:
            alter(self.stripe, kind, pick(found, back)["id"], active=False)

    @rule(seconds=PAUSES)
    def time_passes(self, seconds: float) -> None:
        self.stage.advance(seconds)

    # Editor, worker, staff

    @rule(place=PAGES, price=PRICES)
    def editor_publishes(self, place: int, price: str) -> None:
        if price == NOT_FOR_SALE:
            ProductPage.objects.get(pk=self.stage.pages[place].pk).unpublish()
        else:
            self.stage.pages[place] = publish(self.stage.pages[place], price=Decimal(price))

    @rule(name=st.sampled_from(sorted(JOBS)))
    def worker_runs(self, name: str) -> None:
        self.run(JOBS[name])

    @precondition(lambda self: StripeEvent.objects.exists())
    @rule(back=BACK)
    def staff_replays(self, back: int) -> None:
        rows = list(StripeEvent.objects.order_by("received_at", "pk"))
        self.run(partial(replaying.replay, pick(rows, back)))

    # Two processes at once

    @precondition(lambda self: self.visited)
    @rule(moment=MOMENTS, what=st.sampled_from(["buy", "pay", "come back", "tell", *sorted(JOBS)]), back=BACK)
    def something_happens_meanwhile(self, moment: str, what: str, back: int) -> None:
        session_id = pick(self.visited, back)
        actions: dict[str, Callable[[], Any]] = {
            "buy": lambda: self.buy(pick(self.forms, back)),
            "pay": partial(self.pay, session_id),
            "come back": partial(self.open_success, session_id),
            "tell": self.tell_all,
            **{name: partial(self.run, job) for name, job in JOBS.items()},
        }
        self.will(moment, actions[what])

    def will(self, moment: str, action: Callable[[], Any]) -> None:
        """Have an action done while the next call to Stripe is under way."""

        def act() -> None:
            self.interrupted = True
            action()

        self.stripe.meanwhile = Meanwhile(moment, act)

    # How it is done

    def look(self, shopper: int, quantities: tuple[int, int]) -> Form:
        """Load the review page for some quantities."""
        keys = [str(page.product_key) for page in self.stage.pages]
        query: dict[str, Any] = {"product": keys, "quantity": quantities}
        answer = self.stage.window(shopper).get("/checkout/", query)
        assert answer.status_code == 200
        return self.keep_form(answer, shopper)

    def keep_form(self, answer: Any, shopper: int) -> Form:
        """Remember the form of a review page."""
        form = read_form(answer, shopper)
        assert form is not None
        self.forms.append(form)
        return form

    def get(self, ask: Callable[[], Any]) -> Any:
        """The shop's answer, or None where its process died; a 500 only while the database fails."""
        try:
            answer = ask()
        except Killed:
            return self.dies()
        self.raise_failure()
        assert answer.status_code != 500 or self.stage.refused
        return answer

    def raise_failure(self) -> None:
        """What went wrong in the other process is a failure of this step."""
        failure, self.stripe.failure = self.stripe.failure, None
        if failure:
            raise failure

    def run(self, job: Callable[[], Any]) -> None:
        """Run a job; it may fail where something it needs does."""
        troubled, refused = self.troubled, self.stage.refused
        try:
            job()
        except Killed:
            self.dies()
        except GatewayError:
            assert troubled
        except DatabaseError:
            assert refused
        self.raise_failure()

    def buy(self, form: Form) -> str:
        """Press Buy, hold the answer against what the form showed; the session whose payment page comes, or nothing."""
        troubled, wanted = self.troubled, wanted_answer(form)
        answer = self.get(partial(self.stage.window(form.shopper).post, "/checkout/", form.data))
        if answer is None or answer.status_code == 500:
            return ""
        if answer.status_code in (200, 400, 409, 502):
            self.keep_form(answer, form.shopper)
        allowed = {wanted, 502} if troubled and wanted == 303 else {wanted}
        if self.interrupted and wanted == 303:
            allowed.add(409)  # another window's choice
        assert answer.status_code in allowed, (answer.status_code, wanted)
        return self.follow(form, answer) if answer.status_code == 303 else ""

    def follow(self, form: Form, answer: Any) -> str:
        """Go where Buy leads, and see that it is about this form's choice."""
        end = destination(answer)
        if end.is_payment_page:
            if not self.interrupted:
                books.check_offer(self.stripe, end.session_id, form.choice)
            if end.session_id not in self.shown:
                self.visited.append(end.session_id)
            assert self.shown.setdefault(end.session_id, form.choice) == form.choice
            return end.session_id
        checkout = Checkout.objects.get(session_id=end.session_id)
        assert checkout.user == self.stage.shoppers[form.shopper]
        # The same wish was paid: the same page's, or the same choice.
        assert str(checkout.token) == form.token or self.shown.get(end.session_id) == form.choice
        return ""

    def pay(self, session_id: str, **how: Any) -> None:
        """Pay on Stripe's page, as far as it can be paid."""
        if how.get("discount") == "everything":
            how["discount"] = self.shown[session_id].subtotal
        with suppress(NotOpen, Declined):
            self.stripe.pay(session_id, **how)

    def open_success(self, session_id: str) -> None:
        """Come back from Stripe's page."""
        shopper, troubled = self.shown[session_id].shopper, self.troubled
        known = Order.objects.filter(session_id=session_id).exists()
        paid = books.is_paid(books.session(self.stripe, session_id))
        window = self.stage.window(shopper)
        answer = self.get(partial(window.get, "/checkout/success/", {"session_id": session_id}))
        if answer is None or self.stage.refused:
            return
        allowed = {303} if known else {200, 303} if paid else {200, 402, 409, 410}
        if self.interrupted or troubled:
            allowed |= {200, 303}
        assert answer.status_code in allowed, (answer.status_code, allowed)
        if answer.status_code == 303:
            assert destination(answer).session_id == session_id
            assert window.get(answer["Location"]).status_code == 200

    def session_events(self) -> list[dict[str, Any]]:
        """Events about sessions, oldest first."""
        return [event for event in self.stripe.events() if event["type"].startswith("checkout.session.")]

    def tell_all(self) -> None:
        """Every event about a session so far, in order."""
        for event in self.session_events():
            self.deliver(event["id"])

    def deliver(self, event_id: str) -> None:
        """Bring an event to the webhook: 200 once it is stored."""
        self.send(*self.stripe.webhook_request(event_id))

    def send(self, body: bytes, signature: str) -> None:
        """Post to the webhook."""
        answer = self.get(partial(send, body, signature))
        assert answer is None or answer.status_code == 200 or self.stage.refused

    # What must be true

    @invariant()
    def books_are_sound(self) -> None:
        """At any moment, faults or not."""
        self.raise_failure()
        self.interrupted = False
        now = books.history()
        assert self.history.items() <= now.items(), "history changed"
        self.history = now
        books.check_orders_are_paid(self.stripe)
        books.check_reservations()
        books.check_one_payable(self.stripe, self.shown, self.forgotten)

    def all_is_calm(self) -> None:
        """Faults end, banks decide, time passes, the worker works: the books agree, and nobody need look."""
        self.stage.calm()
        self.murky = False
        for place, session_id in enumerate(self.visited):
            with suppress(ApiError):  # none is under way
                (self.stripe.fail if place % 2 else self.stripe.settle)(session_id)
        for hours, catalogue in ((1, "sync"), (7, "repair"), (1, "sync")):
            self.stage.advance(hours * HOUR)
            for job in ("events", "ask", catalogue):
                JOBS[job]()
        comparison = reconciliation.reconcile()
        assert comparison.agrees, comparison.differences
        self.check_calm()

    def teardown(self) -> None:
        """Every story ends in calm, unless it failed."""
        if sys.exc_info()[0] is None:
            self.all_is_calm()
        self.stage.calm()

    def check_calm(self) -> None:
        """What is true once all is calm."""
        books.check_settled(self.stripe, self.shown, self.stage.shoppers)
        books.check_nothing_is_left(self.stripe.account)
        assert books.open_causes() == self.expected_causes(), books.open_causes()

    def expected_causes(self) -> dict[str, int]:
        """What people must be asked to look at, by kind: nothing."""
        return {}


def pick(things: list[Any], back: int) -> Any:
    """One of a list, counted from its newest."""
    return things[-1 - back % len(things)]
