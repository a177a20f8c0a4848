"""Rules of shoppers: what they do in one window, in two, and with a page that is long gone."""

from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orders.models import Checkout
from tests.orders.stateful.chances import (
    BACK,
    PAGES,
    PAYMENTS,
    PRICES,
    QUANTITIES,
    SHOPPERS,
    TROUBLES,
)
from tests.orders.stateful.deeds import pick
from tests.orders.stateful.shop import Shop


class Shoppers(Shop):
    """Two people who look, choose, pay, and change their minds."""

    @rule(shopper=SHOPPERS, quantities=QUANTITIES)
    def look_and_press(self, shopper: int, quantities: tuple[int, int]) -> None:
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
    def other_window_presses_after_paying(
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
    def price_moves_while_shopper_looks(
        self, shopper: int, quantities: tuple[int, int], place: int, price: str
    ) -> None:
        form = self.look(shopper, quantities)
        self.editor_publishes(place, price)
        self.buy(form)

    @rule(shopper=SHOPPERS, quantities=QUANTITIES, trouble=TROUBLES)
    def click_fails_and_is_repeated(
        self, shopper: int, quantities: tuple[int, int], trouble: dict[str, Any]
    ) -> None:
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
        checkout = str(
            Checkout.objects.filter(session_id=session_id).values_list("pk", flat=True).first()
        )
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
        # Whose it is cannot be told while Stripe does not answer or is not asked so often: the page
        # says only "wait".
        untold = self.troubled or not Checkout.objects.filter(session_id=session_id).exists()
        window = self.stage.window(1 - self.shown[session_id].shopper)
        answer = self.get(partial(window.get, "/checkout/success/", {"session_id": session_id}))
        if answer is not None and not self.stage.refused:
            assert answer.status_code == 404 or (answer.status_code == 200 and untold), (
                answer.status_code
            )
