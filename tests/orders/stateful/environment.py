"""The whole shop in one process: real parts, one clock for shop and Stripe, and the faults that can
be switched on.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import stripe
from django.apps import apps
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from wagtail.models import Page

from orders import policy
from orders.models import Installation
from products.models import (
    ProductPage,
)
from products.sync import sync_catalogue
from stripe_gateway import policy as gateway_policy
from stripe_sandbox import Request, Response, Sandbox
from tests.conftest import publish
from tests.orders.selling import refusing
from users.models import User

BASE_PRICES = (Decimal("1499.00"), Decimal("2499.00"))
EMPTIED = [
    model
    for name in ("alerts", "mail", "orders", "products")
    for model in apps.get_app_config(name).get_models()
    if not (model._meta.proxy or issubclass(model, Page) or model is Installation)
]
# Longer than an example takes, so that only a step of the machine decides about a bank debit.
BANK_SECONDS = 600.0
LOGGED_IN = timedelta(days=365)  # an example may last for weeks of its clock


class Killed(BaseException):
    """The process was killed during a call to Stripe. A BaseException, so that no code of the shop
    handles it.
    """


@dataclass(frozen=True)
class Meanwhile:
    """What another process does during the shop's next call, before or after Stripe's work."""

    moment: str
    action: Callable[[], Any]


class BusyStripe(Sandbox):
    """A sandbox that can run another action while it answers the next call.

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


class Environment:
    """Shop and Stripe with two products and two shoppers. `begin` resets them."""

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
        """Delete all rows of both sides, and sync the catalogue with its first prices."""
        self.clear_faults()
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
        """A browser window of the shopper. Exceptions of the shop become responses with 500."""
        other = Client(raise_request_exception=False)
        other.cookies.update(self.browsers[shopper].cookies)
        return other

    def advance(self, seconds: float) -> None:
        """Move the clock of the shop and of Stripe."""
        self._ahead += timedelta(seconds=seconds)
        self.stripe.advance(seconds)

    def refuse(self, table: str, moment: str) -> None:
        """Make the database fail at every INSERT or UPDATE of a table."""
        self.heal()
        self._refusals.enter_context(refusing(table, moment))
        self.refused = True

    def heal(self) -> None:
        """The database works again."""
        self._refusals.close()
        self.refused = False

    def clear_faults(self) -> None:
        """End all faults, also those that have not happened yet."""
        self.heal()
        self.stripe.clear_faults()
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
    """Shorten the pauses between retries, but not their number. Timeouts are long, because a slow
    machine is not a fault at Stripe.
    """
    patch.setattr(gateway_policy, "QUICK_TIMEOUT", (60.0, 60.0))
    patch.setattr(gateway_policy, "TIMEOUT", (60.0, 60.0))
    patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
    patch.setattr(policy, "RETRY_PAUSES", tuple(0.001 for _ in policy.RETRY_PAUSES))
    patch.setattr(policy, "REQUESTS_PER_SECOND", 10_000)
