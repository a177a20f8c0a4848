"""Steps of shoppers: in one window, in two, and with a session that has long ended."""

from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orders.models import Checkout
from tests.orders.stateful.staff_steps import StaffSteps
from tests.orders.stateful.steps import pick
from tests.orders.stateful.strategies import (
    BACK,
    FAULTS,
    PAGES,
    PAYMENTS,
    PRICES,
    QUANTITIES,
    SHOPPERS,
)


class ShopperSteps(StaffSteps):
    """Two shoppers who choose, pay, and change their minds."""

    @rule(shopper=SHOPPERS, quantities=QUANTITIES)
    def choose_and_pay(self, shopper: int, quantities: tuple[int, int]) -> None:
        self.buy(self.look(shopper, quantities))

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, how=PAYMENTS)
    def buy_and_pay(self, shopper: int, quantities: tuple[int, int], how: dict[str, Any]) -> None:
        self.purchase(shopper, quantities, how)

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, how=PAYMENTS)
    def buy_pay_and_come_back(
        self, shopper: int, quantities: tuple[int, int], how: dict[str, Any]
    ) -> None:
        session_id = self.purchase(shopper, quantities, how)
        if session_id:
            self.open_success(session_id)

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, how=PAYMENTS, others=QUANTITIES)
    def other_window_pays_too(
        self,
        shopper: int,
        quantities: tuple[int, int],
        how: dict[str, Any],
        others: tuple[int, int],
    ) -> None:
        other = self.look(shopper, others)
        self.purchase(shopper, quantities, how)
        self.buy(other)

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, place=PAGES, price=PRICES)
    def price_changes_while_the_basket_is_open(
        self, shopper: int, quantities: tuple[int, int], place: int, price: str
    ) -> None:
        form = self.look(shopper, quantities)
        self.editor_publishes(place, price)
        self.buy(form)

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, fault=FAULTS)
    def click_fails_and_is_repeated(
        self, shopper: int, quantities: tuple[int, int], fault: dict[str, Any]
    ) -> None:
        form = self.look(shopper, quantities)
        self.stripe.fail_next(**fault, path="/v1/checkout/sessions", times=2)
        self.buy(form)
        self.stripe.clear_faults()
        self.buy(form)

    @precondition(lambda self: self.forms)
    @rule(back=BACK, quantities=st.none() | QUANTITIES)
    def send_an_old_form_again(self, back: int, quantities: tuple[int, int] | None) -> None:
        form = pick(self.forms, back)
        self.buy(form.with_quantities(quantities) if quantities else form)

    @precondition(lambda self: self.visited)
    @rule(back=BACK)
    def cancel(self, back: int) -> None:
        session_id = pick(self.visited, back)
        shopper = self.shown[session_id].shopper
        checkout = str(
            Checkout.objects.filter(session_id=session_id).values_list("pk", flat=True).first()
        )
        answer = self.env.window(shopper).get("/checkout/cancelled/", {"checkout": checkout})
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
        # While Stripe does not answer, or may not be asked again yet, the shop cannot know whose
        # session it is: the page only says that it waits.
        unknown = self.may_fail or not Checkout.objects.filter(session_id=session_id).exists()
        window = self.env.window(1 - self.shown[session_id].shopper)
        answer = self.get(partial(window.get, "/checkout/success/", {"session_id": session_id}))
        if answer is not None and not self.env.refused:
            assert answer.status_code == 404 or (answer.status_code == 200 and unknown), (
                answer.status_code
            )
