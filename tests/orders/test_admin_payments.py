"""Checkouts and reconciliations in Wagtail's admin: what they show, who may read them, and that
nobody can change them.
"""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.raising import raise_alert
from orders import policy
from orders.alerts import DISCREPANCY
from orders.models import Checkout, CheckoutLine, Order, Reconciliation
from orders.reconciliation.run import reconcile
from products import stripe_account
from products.models import Product, ProductPage, StripePrice
from stripe_gateway.errors import GatewayError
from stripe_sandbox import Sandbox
from tests.conftest import deliver
from tests.orders.selling import alter, buy, open_page
from tests.staff import make_staff
from users.models import User

pytestmark = pytest.mark.django_db
CHECKOUTS, RUNS = "/admin/checkouts/", "/admin/reconciliations/"
Browser = Callable[[User], Client]


@pytest.fixture
def reviewer(client_of: Browser) -> Client:
    return client_of(make_staff(role="Order desk"))


@pytest.fixture
def root(client_of: Browser) -> Client:
    return client_of(User.objects.create_superuser("admin@example.com", "a-long-password"))


def make_checkout(status: str, price: StripePrice, **fields: Any) -> Checkout:
    now = timezone.now()
    times = {"attempted_at": now, "expires_at": now + timedelta(minutes=35), "poll_at": now}
    key = uuid.uuid4()
    checkout = Checkout.objects.create(
        id=key,
        token=key,
        basket_hash="0" * 64,
        account="acct_1",
        currency="inr",
        subtotal=299800,
        status=status,
        session_id=f"cs_test_{key.hex}",
        **{**times, **fields},
    )
    CheckoutLine.objects.create(
        checkout=checkout,
        product=price.product,
        name="Brass lamp",
        unit_amount=149900,
        quantity=2,
        stripe_price=price,
    )
    return checkout


@pytest.fixture
def price() -> StripePrice:
    product = Product.objects.create(translation_key=uuid.uuid4())
    return StripePrice.objects.create(
        product=product, account="acct_1", unit_amount=149900, currency="inr", stripe_id="price_1"
    )


def listed(client: Client, address: str, **query: str) -> list[Any]:
    response = client.get(address, query)
    assert response.status_code == 200
    return [row.pk for row in response.context["object_list"]]


def main_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode().split("<main", 1)[1])


def test_the_list_shows_processing_checkouts_and_the_others_on_request(
    reviewer: Client, shopper: User, price: StripePrice
) -> None:
    made = {
        status: make_checkout(status, price, user=shopper)
        for status in ("processing", "expired", "complete")
    }
    assert listed(reviewer, CHECKOUTS) == [made["processing"].pk]
    page = main_of(reviewer, CHECKOUTS)
    for text in (
        "This list shows checkouts whose payment is being processed.",
        "Payment processing",
        "shopper@example.com",
        "2 × Brass lamp",
        "₹2,998.00",
        str(made["processing"].session_id)[:16] + "…",
    ):
        assert text in page
    assert set(listed(reviewer, CHECKOUTS, status="all")) == {row.pk for row in made.values()}
    assert "This list shows" not in main_of(reviewer, f"{CHECKOUTS}?status=all")
    for status, row in made.items():
        assert listed(reviewer, CHECKOUTS, status=status) == [row.pk]
    assert listed(reviewer, CHECKOUTS, q=str(made["expired"].pk)) == [made["expired"].pk]
    assert len(listed(reviewer, CHECKOUTS, q="shopper@")) == 3
    for odd in (
        {"status": "odd"},
        {"q": "\0"},
        {"created_at_from": "odd"},
        {"p": "99"},
        {"ordering": "odd"},
    ):
        assert reviewer.get(CHECKOUTS, odd).status_code == 200


def test_a_page_shows_a_checkout_with_its_request_and_its_order(
    synced: Sandbox, member: Client, lamp: ProductPage, reviewer: Client
) -> None:
    buy(synced, member, lamp, 2)
    deliver(synced)
    checkout, order = Checkout.objects.get(), Order.objects.get()
    page = main_of(reviewer, f"{CHECKOUTS}inspect/{checkout.pk}/")
    for text in (
        "Brass lamp",
        "₹2,998.00",
        f"/admin/orders/inspect/{order.pk}/",
        checkout.session_id,
        "line_items",
        "The shopper has paid, and there is an order.",
    ):
        assert str(text) in page
    assert reviewer.get(f"{CHECKOUTS}inspect/{uuid.uuid4()}/").status_code == 404


def test_a_checkout_whose_shopper_was_deleted_is_shown(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage, reviewer: Client
) -> None:
    open_page(member, lamp)
    shopper.delete()
    checkout = Checkout.objects.get()
    assert listed(reviewer, CHECKOUTS, status="all") == [checkout.pk]
    assert "None" in main_of(reviewer, f"{CHECKOUTS}inspect/{checkout.pk}/")


def test_lists_take_no_more_queries_for_many_rows(
    reviewer: Client, shopper: User, price: StripePrice
) -> None:
    def cost(address: str) -> int:
        reviewer.get(address)
        with CaptureQueriesContext(connection) as queries:
            reviewer.get(address)
        return len(queries)

    make_checkout("processing", price, user=shopper)
    make_run()
    few = cost(CHECKOUTS), cost(RUNS)
    for _ in range(30):
        make_checkout("processing", price, user=shopper)
        make_run()
    many = cost(CHECKOUTS), cost(RUNS)
    assert many[0] <= few[0] <= 15
    assert many[1] <= few[1] <= 16


def make_run(ago: timedelta = timedelta(minutes=10), **fields: Any) -> Reconciliation:
    known = stripe_account.known()
    cutoff = timezone.now() - ago
    fields = {
        "account": known.account if known else "",
        "finished_at": cutoff + timedelta(seconds=3),
        **fields,
    }
    return Reconciliation.objects.create(
        since=cutoff - timedelta(hours=25),
        cutoff=cutoff,
        started_at=cutoff,
        currency="inr",
        **fields,
    )


def discrepancy(**fields: Any) -> dict[str, Any]:
    return {
        "session": "cs_test_1",
        "order": "AAAA1111",
        "what": "Total: ₹1.00 at Stripe, ₹2.00 on the order.",
        **fields,
    }


def test_the_answer_is_yes_with_what_was_compared_and_as_of_when(
    synced: Sandbox, member: Client, lamp: ProductPage, reviewer: Client
) -> None:
    buy(synced, member, lamp, 2)
    run = reconcile()
    page = main_of(reviewer, RUNS)
    moment = timezone.localtime(run.cutoff)
    assert "<strong>Yes.</strong> Every paid session at Stripe has an order" in page
    assert f"as of <strong>{moment.day} {moment:%b %Y, %H:%M:%S} IST</strong>" in page
    assert f"on the account {synced.account}" in page
    assert page.count("<td>₹2,998.00</td>") == 2
    assert "This run created 1 missing order." in page
    assert "help-critical" not in page
    own = main_of(reviewer, f"{RUNS}inspect/{run.pk}/")
    assert "<strong>Yes.</strong>" in own
    assert "Discrepancies" not in own


def test_discrepancies_are_shown_and_listed_until_staff_explain_them(
    synced: Sandbox, member: Client, lamp: ProductPage, reviewer: Client
) -> None:
    session_id = buy(synced, member, lamp)
    deliver(synced)
    alter(synced, "checkout.session", session_id, amount_total=100)
    run = reconcile()
    page = main_of(reviewer, RUNS)
    assert "<strong>No: 1 discrepancy</strong> between Stripe and the orders" in page
    assert "<strong>Yes" not in page
    assert "1 discrepancy from this run or an earlier one has not been explained." in page
    own = main_of(reviewer, f"{RUNS}inspect/{run.pk}/")
    assert session_id in own
    assert f"/admin/orders/?q={Order.objects.get().number}" in own


def test_what_staff_have_explained_is_counted_and_listed_as_explained(
    sandbox: Sandbox, reviewer: Client
) -> None:
    stripe_account.refresh()
    run = make_run(discrepancies=[discrepancy(explained=True)])
    page = main_of(reviewer, RUNS)
    assert "<strong>Yes, except for 1 discrepancy that staff have explained</strong>" in page
    assert "<strong>Yes.</strong>" not in page
    assert "Yes, by staff" in main_of(reviewer, f"{RUNS}inspect/{run.pk}/")


def test_an_interrupted_run_is_shown_above_the_older_one(
    synced: Sandbox, reviewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "RETRY_PAUSES", ())
    reconcile()
    synced.fail_next(path="/v1/checkout/sessions", times=None)
    with pytest.raises(GatewayError):
        reconcile()
    page = main_of(reviewer, RUNS)
    assert "was interrupted, so it proves nothing" in page
    assert page.index("was interrupted, so it proves nothing") < page.index("<strong>Yes.</strong>")
    broken = Reconciliation.objects.get(finished_at=None)
    own = main_of(reviewer, f"{RUNS}inspect/{broken.pk}/")
    assert "was interrupted, so it proves nothing" in own
    assert "<strong>Yes.</strong>" not in own


@pytest.mark.parametrize(
    ("ago", "says"),
    [
        (timedelta(minutes=5), "A run that started"),
        (timedelta(hours=3), "The process that ran it was stopped."),
    ],
    ids=["running", "stopped"],
)
def test_a_run_that_has_not_finished(
    sandbox: Sandbox, reviewer: Client, ago: timedelta, says: str
) -> None:
    stripe_account.refresh()
    make_run(ago=ago, finished_at=None)
    page = main_of(reviewer, RUNS)
    assert says in page
    assert "No reconciliation with the account" in page


def test_an_old_answer_is_shown_as_old(sandbox: Sandbox, reviewer: Client) -> None:
    stripe_account.refresh()
    make_run(ago=timedelta(hours=2, minutes=-1))
    assert "Is the worker running?" not in main_of(reviewer, RUNS)
    Reconciliation.objects.all().delete()
    make_run(ago=timedelta(hours=2, minutes=1))
    assert "says nothing about later payments. Is the worker running?" in main_of(reviewer, RUNS)


def test_a_run_on_another_account_is_not_an_answer(sandbox: Sandbox, reviewer: Client) -> None:
    assert "Nothing has been compared" in main_of(reviewer, RUNS)
    stripe_account.refresh()
    make_run(account="acct_of_before")
    page = main_of(reviewer, RUNS)
    assert "No reconciliation with the account" in page
    assert "<strong>Yes.</strong>" not in page


def test_a_discrepancy_of_an_earlier_run_is_still_shown(sandbox: Sandbox, reviewer: Client) -> None:
    stripe_account.refresh()
    deep = make_run(
        ago=timedelta(hours=1), is_deep=True, discrepancy_count=1, discrepancies=[discrepancy()]
    )
    make_run()
    raise_alert(DISCREPANCY, "Differs.", subject="cs_test_1")
    page = main_of(reviewer, RUNS)
    assert "has not been explained" in page
    assert f'href="{RUNS}inspect/{deep.pk}/">1 discrepancy</a>' in page


def test_runs_are_filtered_by_their_result(sandbox: Sandbox, reviewer: Client) -> None:
    agrees, differs, broke = (
        make_run(),
        make_run(discrepancy_count=2),
        make_run(finished_at=None, error="No answer."),
    )
    assert listed(reviewer, RUNS, found="agreeing") == [agrees.pk]
    assert listed(reviewer, RUNS, found="differing") == [differs.pk]
    assert listed(reviewer, RUNS, found="unfinished") == [broke.pk]
    assert len(listed(reviewer, RUNS)) == 3
    for odd in ({"found": "odd"}, {"cutoff_from": "odd"}, {"p": "99"}):
        assert reviewer.get(RUNS, odd).status_code == 200


@pytest.mark.parametrize("address", [CHECKOUTS, RUNS])
@pytest.mark.parametrize(
    "path", ["new/", "edit/{}/", "delete/{}/", "history/{}/", "usage/{}/", "copy/{}/"]
)
def test_nobody_can_add_edit_or_delete(
    root: Client, price: StripePrice, address: str, path: str
) -> None:
    pk = make_checkout("processing", price).pk if address == CHECKOUTS else make_run().pk
    url = address + path.format(pk)
    assert root.get(url).status_code == root.post(url).status_code == 404
    assert root.post(f"{address}inspect/{pk}/").status_code == 405
    page = main_of(root, f"{address}inspect/{pk}/")
    assert "/edit/" not in page and "/delete/" not in page
    assert Checkout.objects.count() + Reconciliation.objects.count() == 1


@pytest.mark.parametrize("address", [CHECKOUTS, RUNS])
def test_an_editor_sees_neither(client_of: Browser, address: str) -> None:
    editor = client_of(make_staff(role="Price editors", email="editor@example.com"))
    assert editor.get(address).status_code == 302
    assert address not in editor.get("/admin/").content.decode()


def test_the_lists_are_in_the_menu_payments(reviewer: Client) -> None:
    home = reviewer.get("/admin/").content.decode()
    for text in ('"Payments"', CHECKOUTS, "/admin/events/", RUNS):
        assert text in home


def test_only_view_permissions_are_offered_to_groups(root: Client) -> None:
    groups = root.get("/admin/groups/new/").content.decode()
    models = ["checkout", "reconciliation", "order"]
    offered = {
        permission.codename
        for permission in Permission.objects.filter(
            content_type__app_label="orders", content_type__model__in=models
        )
        if f'value="{permission.pk}"' in groups
    }
    assert offered == {"view_checkout", "view_reconciliation", "view_order"}
