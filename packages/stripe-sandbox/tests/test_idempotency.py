"""One execution per idempotency key."""

import threading
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


def test_the_same_key_answers_the_same_and_does_nothing_twice(client: StripeClient) -> None:
    first = client.v1.products.create(LAMP, {"idempotency_key": "k"})
    again = client.v1.products.create(LAMP, {"idempotency_key": "k"})
    assert again.id == first.id
    assert first.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert names(client) == ["Lamp"]


def test_the_answer_is_the_old_one_even_when_the_object_has_changed(client: StripeClient) -> None:
    product = client.v1.products.create(LAMP, {"idempotency_key": "k"})
    client.v1.products.update(product.id, {"name": "Renamed"})
    assert client.v1.products.create(LAMP, {"idempotency_key": "k"}).name == "Lamp"
    assert names(client) == ["Renamed"]


def test_other_parameters_or_another_endpoint_under_the_same_key_are_refused(
    client: StripeClient,
) -> None:
    product = client.v1.products.create(LAMP, {"idempotency_key": "k"}).id
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        client.v1.products.create({"name": "Throw"}, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.products.update(product, LAMP, {"idempotency_key": "k"})
    assert names(client) == ["Lamp"]


def test_a_refusal_during_the_work_is_kept_a_refusal_of_the_parameters_is_not(
    client: StripeClient,
) -> None:
    client.v1.products.create({"id": "p", "name": "Lamp"})
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError, match="already exists") as refused:
            client.v1.products.create({"id": "p", "name": "Lamp"}, {"idempotency_key": "taken"})
        assert refused.value.headers is not None
        assert refused.value.headers.get("Idempotent-Replayed") == replayed
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.products.create({"nome": "Throw"}, {"idempotency_key": "typo"})  # type: ignore[typeddict-unknown-key, typeddict-item]
    assert client.v1.products.create({"name": "Throw"}, {"idempotency_key": "typo"}).name == "Throw"


def test_a_refused_key_keeps_nothing_under_the_idempotency_key(
    sandbox: Sandbox, client: StripeClient
) -> None:
    with pytest.raises(stripe.AuthenticationError):
        client_of(sandbox, "sk_live_x").v1.products.create(LAMP, {"idempotency_key": "k"})
    assert client.v1.products.create(LAMP, {"idempotency_key": "k"}).name == "Lamp"


def test_a_key_in_use_is_a_conflict_and_the_first_request_wins(
    sandbox: Sandbox, client: StripeClient
) -> None:
    sandbox.fail_next(kind="hang", seconds=2)
    first = threading.Thread(
        target=client.v1.products.create, args=(LAMP, {"idempotency_key": "k"})
    )
    first.start()
    _wait_for_request(sandbox)
    with pytest.raises(stripe.APIError) as refused:
        client_of(sandbox).v1.products.create(LAMP, {"idempotency_key": "k"})
    assert refused.value.http_status == 409
    assert refused.value.error is not None
    assert refused.value.error.code == "idempotency_key_in_use"
    sandbox.clear_faults()
    first.join(5)
    assert names(client) == ["Lamp"]


def test_many_at_once_with_one_key_make_one_product(sandbox: Sandbox, client: StripeClient) -> None:
    made: list[str] = []

    def create() -> None:
        made.append(
            client_of(sandbox, retries=5).v1.products.create(LAMP, {"idempotency_key": "k"}).id
        )

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(made) == 8
    assert len(set(made)) == 1
    assert names(client) == ["Lamp"]


def test_a_key_is_forgotten_after_a_day(sandbox: Sandbox, client: StripeClient) -> None:
    client.v1.products.create(LAMP, {"idempotency_key": "k"})
    sandbox.advance(24 * 3600 + 5)
    client.v1.products.create(LAMP, {"idempotency_key": "k"})
    assert names(client) == ["Lamp", "Lamp"]


def test_an_endless_key_is_refused(client: StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        client.v1.products.create(LAMP, {"idempotency_key": "k" * 256})
    assert names(client) == []


def _wait_for_request(sandbox: Sandbox) -> None:
    deadline = time.monotonic() + 5
    while not sandbox.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
