"""Fixtures and helpers of all tests: a sandbox instead of Stripe, products, users, signed
deliveries.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, TransactionTestCase
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings
from wagtail.models import Page
from wagtail.signal_handlers import disable_reference_index_auto_update
from wagtail.signals import page_published

import memory
from products.models import ProductIndexPage, ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests import committed, log_watch, template_database
from tests.stripe_gateway.answers import Answers
from users.models import User
from vipratech import cached_pages

WEBHOOK_SECRET = "whsec_tests"
XDIST_RUN = "PYTEST_XDIST_TESTRUNUID"  # the same in all processes of one run

# An example that takes long on a busy machine is not wrong; speed is measured in bench/.
hypothesis.settings.register_profile("shop", deadline=None)
hypothesis.settings.load_profile("shop")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """PYTEST_DB_SUFFIX lets two test runs of one clone use two databases at the same time."""
    database: dict[str, Any] = settings.DATABASES["default"]
    suffix = os.environ.get("PYTEST_DB_SUFFIX", "")
    names = database.setdefault("TEST", {})
    names["NAME"] = (names.get("NAME") or f"test_{database['NAME']}") + suffix
    template = f"test_template_{database['NAME']}{suffix}"
    with django_db_blocker.unblock():
        template_database.ensure(template, run=os.environ.get(XDIST_RUN, uuid.uuid4().hex))
    names["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The test database, and a quick way to undo what a test commits."""
    with django_db_blocker.unblock():
        committed.remember()
    TransactionTestCase._fixture_teardown = committed.restore  # type: ignore[attr-defined]


@pytest.fixture
def committed_db(transactional_db: None) -> None:
    """A database whose commits other threads and processes see; every row is restored later."""


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Tests do not share what the shop has cached."""
    cache.clear()
    cached_pages.forget()


@pytest.fixture
def patient_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cached pages do not expire: on a busy machine, a test may take longer than their lifetime."""
    monkeypatch.setattr(memory, "LIFETIME", 60.0)


@pytest.fixture(autouse=True)
def _logs_contain_no_secrets() -> Iterator[None]:
    """Whatever a test does, the log contains no secrets and no personal data."""
    with log_watch.watched():
        yield


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Sandbox]:
    """An empty Stripe sandbox that the shop uses. It delivers no events until a test does."""
    with Sandbox(webhook_secret=WEBHOOK_SECRET) as sandbox:
        settings.STRIPE_API_BASE = settings.SANDBOX_PUBLIC_URL = sandbox.url
        yield sandbox


@pytest.fixture
def answers(settings: Settings) -> Iterator[Answers]:
    """A server instead of Stripe that gives the responses a test chooses."""
    answers = Answers()
    settings.STRIPE_API_BASE = answers.url
    yield answers
    answers.stop()


MakeProduct = Callable[..., ProductPage]


@pytest.fixture
def make_product(db: None) -> MakeProduct:
    """Make a published product page: `make_product("Lamp", "1499.00")`.

    It has no revision: publishing one takes half of the time of a short test. `publish` makes one.
    """

    def make(title: str = "Brass lamp", price: str = "1499.00", **fields: Any) -> ProductPage:
        now = timezone.now()
        page = ProductPage(
            title=title,
            price=Decimal(price),
            summary=f"About the {title.lower()}.",
            **{"first_published_at": now, "last_published_at": now, **fields},
        )
        with disable_reference_index_auto_update():
            ProductIndexPage.objects.get().add_child(instance=page)
        page_published.send(ProductPage, instance=page)
        return page

    return make


@pytest.fixture
def lamp(make_product: MakeProduct) -> ProductPage:
    """One product on sale at 1,499.00."""
    return make_product("Brass lamp", "1499.00")


@pytest.fixture
def quilt(make_product: MakeProduct) -> ProductPage:
    """Another at 2,499.00."""
    return make_product("Quilt", "2499.00")


def publish(page: Page, **changes: Any) -> ProductPage:
    """Publish a page with changes, through a revision as the editor's button does."""
    fresh = ProductPage.objects.get(pk=page.pk)
    for name, value in changes.items():
        setattr(fresh, name, value)
    fresh.save_revision().publish()
    return ProductPage.objects.get(pk=page.pk)


@pytest.fixture
def synced(sandbox: Sandbox, lamp: ProductPage, quilt: ProductPage) -> Sandbox:
    """A shop whose catalogue is in sync; the list of requests to the sandbox is emptied."""
    assert sync_catalogue() == []
    sandbox.requests.clear()
    return sandbox


@pytest.fixture
def shopper(db: None) -> User:
    """A user with an account."""
    return User.objects.create_user("shopper@example.com", "a-long-password")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """A browser logged in as a user."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def member(shopper: User, client_of: Callable[[User], Client]) -> Client:
    """The shopper's browser."""
    return client_of(shopper)


def form(
    *chosen: tuple[ProductPage, Any], token: uuid.UUID | None = None, **changes: Any
) -> dict[str, Any]:
    """What the basket page with these (page, quantity) pairs sends."""
    return {
        "token": str(token or uuid.uuid4()),
        "currency": "inr",
        "product": [str(page.product_key) for page, _ in chosen],
        "quantity": [str(quantity) for _, quantity in chosen],
        "amount": [str(page.unit_amount) for page, _ in chosen],
        **changes,
    }


def session_of(response: Any) -> str:
    """The id of the session whose payment page a response leads to."""
    assert response.status_code == 303, response.content.decode()
    return response["Location"].rsplit("/", 1)[1]


def deliver(
    sandbox: Sandbox, kind: str = "checkout.session.completed", client: Client | None = None
) -> Any:
    """Deliver the newest event of a type to the webhook, signed as Stripe signs it."""
    event = sandbox.events(kind)[-1]
    body, signature = sandbox.webhook_request(event["id"])
    return send(body, signature, client)


def send(body: bytes, signature: str, client: Client | None = None) -> Any:
    """Post raw bytes to the webhook."""
    return (client or Client(raise_request_exception=False)).post(
        "/stripe/webhook/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )


def calls(sandbox: Sandbox, method: str = "", path: str = "") -> list[str]:
    """The requests that the shop has made to Stripe, such as `POST /v1/checkout/sessions`."""
    return [
        f"{call.method} {call.path}"
        for call in sandbox.requests
        if call.method.startswith(method) and call.path.startswith(path)
    ]
