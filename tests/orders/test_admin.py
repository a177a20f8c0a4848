"""Orders in Wagtail's admin: reviewers read, editors do not get in, nobody changes anything."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from orders.models import Order, OrderEvent, OrderLine
from orders.statuses import FulfilmentStatus
from users.models import User

Browser = Callable[[User], Client]


def make_order(number: str, total: int = 299800) -> Order:
    order = Order.objects.create(
        number=number,
        email=f"{number.lower()}@example.com",
        account="acct_1",
        livemode=False,
        session_id=f"cs_test_{number}",
        payment_intent=f"pi_{number}",
        currency="inr",
        subtotal=total,
        total=total,
        session_created_at=timezone.now(),
        placed_at=timezone.now(),
    )
    OrderLine.objects.create(
        order=order, name="Brass lamp as sold", unit_amount=total // 2, quantity=2
    )
    OrderEvent.objects.create(order=order, text="Paid, confirmed by webhook.")
    return order


@pytest.fixture
def reviewer(client_of: Browser, db: None) -> Client:
    user = User.objects.create_user("orders@example.com", "a-long-password")
    user.groups.add(Group.objects.get(name="Order desk"))
    return client_of(user)


@pytest.fixture
def editor(client_of: Browser, db: None) -> Client:
    user = User.objects.create_user("editor@example.com", "a-long-password")
    user.groups.add(Group.objects.get(name="Price editors"))
    return client_of(user)


@pytest.fixture
def admin(client_of: Browser, db: None) -> Client:
    return client_of(User.objects.create_superuser("admin@example.com", "a-long-password"))


def test_a_reviewer_finds_orders_in_the_menu_and_reads_one_as_sold(reviewer: Client) -> None:
    order = make_order("AAAA1111")
    assert "/admin/orders/" in reviewer.get("/admin/").content.decode()
    assert "AAAA1111" in reviewer.get("/admin/orders/").content.decode()
    page = reviewer.get(f"/admin/orders/inspect/{order.pk}/").content.decode()
    for text in (
        "Brass lamp as sold",
        "₹1,499.00",
        "₹2,998.00",
        "aaaa1111@example.com",
        "confirmed by webhook",
    ):
        assert text in page


def test_the_list_is_searched_filtered_and_sorted(reviewer: Client) -> None:
    make_order("AAAA1111")
    shipped = make_order("BBBB2222")
    Order.objects.filter(pk=shipped.pk).update(fulfilment_status=FulfilmentStatus.SHIPPED)
    found = reviewer.get("/admin/orders/", {"q": "bbbb2222@"}).content.decode()
    assert "BBBB2222" in found
    assert "AAAA1111" not in found
    found = reviewer.get(
        "/admin/orders/", {"fulfilment_status": "unfulfilled", "ordering": "-number"}
    ).content.decode()
    assert "AAAA1111" in found
    assert "BBBB2222" not in found


def test_an_editor_sees_neither_menu_item_nor_orders(editor: Client) -> None:
    order = make_order("AAAA1111")
    assert "/admin/orders/" not in editor.get("/admin/").content.decode()
    for path in ("/admin/orders/", f"/admin/orders/inspect/{order.pk}/"):
        response = editor.get(path, follow=True)
        assert "AAAA1111" not in response.content.decode()
        assert response.redirect_chain


@pytest.mark.parametrize(
    "path", ["new/", "edit/{}/", "delete/{}/", "history/{}/", "usage/{}/", "copy/{}/"]
)
def test_nobody_not_even_a_superuser_can_add_edit_or_delete(admin: Client, path: str) -> None:
    order = make_order("AAAA1111")
    address = f"/admin/orders/{path.format(order.pk)}"
    assert admin.get(address).status_code == 404
    assert admin.post(address).status_code == 404
    assert Order.objects.count() == 1


def test_a_page_of_orders_costs_no_more_queries_than_one(
    reviewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_order("AAAA0000")
    reviewer.get("/admin/orders/")
    for i in range(1, 40):
        make_order(f"AAAA{i:04}")
    with django_assert_max_num_queries(15):
        response = reviewer.get("/admin/orders/")
    assert "AAAA0039" in response.content.decode()


def test_the_payment_is_linked_at_stripe_by_its_mode(reviewer: Client) -> None:
    order = make_order("AAAA1111")
    assert order.stripe_dashboard_url == "https://dashboard.stripe.com/test/payments/pi_AAAA1111"
    order.livemode = True
    assert order.stripe_dashboard_url == "https://dashboard.stripe.com/payments/pi_AAAA1111"
    assert (
        "dashboard.stripe.com"
        not in reviewer.get(f"/admin/orders/inspect/{order.pk}/").content.decode()
    ), "a demo"
