"""Sales by day and month, on the dashboard and in the report."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from orders import sales
from orders.models import Order, Refund
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct
from tests.orders.refunding import refund, sell
from tests.orders.selling import open_page
from tests.orders.test_admin import make_order
from tests.staff import make_staff
from users.models import User

REPORT = "/admin/reports/sales/"


@pytest.fixture
def desk(db: None, client_of: Callable[[User], Client]) -> Client:
    return client_of(make_staff(role="Order desk"))


def placed(order: Order, moment: datetime) -> None:
    Order.objects.filter(pk=order.pk).update(placed_at=moment)


def month(*begins: int) -> sales.Period:
    """The figures of a month of 2026."""
    return next(m for m in sales.by_month(13) if (m.begins.year, m.begins.month) == begins)


def test_a_refund_belongs_to_its_own_month_and_a_failed_one_to_none(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    """Pitfall 30: a refund was subtracted twice, or counted without a sale."""
    from products.sync import sync_catalogue

    cup = make_product("Cup", "20.00")
    sync_catalogue()
    orders = [sell(synced, member, (cup, 1)) for _ in range(5)]
    for order in orders:
        placed(order, datetime(2026, 9, 10, tzinfo=UTC))
    row = refund(orders[0], {"Cup": 1})
    failed = refund(orders[1], {"Cup": 1})
    october = datetime(2026, 10, 3, tzinfo=UTC)
    Refund.objects.filter(pk=row.pk).update(stripe_created_at=october)
    Refund.objects.filter(pk=failed.pk).update(stripe_created_at=october, status="failed")
    september, october_figures = month(2026, 9), month(2026, 10)
    assert (september.orders, september.sales, september.refunds) == (5, 100_00, 0)
    assert (october_figures.sales, october_figures.refunds, october_figures.net) == (0, 2000, -2000)


def test_days_are_those_of_the_shops_time_zone(db: None) -> None:
    today = timezone.localdate()
    late = make_order("AAAA1111")  # a quarter past midnight in Kolkata is yesterday in UTC
    moment = sales.start_of(today)
    Order.objects.filter(pk=late.pk).update(placed_at=moment)
    days = sales.by_day(30)
    assert len(days) == 30 and days[-1].begins == today
    assert [day.orders for day in days] == [0] * 29 + [1]


def test_a_live_shop_leaves_its_test_orders_out(db: None, settings: Settings) -> None:
    make_order("AAAA1111", total=100)
    live = make_order("BBBB2222", total=700)
    Order.objects.filter(pk=live.pk).update(placed_at=timezone.now())
    assert sales.by_day(1)[0].sales == 800
    settings.STRIPE_SECRET_KEY = "sk_live_" + "x" * 24
    assert sales.by_day(1)[0].sales == 0


def test_products_and_checkouts_are_counted(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    sell(synced, member, (lamp, 2), discount=500)
    sell(synced, member, (lamp, 1), (quilt, 1))
    open_page(member, quilt)
    since = sales.start_of(timezone.localdate())
    assert sales.by_product(since, 5) == [
        {"name": "Brass lamp", "sold": 3, "amount": 449700},
        {"name": "Quilt", "sold": 1, "amount": 249900},
    ]
    assert sales.conversion(since) == (2, 3)


def test_the_report_equals_the_file_of_the_orders(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client
) -> None:
    first = sell(synced, member, (lamp, 2), shipping=50_00)
    sell(synced, member, (lamp, 1))
    refund(first, {"Brass lamp": 1})
    exported: Any = desk.get("/admin/orders/?export=csv")
    text = b"".join(exported.streaming_content).decode()
    orders = list(csv.DictReader(io.StringIO(text)))
    report = next(csv.DictReader(io.StringIO(desk.get(f"{REPORT}?export=csv").text)))
    for ours, theirs, sign in (
        ("Sales", "Total", 1),
        ("Tax", "Tax", 1),
        ("Refunds", "Refunded", -1),
    ):
        assert Decimal(report[ours]) == sign * sum(Decimal(row[theirs]) for row in orders)
    assert Decimal(report["Net"]) == Decimal(report["Sales"]) + Decimal(report["Refunds"])
    page = desk.get(REPORT).text
    assert "₹4,547.00" in page and "\N{MINUS SIGN}₹1,499.00" in page


def test_the_dashboard_shows_the_sales_to_those_who_work_with_orders(
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    desk: Client,
    client_of: Callable[[User], Client],
) -> None:
    sell(synced, member, (lamp, 1))
    page = desk.get("/admin/").text
    assert "The last 30 days" in page and "₹1,499.00" in page and "to ship" in page
    editor = client_of(make_staff(role="Editors", email="editor@example.com"))
    assert "The last 30 days" not in editor.get("/admin/").text
    assert "₹1,499.00" not in editor.get("/admin/").text
    for address in (REPORT, f"{REPORT}?export=csv"):
        assert editor.get(address).status_code in (302, 403)
    assert REPORT not in editor.get("/admin/").text


def test_a_shop_without_orders_has_a_dashboard(desk: Client) -> None:
    page = desk.get("/admin/").text
    assert "The last 30 days" in page and "₹0.00" in page
    assert desk.get(REPORT).status_code == 200


def test_the_dashboard_takes_as_many_queries_for_many_orders_as_for_few(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    make_order("AAAA1111")
    desk.get("/admin/")
    for count in (0, 30):
        for number in range(count):
            make_order(f"N{number:07}")
        with django_assert_max_num_queries(45):
            desk.get("/admin/")


def test_the_plot_has_a_line_for_sales_and_one_for_refunds_and_runs_nothing(
    synced: Sandbox, member: Client, lamp: ProductPage, desk: Client, client_of: Any
) -> None:
    sell(synced, member, (lamp, 2))
    assert "/admin/reports/sales/plot.svg" in desk.get("/admin/").content.decode()
    answer = desk.get("/admin/reports/sales/plot.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert "₹3,000.00" in answer.text and answer.text.count("<path") == 2
    assert "<script" not in answer.text
    editor = client_of(make_staff(role="Editors", email="editor@example.com"))
    assert editor.get("/admin/reports/sales/plot.svg").status_code in (302, 403)
