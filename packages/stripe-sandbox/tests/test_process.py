"""``python -m stripe_sandbox``: configured by the environment, ended by a signal, nothing lost."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from stripe import RequestsClient, StripeClient

from sandbox_testing import Endpoint

ROOT = Path(__file__).resolve().parents[1]
PYTHON_PATH = str(ROOT)


@pytest.fixture
def port() -> Iterator[int]:
    """A port of 127.0.0.1 that the system gives to no other program until the test ends.

    The socket is bound, but does not listen: the sandbox, which sets SO_REUSEADDR, still can.
    """
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        # Afterwards: with SO_REUSEADDR, the system might choose a port reserved in the same way.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield int(bound.getsockname()[1])


@contextmanager
def running(tmp_path: Path, port: int, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The process, once it answers. It ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "stripe_sandbox"],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": PYTHON_PATH,
            "SANDBOX_PORT": str(port),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_until_it_answers(process, port)
        yield process
    finally:
        process.kill()
        process.communicate(timeout=10)


def _wait_until_it_answers(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        try:
            requests.get(f"http://127.0.0.1:{port}/_sandbox/state", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("The sandbox did not come up.")


def client_at(port: int) -> StripeClient:
    address = {"api": f"http://127.0.0.1:{port}"}
    return StripeClient("sk_test_x", base_addresses=address, http_client=RequestsClient(timeout=5))  # type: ignore[arg-type]


def run_to_the_end(
    tmp_path: Path, port: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stripe_sandbox"],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": PYTHON_PATH,
            "SANDBOX_PORT": port,
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_without_a_word(
    tmp_path: Path, port: int, number: signal.Signals
) -> None:
    with running(tmp_path, port) as process:
        client_at(port).v1.products.create({"name": "Lamp"})
        started = time.monotonic()
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
        assert time.monotonic() - started < 3
        assert (process.returncode, errors) == (0, "")
        assert f"http://localhost:{port}" in output


def test_the_state_is_a_file_that_the_next_run_finds(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port):
        account = client_at(port).v1.accounts.retrieve_current().id
        product = client_at(port).v1.products.create({"name": "Lamp"}).id
    assert (tmp_path / ".local" / "sandbox.sqlite3").is_file()
    with running(tmp_path, port):
        assert client_at(port).v1.accounts.retrieve_current().id == account
        assert client_at(port).v1.products.retrieve(product).name == "Lamp"
    with running(tmp_path, port, SANDBOX_STATE=str(tmp_path / "a" / "b" / "other.sqlite3")):
        assert client_at(port).v1.accounts.retrieve_current().id != account


def test_events_are_signed_with_the_first_secret_and_pages_are_on_the_public_address(
    tmp_path: Path,
    port: int,
) -> None:
    endpoint = Endpoint()
    public = "https://pay.example.test"
    secrets = "whsec_new, whsec_old"
    with running(
        tmp_path,
        port,
        SANDBOX_WEBHOOK_URL=endpoint.url,
        SANDBOX_PUBLIC_URL=public,
        STRIPE_WEBHOOK_SECRET=secrets,
    ):
        client = client_at(port)
        product = client.v1.products.create({"name": "Lamp"}).id
        price = client.v1.prices.create(
            {"product": product, "currency": "inr", "unit_amount": 100}
        ).id
        session = client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "line_items": [{"price": price, "quantity": 1}],
                "success_url": "http://shop.test/",
            }
        )
        delivery = endpoint.wait_for(1)[0]
        assert client.construct_event(
            delivery.body, delivery.headers["Stripe-Signature"], "whsec_new"
        ).id
    endpoint.close()
    assert session.url == f"{public}/pay/{session.id}"


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run_to_the_end(tmp_path, str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert done.stderr.startswith("The sandbox cannot start: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["many", "-1", "65536"])
def test_a_port_that_is_none_is_refused_in_words(tmp_path: Path, port: str) -> None:
    done = run_to_the_end(tmp_path, port)
    assert done.returncode == 1
    assert done.stderr.strip() == f"SANDBOX_PORT is not a port number: {port!r}"
    assert not (tmp_path / ".local").exists()


def test_the_environment_says_how_long_a_bank_takes(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port, SANDBOX_BANK_SECONDS="0.5"):
        client = client_at(port)
        product = client.v1.products.create({"name": "Lamp"}).id
        price = client.v1.prices.create(
            {"product": product, "currency": "inr", "unit_amount": 100}
        ).id
        session = client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "line_items": [{"price": price, "quantity": 1}],
                "success_url": "http://shop.test/",
            }
        )
        paying = {"session": session.id, "bank": "000123456789"}
        assert (
            requests.post(
                f"http://127.0.0.1:{port}/_sandbox/pay", json=paying, timeout=10
            ).status_code
            == 200
        )
        deadline = time.monotonic() + 8
        while client.v1.checkout.sessions.retrieve(session.id).payment_status != "paid":
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_time_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    done = run_to_the_end(tmp_path, "0", SANDBOX_BANK_SECONDS="soon")
    assert done.returncode == 1
    assert done.stderr.strip() == "SANDBOX_BANK_SECONDS is not a number of seconds: 'soon'"
    assert not (tmp_path / ".local").exists()
