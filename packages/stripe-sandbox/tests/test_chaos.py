"""Random faults are as frequent as was requested, and of the requested kinds."""

import html
import json
import math
import re
import time
from collections import Counter
from typing import Any

import pytest
import requests
import stripe
from stripe import StripeClient

from sandbox_testing import Endpoint, NewSession, client_of
from stripe_sandbox import Rates, Sandbox

LAMP: Any = {"name": "Lamp"}
CALLS = 300


def start_chaos(sandbox: Sandbox, **rates: Any) -> requests.Response:
    return requests.post(f"{sandbox.url}/_sandbox/chaos", json=rates, timeout=10)


def outcome(client: StripeClient, key: str) -> str:
    """The outcome of a call, in a word."""
    try:
        client.v1.products.create(LAMP, {"idempotency_key": key})
    except stripe.RateLimitError:
        return "limited"
    except stripe.APIConnectionError:
        return "broken"
    except stripe.APIError as failed:
        return str(failed.http_status)
    return "ok"


def made(sandbox: Sandbox) -> int:
    return int(sandbox.summary()["objects"].get("product", 0))


def about(rate: float, of: int) -> Any:
    """Within four standard deviations of the share."""
    return pytest.approx(rate * of, abs=4 * math.sqrt(of * rate * (1 - rate)))


def test_calls_fail_as_often_as_was_asked_for(sandbox: Sandbox, client: StripeClient) -> None:
    sandbox.chaos(seed=7, errors=0.2, resets=0.1, limited=0.1, hangs=0.1, hang_seconds=0.01)
    outcomes = Counter(outcome(client, f"k{i}") for i in range(CALLS))
    assert outcomes == {
        "500": about(0.2, CALLS),
        "broken": about(0.1, CALLS),
        "limited": about(0.1, CALLS),
        "ok": about(0.6, CALLS),
    }
    assert made(sandbox) - outcomes["ok"] - outcomes["broken"] == about(0.1, CALLS), (
        "half of the 500s came after the work"
    )


def test_the_same_seed_causes_the_same_faults(sandbox: Sandbox, client: StripeClient) -> None:
    runs = []
    for run in range(2):
        sandbox.chaos(seed=3, errors=0.3, limited=0.3)
        runs.append([outcome(client, f"{run}-{i}") for i in range(40)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {"500", "limited", "ok"}
    sandbox.chaos(seed=4, errors=0.3, limited=0.3)
    assert [outcome(client, f"2-{i}") for i in range(40)] != runs[0]


def test_a_500_is_replayed_under_its_key_and_a_429_is_not(
    sandbox: Sandbox, client: StripeClient
) -> None:
    sandbox.chaos(errors=1)
    assert {outcome(client, f"k{i}") for i in range(20)} == {"500"}
    done = made(sandbox)
    assert 0 < done < 20
    sandbox.chaos(limited=1)
    assert outcome(client, "limited") == "limited"
    sandbox.clear_faults()
    assert {outcome(client, f"k{i}") for i in range(20)} == {"500"}
    assert made(sandbox) == done, "a replay does no work"
    assert outcome(client, "limited") == "ok"


def test_hangs_outlast_the_client_before_or_after_the_work_and_can_be_ended(
    sandbox: Sandbox,
) -> None:
    sandbox.chaos(seed=2, hangs=1, hang_seconds=30)
    impatient = client_of(sandbox, timeout=0.2)
    assert {outcome(impatient, f"k{i}") for i in range(6)} == {"broken"}
    assert 0 < made(sandbox) < 6, "some hang after the work"
    sandbox.clear_faults()
    deadline = time.monotonic() + 5
    while made(sandbox) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert made(sandbox) == 6, "those that hung before the work went on with it"


def test_latency_is_added_to_each_call_and_changes_nothing_else(
    sandbox: Sandbox, client: StripeClient
) -> None:
    sandbox.chaos(latency=0.2)
    started = time.monotonic()
    assert {outcome(client, f"k{i}") for i in range(10)} == {"ok"}
    assert 0.3 < time.monotonic() - started < 4


def wait_until_settled(sandbox: Sandbox, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while sandbox.summary()["undelivered"]:
        assert time.monotonic() < deadline, Counter(row[3] for row in sandbox.deliveries_log())
        time.sleep(0.05)


def test_events_are_lost_doubled_and_delayed_as_often_as_was_asked_for(
    sandbox: Sandbox, client: StripeClient, endpoint: Endpoint
) -> None:
    sandbox.chaos(seed=5, lost=0.3, doubled=0.2, delayed=0.3, longest_delay=1.5)
    for i in range(CALLS):
        client.v1.products.create({"name": f"Lamp {i}"})
    made_in_order = [event["id"] for event in sandbox.events()]
    wait_until_settled(sandbox)
    time.sleep(0.3)
    arrived = [json.loads(one.body)["id"] for one in endpoint.received]
    times = Counter(arrived)
    lost = {row[0] for row in sandbox.deliveries_log() if row[3] == "lost"}
    assert set(times) == set(made_in_order) - lost
    assert len(lost) == about(0.3, CALLS)
    assert Counter(times.values()) == {1: about(0.5, CALLS), 2: about(0.2, CALLS)}
    in_order = [event for event in made_in_order if event not in lost]
    first_arrivals = list(dict.fromkeys(arrived))
    late = sum(first_arrivals.index(event) - place > 20 for place, event in enumerate(in_order))
    assert late > 20, "delayed events are overtaken by many others"


def test_a_lost_event_never_leaves_by_itself_but_can_be_sent_by_hand(
    sandbox: Sandbox, client: StripeClient, endpoint: Endpoint
) -> None:
    sandbox.chaos(lost=1)
    client.v1.products.create(LAMP)
    wait_until_settled(sandbox)
    (event,) = sandbox.events()
    assert "<td>lost</td>" in requests.get(sandbox.url, timeout=10).text
    assert [one.id for one in client.v1.events.list({"delivery_success": False}).data] == [
        event["id"]
    ]
    sandbox.clear_faults()
    endpoint.answers = [500]
    assert sandbox.resend(event["id"]) == ["500"]
    time.sleep(1.3)
    assert len(endpoint.received) == 1, "a failed resend of a lost event is not repeated"
    assert sandbox.resend(event["id"]) == ["200"]
    assert client.v1.events.list({"delivery_success": False}).data == []


def test_delayed_events_keep_their_time_when_chaos_ends(
    sandbox: Sandbox, client: StripeClient, endpoint: Endpoint
) -> None:
    sandbox.chaos(delayed=1, longest_delay=2)
    for _ in range(5):
        client.v1.products.create(LAMP)
    deadline = time.monotonic() + 5
    while [row[3] for row in sandbox.deliveries_log()] != [
        "delayed"
    ] * 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    sandbox.clear_faults()
    assert len(endpoint.received) < 5
    client.v1.products.create({"name": "Throw"})
    arrived = [json.loads(one.body)["data"]["object"]["name"] for one in endpoint.wait_for(6)]
    assert arrived != ["Lamp"] * 5 + ["Throw"], "what came later has overtaken"
    assert Counter(arrived) == {"Lamp": 5, "Throw": 1}


@pytest.mark.parametrize(
    "rates", [{"lost": 1}, {"delayed": 1, "longest_delay": 3000}], ids=["lost", "delayed"]
)
def test_a_shopper_does_not_wait_for_an_event_that_does_not_come(
    sandbox: Sandbox, new_session: NewSession, endpoint: Endpoint, rates: dict[str, float]
) -> None:
    session = new_session()
    endpoint.wait_for(2)
    sandbox.chaos(**rates)
    started = time.monotonic()
    sandbox.pay(session.id)
    assert time.monotonic() - started < 2
    assert len(endpoint.received) == 2
    completed = [row for row in sandbox.deliveries_log() if row[3] in ("lost", "delayed")]
    assert len(completed) == 3 and all(row[1] == 0 for row in completed)


def test_a_misstated_event_has_another_total_once(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession, endpoint: Endpoint
) -> None:
    session = new_session()
    endpoint.wait_for(2)
    sandbox.chaos(misstated=1)
    endpoint.answers = [500] * 3  # to all events of the payment: they are sent again
    sandbox.pay(session.id)
    objects = [json.loads(one.body)["data"]["object"] for one in endpoint.wait_for(2 + 2 * 3)]
    totals = [
        (one["amount_subtotal"], one["amount_total"])
        for one in objects
        if one["object"] == "checkout.session"
    ]
    assert totals == [(50000, 50000), (49900, 49900)]
    now = client.v1.checkout.sessions.retrieve(session.id)
    assert (now.amount_subtotal, now.amount_total) == (49900, 49900)


def test_a_lost_event_stays_lost_after_a_restart_and_a_delayed_one_comes(tmp_path: Any) -> None:
    endpoint = Endpoint()
    with Sandbox(state=tmp_path / "state.sqlite3", webhook_url=endpoint.url) as first:
        first.chaos(lost=1)
        client_of(first).v1.products.create({"name": "Lost"})
        wait_until_settled(first)
        first.chaos(seed=19, delayed=1, longest_delay=3)  # nearly three seconds, by this seed
        client_of(first).v1.products.create({"name": "Late"})
    assert endpoint.received == []
    with Sandbox(state=tmp_path / "state.sqlite3", webhook_url=endpoint.url) as second:
        (late,) = endpoint.wait_for(1)
        assert json.loads(late.body)["data"]["object"]["name"] == "Late"
        time.sleep(0.3)
        assert second.rates is None
    assert len(endpoint.received) == 1
    endpoint.close()


def test_chaos_is_started_seen_and_ended_over_http(sandbox: Sandbox, client: StripeClient) -> None:
    assert sandbox.summary()["chaos"] is None
    assert start_chaos(sandbox, seed=9, errors=1, latency=0.01).status_code == 200
    state = requests.get(f"{sandbox.url}/_sandbox/state", timeout=10).json()
    assert (state["chaos"]["seed"], state["chaos"]["errors"], state["chaos"]["lost"]) == (
        9,
        1.0,
        0.0,
    )
    assert outcome(client, "k") == "500"
    requests.post(f"{sandbox.url}/_sandbox/calm", json={}, timeout=10)
    assert sandbox.summary()["chaos"] is None
    assert outcome(client, "k2") == "ok"


def test_requested_faults_come_before_random_ones(sandbox: Sandbox, client: StripeClient) -> None:
    sandbox.chaos(errors=1)
    sandbox.fail_next(status=429)
    assert [outcome(client, "k1"), outcome(client, "k2")] == ["limited", "500"]


@pytest.mark.parametrize(
    "rates",
    [
        {"errors": 1.1},
        {"lost": -0.1},
        {"errors": "nan"},
        {"hangs": "inf"},
        {"errors": "many"},
        {"errors": None},
        {"errors": 0.6, "hangs": 0.6},
        {"lost": 0.5, "doubled": 0.5, "delayed": 0.5},
        {"hang_seconds": -1},
        {"latency": "nan"},
        {"longest_delay": 1e9},
        {"seed": "x"},
        {"sabotage": 1},
    ],
    ids=str,
)
def test_rates_that_make_no_sense_are_refused_and_change_nothing(
    sandbox: Sandbox, client: StripeClient, rates: dict[str, Any]
) -> None:
    sandbox.chaos(limited=1)
    answer = start_chaos(sandbox, **rates)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert outcome(client, "k") == "limited"
    with pytest.raises((ValueError, TypeError)):
        sandbox.chaos(**rates)
    assert sandbox.rates is not None and sandbox.rates.limited == 1


def test_rates_that_add_up_to_one_in_tenths_are_taken(sandbox: Sandbox) -> None:
    sandbox.chaos(
        errors=0.7, hangs=0.1, resets=0.1, limited=0.1, lost=0.1, doubled=0.2, delayed=0.7
    )
    assert sandbox.rates is not None and sandbox.rates.delayed == 0.7


def test_the_control_page_has_forms_for_faults_and_chaos(
    sandbox: Sandbox, client: StripeClient
) -> None:
    shown = requests.get(sandbox.url, timeout=10).text
    actions = [html.unescape(found) for found in re.findall(r'formaction="([^"]+)"', shown)]
    assert len(actions) == 8
    for action in actions:
        form = {"from_page": "1", "times": "2"}
        assert requests.post(sandbox.url + action, data=form, timeout=10).url == sandbox.url + "/"
    found = [
        (one.kind, one.moment, one.status, one.seconds, one.times)
        for one in sandbox.faults.waiting()
    ]
    assert found == [
        ("error", "before", 500, 0, 2), ("error", "after", 500, 0, 2),
        ("error", "before", 403, 0, 2), ("error", "before", 429, 0, 2),
        ("hang", "before", 500, 2, 2), ("hang", "before", 500, 30, 2),
        ("reset", "before", 500, 0, 2), ("reset", "after", 500, 0, 2),
    ]  # fmt: skip
    sandbox.clear_faults()
    fields = re.findall(r'name="(\w+)" type="number"', shown)[1:]
    form = {"from_page": "1", **dict.fromkeys(fields, "0.25"), "seed": "8"}
    assert requests.post(f"{sandbox.url}/_sandbox/chaos", data=form, timeout=10).status_code == 200
    assert sandbox.rates == Rates(8, *[0.25] * 11)
    assert "lost 25 %" in requests.get(sandbox.url, timeout=10).text


def test_a_wrong_rate_is_explained_and_changes_nothing(sandbox: Sandbox) -> None:
    form = {"from_page": "1", "errors": "2"}
    answer = requests.post(f"{sandbox.url}/_sandbox/chaos", data=form, timeout=10)
    assert answer.status_code == 400
    assert "errors is a share between 0 and 1" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")
    assert sandbox.rates is None
