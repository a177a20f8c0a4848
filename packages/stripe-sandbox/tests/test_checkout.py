"""Checkout sessions: what is accepted, what is refused, and how they end."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from stripe import StripeClient
from stripe.checkout import Session

from sandbox_testing import NewSession, price_of
from stripe_contract import object_problems
from stripe_sandbox import ApiError, Declined, NotOpen, Sandbox


def sessions(client: StripeClient) -> list[Session]:
    return client.v1.checkout.sessions.list().data


def test_a_new_session_is_open_unpaid_and_adds_up(
    client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(
        price_of(client, 12345, name="Lamp"), quantity=3, metadata={"checkout": "9"}
    )
    assert (session.status, session.payment_status, session.payment_intent) == (
        "open",
        "unpaid",
        None,
    )
    assert (session.amount_subtotal, session.amount_total, session.currency) == (
        37035,
        37035,
        "inr",
    )
    assert session.customer_details is None
    assert session.metadata is not None
    assert session.metadata["checkout"] == "9"
    assert session.id.startswith("cs_test_")
    assert len(session.id) == 66
    assert session.expires_at - session.created == 24 * 3600
    lines = client.v1.checkout.sessions.line_items.list(session.id).data
    assert [(line.description, line.quantity, line.amount_total) for line in lines] == [
        ("Lamp", 3, 37035)
    ]
    assert not hasattr(session, "line_items"), "line items are there only when asked for"


def refusal(new_session: NewSession, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        new_session(**params)
    return refused.value


def test_an_archived_price_is_not_sold(client: StripeClient, new_session: NewSession) -> None:
    price = price_of(client, 100)
    client.v1.prices.update(price, {"active": False})
    refused = refusal(new_session, price=price)
    assert (
        refused.user_message
        == "The price specified is inactive. This field only accepts active prices."
    )
    assert refused.param == "line_items[0][price]"
    assert sessions(client) == []


def test_a_price_of_an_archived_product_or_of_nobody_is_not_sold(
    client: StripeClient, new_session: NewSession
) -> None:
    price = price_of(client, 100)
    client.v1.products.update(str(client.v1.prices.retrieve(price).product), {"active": False})
    assert "product is not active" in str(refusal(new_session, price=price))
    missing = refusal(new_session, price="price_none")
    assert (missing.http_status, missing.code, missing.param) == (
        400,
        "resource_missing",
        "line_items[0][price]",
    )
    assert sessions(client) == []


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"quantity": 0}, "line_items[0][quantity]", "parameter_invalid_integer"),
        ({"quantity": "1.5"}, "line_items[0][quantity]", "parameter_invalid_integer"),
        ({"success_url": "/thanks"}, "success_url", "url_invalid"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url", "url_invalid"),
        ({"customer_email": "nobody"}, "customer_email", "email_invalid"),
        (
            {"payment_method_types": ["card"]},
            "payment_method_types",
            "payment_method_types_no_longer_supported",
        ),
        ({"colour": "red"}, "colour", "parameter_unknown"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0][price]", "parameter_missing"),
        ({"line_items": ""}, "line_items", None),
        ({"mode": "subscription"}, "mode", None),
        ({"discounts": [{"coupon": "x"}]}, "discounts", None),
        ({"client_reference_id": "x" * 201}, "client_reference_id", None),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]", None),
    ],
)
def test_a_wrong_parameter_is_named_and_makes_no_session(
    client: StripeClient,
    new_session: NewSession,
    params: dict[str, Any],
    param: str,
    code: str | None,
) -> None:
    refused = refusal(new_session, **params)
    assert (refused.param, refused.code, refused.http_status) == (param, code, 400)
    assert sessions(client) == []


@pytest.mark.parametrize("missing", ["mode", "line_items", "success_url"])
def test_what_a_session_cannot_do_without_is_asked_for(client: StripeClient, missing: str) -> None:
    line = {"price": price_of(client, 100), "quantity": 1}
    params: Any = {"mode": "payment", "line_items": [line], "success_url": "http://shop.test/"}
    del params[missing]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(params)
    assert (refused.value.param, refused.value.code) == (missing, "parameter_missing")
    assert sessions(client) == []


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "inr", "amount_too_small"),
        (49, "usd", "amount_too_small"),
        (999, "thb", "amount_too_small"),
        (100_000_000, "inr", "amount_too_large"),
    ],
)
def test_a_total_outside_the_bounds_is_refused(
    client: StripeClient, new_session: NewSession, amount: int, currency: str, code: str
) -> None:
    refused = refusal(new_session, price=price_of(client, amount, currency))
    assert refused.code == code
    assert f"{currency}" in str(refused)
    assert sessions(client) == []


@pytest.mark.parametrize(
    ("amount", "currency"), [(50, "inr"), (99_999_999, "inr"), (50, "jpy"), (0, "inr")]
)
def test_a_total_on_the_bound_is_accepted(
    client: StripeClient, new_session: NewSession, amount: int, currency: str
) -> None:
    assert new_session(price_of(client, amount, currency)).amount_total == amount


def test_the_prices_of_a_session_have_one_currency(
    client: StripeClient, new_session: NewSession
) -> None:
    lines = [{"price": price_of(client, 100, code), "quantity": 1} for code in ("inr", "usd")]
    assert "one currency" in str(refusal(new_session, line_items=lines))
    assert "one currency" in str(refusal(new_session, currency="usd"))
    assert sessions(client) == []


def test_a_session_lives_between_half_an_hour_and_a_day(
    client: StripeClient, new_session: NewSession
) -> None:
    now = int(time.time())
    assert "at least 30 minutes" in str(refusal(new_session, expires_at=now + 29 * 60))
    assert "less than 24 hours" in str(refusal(new_session, expires_at=now + 24 * 3600 + 60))
    assert sessions(client) == []
    assert new_session(expires_at=now + 31 * 60).expires_at == now + 31 * 60


def test_only_an_open_session_can_be_expired(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url, expired.payment_status) == ("expired", None, "unpaid")
    paid = new_session()
    sandbox.pay(paid.id)
    for session_id, status in ((session.id, "expired"), (paid.id, "complete")):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.checkout.sessions.expire(session_id)
        words = 'Only Checkout Sessions with a status in ["open"] can be expired. '
        assert (
            refused.value.user_message
            == f"{words}This Checkout Session has a status of `{status}`."
        )
    assert client.v1.checkout.sessions.retrieve(paid.id).status == "complete"
    assert len(sandbox.events("checkout.session.expired")) == 1


def test_a_session_expires_by_itself_when_its_time_has_come(
    sandbox: Sandbox, new_session: NewSession
) -> None:
    session = new_session(expires_at=int(time.time()) + 31 * 60)
    sandbox.advance(30 * 60)
    assert sandbox.events("checkout.session.expired") == []
    sandbox.state.advance(2 * 60)  # nobody looks: the sandbox's own clock has to notice
    deadline = time.monotonic() + 5
    while not sandbox.events("checkout.session.expired") and time.monotonic() < deadline:
        time.sleep(0.05)
    (event,) = sandbox.events("checkout.session.expired")
    assert event["data"]["object"]["id"] == session.id
    assert event["request"] == {"id": None, "idempotency_key": None}
    with pytest.raises(NotOpen):
        sandbox.pay(session.id)


def test_paying_completes_the_session_and_makes_one_payment(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(
        payment_intent_data={"metadata": {"checkout": "7"}}, metadata={"own": "1"}
    )
    assert (
        sandbox.pay(session.id, email="ann@example.com")
        == f"http://shop.test/thanks?session_id={session.id}"
    )
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details is not None
    assert paid.customer_details.email == "ann@example.com"
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount, intent.currency) == ("succeeded", 49900, "inr")
    assert intent.metadata.to_dict() == {"checkout": "7"}, "a session's own metadata is not copied"
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.amount_captured, charge.paid, charge.metadata.to_dict()) == (
        49900,
        True,
        {"checkout": "7"},
    )
    found = client.v1.checkout.sessions.list({"payment_intent": intent.id}).data
    assert [one.id for one in found] == [session.id]


def test_paying_and_expiring_at_once_ends_one_way_never_both(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    price = price_of(client, 49900)
    opened = [new_session(price) for _ in range(10)]
    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(act, one.id)
            for one in opened
            for act in (sandbox.pay, sandbox.expire, sandbox.pay)
        ]
    failures = [type(job.exception()) for job in jobs if job.exception()]
    assert len(failures) == 20
    assert set(failures) <= {NotOpen, ApiError}
    for one in opened:
        ended = client.v1.checkout.sessions.retrieve(one.id)
        assert (ended.status, ended.payment_status) in (("complete", "paid"), ("expired", "unpaid"))
    ends = [event for event in sandbox.events() if event["type"].startswith("checkout.session.")]
    assert sorted(event["data"]["object"]["id"] for event in ends) == sorted(
        one.id for one in opened
    )


def test_a_declined_card_leaves_the_session_open(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    with pytest.raises(Declined, match="insufficient funds"):
        sandbox.pay(session.id, card="4000000000009995")
    with pytest.raises(KeyError):
        sandbox.pay(session.id, card="4111111111111111")
    wanted = ["payment_intent.latest_charge"]
    left = client.v1.checkout.sessions.retrieve(session.id, {"expand": wanted})
    assert object_problems(left) == []
    assert (left.status, left.payment_status) == ("open", "unpaid")
    intent = left.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert intent.latest_charge.failure_code == "card_declined"
    (failed,) = sandbox.events("payment_intent.payment_failed")
    assert object_problems(client.v1.events.retrieve(failed["id"])) == []
    assert failed["data"]["object"]["last_payment_error"]["decline_code"] == "insufficient_funds"
    assert sandbox.events("payment_intent.succeeded") == []


def test_another_card_pays_with_the_payment_intent_of_the_declined_one(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    with pytest.raises(Declined):
        sandbox.pay(session.id, card="4000000000000002")
    declined = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    sandbox.pay(session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert (paid.payment_intent.id, paid.payment_intent.status) == (declined, "succeeded")
    assert paid.payment_intent.last_payment_error is None


def test_the_payment_intent_of_a_declined_card_is_canceled_with_its_session(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    with pytest.raises(Declined):
        sandbox.pay(session.id, card="4000000000000002")
    expired = client.v1.checkout.sessions.expire(session.id, {"expand": ["payment_intent"]})
    assert isinstance(expired.payment_intent, stripe.PaymentIntent)
    assert expired.payment_intent.status == "canceled"
    (canceled,) = sandbox.events("payment_intent.canceled")
    assert object_problems(client.v1.events.retrieve(canceled["id"])) == []


def test_sessions_are_listed_by_status_and_an_unknown_one_is_404(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    first, second = new_session(), new_session()
    sandbox.expire(first.id)
    assert [one.id for one in client.v1.checkout.sessions.list({"status": "open"}).data] == [
        second.id
    ]
    assert [one.id for one in client.v1.checkout.sessions.list({"status": "expired"}).data] == [
        first.id
    ]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.retrieve("cs_test_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(ApiError):
        sandbox.expire("cs_test_none")


def test_line_items_come_in_order_and_in_pages(
    client: StripeClient, new_session: NewSession
) -> None:
    prices = [price_of(client, 100 + i) for i in range(12)]
    session = new_session(line_items=[{"price": price, "quantity": 1} for price in prices])
    listed = client.v1.checkout.sessions.line_items.list(session.id, {"limit": 5})
    assert [line.price.id for line in listed.auto_paging_iter() if line.price] == prices
    expanded = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["line_items"]}
    ).line_items
    assert expanded is not None
    assert (len(expanded.data), expanded.has_more) == (10, True)
