"""What steps consist of: open the basket, buy, pay, return, deliver events.

Every response is compared with what it may be at that moment.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine

from orders import policy
from orders.models import Checkout, Order
from stripe_gateway.errors import GatewayError
from stripe_sandbox import Declined, NotOpen
from tests.conftest import send
from tests.orders.selling import fill
from tests.orders.stateful import checks
from tests.orders.stateful.altered_events import altered
from tests.orders.stateful.basket_forms import Form, destination, read_form, wanted_answer
from tests.orders.stateful.environment import Environment, Killed, Meanwhile
from tests.orders.stateful.jobs import JOBS


class Steps(RuleBasedStateMachine):
    """The building blocks of all steps, and a record of what has happened so far."""

    def __init__(self, env: Environment) -> None:
        super().__init__()
        env.begin()
        self.env, self.stripe = env, env.stripe
        self.forms: list[Form] = []
        self.shown: checks.Shown = {}
        self.visited: list[str] = []  # session ids, in the order in which shoppers were sent there
        self.forgotten: set[str] = set()
        self.history: dict[str, tuple[Any, ...]] = {}
        self.statuses: checks.Statuses = {}
        self.interrupted = False  # another process acted during this step
        self.unclear: set[tuple[Any, int]] = (
            set()
        )  # checkouts whose process may have died after an error at Stripe
        self.steps_refused = 0  # for how many more steps the database fails
        self.overpriced = False  # the prices at Stripe have been raised
        self.wrong_pages = 0  # sessions with another amount, which the shop has expired

    @property
    def may_fail(self) -> bool:
        """Whether Stripe may fail in this step."""
        failures = bool(self.stripe.faults.waiting()) or bool(
            self.unclear and self.unclear & self.asking()
        )
        return failures or self.overpriced

    def asking(self) -> set[tuple[Any, int]]:
        """Checkouts without a response from Stripe, with the number of their idempotency key."""
        return set(Checkout.objects.filter(status="opening").values_list("pk", "attempt"))

    def dies(self, may_fail: bool) -> None:
        """A process was killed: its key may belong to a failure that was not recorded."""
        if may_fail:
            self.unclear |= self.asking()

    def look(self, shopper: int, quantities: tuple[int, int]) -> Form:
        """Put some quantities into the basket and load its page."""
        window = self.env.window(shopper)
        choice = zip(self.env.pages, quantities, strict=True)
        assert fill(window, *choice, change="1").status_code == 303
        answer = window.get("/checkout/")
        assert answer.status_code == 200
        return self.keep_form(answer, shopper)

    def keep_form(self, answer: Any, shopper: int) -> Form:
        """Remember the form of a basket page."""
        form = read_form(answer, shopper)
        self.forms.append(form)
        return form

    def get(self, ask: Callable[[], Any]) -> Any:
        """The response, or None if the process died; a 500 only while the database fails."""
        may_fail = self.may_fail
        try:
            answer = ask()
        except Killed:
            return self.dies(may_fail)
        self.raise_failure()
        assert answer.status_code != 500 or self.env.refused
        return answer

    def raise_failure(self) -> None:
        """Raise what went wrong in the other process as a failure of this step."""
        failure, self.stripe.failure = self.stripe.failure, None
        if failure:
            raise failure

    def run(self, job: Callable[[], Any]) -> None:
        """Run a job. It may fail only if Stripe or the database fails."""
        may_fail, refused = self.may_fail, self.env.refused
        try:
            job()
        except Killed:
            self.dies(may_fail)
        except GatewayError:
            assert may_fail
        except DatabaseError:
            assert refused
        self.raise_failure()

    def buy(self, form: Form) -> str:
        """Press Buy, hold the answer against what the form showed; the session whose payment page
        comes, or nothing.
        """
        may_fail, wanted = self.may_fail, wanted_answer(form)
        answer = self.get(partial(self.env.window(form.shopper).post, "/checkout/", form.data))
        if answer is None or answer.status_code in (500, 503) or self.is_too_many(form, answer):
            return ""
        self.wrong_pages += self.overpriced and answer.status_code == 502
        if answer.status_code in (200, 400, 409, 502):
            self.keep_form(answer, form.shopper)
        allowed = {wanted, 502} if may_fail and wanted == 303 else {wanted}
        if self.interrupted and wanted == 303:
            allowed.add(409)  # another window's basket
        assert answer.status_code in allowed, (answer.status_code, wanted)
        return self.follow(form, answer) if answer.status_code == 303 else ""

    def is_too_many(self, form: Form, answer: Any) -> bool:
        """Whether the shopper is asked to wait: only one who has begun so many checkouts within the
        hour is.
        """
        begun = Checkout.objects.filter(user=self.env.shoppers[form.shopper])
        lately = begun.filter(created_at__gt=timezone.now() - timedelta(hours=1))
        return answer.status_code == 429 and lately.count() >= policy.MAX_CHECKOUTS_PER_HOUR

    def purchase(self, shopper: int, quantities: tuple[int, int], how: dict[str, Any]) -> str:
        """Look, press Buy and pay; the session, or nothing where there was no payment page."""
        session_id = self.buy(self.look(shopper, quantities))
        if session_id:
            self.pay(session_id, **how)
        return session_id

    def follow(self, form: Form, answer: Any) -> str:
        """Go where Buy leads, and see that it is about this form's choice."""
        end = destination(answer)
        if end.is_payment_page:
            if not self.interrupted:
                checks.check_offer(self.stripe, end.session_id, form.choice)
            if end.session_id not in self.shown:
                self.visited.append(end.session_id)
            assert self.shown.setdefault(end.session_id, form.choice) == form.choice
            return end.session_id
        # An order's page is not always that of its attempt's own session: a backup may not have
        # known the page.
        checkout = (end.order and end.order.checkout) or Checkout.objects.get(
            session_id=end.session_id
        )
        assert checkout.user == self.env.shoppers[form.shopper]
        # The same purchase was paid: the same session, or the same basket.
        assert str(checkout.token) == form.token or self.shown.get(end.session_id) == form.choice
        return ""

    def pay(self, session_id: str, **how: Any) -> None:
        """Pay on the payment page, if the session can be paid."""
        if how.get("discount") == "everything":
            how["discount"] = self.shown[session_id].subtotal
        with suppress(NotOpen, Declined):
            self.stripe.pay(session_id, **how)

    def open_success(self, session_id: str) -> None:
        """Return from the payment page."""
        shopper, may_fail = self.shown[session_id].shopper, self.may_fail
        known = Order.objects.filter(session_id=session_id).exists()
        paid = checks.is_paid(checks.session(self.stripe, session_id))
        window = self.env.window(shopper)
        answer = self.get(partial(window.get, "/checkout/success/", {"session_id": session_id}))
        if answer is None or self.env.refused:
            return
        allowed = {303} if known else {200, 303} if paid else {200, 402, 409, 410}
        if self.interrupted or may_fail:
            allowed |= {200, 303}
        assert answer.status_code in allowed, (answer.status_code, allowed)
        if answer.status_code == 303:
            assert destination(answer).session_id == session_id
            assert window.get(answer["Location"]).status_code == 200

    def session_events(self) -> list[dict[str, Any]]:
        """Events about sessions, oldest first."""
        return [
            event for event in self.stripe.events() if event["type"].startswith("checkout.session.")
        ]

    def events_of(self, session_id: str) -> list[str]:
        """Ids of the events about one session, oldest first."""
        return [
            event["id"]
            for event in self.session_events()
            if event["data"]["object"]["id"] == session_id
        ]

    def deliver_all(self) -> None:
        """Deliver every event about a session so far, in order."""
        for event in self.session_events():
            self.deliver(event["id"])

    def deliver_events_of(self, session_id: str) -> None:
        """Deliver every event about one session, in order."""
        for event_id in self.events_of(session_id):
            self.deliver(event_id)

    def deliver_altered(self, event_ids: list[str], lies: list[str]) -> None:
        """Deliver signed events with false content."""
        for event_id in event_ids:
            for lie in lies:
                self.send(*altered(self.stripe, event_id, lie))

    def let_query(self, who: str, session_id: str) -> None:
        """Have the shop look after a session: as its shopper comes back, an event comes, or the
        worker asks.
        """
        if who == "come back":
            self.open_success(session_id)
        elif who == "deliver":
            self.deliver_events_of(session_id)
        else:
            self.run(JOBS[who])

    def deliver(self, event_id: str) -> None:
        """Deliver an event; the webhook responds with 200 once it is stored."""
        self.send(*self.stripe.webhook_request(event_id))

    def send(self, body: bytes, signature: str) -> None:
        """Post to the webhook."""
        answer = self.get(partial(send, body, signature))
        assert answer is None or answer.status_code == 200 or self.env.refused

    def will(self, moment: str, action: Callable[[], Any]) -> None:
        """Run an action during the next call to Stripe."""

        def act() -> None:
            self.interrupted = True
            action()

        self.stripe.meanwhile = Meanwhile(moment, act)


def pick(things: list[Any], back: int) -> Any:
    """One of a list, counted from the newest."""
    return things[-1 - back % len(things)]
