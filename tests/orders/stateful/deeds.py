"""What steps are made of: look, buy, pay, come back, tell.

Every answer is held against what it may be just then.
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
from tests.orders.stateful import books
from tests.orders.stateful.jobs import JOBS
from tests.orders.stateful.lies import untrue
from tests.orders.stateful.shopping import Form, destination, read_form, wanted_answer
from tests.orders.stateful.stage import Killed, Meanwhile, Stage


class Deeds(RuleBasedStateMachine):
    """What can be done, and the memory of what was done so far."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        stage.begin()
        self.stage, self.stripe = stage, stage.stripe
        self.forms: list[Form] = []
        self.shown: books.Shown = {}
        self.visited: list[str] = []  # session ids in the order in which their pages were shown
        self.forgotten: set[str] = set()
        self.history: dict[str, tuple[Any, ...]] = {}
        self.statuses: books.Statuses = {}
        self.interrupted = False  # another process acted during the present step
        self.murky: set[tuple[Any, int]] = (
            set()
        )  # attempts whose process may have died on an error of Stripe's
        self.steps_refused = 0  # how many steps the database goes on to refuse
        self.overpriced = False  # Stripe's prices are not what they were made with
        self.wrong_pages = 0  # sessions over another sum, ended by the shop

    @property
    def troubled(self) -> bool:
        """Whether Stripe may fail in this step."""
        failures = bool(self.stripe.troubles.waiting()) or bool(
            self.murky and self.murky & self.asking()
        )
        return failures or self.overpriced

    def asking(self) -> set[tuple[Any, int]]:
        """Attempts that have no answer of Stripe yet, with the number of their idempotency key."""
        return set(Checkout.objects.filter(status="opening").values_list("pk", "attempt"))

    def dies(self, troubled: bool) -> None:
        """A process has ended half-way.

        Its key may stand for a failure then that nobody could note.
        """
        if troubled:
            self.murky |= self.asking()

    def look(self, shopper: int, quantities: tuple[int, int]) -> Form:
        """Put some quantities into the basket and load its page."""
        window = self.stage.window(shopper)
        choice = zip(self.stage.pages, quantities, strict=True)
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
        troubled = self.troubled
        try:
            answer = ask()
        except Killed:
            return self.dies(troubled)
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
            self.dies(troubled)
        except GatewayError:
            assert troubled
        except DatabaseError:
            assert refused
        self.raise_failure()

    def buy(self, form: Form) -> str:
        """Press Buy, hold the answer against what the form showed; the session whose payment page
        comes, or nothing.
        """
        troubled, wanted = self.troubled, wanted_answer(form)
        answer = self.get(partial(self.stage.window(form.shopper).post, "/checkout/", form.data))
        if answer is None or answer.status_code == 500 or self.is_too_many(form, answer):
            return ""
        self.wrong_pages += self.overpriced and answer.status_code == 502
        if answer.status_code in (200, 400, 409, 502):
            self.keep_form(answer, form.shopper)
        allowed = {wanted, 502} if troubled and wanted == 303 else {wanted}
        if self.interrupted and wanted == 303:
            allowed.add(409)  # another window's choice
        assert answer.status_code in allowed, (answer.status_code, wanted)
        return self.follow(form, answer) if answer.status_code == 303 else ""

    def is_too_many(self, form: Form, answer: Any) -> bool:
        """Whether the shopper is asked to wait: only one who has begun so many checkouts within the
        hour is.
        """
        begun = Checkout.objects.filter(user=self.stage.shoppers[form.shopper])
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
                books.check_offer(self.stripe, end.session_id, form.choice)
            if end.session_id not in self.shown:
                self.visited.append(end.session_id)
            assert self.shown.setdefault(end.session_id, form.choice) == form.choice
            return end.session_id
        # An order's page is not always that of its attempt's own session: a backup may not have
        # known the page.
        checkout = (end.order and end.order.checkout) or Checkout.objects.get(
            session_id=end.session_id
        )
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

    def tell_all(self) -> None:
        """Every event about a session so far, in order."""
        for event in self.session_events():
            self.deliver(event["id"])

    def tell(self, session_id: str) -> None:
        """Every event about one session, in order."""
        for event_id in self.events_of(session_id):
            self.deliver(event_id)

    def lie(self, event_ids: list[str], lies: list[str]) -> None:
        """Bring signed events that are not true to the webhook."""
        for event_id in event_ids:
            for lie in lies:
                self.send(*untrue(self.stripe, event_id, lie))

    def let_ask(self, who: str, session_id: str) -> None:
        """Have the shop look after a session: as its shopper comes back, an event comes, or the
        worker asks.
        """
        if who == "come back":
            self.open_success(session_id)
        elif who == "tell":
            self.tell(session_id)
        else:
            self.run(JOBS[who])

    def deliver(self, event_id: str) -> None:
        """Bring an event to the webhook: 200 once it is stored."""
        self.send(*self.stripe.webhook_request(event_id))

    def send(self, body: bytes, signature: str) -> None:
        """Post to the webhook."""
        answer = self.get(partial(send, body, signature))
        assert answer is None or answer.status_code == 200 or self.stage.refused

    def will(self, moment: str, action: Callable[[], Any]) -> None:
        """Have an action done while the next call to Stripe is under way."""

        def act() -> None:
            self.interrupted = True
            action()

        self.stripe.meanwhile = Meanwhile(moment, act)


def pick(things: list[Any], back: int) -> Any:
    """One of a list, counted from its newest."""
    return things[-1 - back % len(things)]
