"""The calls that the triggers of the Stripe CLI and ``stripe events resend`` make."""

import json
from typing import Any

import requests

from money_back import kinds
from sandbox_testing import Endpoint
from stripe_sandbox import Sandbox

# The CLI sends no Stripe-Version and no Idempotency-Key.
HEADERS = {"Authorization": "Bearer sk_test_local", "User-Agent": "Stripe/v1 stripe-cli/1.50.4"}


def call(sandbox: Sandbox, path: str, form: dict[str, Any] | None = None) -> requests.Response:
    method = "GET" if form is None else "POST"
    return requests.request(
        method, f"{sandbox.url}/v1/{path}", data=form, headers=HEADERS, timeout=10
    )


def made(sandbox: Sandbox, path: str, form: dict[str, Any] | None = None) -> Any:
    answer = call(sandbox, path, form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_trigger_checkout_session_completed(sandbox: Sandbox) -> None:
    product = made(sandbox, "products", {"name": "myproduct", "description": "(by the CLI)"})
    price = {"product": product["id"], "unit_amount": "1500", "currency": "usd"}
    session = made(
        sandbox,
        "checkout/sessions",
        {
            "mode": "payment",
            "success_url": "https://httpbin.org/post",
            "cancel_url": "https://httpbin.org/post",
            "line_items[0][price]": made(sandbox, "prices", price)["id"],
            "line_items[0][quantity]": "2",
            "payment_intent_data[shipping][name]": "Jenny Rosen",
            "payment_intent_data[shipping][address][line1]": "510 Townsend St",
        },
    )
    page = f"payment_pages/{session['id']}"
    made(sandbox, page)
    method = {"type": "card", "card[token]": "tok_visa", "billing_details[name]": "Jenny Rosen"}
    paying = {"payment_method": made(sandbox, "payment_methods", method)["id"]}
    wrong = call(sandbox, f"{page}/confirm", {**paying, "expected_amount": "1"})
    assert wrong.json()["error"]["param"] == "expected_amount"
    done = made(sandbox, f"{page}/confirm", {**paying, "expected_amount": "3000"})
    assert (done["status"], done["payment_status"]) == ("complete", "paid")
    (event,) = sandbox.events("checkout.session.completed")
    assert event["data"]["object"]["id"] == session["id"]
    again = call(sandbox, f"{page}/confirm", {**paying, "expected_amount": "3000"})
    assert again.status_code == 400


def pay_with(sandbox: Sandbox, method: str, amount: str = "100") -> requests.Response:
    asked = {
        "amount": amount,
        "currency": "usd",
        "payment_method_types[]": "card",
        "payment_method": method,
        "confirm": "true",
        "description": "(created by Stripe CLI)",
    }
    return call(sandbox, "payment_intents", asked)


def test_trigger_charge_refunded(sandbox: Sandbox) -> None:
    intent = pay_with(sandbox, "pm_card_visa").json()
    assert intent["status"] == "succeeded"
    made(sandbox, "refunds", {"payment_intent": intent["id"]})
    assert kinds(sandbox)[-2:] == ["refund.created", "charge.refunded"]


def test_trigger_charge_dispute_created_updated_and_closed(sandbox: Sandbox) -> None:
    intent = pay_with(sandbox, "pm_card_createDisputeInquiry").json()
    (dispute,) = made(sandbox, f"disputes?payment_intent={intent['id']}")["data"]
    assert dispute["status"] == "warning_needs_response"
    made(sandbox, f"disputes/{dispute['id']}", {"metadata[foo]": "bar"})
    closed = made(sandbox, f"disputes/{dispute['id']}/close", {})
    assert closed["status"] == "warning_closed"
    assert kinds(sandbox)[-2:] == ["charge.dispute.updated", "charge.dispute.closed"]


def test_trigger_payment_intent_payment_failed(sandbox: Sandbox) -> None:
    declined = pay_with(sandbox, "pm_card_chargeDeclined", "2000")
    assert declined.status_code == 402
    error = declined.json()["error"]
    assert (error["type"], error["code"]) == ("card_error", "card_declined")
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert kinds(sandbox) == ["charge.failed", "payment_intent.payment_failed"]
    assert call(sandbox, f"payment_intents/{error['payment_intent']['id']}").status_code == 200


def test_unknown_payment_methods_are_refused(sandbox: Sandbox) -> None:
    before = kinds(sandbox)
    assert pay_with(sandbox, "pm_card_none").json()["error"]["code"] == "resource_missing"
    token = call(sandbox, "payment_methods", {"type": "card", "card[token]": "tok_none"})
    assert token.json()["error"]["param"] == "card[token]"
    assert kinds(sandbox) == before


def test_events_resend(sandbox: Sandbox, endpoint: Endpoint) -> None:
    made(sandbox, "products", {"name": "Lamp"})
    (event,) = sandbox.events("product.created")
    endpoint.wait_for(1)
    made(sandbox, f"events/{event['id']}/retry", {"for_stripecli": "true"})
    bodies = {delivery.body for delivery in endpoint.wait_for(2)}
    assert [json.loads(body)["id"] for body in bodies] == [event["id"]]
    assert call(sandbox, "events/evt_none/retry", {}).status_code == 404


def test_events_resend_while_the_first_delivery_is_in_progress(
    sandbox: Sandbox, endpoint: Endpoint
) -> None:
    endpoint.wait.clear()
    made(sandbox, "products", {"name": "Lamp"})
    assert endpoint.begun.wait(8)
    (event,) = sandbox.events("product.created")
    made(sandbox, f"events/{event['id']}/retry", {"for_stripecli": "true"})
    endpoint.wait.set()
    assert [json.loads(delivery.body)["id"] for delivery in endpoint.wait_for(2)] == [
        event["id"]
    ] * 2
