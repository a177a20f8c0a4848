"""One attempt for one intent: double clicks, Back, other quantities, other windows, old pages."""

import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from django.test import Client

from alerts.models import Alert
from orders import policy
from orders.models import Checkout, Order
from products.models import ProductPage, Reservation
from stripe_sandbox import Sandbox
from tests.conftest import calls, deliver, form, session_of
from tests.orders.selling import (
    SESSIONS,
    alter,
    at_once,
    buy,
    chosen,
    let_time_pass,
    only_order,
    open_page,
    problem,
    session_states,
    success,
    token_of,
    twin,
)
from users.models import User


def post(browser: Client, data: dict[str, Any]) -> Any:
    return browser.post("/checkout/", data)


def test_the_same_form_twice_is_one_session(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 2))
    assert session_of(post(member, data)) == session_of(post(member, data))
    assert len(session_states(synced)) == 1
    assert Checkout.objects.count() == 1


def test_a_new_form_with_the_same_choice_is_the_same_session_while_it_is_open(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    first = session_of(post(member, form((lamp, 1), (quilt, 2))))
    synced.requests.clear()
    assert session_of(post(member, form((quilt, 2), (lamp, 1)))) == first
    assert calls(synced) == [f"GET {SESSIONS}/{first}"]  # may it still be paid?


def test_eight_clicks_at_once_are_one_session(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 1))
    for same_form in (True, False):
        Checkout.objects.update(status="replaced")
        forms = [data if same_form else form((lamp, 1)) for _ in range(8)]
        answers = at_once(*(partial(post, twin(member), each) for each in forms))
        assert len({session_of(answer) for answer in answers}) == 1
        assert Checkout.objects.filter(status="open").count() == 1
    assert list(session_states(synced).values()) == ["open", "open"]
    assert (
        Reservation.objects.filter(
            key__in=Checkout.objects.filter(status="open").values("pk")
        ).count()
        == 1
    )


def test_the_same_form_with_another_quantity_is_charged_for_the_new_one_and_the_old_page_is_dead(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    token = uuid.uuid4()
    first = open_page(member, lamp, 1, token=token)
    second = open_page(member, lamp, 3, token=token)
    assert session_states(synced) == {first: "expired", second: "open"}
    assert Checkout.objects.get(session_id=first).status == "replaced"
    assert Reservation.objects.get().quantity == 3
    synced.pay(second)
    deliver(synced)
    assert only_order().subtotal == 3 * 149900
    assert [line.quantity for line in only_order().lines.all()] == [3]


def test_another_quantity_after_the_first_was_paid_shows_that_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    token = uuid.uuid4()
    first = open_page(member, lamp, 1, token=token)
    synced.pay(first)  # and the webhook is late
    answer = post(member, form((lamp, 3), token=token))
    assert (answer.status_code, answer["Location"]) == (303, only_order().get_absolute_url())
    assert list(session_states(synced)) == [first]


def test_back_after_paying_brings_the_order_and_no_second_payment(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 1))
    synced.pay(session_of(post(member, data)))
    deliver(synced)
    synced.requests.clear()
    answer = post(member, data)
    assert (answer.status_code, answer["Location"]) == (303, only_order().get_absolute_url())
    assert calls(synced) == []
    assert "Buy again" in member.get(answer["Location"]).content.decode()


def test_paid_with_the_webhook_late_and_bought_again_shows_the_order_first(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    synced.pay(open_page(member, lamp))
    answer = post(member, form((lamp, 1)))
    assert (answer.status_code, answer["Location"]) == (303, only_order().get_absolute_url())
    second = open_page(member, lamp)
    synced.pay(second)
    deliver(synced)
    assert Order.objects.count() == 2


def test_while_a_delayed_payment_is_under_way_the_same_form_leads_to_its_page(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 1))
    session_id = session_of(post(member, data))
    synced.pay(session_id)
    alter(synced, "checkout.session", session_id, payment_status="unpaid")
    answer = post(member, data)
    assert answer["Location"] == f"/checkout/success/?session_id={session_id}"
    again = member.get("/checkout/cancelled/", {"checkout": str(Checkout.objects.get().pk)})
    assert again["Location"] == answer["Location"]
    assert not Order.objects.exists()


def test_a_session_that_is_nearly_over_is_replaced(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 1))
    first = session_of(post(member, data))
    let_time_pass(timedelta(minutes=31))
    second = session_of(post(member, data))
    assert session_states(synced) == {first: "expired", second: "open"}
    assert list(Checkout.objects.order_by("created_at").values_list("status", flat=True)) == [
        "replaced",
        "open",
    ]


def test_a_session_that_somebody_expired_in_the_dashboard_is_replaced(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 1))
    first = session_of(post(member, data))
    synced.expire(first)
    second = session_of(post(member, data))
    assert session_states(synced) == {first: "expired", second: "open"}


def test_another_choice_in_another_window_ends_the_first_page_at_stripe(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    first, second = open_page(member, lamp), open_page(member, quilt)
    assert session_states(synced) == {first: "expired", second: "open"}
    assert Reservation.objects.get().key == Checkout.objects.get(session_id=second).pk
    synced.pay(second)
    deliver(synced)
    assert only_order().total == 249900


def test_a_page_that_was_paid_before_another_choice_becomes_an_order_and_the_choice_goes_on(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    first = buy(synced, member, lamp)
    second = open_page(member, quilt)
    assert only_order().session_id == first
    synced.pay(second)
    deliver(synced)
    assert sorted(Order.objects.values_list("total", flat=True)) == [149900, 249900]


def test_a_replaced_page_that_is_paid_anyway_becomes_an_order_and_raises_an_alert(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    first = open_page(member, lamp)
    open_page(member, quilt)
    alter(
        synced, "checkout.session", first, status="open"
    )  # the payment was being made when the session was expired
    synced.pay(first)
    deliver(synced)
    assert only_order().total == 149900
    assert Alert.objects.get().key == f"paid-after-close:{first}"


def test_a_shopper_may_begin_thirty_checkouts_in_an_hour(
    synced: Sandbox, member: Client, shopper: User, lamp: ProductPage
) -> None:
    for quantity in range(1, policy.MAX_CHECKOUTS_PER_HOUR + 1):
        last = open_page(member, lamp, quantity)
    synced.requests.clear()
    refused = post(member, form((lamp, 99)))
    assert refused.status_code == 429
    assert "many payment pages" in problem(refused)
    assert chosen(refused) == {str(lamp.product_key): "99"}
    # Nothing moved: the page that was open still is, and may be gone back to.
    assert calls(synced) == []
    assert session_states(synced)[last] == "open"
    assert Checkout.objects.count() == policy.MAX_CHECKOUTS_PER_HOUR
    assert open_page(member, lamp, policy.MAX_CHECKOUTS_PER_HOUR) == last
    let_time_pass(timedelta(hours=1))
    assert open_page(member, lamp, 99) != last


def test_the_cancel_link_keeps_choice_and_attempt(
    synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage
) -> None:
    data = form((lamp, 2), (quilt, 1))
    session_id = session_of(post(member, data))
    session = synced.state.get("checkout.session", session_id)
    assert session is not None
    page = member.get(session["cancel_url"].removeprefix("http://testserver"))
    assert "Payment cancelled. Nothing was charged." in page.content.decode()
    assert token_of(page) == data["token"]
    again = {**data, "token": token_of(page)}
    assert session_of(post(member, again)) == session_id


def test_cancelling_with_another_choice_ends_the_first_page(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    data = form((lamp, 2))
    first = session_of(post(member, data))
    page = member.get("/checkout/cancelled/", {"checkout": str(Checkout.objects.get().pk)})
    second = open_page(member, lamp, 1, token=uuid.UUID(token_of(page)))
    assert session_states(synced) == {first: "expired", second: "open"}


def test_a_click_overtaken_by_another_choice_leaves_only_the_later_page(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    # The same form, two quantities, at the same moment: exactly one page may stay payable, whoever
    # wins.
    for _ in range(5):
        token = uuid.uuid4()
        choices = [form((lamp, quantity), token=token) for quantity in (1, 2)]
        answers = at_once(*(partial(post, twin(member), choice) for choice in choices))
        assert {answer.status_code for answer in answers} <= {303, 409}
        payable = [
            session_id for session_id, status in session_states(synced).items() if status == "open"
        ]
        standing = Checkout.objects.filter(token=token, status="open").values_list(
            "session_id", flat=True
        )
        assert payable == list(standing) and len(payable) == 1
        led_to = [session_of(answer) for answer in answers if answer.status_code == 303]
        assert payable[0] in led_to
        synced.expire(payable[0])
        success(member, payable[0])


def test_a_click_while_another_choice_is_being_opened_leaves_no_second_page(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    token = uuid.uuid4()
    synced.fail_next(kind="hang", seconds=1.5, moment="after", path=SESSIONS)
    first, second = twin(member), twin(member)

    def later() -> Any:
        while not Checkout.objects.filter(token=token).exists():
            pass
        return post(second, form((lamp, 2), token=token))

    slow, quick = at_once(lambda: post(first, form((lamp, 1), token=token)), later)
    assert (slow.status_code, quick.status_code) == (409, 303)
    assert sorted(session_states(synced).values()) == ["expired", "open"]
    assert session_states(synced)[session_of(quick)] == "open"
