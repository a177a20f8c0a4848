"""Host names, and requests from other origins."""

import stat
from pathlib import Path

import pytest
import requests
from stripe import StripeClient

from payment_page_form import GOOD, is_untouched
from sandbox_testing import NewSession
from stripe_sandbox import Sandbox

OTHER_ORIGINS = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://other.example"},
    # Another port of the same host is the same site, but another origin.
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    {"Origin": "https://other.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "null"},
    {"Origin": "http://["},
]


@pytest.mark.parametrize("headers", OTHER_ORIGINS)
def test_the_controls_refuse_a_page_of_another_origin(
    sandbox: Sandbox, headers: dict[str, str]
) -> None:
    account = sandbox.account
    for data in ({"from_page": "1"}, {}):
        response = requests.post(
            f"{sandbox.url}/_sandbox/reset", data=data, headers=headers, timeout=10
        )
        assert response.status_code == 403
        assert "another origin" in response.text
    assert sandbox.account == account


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "PUT", "GET", "DELETE", "PATCH"])
@pytest.mark.parametrize("headers", [{}, OTHER_ORIGINS[0]])
def test_only_a_post_changes_anything(
    sandbox: Sandbox, method: str, headers: dict[str, str]
) -> None:
    account = sandbox.account
    response = requests.request(
        method, f"{sandbox.url}/_sandbox/reset", headers=headers, timeout=10
    )
    assert response.status_code in (403, 404)
    assert sandbox.account == account


@pytest.mark.parametrize("headers", OTHER_ORIGINS)
def test_the_payment_page_refuses_a_form_of_another_origin(
    client: StripeClient, new_session: NewSession, headers: dict[str, str]
) -> None:
    session = new_session()
    response = requests.post(str(session.url), data=GOOD, headers=headers, timeout=10)
    assert response.status_code == 403
    assert is_untouched(client, session)


def test_its_own_pages_and_programs_may_use_the_controls(sandbox: Sandbox) -> None:
    for headers in (
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": sandbox.url},
    ):
        account = sandbox.account
        response = requests.post(f"{sandbox.url}/_sandbox/reset", headers=headers, timeout=10)
        assert response.status_code == 200
        assert sandbox.account != account


@pytest.mark.parametrize("host", ["other.example", "other.example:8001", "", "[", "localhost.x"])
@pytest.mark.parametrize("path", ["/", "/_sandbox/state", "/v1/account", "/pay/cs_test_x"])
def test_an_unknown_host_name_is_refused(sandbox: Sandbox, host: str, path: str) -> None:
    headers = {"Host": host, "Authorization": "Bearer sk_test_x"}
    response = requests.get(sandbox.url + path, headers=headers, timeout=10)
    assert response.status_code == 403
    assert "SANDBOX_ALLOWED_HOSTS" in response.text
    assert sandbox.account not in response.text


def test_loopback_names_and_allowed_names_are_answered() -> None:
    public = "http://pay.example:8001"
    with Sandbox(allowed_hosts=["Stripe"], public_url=public) as sandbox:
        for name in ("localhost", "127.0.0.1:80", "[::1]:80", "stripe:8001", "pay.example:8001"):
            answer = requests.get(f"{sandbox.url}/", headers={"Host": name}, timeout=10)
            assert answer.status_code == 200, name


def test_only_its_owner_can_read_the_database_file(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite3"
    path.touch(mode=0o644)
    with Sandbox(state=path) as sandbox:
        sandbox.reset()
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {0o600}
