"""Any request gets a response in Stripe's format, and never a 500."""

import base64
import json
import socket
from typing import Any

import pytest
import requests
import stripe
from stripe import StripeClient

from sandbox_testing import client_of, price_of
from stripe_sandbox import Sandbox

KEY = {"Authorization": "Bearer sk_test_local"}


def ask(sandbox: Sandbox, path: str, method: str = "GET", **options: Any) -> requests.Response:
    return requests.request(method, sandbox.url + path, headers=KEY, timeout=10, **options)


def test_the_account_stays_while_the_state_stays(sandbox: Sandbox, client: StripeClient) -> None:
    first = client.v1.accounts.retrieve_current().id
    assert first.startswith("acct_")
    assert len(first) == 21
    assert client.v1.accounts.retrieve_current().id == first == sandbox.account
    with Sandbox() as other:
        assert client_of(other).v1.accounts.retrieve_current().id != first


def test_emptying_the_sandbox_makes_another_account_with_nothing_in_it(
    sandbox: Sandbox, client: StripeClient
) -> None:
    before = sandbox.account
    price = price_of(client, 100)
    sandbox.reset()
    assert client.v1.accounts.retrieve_current().id not in ("", before)
    with pytest.raises(stripe.InvalidRequestError, match="No such price"):
        client.v1.prices.retrieve(price)
    assert client.v1.products.list().data == client.v1.events.list().data == []


@pytest.mark.parametrize("key", ["sk_live_abc", "rk_live_abc"])
def test_a_live_key_is_refused_with_words_that_say_where_it_went(
    sandbox: Sandbox, key: str
) -> None:
    with pytest.raises(stripe.AuthenticationError, match="Stripe sandbox, not Stripe"):
        client_of(sandbox, key).v1.products.create({"name": "Lamp"})
    assert client_of(sandbox).v1.products.list().data == []


@pytest.mark.parametrize("key", ["", "pk_test_abc", "sk_test_", "nonsense"])
def test_a_missing_or_garbled_key_is_refused(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError):
        client_of(sandbox, key).v1.accounts.retrieve_current()


def test_basic_and_restricted_keys_are_taken(sandbox: Sandbox) -> None:
    basic = base64.b64encode(b"rk_test_abc:").decode()
    answer = requests.get(
        sandbox.url + "/v1/account", headers={"Authorization": f"Basic {basic}"}, timeout=10
    )
    assert (answer.status_code, answer.json()["id"]) == (200, sandbox.account)
    answer = requests.get(
        sandbox.url + "/v1/account", headers={"Authorization": "Basic %%%"}, timeout=10
    )
    assert answer.status_code == 401


def test_every_answer_carries_a_request_id(sandbox: Sandbox) -> None:
    ids = {
        ask(sandbox, path).headers["Request-Id"]
        for path in ("/v1/account", "/v1/products", "/v1/nothing")
    }
    assert len(ids) == 3
    assert all(one.startswith("req_") for one in ids)


@pytest.mark.parametrize(
    "body",
    [
        "name=%FF%FE",
        "name[=x",
        "=x",
        "name]x[=1",
        "name=a&name[b]=c",
        "name[a]=b&name=c",
        "metadata=x",
        "metadata[a][b]=c",
        "images=x",
        "images[a]=x",
        "active=maybe",
        "name=",
        "name=x&images[0]=a&images[0][b]=c",
        "name" + "[a]" * 50 + "=1",
        "&".join(f"metadata[k{i}]=v" for i in range(51)),
        "&".join(f"a{i}=1" for i in range(6000)),
        "name=" + "x" * 5001,
        "package_dimensions[height]=NaN",
        "default_price_data[currency]=inr&name=x&default_price_data[unit_amount]=" + "9" * 5000,
        "id=" + "x" * 300 + "&name=a",
        "\x00\x01\x02",
        "{'json': true}",
    ],
)
def test_a_body_that_makes_no_sense_is_a_400_in_stripes_shape(sandbox: Sandbox, body: str) -> None:
    answer = ask(sandbox, "/v1/products", "POST", data=body.encode("latin-1"))
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["message"]
    assert ask(sandbox, "/v1/products").json()["data"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("GET", "/v1/products/a/b/c"),
        ("GET", "/v1/products/%00%FF"),
        ("GET", "/v1/products/" + "x" * 5000),
        ("GET", "/v1/prices/%F0%9F%A4%96"),
        ("DELETE", "/v1/prices/price_x"),
        ("PUT", "/v1/products"),
        ("POST", "/v2/core/events"),
        ("GET", "/v1/"),
        ("GET", "/v1//products"),
        ("GET", "/pay/none"),
        ("POST", "/pay/none"),
        ("GET", "/pay/"),
        ("GET", "/pay/../../etc/passwd"),
        ("GET", "/favicon.ico"),
        ("GET", "/_sandbox/none"),
        ("POST", "/_sandbox/none"),
    ],
)
def test_a_path_that_leads_nowhere_is_a_404(sandbox: Sandbox, method: str, path: str) -> None:
    assert ask(sandbox, path, method).status_code == 404


def test_a_huge_body_is_refused_and_the_sandbox_goes_on(sandbox: Sandbox) -> None:
    assert ask(sandbox, "/v1/products", "POST", data=b"name=" + b"x" * 3_000_000).status_code == 413
    assert ask(sandbox, "/v1/account").status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /v1/products HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/products HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        (
            b"POST /v1/products HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
            b"chunked\r\n\r\n5\r\nname=\r\n0\r\n\r\n"
        ),
        b"nonsense\r\n\r\n",
    ],
)
def test_broken_http_is_refused_with_a_4xx(sandbox: Sandbox, raw: bytes) -> None:
    with socket.create_connection((sandbox.host, sandbox.port), timeout=5) as connection:
        connection.sendall(raw)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 4") or b"Error code: 400" in answer
    assert ask(sandbox, "/v1/account").status_code == 200


def test_connections_are_kept_alive(sandbox: Sandbox) -> None:
    with socket.create_connection((sandbox.host, sandbox.port), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(
                b"GET /v1/account HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_test_a\r\n\r\n"
            )
            head, _, rest = connection.recv(65536).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert json.loads(rest)["id"] == sandbox.account


def test_requests_are_remembered_with_their_parameters_and_key(
    sandbox: Sandbox, client: StripeClient
) -> None:
    params: Any = {"name": "Lamp", "images": ["https://a.test/1.jpg"], "metadata": {"0": "zero"}}
    client.v1.products.create(params, {"idempotency_key": "k1"})
    (call,) = sandbox.requests
    assert (call.method, call.path, call.idempotency_key) == ("POST", "/v1/products", "k1")
    assert call.params == params
    assert call.headers["stripe-version"] == stripe.api_version
    sandbox.requests.clear()
    client.v1.products.list({"ids": ["a", "b"]})
    assert [call.params for call in sandbox.requests] == [{"ids": ["a", "b"]}]
