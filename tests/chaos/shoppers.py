"""Scripted shoppers: they read the page, press Buy, pay, come back, and do all that people do
instead of it.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from tests.chaos import sandbox_controls
from tests.chaos.browser import Browser, Form, NoForm, Page
from tests.chaos.observations import Notes, Shown
from tests.chaos.visits import Habit, Visit

TRIES = 12  # presses of one button before somebody gives up
PAUSE = 0.5  # seconds between two of them, growing
REFRESHES = 8
REFRESH_SECONDS = 5.0  # as the waiting page says
TOO_MANY = 429

GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000002"
GOOD_ACCOUNT, BAD_ACCOUNT = "000123456789", "000111111113"

T = TypeVar("T")


class GaveUp(Exception):
    """The shop did not let the shopper go on; the text says where."""


@dataclass(frozen=True)
class Places:
    """The addresses of shop and sandbox, and the keys of the products."""

    shop: str
    sandbox: str
    keys: tuple[str, ...]


class Shopper:
    """One person with an account, who makes one visit after the other."""

    def __init__(self, browser: Browser, places: Places, notes: Notes) -> None:
        self._browser, self._places, self._notes = browser, places, notes

    def visit(self, visit: Visit) -> None:
        """Make a visit, however it ends."""
        try:
            self._notes.ended(self._ways()[visit.habit](visit))
        except (GaveUp, NoForm) as problem:
            self._notes.ended(f"gave up: {problem}")

    def _ways(self) -> dict[Habit, Callable[[Visit], str]]:
        return {
            Habit.BUYS: self._buy,
            Habit.REVIEWS: self._buy,
            Habit.BANK: self._buy,
            Habit.BANK_FAILS: self._buy,
            Habit.DECLINED: self._buy,
            Habit.HAS_A_CODE: self._buy,
            Habit.CLICKS_TWICE: self._click_twice,
            Habit.TWO_TABS: self._use_two_tabs,
            Habit.CANCELS: self._cancel,
            Habit.LEAVES: self._leave,
        }

    # What people do

    def _buy(self, visit: Visit) -> str:
        return self._finish(self._press(self._choose(visit)), visit)

    def _click_twice(self, visit: Visit) -> str:
        form = self._choose(visit)
        answers = at_once(
            lambda: self._browser.send(form), lambda: self._browser.another_window().send(form)
        )
        reached = {page.location for page in answers if page and page.status == 303}
        for address in reached:
            self._note(address, form)
        # Two payment pages for one intent must not be; whoever gets them tries to pay both.
        endings = [
            self._finish(address, visit) for address in sorted(reached) or [self._press(form)]
        ]
        return endings[-1]

    def _use_two_tabs(self, visit: Visit) -> str:
        first, second = self._choose(visit), self._choose(visit)
        page = self._press(first)
        order = visit.chance.choice(["pays first", "pays last", "at once"])
        if order == "pays first":
            self._pay(page, visit)
            return self._finish(self._press(second), visit)
        if order == "at once":
            _, other = at_once(lambda: self._pay(page, visit), lambda: self._press(second))
            return self._finish(other, visit)
        other = self._press(second)
        if self._opens_other_page(page, other, first, second) and self._pay(page, visit):
            self._notes.paid_too_late(_session_id(page))
        return self._finish(other, visit)

    def _cancel(self, visit: Visit) -> str:
        link = self._load(self._press(self._choose(visit))).link("back")
        back = self._load(link) if link else None
        if back is None or back.status != 200 or visit.chance.random() < 0.5:
            return "cancelled"
        return self._finish(self._press(back.form("token")), visit)

    def _leave(self, visit: Visit) -> str:
        address = self._press(self._choose(visit))
        if visit.chance.random() < 0.5 and self._is_payment_page(address):
            sandbox_controls.expire(self._places.sandbox, _session_id(address))
        return "left"

    # The steps of it

    def _choose(self, visit: Visit) -> Form:
        """The form of the basket page, with one product or two in the basket, after some time to
        read it.
        """
        chance = visit.chance
        keys = chance.sample(self._places.keys, 2 if visit.habit == Habit.REVIEWS else 1)
        lines = [
            pair
            for key in keys
            for pair in (("product", key), ("quantity", str(chance.randint(1, 3))))
        ]
        # `change`: what an earlier visit left in the basket is replaced.
        self._send(Form(f"{self._places.shop}/basket/", [*lines, ("change", "1")]))
        form = self._load(f"{self._places.shop}/checkout/").form("token")
        time.sleep(chance.uniform(0.1, 1.0))
        return form

    def _press(self, form: Form) -> str:
        """Press Buy, again where the shop asks for it or does not answer; the address it leads to.

        Raises GaveUp.
        """
        for tried in range(TRIES):
            answer = self._browser.send(form)
            if answer and answer.status == 303:
                self._note(answer.location, form)
                return answer.location
            if answer and answer.status == TOO_MANY:
                raise GaveUp("too many checkouts")
            form = _shown_again(answer) or form
            time.sleep(PAUSE * (1 + tried / 2))
        raise GaveUp(f"no payment page, last {answer.status if answer else 'no answer'}")

    def _finish(self, address: str, visit: Visit) -> str:
        """Pay, and come back to see the order, as far as this visit goes."""
        if not self._is_payment_page(address):
            return self._come_back(address)
        back = self._pay(address, visit)
        if not back:
            return "could not pay"
        return "closed the browser" if visit.closes else self._come_back(back)

    def _pay(self, address: str, visit: Visit) -> str:
        """Pay on the payment page; give the URL it redirects to, or nothing if nothing was paid."""
        if not self._is_payment_page(address):
            return ""
        if visit.habit == Habit.HAS_A_CODE:
            return sandbox_controls.pay_with_additions(self._places.sandbox, _session_id(address))
        try:
            form = self._load(address).form("attempt")
        except NoForm:
            return ""  # paid or expired in the meantime
        if visit.habit == Habit.DECLINED:
            self._browser.send(form.filled(**_card(DECLINED_CARD)))
        paid = self._browser.send(form.filled(**_means(visit.habit)))
        return paid.location if paid and paid.status == 303 else ""

    def _come_back(self, address: str) -> str:
        """Back at the shop: follow the page where it leads, wait where it asks to."""
        page = None
        for tried in range(REFRESHES):
            page = self._browser.get(address)
            if page and page.location:
                address = page.location
            elif page and page.status == 200 and not page.is_waiting:
                return "saw the order"
            elif page and 400 <= page.status < 500:
                return f"was told {page.status}"
            else:
                time.sleep(REFRESH_SECONDS if page and page.is_waiting else PAUSE * (1 + tried))
        return "closed the waiting page" if page and page.is_waiting else "got no page in the end"

    def _send(self, form: Form) -> None:
        """Send a form, again where no answer comes. Raises GaveUp."""
        for tried in range(TRIES):
            answer = self._browser.send(form)
            if answer and answer.status == 303:
                return
            time.sleep(PAUSE * (1 + tried / 2))
        raise GaveUp("the basket does not change")

    def _load(self, address: str) -> Page:
        """Load a page, again where it does not come. Raises GaveUp."""
        for tried in range(TRIES):
            page = self._browser.get(address)
            if page and page.status < 500:
                return page
            time.sleep(PAUSE * (1 + tried / 2))
        raise GaveUp("a page does not come")

    def _note(self, address: str, form: Form) -> None:
        if self._is_payment_page(address):
            self._notes.promised(_session_id(address), Shown.of(form))

    def _is_payment_page(self, address: str) -> bool:
        return address.startswith(f"{self._places.sandbox}/pay/")

    def _opens_other_page(self, page: str, other: str, first: Form, second: Form) -> bool:
        both = self._is_payment_page(page) and self._is_payment_page(other)
        return both and page != other and Shown.of(first).lines != Shown.of(second).lines


def at_once(first: Callable[[], T], second: Callable[[], T]) -> tuple[T, T]:
    """Both at the same time; what they return."""
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(first), pool.submit(second)
        return one.result(), other.result()


def _session_id(address: str) -> str:
    return address.rsplit("/", 1)[1]


def _shown_again(answer: Page | None) -> Form | None:
    """The basket page that says why not yet, with current amounts for the shopper to confirm."""
    if answer is None:
        return None
    try:
        return answer.form("token")
    except NoForm:
        return None


DELIVERY = {
    "shipping_name": "Asha Rao",
    "line1": "12 MG Road",
    "city": "Bengaluru",
    "postal_code": "560001",
    "country": "IN",
    "rate": "0",
}


def _means(habit: Habit) -> dict[str, str]:
    if habit in (Habit.BANK, Habit.BANK_FAILS):
        account = GOOD_ACCOUNT if habit == Habit.BANK else BAD_ACCOUNT
        return {
            **DELIVERY,
            "method": "bank",
            "account": account,
            "name": "Asha Rao",
            "email": "asha@example.com",
        }
    return _card(GOOD_CARD)


def _card(number: str) -> dict[str, str]:
    return {
        **DELIVERY,
        "number": number,
        "expiry": "12 / 40",
        "cvc": "123",
        "name": "Asha Rao",
        "email": "asha@example.com",
    }
