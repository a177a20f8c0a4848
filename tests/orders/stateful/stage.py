"""The whole shop in one process: real parts, one clock for shop and Stripe, and what may go wrong
around them.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import stripe
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from alerts.models import Alert
from orders import policy
from orders.models import (
    Checkout,
    CheckoutLine,
    Order,
    OrderEvent,
    OrderLine,
    Reconciliation,
    StripeEvent,
)
from products.models import (
    PricePeriod,
    Product,
    ProductPage,
    Reservation,
    StripeAccount,
    StripePrice,
    StripeProduct,
)
from products.sync import sync_catalogue
from stripe_gateway import policy as gateway_policy
from stripe_sandbox import Request, Response, Sandbox
from tests.conftest import publish
from tests.orders.selling import refusing
from users.models import User

BASE_PRICES = (Decimal("1499.00"), Decimal("2499.00"))
EMPTIED = (
    *(Alert, Checkout, CheckoutLine, Order, OrderEvent, OrderLine, Reconciliation, StripeEvent),
    *(PricePeriod, Product, Reservation, StripeAccount, StripePrice, StripeProduct),
)
# Longer than an example takes, so that only a step of the machine makes the money come.
BANK_SECONDS = 600.0
LOGGED_IN = timedelta(days=365)  # a story may go on for weeks


class Killed(BaseException):
    """The process ended in the middle of a call to Stripe: no handler of the shop's may run."""


@dataclass(frozen=True)
class Meanwhile:
    """What another process does while the shop's next call is under way: before Stripe's work, or
    after it.
    """

    moment: str
    action: Callable[[], Any]


class BusyStripe(Sandbox):
    """A sandbox during whose next answer something else may happen.

    The caller waits, so the order is certain.
    """

    meanwhile: Meanwhile | None = None
    failure: BaseException | None = None

    def _answer(self, request: Request) -> Response:
        todo = None
        if request.path.startswith("/v1/"):
            todo, self.meanwhile = self.meanwhile, None
        if todo and todo.moment == "before":
            self._do(todo)
        answer = super()._answer(request)
        if todo and todo.moment == "after":
            self._do(todo)
        return answer

    def _do(self, todo: Meanwhile) -> None:
        try:
            todo.action()
        except Killed:
            return
        except BaseException as failure:  # noqa: BLE001 - raised again by the step that waits for this answer
            self.failure = failure
        finally:
            connections.close_all()


class Stage:
    """Shop and Stripe with two products and two shoppers. `begin` makes them as new."""

    def __init__(
        self, stripe_: BusyStripe, pages: list[ProductPage], patch: pytest.MonkeyPatch
    ) -> None:
        self.stripe = stripe_
        self.pages = pages
        self.shoppers = [
            User.objects.create_user(f"shopper{number}@example.com") for number in range(2)
        ]
        self.dying: str = ""
        self.refused = False
        self.browsers: list[Client] = []
        self._ahead = timedelta(0)
        self._refusals = ExitStack()
        self._move_clock(patch)
        self._let_die(patch)
        _shorten_pauses(patch)

    def begin(self) -> None:
        """Empty both books; the catalogue as it was first, and in step."""
        self.calm()
        self.stripe.reset()
        self.stripe.failure = None
        cache.clear()
        self.browsers = [self._browser(shopper) for shopper in self.shoppers]
        tables = ", ".join(model._meta.db_table for model in EMPTIED)
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {tables}")
        for place, price in enumerate(BASE_PRICES):
            page = ProductPage.objects.get(pk=self.pages[place].pk)
            self.pages[place] = (
                page if page.live and page.price == price else publish(page, price=price)
            )
        assert sync_catalogue() == []

    def window(self, shopper: int) -> Client:
        """A window in which the shopper is logged in; where the shop breaks, it shows a 500."""
        other = Client(raise_request_exception=False)
        other.cookies.update(self.browsers[shopper].cookies)
        return other

    def advance(self, seconds: float) -> None:
        """Let time pass, for the shop and for Stripe."""
        self._ahead += timedelta(seconds=seconds)
        self.stripe.advance(seconds)

    def refuse(self, table: str, moment: str) -> None:
        """Let the database fail at every INSERT or UPDATE of a table."""
        self.heal()
        self._refusals.enter_context(refusing(table, moment))
        self.refused = True

    def heal(self) -> None:
        """The database works again."""
        self._refusals.close()
        self.refused = False

    def calm(self) -> None:
        """No fault is on any more, nor to come."""
        self.heal()
        self.stripe.calm()
        self.stripe.meanwhile = None
        self.dying = ""

    def _browser(self, shopper: User) -> Client:
        client = Client()
        client.force_login(shopper)
        session = client.session
        session.set_expiry(LOGGED_IN)
        session.save()
        return client

    def _move_clock(self, patch: pytest.MonkeyPatch) -> None:
        real = timezone.now

        def now() -> datetime:
            return real() + self._ahead

        patch.setattr(timezone, "now", now)

    def _let_die(self, patch: pytest.MonkeyPatch) -> None:
        real = stripe.RequestsClient.request

        def request(*args: Any, **kwargs: Any) -> Any:
            moment, self.dying = self.dying, ""
            if moment == "before":
                raise Killed
            answer = real(*args, **kwargs)
            if moment == "after":
                raise Killed
            return answer

        patch.setattr(stripe.RequestsClient, "request", request)


def _shorten_pauses(patch: pytest.MonkeyPatch) -> None:
    """Pauses between two tries; how often there are tries stays.

    A slow machine is no fault of Stripe's.
    """
    patch.setattr(gateway_policy, "QUICK_TIMEOUT", (60.0, 60.0))
    patch.setattr(gateway_policy, "TIMEOUT", (60.0, 60.0))
    patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
    patch.setattr(policy, "RETRY_PAUSES", tuple(0.001 for _ in policy.RETRY_PAUSES))
    patch.setattr(policy, "REQUESTS_PER_SECOND", 10_000)
