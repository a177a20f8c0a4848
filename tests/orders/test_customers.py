"""Customers in the admin; the export of what the shop knows about one, and the erasure."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.cache import caches
from django.db import connection
from django.db.models import Sum
from django.test import Client
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from mail.models import Message
from mail.send import send_due_messages
from orders.customers.erase import erase
from orders.errors import ActionNotAllowed
from orders.models import Checkout, CheckoutSettings, Customer, Order, OrderNote, StripeEvent
from orders.refunds.send import send
from orders.shipping.address import change_address
from orders.viewsets.order_state import EMAIL
from products.models import ProductPage
from shop_settings.models import ShopSettings
from stripe_sandbox import Sandbox
from tests.orders.action_forms import act
from tests.orders.refunding import request, sell
from tests.orders.selling import open_page
from tests.orders.stocking import send_out
from tests.staff import make_staff
from users.models import User

NAME, PHONE, STREET = "Nguyễn Thị Mai", "+84901234567", "12 Tràng Tiền"
ADDRESS = {"line1": STREET, "city": "Hà Nội", "postal_code": "100000", "country": "IN"}
NOTE = "Please leave it with Mrs Hoàng"
SECRET = "JBSWY3DPEHPK3PXP"  # of the app for two-factor login
WORDS = (
    *(NAME, PHONE, STREET, "Hà Nội", "Hoàng", "Mai has called", SECRET),
    *("shopper@example.com", "second@example.com", "former@example.com"),
)
BOOKS = ("number", "currency", "subtotal", "discount", "shipping", "tax", "total", "placed_at")


@pytest.fixture
def owner(db: None, client_of: Callable[[User], Client]) -> Client:
    return client_of(make_staff(role="Owners"))


def use_account(browser: Client) -> None:
    """Add an address and keep it, give up one that no order has, and turn on two-factor login."""
    reset = {"email": "former@example.com"}
    browser.post("/accounts/reauthenticate/", {"password": "a-long-password"})
    browser.post("/accounts/email/", {"action_add": "", **reset})
    browser.post("/accounts/email/", {"action_remove": "", **reset})
    browser.post("/accounts/email/", {"action_add": "", "email": "second@example.com"})
    for email in ("former@example.com", "second@example.com"):
        Client().post("/accounts/password/reset/", {"email": email})
    user = User.objects.get(email="shopper@example.com")
    secret = get_adapter().encrypt(SECRET)
    Authenticator.objects.create(user=user, type="totp", data={"secret": secret})
    Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": secret})


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    """An order with everything that can be written about a customer, shipped and half refunded."""
    ShopSettings.objects.create(name="Shop", staff_emails="desk@example.com\nboss@example.com")
    CheckoutSettings.objects.create(asks_for_phone=True, note_label="Note")
    use_account(member)
    order = sell(
        synced,
        member,
        (lamp, 2),
        name=NAME,
        address=ADDRESS,
        shipping_name=NAME,
        phone=PHONE,
        fields={"note": NOTE},
    )
    by = User.objects.create_superuser("desk@example.com", "a-long-password")
    seen = order.addresses.first()
    change_address(
        order,
        {**ADDRESS, "line2": "2", "state": "", "name": NAME},
        seen=seen.pk if seen else None,
        by=by,
    )
    OrderNote.objects.create(order=order, text="Mai has called", by=by)
    desk = Client()
    desk.force_login(by)
    act(desk, order, "write", subject=f"For {NAME}", text=f"Dear {NAME}")
    log(order, EMAIL, user=by, data={"subject": f"For {NAME}"})  # as it was logged at first
    send_out(order, 2)
    send(request(order, {"Brass lamp": 1}, note="Mai has called"))
    log(Customer.objects.get(email=order.email), "orders.customer.export", user=by)
    send_due_messages()
    return Order.objects.get(pk=order.pk)


def customer_of(order: Order) -> Customer:
    return Customer.objects.get(orders=order)


def texts_in_database() -> Iterator[tuple[str, str, str]]:
    """Table, column and text of every text and JSON column of every row."""
    query = """SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public'
        AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')"""
    with connection.cursor() as cursor:
        cursor.execute(query)
        for table, column in cursor.fetchall():
            name = f'"{table}"."{column}"'
            cursor.execute(f'SELECT CAST({name} AS text) FROM "{table}"')  # noqa: S608 - our own tables
            for (text,) in cursor.fetchall():
                yield table, column, text or ""


def found_in_database(words: tuple[str, ...]) -> set[str]:
    """The columns that contain one of the words, in whatever case, or as JSON escapes them."""
    forms = {form.lower() for word in words for form in (word, json.dumps(word)[1:-1])}
    return {
        f"{table}.{column}"
        for table, column, text in texts_in_database()
        if any(form in text.lower() for form in forms)
    }


def books() -> list[Any]:
    """What accountants need, of all orders."""
    orders = list(Order.objects.order_by("pk").values_list(*BOOKS, "payment_status"))
    lines = Order.objects.order_by("pk").values_list("lines__name", "lines__quantity")
    return [orders, list(lines), Order.objects.aggregate(Sum("refunds__amount"))]


def test_erasure_leaves_the_books_and_nothing_that_says_who_it_was(order: Order) -> None:
    before = books()
    assert found_in_database((NAME,)) >= {"orders_order.name", "orders_stripeevent.body"}
    assert "mail_message.text" in found_in_database((NAME,))
    assert "orders_order.phone" in found_in_database((PHONE,))
    assert "orders_ordernote.text" in found_in_database(("Hoàng",))
    assert found_in_database((SECRET,)) == {"mfa_authenticator.data"}
    for address in ("second@example.com", "former@example.com"):
        assert "mail_message.recipient" in found_in_database((address,))
    entries = ModelLogEntry.objects.filter(action=EMAIL)
    assert sorted("subject" in entry.data for entry in entries) == [False, True]
    erase(customer_of(order), by=User.objects.get(email="desk@example.com"))
    caches["limits"].clear()  # counts of the last minutes, by email address
    assert found_in_database(WORDS) == set()
    assert books() == before
    order.refresh_from_db()
    assert order.address and order.address.country == "IN"
    assert order.search_text == f"{order.number}\nbrass lamp".lower()
    assert "The customer's data was erased." in [event.text for event in order.events.all()]


def test_nobody_can_log_in_to_an_erased_account(order: Order, member: Client) -> None:
    erase(customer_of(order), by=User.objects.get(email="desk@example.com"))
    assert member.get("/orders/").status_code == 302
    login = {"login": "shopper@example.com", "password": "a-long-password"}
    Client().post("/accounts/login/", login)
    assert not EmailAddress.objects.filter(email="shopper@example.com").exists()
    user = User.objects.get(orders=order)
    assert not user.is_active and not user.has_usable_password()
    assert not Customer.objects.customers().filter(pk=user.pk).exists()
    assert Order.objects.of(user).get() == order


def test_nobody_can_take_the_address_of_an_erased_account(order: Order) -> None:
    by = User.objects.get(email="desk@example.com")
    password = dict.fromkeys(("password1", "password2"), "a-long-password")
    taken = f"erased-{order.user_id}@erased.invalid"
    Client().post("/accounts/signup/", {"email": taken, **password})
    assert User.objects.filter(email=taken).exists()
    erase(customer_of(order), by=by)
    order.refresh_from_db()
    assert order.user and order.name == ""
    assert re.fullmatch(r"erased-\d+-[0-9a-f]{32}@erased\.invalid", order.user.email)
    assert User.objects.filter(email=taken, is_active=True).exists()


@pytest.mark.parametrize("state", ["unshipped", "paying", "refunding", "staff"])
def test_a_customer_with_something_unfinished_is_not_erased(
    synced: Sandbox, member: Client, order: Order, lamp: ProductPage, state: str
) -> None:
    customer = customer_of(order)
    if state == "unshipped":
        sell(synced, member, (lamp, 1))
    elif state == "paying":
        open_page(member, lamp)
    elif state == "refunding":
        request(order, {"Brass lamp": 1})
    else:
        User.objects.filter(pk=customer.pk).update(is_staff=True)
        customer.refresh_from_db()
    before = found_in_database(WORDS)
    with pytest.raises(ActionNotAllowed):
        erase(customer, by=User.objects.get(email="desk@example.com"))
    assert found_in_database(WORDS) == before


def test_another_customers_data_stays(
    synced: Sandbox, order: Order, lamp: ProductPage, client_of: Callable[[User], Client]
) -> None:
    other = User.objects.create_user("other@example.com", "a-long-password")
    bought = sell(synced, client_of(other), (lamp, 1), name="Mai Other", email="other@example.com")
    send_due_messages()
    before = Message.objects.filter(recipient="other@example.com").exclude(text="").count()
    erase(customer_of(order), by=User.objects.get(email="desk@example.com"))
    bought.refresh_from_db()
    assert (bought.name, bought.email) == ("Mai Other", "other@example.com")
    assert before == Message.objects.filter(recipient="other@example.com").exclude(text="").count()
    assert StripeEvent.objects.filter(body__contains=bought.session_id).exists()
    assert Checkout.objects.get(user=other).request


def test_the_page_asks_for_the_address_before_it_erases(owner: Client, order: Order) -> None:
    address = f"/admin/customers/{order.user_id}/erase/"
    assert "It cannot be undone" in owner.get(address).content.decode()
    for typed in ("", "other@example.com"):
        answer = owner.post(address, {"email": typed})
        assert answer.status_code == 422 and "exactly as it is shown" in answer.content.decode()
    assert Order.objects.get().name == NAME
    answer = owner.post(address, {"email": " Shopper@example.com "}, follow=True)
    assert "The customer&#x27;s data was erased" in answer.content.decode()
    assert Order.objects.get().name == ""
    assert owner.post(address, {"email": "x"}).status_code == 404


def test_the_page_says_why_a_customer_cannot_be_erased_now(
    owner: Client, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 1))
    address = f"/admin/customers/{order.user_id}/erase/"
    assert f"Order {order.number} has not been shipped." in owner.get(address).content.decode()
    assert owner.post(address, {"email": "shopper@example.com"}).status_code == 422
    assert Order.objects.get().email == "shopper@example.com"


def test_the_export_has_everything_about_a_customer_and_nothing_about_others(
    owner: Client, synced: Sandbox, order: Order, lamp: ProductPage, client_of: Any
) -> None:
    other = User.objects.create_user("other@example.com", "a-long-password")
    sell(synced, client_of(other), (lamp, 1), email="other@example.com")
    response = owner.post(f"/admin/customers/{order.user_id}/export/")
    assert "attachment" in response["Content-Disposition"]
    data = json.loads(response.content)
    text = json.dumps(data, ensure_ascii=False)
    assert all(word in text for word in (NAME, PHONE, STREET, NOTE, "Mai has called"))
    assert "other@example.com" not in text
    (found,) = data["orders"]
    assert (found["number"], found["total"]) == (order.number, "2998.00")
    assert found["refunds"][0]["amount"] == "1499.00"
    assert owner.get(f"/admin/customers/{order.user_id}/export/").status_code == 405


def test_the_list_has_shoppers_and_their_orders_but_no_staff(owner: Client, order: Order) -> None:
    html = " ".join(owner.get("/admin/customers/").content.decode().split())
    assert "shopper@example.com" in html and "₹2,998.00" in html
    assert "staff@example.com" not in html.split("<main")[-1].split("w-user")[0]
    assert set(Customer.objects.customers().values_list("email", flat=True)) == {
        "shopper@example.com"
    }
    users = owner.get("/admin/users/").content.decode()
    assert "shopper@example.com" not in users and "staff@example.com" in users


@pytest.mark.parametrize("text", ["shopper@", "NGUYỄN", "84901", "brass"])
def test_customers_are_found_by_their_address_and_their_orders(
    owner: Client, order: Order, text: str
) -> None:
    User.objects.create_user("other@example.com", "a-long-password")
    html = owner.get("/admin/customers/", {"q": text}).content.decode()
    assert "shopper@example.com" in html and "other@example.com" not in html


def test_the_page_of_a_customer_shows_their_orders(owner: Client, order: Order) -> None:
    html = owner.get(f"/admin/customers/inspect/{order.user_id}/").content.decode()
    assert order.number in html and "₹2,998.00" in html and "Partly refunded" in html


def test_who_may_see_and_who_may_erase(order: Order, client_of: Callable[[User], Client]) -> None:
    base = f"/admin/customers/{order.user_id}"
    desk = client_of(make_staff(role="Order desk"))
    html = desk.get(f"/admin/customers/inspect/{order.user_id}/").content.decode()
    assert "shopper@example.com" in html and "Erase" not in html
    editor = client_of(make_staff(role="Editors", email="editor@example.com"))
    assert editor.get("/admin/customers/").status_code in (302, 403)
    for browser in (desk, editor):
        assert browser.post(f"{base}/export/").status_code == 403
        assert browser.get(f"{base}/erase/").status_code == 403
        assert browser.post(f"{base}/erase/", {"email": "shopper@example.com"}).status_code == 403
    assert Order.objects.get().name == NAME


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_as_many_queries_for_many_customers(
    owner: Client, order: Order, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        User.objects.create_user(f"{number}@example.com", "a-long-password")
    owner.get("/admin/customers/")
    with django_assert_max_num_queries(16):
        owner.get("/admin/customers/")
