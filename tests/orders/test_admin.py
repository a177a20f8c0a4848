"""Orders in Wagtail's admin: staff with the permission read them, nobody changes anything."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from orders.models import Order, OrderEvent, OrderLine
from orders.statuses import FulfilmentStatus
from tests.staff import make_staff
from users.models import User

Browser = Callable[[User], Client]


def make_order(number: str, total: int = 299800, line: str = "Brass lamp as sold") -> Order:
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
    OrderLine.objects.create(order=order, name=line, unit_amount=total // 2, quantity=2)
    OrderEvent.objects.create(order=order, text="Paid, confirmed by webhook.")
    order.refresh_search_text()
    return order


@pytest.fixture
def reviewer(client_of: Browser, db: None) -> Client:
    return client_of(make_staff(role="Order desk"))


@pytest.fixture
def editor(client_of: Browser, db: None) -> Client:
    return client_of(make_staff(role="Price editors", email="editor@example.com"))


@pytest.fixture
def admin(client_of: Browser, db: None) -> Client:
    return client_of(User.objects.create_superuser("admin@example.com", "a-long-password"))


def test_orders_are_in_the_menu_and_a_page_shows_one_as_it_was_sold(reviewer: Client) -> None:
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


@pytest.mark.parametrize(
    "text",
    [
        *("BBBB2222", "bbbb", "bbbb2222@", "Asha", "Indigo QUILT"),
        *("499", "₹499.00", "INR 499", "cs_test_BBBB2222", "pi_BBBB2222"),
    ],
)
def test_the_search_finds_numbers_people_products_amounts_and_stripe_ids(
    reviewer: Client, text: str
) -> None:
    make_order("AAAA1111")
    order = make_order("BBBB2222", total=49900, line="Indigo quilt as sold")
    order.name = "Asha Rao"
    order.save(update_fields=["name"])
    order.refresh_search_text()
    for address in ("/admin/orders/", "/admin/orders/results/"):
        response = reviewer.get(address, {"q": text})
        assert [found.number for found in response.context["object_list"]] == ["BBBB2222"]


@pytest.mark.parametrize("text", ["\0", "9" * 30, "%", "5,00,00", "cs_test_", "₹", "🪔" * 300])
def test_a_search_for_anything_gets_a_response(reviewer: Client, text: str) -> None:
    make_order("AAAA1111")
    assert reviewer.get("/admin/orders/", {"q": text}).status_code == 200


def test_the_search_field_says_what_it_searches(reviewer: Client) -> None:
    page = reviewer.get("/admin/orders/").content.decode()
    hint = "Order number, email, name, phone, product, tracking number, amount or Stripe ID"
    assert f'placeholder="{hint}"' in page


def test_stripe_ids_are_shown_to_staff_who_work_with_payments_only(
    reviewer: Client, client_of: Browser
) -> None:
    order = make_order("AAAA1111")
    address = f"/admin/orders/inspect/{order.pk}/"
    other = client_of(make_staff("view_order", email="packer@example.com"))
    for text in ("pi_AAAA1111", "cs_test_AAAA1111", "acct_1"):
        assert text in reviewer.get(address).content.decode()
        assert text not in other.get(address).content.decode()
    assert "₹2,998.00" in other.get(address).content.decode()


def test_times_are_shown_in_the_time_zone_of_the_shop(reviewer: Client) -> None:
    order = make_order("AAAA1111")
    Order.objects.filter(pk=order.pk).update(placed_at=datetime(2026, 11, 23, 20, 30, tzinfo=UTC))
    assert "24 Nov 2026, 02:00" in reviewer.get("/admin/orders/").content.decode()
    page = reviewer.get(f"/admin/orders/inspect/{order.pk}/").content.decode()
    assert "24 Nov 2026, 02:00:00 IST" in page


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


def test_a_page_of_orders_takes_no_more_queries_than_one_order(
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
