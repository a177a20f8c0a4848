"""How often Stripe is called, with what, and how many queries a paid session costs."""

import re
import time
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from orders.checkout import poll
from orders.models import Checkout, Installation, Order
from products.models import ProductPage, StripeAccount, StripePrice
from stripe_contract import check_calls
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form, session_of
from tests.orders.selling import SESSIONS, buy, make_due, only_order, open_page, success
from tests.orders.stocking import put_in_stock
from users.models import User


def test_buying_makes_exactly_one_call_however_many_products(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    session_of(member.post("/checkout/", form((lamp, 2), (quilt, 3))))
    assert calls(synced) == [f"POST {SESSIONS}"]
    check_calls(synced.requests)


def test_the_call_carries_prices_of_ours_and_says_whose_sale_it_is(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage, quilt: ProductPage
) -> None:
    session_of(member.post("/checkout/", form((lamp, 2), (quilt, 3))))
    (call,) = synced.requests
    checkout = Checkout.objects.get()
    ids = {price.unit_amount: price.stripe_id for price in StripePrice.objects.all()}
    items = {item["price"]: item["quantity"] for item in call.params["line_items"]}
    assert items == {ids[149900]: "2", ids[249900]: "3"}
    whose = {
        "installation": Installation.current_id(),
        "checkout": str(checkout.pk),
        "user": str(shopper.pk),
    }
    assert call.params["metadata"] == whose
    assert call.params["payment_intent_data"]["metadata"] == whose
    assert call.params["adaptive_pricing"] == {"enabled": "false"}
    assert (
        call.params["success_url"]
        == "http://testserver/checkout/success/?session_id={CHECKOUT_SESSION_ID}"
    )
    assert call.params["customer_email"] == "shopper@example.com"
    assert 30 * 60 < int(call.params["expires_at"]) - time.time() <= 35 * 60
    assert call.idempotency_key == f"checkout-{checkout.pk}-1"


def test_a_product_that_does_not_exist_at_stripe_yet_can_be_sold(
    sandbox: Sandbox, member: Client, lamp: ProductPage
) -> None:
    buy(sandbox, member, lamp)
    deliver(sandbox)
    assert only_order().total == 149900


def test_the_success_page_calls_once_and_not_at_all_after_the_webhook(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    first = buy(synced, member, lamp)
    assert success(member, first).status_code == 303
    assert success(member, first).status_code == 303
    assert calls(synced) == [f"GET {SESSIONS}/{first}"]

    second = buy(synced, member, quilt)
    deliver(synced)
    assert success(member, second).status_code == 303
    assert calls(synced) == []


@pytest.mark.parametrize("forgotten", [False, True])
def test_the_webhook_of_a_paid_session_needs_nobody_not_even_after_a_change_of_keys(
    synced: Sandbox, member: Client, lamp: ProductPage, forgotten: bool
) -> None:
    buy(synced, member, lamp)
    if forgotten:
        StripeAccount.objects.all().delete()
    synced.fail_next(times=None)
    assert deliver(synced).status_code == 200
    assert only_order().total == 149900
    assert calls(synced) == []


def test_every_request_to_stripe_is_what_its_types_allow(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    # Buy; another quantity (expire); paid without a webhook (retrieve); half opened (list);
    # restored backup (lines).
    data = form((lamp, 1))
    session_of(member.post("/checkout/", data))
    session_of(member.post("/checkout/", {**data, "quantity": "2"}))
    paid = open_page(member, lamp, 3)
    synced.pay(paid)
    success(member, paid)
    open_page(member, lamp, 4)
    Checkout.objects.filter(status="open").update(status="opening", session_id=None)
    make_due()
    poll.poll_checkouts()
    made = {re.sub("cs_[A-Za-z0-9_]+", "<id>", call) for call in calls(synced)}
    assert made == {
        f"POST {SESSIONS}",
        f"POST {SESSIONS}/<id>/expire",
        f"GET {SESSIONS}/<id>",
        f"GET {SESSIONS}",
    }
    check_calls(synced.requests)


def test_query_budgets_of_the_success_page(
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    session_id = buy(synced, member, lamp)
    # The first time, it also creates the order and takes what was paid out of the basket; two of
    # these queries begin and two end a transaction.
    with django_assert_max_num_queries(24):
        assert success(member, session_id).status_code == 303
    with django_assert_max_num_queries(15):
        assert success(member, session_id).status_code == 303
    with django_assert_max_num_queries(20):
        assert member.get(only_order().get_absolute_url()).status_code == 200


def test_query_budget_of_the_webhook(
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    quilt: ProductPage,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for page in (lamp, quilt):
        put_in_stock(page, 10)
    session_id = session_of(member.post("/checkout/", form((lamp, 2), (quilt, 3))))
    synced.pay(session_id)
    # One transaction with the address, the stock, the timeline and the email; two of these
    # statements begin and end it.
    with django_assert_max_num_queries(16):
        assert deliver(synced).status_code == 200
    with django_assert_max_num_queries(15):
        assert deliver(synced).status_code == 200
    assert only_order().subtotal == 2 * 149900 + 3 * 249900


def test_my_orders_costs_the_same_for_one_order_as_for_many(
    synced: Sandbox,
    member: Client,
    lamp: ProductPage,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    client_of: Callable[[User], Client],
) -> None:
    for quantity in range(1, 8):
        buy(synced, member, lamp, quantity)
        deliver(synced)
    assert Order.objects.count() == 7
    with django_assert_max_num_queries(15):
        assert member.get("/orders/").status_code == 200
