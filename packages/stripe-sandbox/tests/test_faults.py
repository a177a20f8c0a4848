"""Faults happen to the calls that they were requested for, as often as was requested."""

import time
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox_testing import client_of
from stripe_sandbox import Sandbox

LAMP: Any = {"name": "Lamp"}


def names(client: StripeClient) -> list[str]:
    return [product.name for product in client.v1.products.list().data]


def test_a_500_before_the_work_leaves_nothing_and_is_replayed(
    sandbox: Sandbox, client: StripeClient
) -> None:
    sandbox.fail_next()
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            client.v1.products.create(LAMP, {"idempotency_key": "k"})
        assert failed.value.http_status == 500
    assert names(client) == []
    assert client.v1.products.create(LAMP, {"idempotency_key": "k2"}).name == "Lamp"


def test_a_500_that_is_not_kept_goes_away_with_a_retry(sandbox: Sandbox) -> None:
    sandbox.fail_next(stored=False, status=503)
    client = client_of(sandbox, retries=1)
    assert client.v1.products.create(LAMP).name == "Lamp"
    assert [call.method for call in sandbox.requests] == ["POST", "POST"]
    assert sandbox.requests[0].idempotency_key == sandbox.requests[1].idempotency_key
    assert names(client) == ["Lamp"]


def test_a_429_is_a_rate_limit_that_nothing_remembers(
    sandbox: Sandbox, client: StripeClient
) -> None:
    sandbox.fail_next(status=429)
    with pytest.raises(stripe.RateLimitError) as failed:
        client.v1.products.create(LAMP, {"idempotency_key": "k"})
    assert failed.value.error is not None and failed.value.error.code == "rate_limit"
    assert names(client) == []
    assert client.v1.products.create(LAMP, {"idempotency_key": "k"}).name == "Lamp"


def test_a_403_is_a_missing_permission_that_nothing_remembers(
    sandbox: Sandbox, client: StripeClient
) -> None:
    sandbox.fail_next(status=403)
    with pytest.raises(stripe.PermissionError) as failed:
        client.v1.products.create(LAMP, {"idempotency_key": "k"})
    error = failed.value.error
    assert error is not None
    assert (error.type, error.code) == ("invalid_request_error", "more_permissions_required")
    assert error.message == (
        "The provided key 'rk_test_*********' does not have the required permissions for this"
        f" endpoint on account '{sandbox.account}'. Having the 'rak_product_write' permission"
        " would allow this request to continue."
    )
    assert names(client) == []
    assert client.v1.products.create(LAMP, {"idempotency_key": "k"}).name == "Lamp"


def test_a_500_after_the_work_has_done_it_and_is_replayed(
    sandbox: Sandbox, client: StripeClient
) -> None:
    sandbox.fail_next(moment="after")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.products.create(LAMP, {"idempotency_key": "k"})
    assert names(client) == ["Lamp"]


def test_a_hang_outlasts_the_client_and_the_work_is_still_done(sandbox: Sandbox) -> None:
    sandbox.fail_next(kind="hang", seconds=1)
    started = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        client_of(sandbox, timeout=0.3).v1.products.create(LAMP, {"idempotency_key": "k"})
    assert time.monotonic() - started < 1
    sandbox.clear_faults()
    time.sleep(0.2)
    client = client_of(sandbox)
    assert client.v1.products.create(LAMP, {"idempotency_key": "k"}).name == "Lamp"
    assert names(client) == ["Lamp"]


@pytest.mark.parametrize(("moment", "left"), [("before", []), ("after", ["Lamp"])])
def test_a_reset_connection_comes_before_or_after_the_work(
    sandbox: Sandbox, client: StripeClient, moment: str, left: list[str]
) -> None:
    sandbox.fail_next(kind="reset", moment=moment)
    with pytest.raises(stripe.APIConnectionError, match=r"[Rr]eset"):
        client.v1.products.create(LAMP, {"idempotency_key": "k"})
    assert names(client) == left
    assert client.v1.products.create(LAMP, {"idempotency_key": "k"}).name == "Lamp"
    assert names(client) == ["Lamp"]


def test_a_fault_happens_only_to_the_calls_it_is_meant_for(
    sandbox: Sandbox, client: StripeClient
) -> None:
    sandbox.fail_next(path="/v1/products", method="POST", times=2)
    assert names(client) == []
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.products.create(LAMP)
    assert client.v1.products.create(LAMP).name == "Lamp"


def test_a_fault_without_a_limit_lasts_until_it_is_cleared(
    sandbox: Sandbox, client: StripeClient
) -> None:
    sandbox.fail_next(times=None)
    for _ in range(5):
        with pytest.raises(stripe.APIError):
            client.v1.products.list()
    sandbox.clear_faults()
    assert names(client) == []


@pytest.mark.parametrize("fault", [{"kind": "joy"}, {"moment": "never"}, {"status": 200}])
def test_a_fault_that_makes_no_sense_is_refused(
    sandbox: Sandbox, client: StripeClient, fault: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"kind|status"):
        sandbox.fail_next(**fault)
    assert names(client) == []
