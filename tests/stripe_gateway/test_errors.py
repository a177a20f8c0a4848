"""Every failure of a call becomes one of our own errors, after as many attempts as make sense."""

import json
import time
from collections.abc import Callable
from functools import partial

import pytest
from pytest_django import Settings

from stripe_gateway import errors
from stripe_gateway.account import current_account
from stripe_gateway.catalogue import (
    ProductCopy,
    create_price,
    ensure_product,
    retrieve_product,
    set_price_active,
)
from stripe_gateway.policy import LONGEST_ERROR
from stripe_gateway.sessions import create_session, page_of_sessions, retrieve_session
from stripe_sandbox import Sandbox
from tests.stripe_gateway.answers import Answers

LAMP = ProductCopy(name="Lamp", description="", images=(), url="")


def error(kind: str = "invalid_request_error", message: str = "No.", **fields: str) -> bytes:
    return json.dumps({"error": {"type": kind, "message": message, **fields}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "expected", "tries"),
    [
        (400, error(param="name"), errors.Refused, 1),
        (400, error(code="resource_missing", param="default_price"), errors.NotFound, 1),
        (404, error(code="resource_missing"), errors.NotFound, 1),
        (404, error(message="Unrecognized request URL"), errors.Refused, 1),
        (400, error(code="resource_already_exists"), errors.AlreadyExists, 1),
        (400, error(code="email_invalid", param="customer_email"), errors.EmailInvalid, 1),
        (400, error(code="amount_too_small"), errors.AmountRefused, 1),
        (400, error(code="amount_too_large"), errors.AmountRefused, 1),
        (
            400,
            error(
                message="The price specified is inactive. This field only accepts active prices."
            ),
            errors.PriceInactive,
            1,
        ),
        (
            400,
            error("idempotency_error", "Keys can only be used with the same parameters."),
            errors.KeyReused,
            1,
        ),
        (400, error(code="rate_limit"), errors.Unavailable, 1),
        (401, error(message="Invalid API Key provided"), errors.KeyRefused, 1),
        (402, error("card_error", code="card_declined"), errors.Refused, 1),
        (403, error(message="This key lacks the permission product_write."), errors.KeyRefused, 1),
        (409, error("idempotency_error", code="idempotency_key_in_use"), errors.Conflict, 2),
        (409, error(code="lock_timeout"), errors.Conflict, 2),
        (424, error("api_error"), errors.Refused, 1),
        (429, error(code="rate_limit"), errors.Unavailable, 1),
        (429, error(code="lock_timeout"), errors.Unavailable, 1),
        (500, error("api_error"), errors.ServerError, 2),
        (503, error("api_error"), errors.ServerError, 2),
        (502, b"<html>Bad gateway</html>", errors.ServerError, 2),
        (500, b"", errors.ServerError, 2),
        (200, b"<html>Please accept our terms of use</html>", errors.ServerError, 1),
        (404, b"<html>Not found</html>", errors.Refused, 1),
        (200, b'{"object": "product"}', errors.UnexpectedAnswer, 1),
        (200, b'{"object": "product", "name": 5, "active": true}', errors.UnexpectedAnswer, 1),
        (
            200,
            b'{"object": "product", "name": "Lamp", "active": "yes"}',
            errors.UnexpectedAnswer,
            1,
        ),
    ],
)
def test_an_answer_becomes_our_error(
    answers: Answers, status: int, body: bytes, expected: type[errors.GatewayError], tries: int
) -> None:
    answers.status, answers.body = status, body
    with pytest.raises(errors.GatewayError) as raised:
        retrieve_product("prod_1")
    assert type(raised.value) is expected
    assert str(raised.value)
    assert len(answers.keys) == tries


ONE, MANY = partial(retrieve_session, "cs_test_1"), partial(page_of_sessions, since=1, until=2)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"ok"', b"7", b"{}"])
@pytest.mark.parametrize("ask", [current_account, ONE, MANY], ids=["account", "session", "page"])
def test_a_success_that_is_not_a_stripe_object_is_unexpected(
    answers: Answers, ask: Callable[[], object], body: bytes
) -> None:
    answers.body = body
    with pytest.raises((errors.UnexpectedAnswer, errors.ServerError)):
        ask()


def test_what_somebody_in_stripes_place_says_can_be_stored(answers: Answers) -> None:
    answers.status, answers.body = (
        402,
        json.dumps({"error": {"message": f"a\0b\ud800 c\n {'d' * 5000}"}}).encode(),
    )
    with pytest.raises(errors.Refused) as refusal:
        current_account()
    assert str(refusal.value).startswith("ab c d")
    assert len(str(refusal.value)) == LONGEST_ERROR


def test_a_retry_comes_under_the_same_idempotency_key(answers: Answers) -> None:
    answers.status, answers.body = 500, error("api_error")
    with pytest.raises(errors.ServerError):
        create_price("prod_1", unit_amount=100, currency="inr")
    assert len(answers.keys) == 2 and len(set(answers.keys)) == 1 and answers.keys[0]


def test_a_server_that_is_not_there_is_unavailable(settings: Settings) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(errors.Unavailable) as raised:
        current_account()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", ["reset", "error"])
def test_a_passing_fault_is_overcome_by_the_retry(sandbox: Sandbox, kind: str) -> None:
    # An error that Stripe has not stored under the key: it came before the work.
    sandbox.fail_next(kind=kind, stored=False)
    ensure_product("prod_lamp", LAMP)
    assert retrieve_product("prod_lamp").copy_shown.name == "Lamp"
    assert [call.method for call in sandbox.requests] == ["POST", "POST", "GET"]


def test_a_fault_after_the_work_does_the_work_once(sandbox: Sandbox) -> None:
    ensure_product("prod_lamp", LAMP)
    sandbox.fail_next(kind="reset", moment="after", path="/v1/prices")
    price = create_price("prod_lamp", unit_amount=100, currency="inr")
    assert sandbox.summary()["objects"]["price"] == 1
    set_price_active(price.id, False)


def test_a_call_in_a_hurry_is_given_up_after_one_try_of_three_seconds(sandbox: Sandbox) -> None:
    sandbox.fail_next(kind="hang", seconds=30, times=None)
    begun = time.monotonic()
    with pytest.raises(errors.Unavailable):
        retrieve_session("cs_test_1", quick=True)
    assert 2.5 < time.monotonic() - begun < 6
    assert len(sandbox.requests) == 1


def test_the_conflict_of_two_calls_with_one_key_and_the_reuse_for_another_call_are_told_apart(
    sandbox: Sandbox,
) -> None:
    ensure_product("prod_lamp", LAMP)
    price = create_price("prod_lamp", unit_amount=100, currency="inr")
    request = {
        "mode": "payment",
        "line_items": [{"price": price.id, "quantity": 1}],
        "success_url": "http://testserver/",
    }
    create_session(request, idempotency_key="one")
    with pytest.raises(errors.KeyReused):
        create_session({**request, "client_reference_id": "2"}, idempotency_key="one")
    set_price_active(price.id, False)
    with pytest.raises(errors.PriceInactive):
        create_session(request, idempotency_key="two")
