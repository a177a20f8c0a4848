"""One email address, two customers: an export and an erasure leave the other one's data alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db.models import Q
from django.test import Client

from mail.models import Message
from mail.send import send_due_messages
from orders.customers.erase import erase
from orders.models import Customer, Order, StripeEvent
from orders.notifications import tell_staff_about_orders, write_email
from products.models import ProductPage
from shop_settings.models import ShopSettings
from stripe_sandbox import Sandbox
from tests.orders.refunding import sell
from tests.orders.stocking import send_out
from tests.staff import make_staff
from users.models import User

PASSWORD = "a-long-password"
ADDRESSES = "/accounts/email/"
OTHER = "leela@example.com"


@pytest.fixture
def owner(db: None, client_of: Callable[[User], Client]) -> Client:
    return client_of(make_staff(role="Owners"))


@pytest.fixture(autouse=True)
def shop(db: None) -> None:
    """Two people of the staff get the emails about orders."""
    ShopSettings.objects.create(name="Shop", staff_emails="desk@example.com\nboss@example.com")


@pytest.fixture
def leela(synced: Sandbox, lamp: ProductPage, client_of: Callable[[User], Client]) -> Order:
    """An order of somebody else, with an email that has been sent and one that has not."""
    other = User.objects.create_user(OTHER, PASSWORD)
    order = sell(synced, client_of(other), (lamp, 1), name="Leela Thomas", email=OTHER)
    send_due_messages()
    write_email(order, "Leela's lamp", "It is on its way.", key="1")
    return order


def give_up_address(browser: Client, user: User) -> None:
    """Add an address, make it the first one, and remove the one before."""
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post(ADDRESSES, {"action_add": "", "email": "new@example.com"})
    EmailAddress.objects.filter(user=user).update(verified=True)
    browser.post(ADDRESSES, {"action_primary": "", "email": "new@example.com"})
    browser.post(ADDRESSES, {"action_remove": "", "email": "shopper@example.com"})
    user.refresh_from_db()
    assert user.email == "new@example.com"
    assert not EmailAddress.objects.filter(email="shopper@example.com").exists()


def rows_of(order: Order) -> list[Any]:
    """Everything about one order and its owner's account that an erasure could blank."""
    about = Q(thread=f"order:{order.pk}") | Q(subject_key__startswith=f"account:{order.user_id}:")
    return [
        list(Message.objects.filter(about).order_by("pk").values()),
        list(StripeEvent.objects.filter(body__contains=order.session_id).order_by("pk").values()),
        Order.objects.filter(pk=order.pk).values().get(),
    ]


def exported(owner: Client, order: Order) -> Any:
    """The file with the data of an order's customer."""
    return json.loads(owner.post(f"/admin/customers/{order.user_id}/export/").content)


def ship_and_erase(order: Order) -> None:
    """Erase the customer of an order of one lamp; before it is shipped, that is refused."""
    send_out(order, 1)
    erase(Customer.objects.get(orders=order), by=User.objects.get(email="staff@example.com"))


def test_an_address_that_was_given_up_belongs_to_the_account_that_has_it_now(
    owner: Client,
    synced: Sandbox,
    member: Client,
    shopper: User,
    lamp: ProductPage,
    client_of: Callable[[User], Client],
) -> None:
    first = sell(synced, member, (lamp, 1), name="Mai First")
    give_up_address(member, shopper)
    Client().post("/accounts/password/reset/", {"email": "shopper@example.com"})
    second_user = User.objects.create_user("shopper@example.com", PASSWORD)
    second = sell(synced, client_of(second_user), (lamp, 1), name="Mai Second")
    Client().post("/accounts/password/reset/", {"email": "shopper@example.com"})
    send_due_messages()
    assert (first.email, second.email) == ("shopper@example.com", "shopper@example.com")
    data, before = exported(owner, first), rows_of(second)
    assert len(before[0]) == 2  # the confirmation of the order, and the link for a new password
    assert data["emails"] and second.number not in json.dumps(data)
    unnamed = Message.objects.filter(kind="account-unknown").values()
    nobodys = list(unnamed)
    assert len(nobodys) == 1
    ship_and_erase(first)
    assert rows_of(second) == before
    assert list(unnamed) == nobodys


def test_an_address_that_a_shopper_enters_at_stripe_gives_them_nobodys_emails(
    owner: Client, synced: Sandbox, member: Client, lamp: ProductPage, leela: Order
) -> None:
    order = sell(synced, member, (lamp, 1), name="Mai", email=OTHER)
    send_due_messages()
    assert order.email == OTHER
    data = exported(owner, order)
    assert [row["recipient"] for row in data["emails"]] == [OTHER]
    assert order.number in data["emails"][0]["subject"] + data["emails"][0]["text"]
    assert leela.number not in json.dumps(data)


def test_the_erasure_of_a_shopper_who_entered_anothers_address_blanks_their_own_data_only(
    owner: Client, synced: Sandbox, member: Client, lamp: ProductPage, leela: Order
) -> None:
    Client().post("/accounts/password/reset/", {"email": OTHER})
    order = sell(synced, member, (lamp, 1), name="Mai", email=OTHER)
    before, data = rows_of(leela), exported(owner, leela)
    assert {row["status"] for row in before[0]} == {"sent", "pending"}
    ship_and_erase(order)
    assert rows_of(leela) == before and exported(owner, leela) == data
    emails = Message.objects.filter(thread=f"order:{order.pk}")
    assert {(email.recipient, email.text, email.status) for email in emails} == {
        ("", "", "dropped")
    }
    assert not StripeEvent.objects.filter(body__contains=order.session_id).exists()


def test_the_emails_to_several_people_of_the_staff_stay_theirs_without_the_customers_name(
    owner: Client, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 1), name="Mai First")
    tell_staff_about_orders()
    send_due_messages()
    emails = Message.objects.filter(kind="staff-new-order")
    assert emails.filter(text__contains="Mai First").count() == 2
    ship_and_erase(order)
    assert {email.recipient for email in emails} == {"desk@example.com", "boss@example.com"}
    assert not emails.filter(Q(text__contains="Mai") | Q(html__contains="Mai")).exists()


def test_an_account_whose_only_address_another_one_has_entered_too_takes_no_emails_of_others(
    owner: Client, synced: Sandbox, member: Client, lamp: ProductPage, leela: Order
) -> None:
    order = sell(synced, member, (lamp, 1))
    EmailAddress.objects.create(user=leela.user, email="shopper@example.com")
    Client().post("/accounts/password/reset/", {"email": "nobody@example.com"})
    before = rows_of(leela)
    ship_and_erase(order)
    assert rows_of(leela) == before
    assert Message.objects.get(kind="account-unknown").recipient == "nobody@example.com"
