"""Attacks on the web pages, each made twice: against the shop, where it fails, and against the shop
without one of its defences, where it succeeds. So each test would notice if the defence were gone.
"""

from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client
from pytest_django import Settings

from alerts.models import Alert
from orders.models import Order, OrderDetails
from orders.models.order import OrderQuerySet
from orders.shipping.ship import Parcel
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import deliver, publish
from tests.orders.refunding import sell
from tests.orders.stocking import send_out
from tests.permissions.rows import Rows, patterns
from tests.permissions.test_matrix import undone
from users.models import User

PASSWORD = "a-long-enough-password"
LOGIN = "/accounts/login/"
SCRIPT = '"><img src=x onerror=alert(7731)><script>alert(7731)</script>'


def without(settings: Settings, middleware: str) -> None:
    """Switch a middleware off."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if middleware not in name]


# --- Cross-site request forgery -------------------------------------------------------------------


def changed_by_forged_posts(rows: Rows) -> list[str]:
    """Where a form without a token, sent by an owner's browser, changes a row or is accepted."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    cookies = browser.cookies.output(header="", sep=";")
    found = []
    for pattern in patterns():
        browser.cookies.load(cookies)
        address = rows.address(pattern)
        with undone() as written:
            status = browser.post(address, {"text": "x"}).status_code
        if written and status not in (403, 404, 405):
            found.append(address)
    return found


@pytest.mark.django_db
def test_no_form_is_accepted_from_another_site(synced: Sandbox, lamp: ProductPage) -> None:
    assert changed_by_forged_posts(Rows(synced, lamp)) == []


@pytest.mark.django_db
def test_forged_forms_are_accepted_without_the_middleware(
    synced: Sandbox, lamp: ProductPage, settings: Settings
) -> None:
    without(settings, "Csrf")
    assert len(changed_by_forged_posts(Rows(synced, lamp))) > 20


# --- Session fixation -----------------------------------------------------------------------------


def session_after_login(shopper: User, planted: Client) -> str:
    """The key of the session after a login in a browser that has somebody else's session cookie."""
    victim = Client()
    victim.cookies["sessionid"] = planted.session.session_key or ""
    victim.post(LOGIN, {"login": shopper.email, "password": PASSWORD})
    assert victim.get("/accounts/").status_code == 200
    return str(victim.cookies["sessionid"].value)


@pytest.fixture
def shopper(db: None) -> User:
    return User.objects.create_user("shopper@example.com", PASSWORD)


@pytest.fixture
def planted(db: None, lamp: ProductPage) -> Client:
    """An attacker's browser, whose session cookie the victim was made to use."""
    attacker = Client(headers={"Sec-Fetch-Site": "same-origin"})
    attacker.post("/basket/", {"product": str(lamp.product_key), "quantity": "1"})
    assert attacker.session.session_key
    return attacker


def test_a_login_does_not_keep_the_session_that_an_attacker_knows(
    shopper: User, planted: Client
) -> None:
    assert session_after_login(shopper, planted) != planted.session.session_key
    assert planted.get("/accounts/").status_code == 302


def test_a_session_is_taken_over_if_its_key_is_not_changed(
    shopper: User, planted: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SessionBase, "cycle_key", lambda self: None)
    assert session_after_login(shopper, planted) == planted.session.session_key
    assert planted.get("/accounts/").status_code == 200


# --- Other people's orders ------------------------------------------------------------------------


def statuses_of_a_stranger(order: Order, stranger: Client) -> set[int]:
    """What somebody gets who knows the addresses of another shopper's order."""
    session_id, page = order.session_id, f"/orders/{order.number}/"
    checkout = order.checkout
    addresses = [
        page, f"{page}receipt/", f"{page}invoice/",
        f"/checkout/success/?session_id={session_id}", f"/checkout/status/?session_id={session_id}",
        f"/checkout/cancelled/?checkout={checkout.pk if checkout else ''}",
    ]  # fmt: skip
    answers = [stranger.get(address) for address in addresses]
    assert not any(order.number in answer.content.decode() for answer in answers[3:])
    return {answer.status_code for answer in answers[:3]}


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    return sell(synced, member, (lamp, 1))


@pytest.fixture
def stranger(db: None) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_user("stranger@example.com", PASSWORD))
    return browser


def test_nobody_sees_other_peoples_orders(order: Order, stranger: Client) -> None:
    assert statuses_of_a_stranger(order, stranger) == {404}


def test_orders_are_seen_if_queries_do_not_start_from_the_shopper(
    order: Order, stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OrderQuerySet, "of", lambda self, user: self)
    assert stranger.get(f"/orders/{order.number}/").status_code == 200


# --- Text that is markup --------------------------------------------------------------------------


def pages_with_the_script(rows: Rows, browser: Client) -> list[str]:
    """The pages that contain the script as markup."""
    found = []
    for pattern in patterns():
        address = rows.address(pattern)
        with undone():
            response = browser.get(address)
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            html = response.content.decode(errors="replace")
            if "<img src=x onerror=alert(7731)" in html or "<script>alert(7731)" in html:
                found.append(address)
    return found


@pytest.fixture
def hostile(synced: Sandbox, lamp: ProductPage) -> Rows:
    """A shop in which everything that anybody can write, Stripe included, is markup."""
    rows = Rows(synced, lamp)
    buyer = Client()
    buyer.force_login(rows.user)
    rows.order = order = sell(synced, buyer, (publish(lamp, title=SCRIPT, summary=SCRIPT), 1))
    Order.objects.filter(pk=order.pk).update(phone=SCRIPT)
    OrderDetails.objects.filter(order=order).update(shipping_rate=SCRIPT, promotion_code=SCRIPT)
    order.notes.create(text=SCRIPT, is_from_shopper=True)
    rows.shipment = send_out(order, 1, name=SCRIPT, parcel=Parcel(SCRIPT[:60], SCRIPT, SCRIPT))
    order.events.create(text=SCRIPT)
    User.objects.filter(pk=rows.user.pk).update(first_name=SCRIPT, last_name=SCRIPT)
    Alert.objects.filter(pk=rows.alert.pk).update(message=SCRIPT)
    return rows


def test_nobodys_text_is_run_in_anybodys_browser(hostile: Rows) -> None:
    owner, buyer = Client(raise_request_exception=False), Client(raise_request_exception=False)
    owner.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    buyer.force_login(hostile.user)
    assert pages_with_the_script(hostile, owner) == []
    assert pages_with_the_script(hostile, buyer) == []


def test_the_script_is_there_if_templates_do_not_escape(
    hostile: Rows, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.template.engine.Engine.autoescape", False, raising=False)
    monkeypatch.setattr("django.template.base.conditional_escape", str)
    buyer = Client(raise_request_exception=False)
    buyer.force_login(hostile.user)
    assert pages_with_the_script(hostile, buyer) != []


# --- Fields that no form has ----------------------------------------------------------------------


def test_no_form_sets_what_it_does_not_show(shopper: User, order: Order) -> None:
    browser = Client()
    browser.force_login(shopper)
    extra = {"is_superuser": "on", "is_staff": "on", "groups": "1", "price": "1", "status": "paid"}
    before = User.objects.values().get(pk=shopper.pk), Order.objects.values().get(pk=order.pk)
    for path in ("/accounts/email/", "/accounts/password/change/", "/checkout/", "/basket/"):
        browser.post(path, extra, headers={"Sec-Fetch-Site": "same-origin"})
    sign_up = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD, **extra}
    Client().post("/accounts/signup/", sign_up)
    made = User.objects.get(email="new@example.com")
    assert not (made.is_superuser or made.is_staff or made.groups.exists())
    assert before[0] == User.objects.values().get(pk=shopper.pk)
    assert before[1] == Order.objects.values().get(pk=order.pk)


# --- Hosts and files ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/products/", "/accounts/login/", "/checkout/", "/admin/"])
def test_another_host_name_gets_nothing(db: None, settings: Settings, path: str) -> None:
    attacker = Client(headers={"Host": "evil.example"})
    assert attacker.get(path).status_code == 400
    settings.ALLOWED_HOSTS = ["*"]
    assert attacker.get(path).status_code != 400


@pytest.mark.parametrize(
    "path",
    [
        "../../manage.py", "..%2f..%2fmanage.py", "%2e%2e/%2e%2e/manage.py", "/etc/passwd",
        "original_images/../../../manage.py", "original_images/..\\..\\manage.py", "%00",
        "original_images/x.jpg/../../../manage.py", ".env", "original_images/.env.jpg%00.png",
    ],
)  # fmt: skip
def test_no_file_outside_the_images_is_served(db: None, path: str) -> None:
    assert Client().get(f"/media/{path}").status_code in (301, 400, 404)


# --- Webhooks -------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_or_compressed_creates_nothing(
    synced: Sandbox, member: Client, lamp: ProductPage, client: Client
) -> None:
    def post(body: bytes, **headers: Any) -> int:
        return client.post(
            "/stripe/webhook/", body, content_type="application/json", **headers
        ).status_code

    assert post(b"x" * 3_000_000) in (400, 413)
    assert post(b"\x1f\x8b\x08" + b"\0" * 100, headers={"Content-Encoding": "gzip"}) == 400
    assert not Order.objects.exists()


def test_a_replayed_webhook_creates_no_second_order(
    synced: Sandbox, order: Order, client: Client
) -> None:
    deliver(synced)
    assert Order.objects.count() == 1
