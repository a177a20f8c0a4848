"""A sale: a reduced price with a start and an end, which Stripe has in time and history records."""

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from orders.models import Checkout, Order
from products import archiving, drift, stripe_account
from products.models import PricePeriod, ProductPage, StripePrice
from products.price_history import record_all
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, form, publish
from tests.orders.selling import open_page
from tests.products.conftest import AtStripe, page_form
from tests.staff import make_staff
from users.models import User
from vipratech import cached_pages

HOUR = timedelta(hours=1)
SALE = {"sale_price": Decimal("1299.00")}


def plan(page: ProductPage, begin: timedelta | None, end: timedelta | None) -> ProductPage:
    """Publish a sale with these times from now on."""
    now = timezone.now()
    return publish(
        page,
        sale_from=None if begin is None else now + begin,
        sale_until=None if end is None else now + end,
        **SALE,
    )


def wait(by: timedelta = 2 * HOUR) -> None:
    """Let time pass for pages and the history of prices: everything happened that much earlier."""
    for page in ProductPage.objects.all():
        moved = {
            name: moment - by
            for name in ("sale_from", "sale_until", "last_published_at")
            if (moment := getattr(page, name))
        }
        ProductPage.objects.filter(pk=page.pk).update(**moved)
    for period in PricePeriod.objects.all():
        until = period.until - by if period.until else None
        PricePeriod.objects.filter(pk=period.pk).update(since=period.since - by, until=until)
    cached_pages.forget()


def history(page: ProductPage) -> list[tuple[int, Any, Any]]:
    found = PricePeriod.objects.filter(product__translation_key=page.translation_key)
    return [(period.amount, period.since, period.until) for period in found]


@pytest.mark.parametrize(
    ("begin", "end", "amounts"),
    [
        (None, None, [129900, 129900, 129900]),
        (0, None, [149900, 129900, 129900]),
        (None, 0, [129900, 149900, 149900]),
        (0, 1, [149900, 129900, 149900]),
    ],
)
def test_the_price_at_a_moment(begin: int | None, end: int | None, amounts: list[int]) -> None:
    start = timezone.now()
    page = ProductPage(price=Decimal("1499.00"), **SALE)
    page.sale_from = None if begin is None else start + begin * HOUR
    page.sale_until = None if end is None else start + end * HOUR
    moments = [start - timedelta(microseconds=1), start, start + HOUR]
    assert [page.amount_at(moment) for moment in moments] == amounts


def test_an_object_keeps_its_price_when_the_sale_ends_in_the_middle_of_a_request(
    lamp: ProductPage,
) -> None:
    plan(lamp, None, HOUR)
    page, loaded_later = ProductPage.objects.get(pk=lamp.pk), ProductPage.objects.get(pk=lamp.pk)
    page.sale_until = loaded_later.sale_until = timezone.now() + timedelta(milliseconds=100)
    assert page.unit_amount == 129900
    time.sleep(0.2)
    assert page.unit_amount == 129900 and page.is_on_sale
    assert loaded_later.unit_amount == 149900


@pytest.mark.parametrize(
    ("field", "changes", "words"),
    [
        ("sale_price", {"sale_price": Decimal("1499.00")}, "must be lower"),
        ("sale_price", {"sale_price": Decimal("1999.00")}, "must be lower"),
        ("sale_price", {"sale_price": None, "sale_from": timezone.now()}, "Enter the sale price"),
        ("sale_price", {"sale_price": Decimal("0.01")}, "minimum"),
        (
            "sale_until",
            {**SALE, "sale_from": timezone.now(), "sale_until": timezone.now() - HOUR},
            "must end after it starts",
        ),
    ],
)
def test_a_sale_that_cannot_be_is_refused(
    lamp: ProductPage, field: str, changes: dict[str, Any], words: str
) -> None:
    page = ProductPage.objects.get(pk=lamp.pk)
    for name, value in changes.items():
        setattr(page, name, value)
    with pytest.raises(ValidationError) as refusal:
        page.full_clean()
    assert words in " ".join(refusal.value.message_dict[field])


def test_stripe_has_the_sale_price_before_the_sale_and_charges_it_from_its_start_to_its_end(
    synced_lamp: ProductPage, sandbox: Sandbox, at_stripe: AtStripe
) -> None:
    plan(synced_lamp, HOUR, 3 * HOUR)
    assert sync_catalogue() == []
    assert at_stripe.prices(synced_lamp) == [(149900, True), (129900, True)]
    assert at_stripe.charged(synced_lamp) == 149900
    wait()
    sandbox.requests.clear()
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 129900
    assert not any("prices" in str(request) for request in sandbox.requests)
    wait()
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == 149900
    sandbox.requests.clear()
    assert sync_catalogue() == [] and sandbox.requests == []


def test_history_records_when_the_sale_started_and_ended_although_the_worker_notices_later(
    lamp: ProductPage,
) -> None:
    plan(lamp, HOUR, 3 * HOUR)
    wait()
    page = ProductPage.objects.get(pk=lamp.pk)
    record_all()
    before, sale = history(page)
    assert (before[0], before[2]) == (149900, page.sale_from)
    assert sale == (129900, page.sale_from, None)
    wait()
    page.refresh_from_db()
    record_all()
    assert [amount for amount, _since, _until in history(page)] == [149900, 129900, 149900]
    assert history(page)[1][1:] == (page.sale_from, page.sale_until)
    assert history(page)[2][1:] == (page.sale_until, None)


def test_history_has_a_sale_during_which_no_worker_ran(lamp: ProductPage) -> None:
    plan(lamp, HOUR, 2 * HOUR)
    wait(3 * HOUR)
    page = ProductPage.objects.get(pk=lamp.pk)
    for _repeated in range(3):
        record_all()
        publish(page, title="Another title")
    times = [(since, until) for _amount, since, until in history(page)]
    assert [amount for amount, _since, _until in history(page)] == [149900, 129900, 149900]
    assert times[1:] == [(page.sale_from, page.sale_until), (page.sale_until, None)]


def test_the_page_shows_both_prices_and_the_lowest_of_the_30_days_before(
    lamp: ProductPage, client: Client
) -> None:
    publish(lamp, price=Decimal("1399.00"))
    publish(lamp, price=Decimal("1499.00"))
    plan(lamp, HOUR, 3 * HOUR)
    url = lamp.get_url()
    assert "1,299" not in client.get(url).content.decode()
    wait()
    for _is_recorded in (False, True):
        for address in (url, lamp.get_parent().get_url(), "/"):
            html = client.get(address).content.decode()
            assert "₹1,299.00" in html and "<s>₹1,499.00</s>" in html
            assert "Lowest price in the 30 days before: ₹1,399.00" in html
        record_all()
        cached_pages.forget()
    assert '"price": "1299.00"' in client.get(url).content.decode()
    wait()
    html = client.get(url).content.decode()
    assert "1,299" not in html and "<s>" not in html


def test_a_price_that_ended_more_than_30_days_before_does_not_count(lamp: ProductPage) -> None:
    publish(lamp, price=Decimal("1399.00"))
    publish(lamp, price=Decimal("1499.00"))
    wait(timedelta(days=30))
    page = plan(lamp, None, None)
    assert page.prior_amount == 149900


def test_a_product_that_is_new_on_sale_has_no_earlier_price(make_product: MakeProduct) -> None:
    page = make_product("Vase", "1499.00", **SALE)
    assert page.is_on_sale and page.prior_amount is None


def test_shoppers_pay_the_sale_price_and_keep_it_on_the_payment_page_after_the_sale(
    synced: Sandbox, lamp: ProductPage, member: Client
) -> None:
    plan(lamp, None, HOUR)
    session_id = open_page(member, ProductPage.objects.get(pk=lamp.pk))
    wait()
    sync_catalogue()
    assert ProductPage.objects.get(pk=lamp.pk).unit_amount == 149900
    synced.pay(session_id)
    member.get(f"/checkout/success/?session_id={session_id}")
    order = Order.objects.get()
    assert (order.total, order.lines.get().unit_amount) == (129900, 129900)


def test_a_shopper_who_saw_the_sale_price_is_asked_when_the_sale_is_over(
    synced: Sandbox, lamp: ProductPage, member: Client
) -> None:
    plan(lamp, None, HOUR)
    seen = form((ProductPage.objects.get(pk=lamp.pk), 1))
    wait()
    response = member.post("/checkout/", seen)
    assert response.status_code == 409 and "₹1,499.00" in response.content.decode()
    assert Checkout.objects.count() == 0


def test_the_editor_sees_what_the_sale_will_do_and_confirms_less_than_half(
    editor: Client, lamp: ProductPage
) -> None:
    page, begin = publish(lamp), timezone.localtime() + HOUR
    address = f"/admin/pages/{page.pk}/edit/"
    cheap = page_form(sale_price="700.00", sale_from=f"{begin:%Y-%m-%d %H:%M}", confirm_price="")
    answer = editor.post(address, cheap).content.decode()
    assert "Tick the box below if ₹700.00 is right" in answer
    assert ProductPage.objects.get(pk=page.pk).sale_price is None
    assert editor.post(address, cheap | {"confirm_price": "on"}).status_code == 302
    assert ProductPage.objects.get(pk=page.pk).sale_price == Decimal("700.00")
    assert "A sale is planned: ₹700.00 from" in editor.get(address).content.decode()
    copy_only = cheap | {"title": "Another title"}
    assert editor.post(address, copy_only).status_code == 302  # the sale is not asked about again


def test_a_typed_price_is_compared_with_the_regular_one_during_a_sale(
    editor: Client, lamp: ProductPage
) -> None:
    plan(lamp, None, HOUR)
    html = editor.get(f"/admin/pages/{lamp.pk}/edit/").content.decode()
    assert 'data-live="1499.00"' in html
    assert "The price has been ₹1,299.00 since" in " ".join(html.split())


def test_an_editor_without_the_permission_cannot_publish_a_sale(
    lamp: ProductPage, client_of: Callable[[User], Client]
) -> None:
    draft = ProductPage.objects.get(pk=lamp.pk)
    draft.sale_price = Decimal("1299.00")
    draft.save_revision()
    for role, allowed in (("Editors", False), ("Price editors", True)):
        user = make_staff(role=role, email=f"{len(role)}@example.com")
        assert (
            ProductPage.objects.get(pk=lamp.pk).permissions_for_user(user).can_publish() == allowed
        )


def test_the_price_of_a_planned_sale_is_not_archived(
    synced_lamp: ProductPage, at_stripe: AtStripe
) -> None:
    plan(synced_lamp, HOUR, 3 * HOUR)
    sync_catalogue()
    StripePrice.objects.update(created_at=timezone.now() - timedelta(days=7))
    assert archiving.archive_old_prices(stripe_account.current()) == []
    assert at_stripe.prices(synced_lamp) == [(149900, True), (129900, True)]
    publish(synced_lamp, sale_price=None, sale_from=None, sale_until=None)
    sync_catalogue()
    assert archiving.archive_old_prices(stripe_account.current()) == []
    assert at_stripe.prices(synced_lamp) == [(149900, True), (129900, False)]


def test_the_price_of_a_planned_sale_that_was_archived_in_the_dashboard_is_repaired(
    synced_lamp: ProductPage, at_stripe: AtStripe
) -> None:
    plan(synced_lamp, HOUR, 3 * HOUR)
    sync_catalogue()
    at_stripe.change("price", at_stripe.price_id(synced_lamp, 129900), active=False)
    (found,) = drift.compare_all()
    assert "planned sale" in found.differences[0] and "₹1,299.00" in found.differences[0]
    assert drift.repair() == []
    assert at_stripe.prices(synced_lamp) == [(149900, True), (129900, True)]
    assert drift.compare_all() == []


def test_the_list_is_sorted_by_the_price_that_shoppers_pay(
    lamp: ProductPage, make_product: MakeProduct, client: Client
) -> None:
    make_product("Bowl", "1399.00")
    plan(lamp, None, HOUR)
    url = lamp.get_parent().get_url()
    for query, first in (("?sort=price", "Brass lamp"), ("?sort=-price", "Bowl")):
        html = client.get(url + query).content.decode()
        titles = sorted(("Bowl", "Brass lamp"), key=lambda title: html.index(f">{title}</a>"))
        assert titles[0] == first
