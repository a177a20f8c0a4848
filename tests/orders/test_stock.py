"""Stock: reserved by open checkouts, taken by payments, put back by refunds and cancellations."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, connection, transaction
from django.test import Client

from alerts.models import Alert
from orders.checkout import poll
from orders.models import Checkout, Order, StripeEvent
from products import stock
from products.models import Product, ProductPage, Reservation, Stock, StockMovement
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form, publish
from tests.orders.refunding import again, open_alerts, refund, sell
from tests.orders.selling import complaints, fill, make_due, open_page, text_of
from tests.orders.stocking import call_off, line_of, on_hand, put_in_stock
from tests.staff import make_staff
from users.models import User
from vipratech import cached_pages

ClientOf = Callable[[User], Client]


@pytest.fixture
def another(client_of: ClientOf) -> Client:
    """Another shopper's browser."""
    return client_of(User.objects.create_user("another@example.com"))


def reserved() -> int:
    """How many items are in open checkouts."""
    return sum(row.quantity for row in Reservation.objects.all())


def test_a_payment_takes_items_and_an_expired_session_gives_them_back(
    synced: Sandbox, member: Client, another: Client, lamp: ProductPage
) -> None:
    put_in_stock(lamp, 10)
    sell(synced, member, (lamp, 3))
    assert on_hand(lamp) == 7 and reserved() == 0
    session_id = open_page(another, lamp, 2)
    assert on_hand(lamp) == 7 and reserved() == 2
    synced.expire(session_id)
    deliver(synced, "checkout.session.expired")
    assert reserved() == 0 and on_hand(lamp) == 7


def test_what_is_reserved_cannot_be_bought_by_others(
    synced: Sandbox, member: Client, another: Client, lamp: ProductPage
) -> None:
    put_in_stock(lamp, 3)
    open_page(member, lamp, 2)
    refused = another.post("/checkout/", form((lamp, 2)))
    assert refused.status_code == 400
    assert complaints(refused)[str(lamp.product_key)] == "Only 1 is left."
    assert Checkout.objects.count() == 1
    open_page(another, lamp, 1)
    assert reserved() == 3


def test_the_shopper_s_own_reservation_made_the_page_say_sold_out(
    synced: Sandbox, member: Client, another: Client, lamp: ProductPage
) -> None:
    """Pitfall 3: one left, in the shopper's own checkout: buying again works at once."""
    put_in_stock(lamp, 1)
    first = open_page(member, lamp)
    page = text_of(member.get(lamp.get_url()))
    assert "1 left" in page and "Sold out" not in page and "Other shoppers are buying" not in page
    cached_pages.forget()  # two seconds later
    assert "Other shoppers are buying" in text_of(another.get(lamp.get_url()))
    page = text_of(member.get(lamp.get_url()))
    assert "1 left" in page and "Other shoppers are buying" not in page
    fill(member, (lamp, 1), change="1")
    assert complaints(member.get("/checkout/")) == {}
    assert open_page(member, lamp) == first and reserved() == 1
    Checkout.objects.update(expires_at="2020-01-01T00:00Z")
    synced.expire(first)
    make_due()
    poll.poll_checkouts()
    assert reserved() == 0
    cached_pages.forget()
    assert "Other shoppers are buying" not in text_of(another.get(lamp.get_url()))


def test_the_own_last_piece_can_go_into_another_basket(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    put_in_stock(lamp, 1)
    open_page(member, lamp)
    answer = member.post("/checkout/", form((lamp, 1), (quilt, 1)))
    assert answer.status_code == 303
    assert Reservation.objects.filter(product__translation_key=lamp.product_key).count() == 1


def test_pieces_were_put_back_twice(synced: Sandbox, member: Client, lamp: ProductPage) -> None:
    """Pitfall 4: refunded with restock, then cancelled: each piece is put back once."""
    put_in_stock(lamp, 10)
    order = sell(synced, member, (lamp, 3))
    assert on_hand(lamp) == 7
    refund(order, {"Brass lamp": 3}, restock=True)
    assert on_hand(lamp) == 10
    order = again(order)
    assert order.fulfilment_status == "nothing_to_ship"
    other = sell(synced, member, (lamp, 3))
    refund(other, {"Brass lamp": 1}, restock=True)
    call_off(again(other))
    assert on_hand(lamp) == 10
    assert stock.still_out(line_of(other).product_id or 0, f"order-line:{line_of(other).pk}") == 0


def test_a_late_event_revived_a_cancelled_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    """Pitfall 5: the completed event, delivered again after the cancellation, changes nothing."""
    put_in_stock(lamp, 10)
    order = call_off(sell(synced, member, (lamp, 3)), refund=True)
    assert (order.fulfilment_status, on_hand(lamp)) == ("cancelled", 10)
    for _ in range(3):
        StripeEvent.objects.filter(type="checkout.session.completed").delete()
        deliver(synced)
    assert again(order).fulfilment_status == "cancelled" and on_hand(lamp) == 10
    assert Order.objects.count() == 1


def test_a_refund_failed_for_a_product_without_stock(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    """Pitfall 6: no stock row: refund, restock and cancel work, and there is still none."""
    order = sell(synced, member, (lamp, 3))
    refund(order, {"Brass lamp": 1}, restock=True)
    call_off(again(order))
    assert not Stock.objects.exists() and not StockMovement.objects.exists()


def test_the_low_stock_alert_missed_jumps(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    """Pitfall 7: one alert per time that the stock gets low, however it gets there."""
    product = put_in_stock(lamp, 6, low_at=5)
    assert open_alerts() == []
    sell(synced, member, (lamp, 3))
    alert = Alert.objects.open().get()
    assert "Brass lamp: 3 left." in alert.message
    sell(synced, member, (lamp, 1))
    assert Alert.objects.count() == 1 and "2 left" in Alert.objects.get().message
    put_in_stock(lamp, 20, low_at=5)
    assert open_alerts() == []
    with transaction.atomic():
        stock.correct(product.pk, -16, "test:1")
    assert open_alerts() == ["low-stock"] and Alert.objects.count() == 2
    put_in_stock(lamp, 6, low_at=5)
    sell(synced, member, (lamp, 6))
    assert "0 left" in Alert.objects.open().get().message


def test_one_payment_too_many_is_an_order_that_is_short(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    put_in_stock(lamp, 3)
    session_id = open_page(member, lamp, 3)
    product = put_in_stock(lamp, 1)  # two items broke while the shopper was paying
    synced.pay(session_id)
    deliver(synced)
    order = Order.objects.get()
    line = line_of(order)
    assert (line.quantity, line.short, line.in_stock_to_ship) == (3, 2, 1)
    assert on_hand(lamp) == 0 and open_alerts() == ["order-short"]
    assert product.movements.filter(kind="sold").get().delta == -1


@pytest.mark.parametrize(
    ("count", "text", "schema"),
    [
        (11, "", "InStock"),
        (3, "3 left", "LimitedAvailability"),
        (0, "Sold out", "OutOfStock"),
        (None, "", "InStock"),
    ],
)
def test_the_page_says_how_many_are_left(
    synced: Sandbox, client: Client, lamp: ProductPage, count: int | None, text: str, schema: str
) -> None:
    if count is not None:
        put_in_stock(lamp, count)
    page = client.get(lamp.get_url())
    assert f"https://schema.org/{schema}" in page.content.decode()
    note = BeautifulSoup(page.content, "html.parser").select_one(".stock-note")
    assert (note.get_text(strip=True) if note else "") == text


def test_a_smallest_and_a_largest_quantity_per_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    publish(lamp, min_per_order=2, max_per_order=4)
    for quantity, text in ((1, "At least 2 per order."), (5, "At most 4 per order.")):
        refused = member.post("/checkout/", form((lamp, quantity)))
        assert complaints(refused) == {str(lamp.product_key): text}
    assert not Checkout.objects.exists() and not calls(synced, "POST")
    assert member.post("/checkout/", form((lamp, 3))).status_code == 303


def test_publishing_does_not_change_the_stock(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    put_in_stock(lamp, 5)
    sell(synced, member, (lamp, 2))
    publish(lamp, title="Copper lamp")
    copy = lamp.copy(update_attrs={"title": "Copy", "slug": "copy"})
    assert on_hand(lamp) == 3
    assert copy.specific.availability is None


def test_the_database_refuses_a_stock_without_a_movement(db: None, lamp: ProductPage) -> None:
    put_in_stock(lamp, 5)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError), transaction.atomic():
        Stock.objects.update(on_hand=7)
    with pytest.raises(DatabaseError), transaction.atomic():
        StockMovement.objects.update(delta=7)
    with pytest.raises(DatabaseError), transaction.atomic():
        StockMovement.objects.all().delete()
    assert on_hand(lamp) == 5


# The page in the admin


@pytest.fixture
def desk(client_of: ClientOf, db: None) -> Client:
    """A browser of somebody at the order desk."""
    return client_of(make_staff(role="Order desk"))


def change(browser: Client, page: ProductPage, **entered: Any) -> Any:
    """Open the page about the stock of a product, enter something, and save."""
    pk = page_product(page)
    form_page = browser.get(f"/admin/stock/{pk}/")
    soup = BeautifulSoup(form_page.content, "html.parser")
    hidden = {
        str(field["name"]): str(field.get("value", ""))
        for field in soup.select("main form input[type=hidden]")
    }
    return browser.post(f"/admin/stock/{pk}/", {**hidden, **entered})


def page_product(page: ProductPage) -> int:
    """The id of a page's product."""
    return Product.objects.get(translation_key=page.product_key).pk


def test_what_is_sold_and_not_shipped_is_subtracted_from_the_shelf(
    synced: Sandbox, member: Client, desk: Client, lamp: ProductPage
) -> None:
    put_in_stock(lamp, 10)
    sell(synced, member, (lamp, 3))
    shown = text_of(desk.get(f"/admin/stock/{page_product(lamp)}/"))
    assert "Already sold and not shipped: 3" in shown
    assert change(desk, lamp, shelf="12").status_code == 302
    assert on_hand(lamp) == 9
    movement = StockMovement.objects.filter(kind="counted").first()
    assert movement is not None and movement.by is not None and movement.delta == 2


def test_a_delivery_is_added(synced: Sandbox, desk: Client, lamp: ProductPage) -> None:
    assert change(desk, lamp, delta="20", low_at="5").status_code == 302
    assert on_hand(lamp) == 20 and Stock.objects.get().low_at == 5


def test_a_second_click_adds_nothing(synced: Sandbox, desk: Client, lamp: ProductPage) -> None:
    url = f"/admin/stock/{page_product(lamp)}/"
    soup = BeautifulSoup(desk.get(url).content, "html.parser")
    key = str(soup.select("main form input[name=key]")[0]["value"])
    for _ in range(2):
        assert desk.post(url, {"key": key, "delta": "20", "seen": ""}).status_code == 302
    assert on_hand(lamp) == 20


def test_two_people_count_at_the_same_time(
    synced: Sandbox, desk: Client, lamp: ProductPage
) -> None:
    put_in_stock(lamp, 10)
    url = f"/admin/stock/{page_product(lamp)}/"
    soup = BeautifulSoup(desk.get(url).content, "html.parser")
    key = str(soup.select("main form input[name=key]")[0]["value"])
    put_in_stock(lamp, 8)
    refused = desk.post(url, {"key": key, "shelf": "12", "seen": "10"})
    assert refused.status_code == 422 and "has changed since" in refused.content.decode()
    assert on_hand(lamp) == 8
    assert change(desk, lamp, delta="-3").status_code == 302
    assert on_hand(lamp) == 5


def test_impossible_numbers_are_refused(synced: Sandbox, desk: Client, lamp: ProductPage) -> None:
    put_in_stock(lamp, 10)
    before = StockMovement.objects.count()
    for entered in (
        {"shelf": "-1"},
        {"shelf": "1.5"},
        {"shelf": "1000000000000"},
        {"delta": "-11"},
        {"delta": "99999999999"},
        {"delta": "2147483647"},
        {"delta": "1", "shelf": "1"},
        {"low_at": "-1"},
        {"delta": "1", "note": "x" * 256},
        {"delta": "many"},
    ):
        assert change(desk, lamp, **entered).status_code == 422, entered
    assert on_hand(lamp) == 10 and StockMovement.objects.count() == before


@pytest.mark.parametrize("role", ["Finance", "Editors", "Price editors"])
def test_other_roles_cannot_change_the_stock(
    synced: Sandbox, client_of: ClientOf, lamp: ProductPage, role: str
) -> None:
    put_in_stock(lamp, 10)
    browser = client_of(make_staff(role=role))
    url = f"/admin/stock/{page_product(lamp)}/"
    assert browser.get(url).status_code in (302, 403)
    assert browser.post(url, {"delta": "5"}).status_code in (302, 403)
    assert on_hand(lamp) == 10 and "/admin/stock/" not in browser.get("/admin/").content.decode()


def test_the_list_names_every_product(
    synced: Sandbox, desk: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    put_in_stock(lamp, 4)
    shown = text_of(desk.get("/admin/stock/"))
    assert "Brass lamp 4" in shown and "Quilt Not limited" in shown
