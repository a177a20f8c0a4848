"""What a session asks of the shopper in addition to the payment, as Stripe documents it."""

from typing import Any

import pytest
import requests
import stripe
from stripe import StripeClient

from payment_page_form import GOOD, is_untouched
from sandbox_testing import NewSession
from stripe_contract import object_problems
from stripe_sandbox import Sandbox

RATES = [
    {
        "shipping_rate_data": {
            "display_name": "Standard",
            "type": "fixed_amount",
            "fixed_amount": {"amount": 5000, "currency": "inr"},
            "delivery_estimate": {"minimum": {"unit": "business_day", "value": 2}},
            "metadata": {"rate": "7"},
            "tax_behavior": "exclusive",
        }
    },
    {
        "shipping_rate_data": {
            "display_name": "Express",
            "type": "fixed_amount",
            "fixed_amount": {"amount": 15000, "currency": "inr"},
        }
    },
]
EVERYTHING: dict[str, Any] = {
    "shipping_address_collection": {"allowed_countries": ["IN", "DE"]},
    "shipping_options": RATES,
    "phone_number_collection": {"enabled": True},
    "allow_promotion_codes": True,
    "automatic_tax": {"enabled": True},
    "custom_fields": [
        {
            "key": "note",
            "label": {"type": "custom", "custom": "Note for us"},
            "type": "text",
            "optional": True,
            "text": {"maximum_length": 100},
        }
    ],
    "consent_collection": {"terms_of_service": "required"},
    "custom_text": {"terms_of_service_acceptance": {"message": "I agree to the terms."}},
    "invoice_creation": {"enabled": True, "invoice_data": {"footer": "Thank you"}},
}
EXPAND = [
    "line_items.data.taxes",
    "line_items.data.discounts",
    "total_details.breakdown",
    "discounts.promotion_code.promotion.coupon",
    "shipping_cost.shipping_rate",
    "shipping_cost.taxes",
    "shipping_options.shipping_rate",
    "payment_intent.latest_charge",
    "invoice",
]


@pytest.fixture
def merchant(sandbox: Sandbox) -> Sandbox:
    """An account with terms of service, a tax of 10 % and a code for 10 % off."""
    sandbox.set_up(terms_url="https://shop.test/terms", tax_percent=10)
    sandbox.add_promotion_code("TENTH", percent_off=10)
    return sandbox


def test_everything_at_once_is_answered_as_the_library_documents_it(
    merchant: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(**EVERYTHING)
    assert object_problems(session) == []
    merchant.pay(
        session.id,
        rate=1,
        promotion_code="tenth",
        fields={"note": "Ring twice"},
        address={"line1": "Am Markt 1", "city": "Bonn", "postal_code": "53111", "country": "DE"},
        shipping_name="Ann Example",
        phone="+49228123",
    )
    paid: Any = client.v1.checkout.sessions.retrieve(session.id, {"expand": EXPAND})
    assert object_problems(paid) == []
    goods = session.amount_subtotal or 0
    net = goods - round(goods / 10)
    assert paid.amount_total == net + round(net / 10) + 15000 + 1500
    assert paid.total_details.amount_shipping == 15000
    assert paid.shipping_cost.amount_total == 16500
    assert paid.shipping_cost.shipping_rate.display_name == "Express"
    assert paid.discounts[0].promotion_code.code == "TENTH"
    assert paid.collected_information.shipping_details.address.city == "Bonn"
    assert paid.collected_information.shipping_details.name == "Ann Example"
    assert paid.customer_details.phone == "+49228123"
    assert paid.custom_fields[0].text.value == "Ring twice"
    assert paid.consent.terms_of_service == "accepted"
    assert paid.invoice.status == "paid" and paid.invoice.total == paid.amount_total
    assert paid.payment_intent.shipping.address.country == "DE"
    lines = sum(line.amount_total for line in paid.line_items.data)
    assert lines + paid.shipping_cost.amount_total == paid.amount_total
    assert [event["type"] for event in merchant.events("invoice.paid")] == ["invoice.paid"]
    assert object_problems(client.v1.invoices.retrieve(paid.invoice.id)) == []
    assert (
        object_problems(client.v1.shipping_rates.retrieve(paid.shipping_cost.shipping_rate.id))
        == []
    )


def test_nothing_of_it_is_there_unless_it_was_asked_for(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    sandbox.pay(session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert paid.collected_information is None and paid.consent is None and paid.invoice is None
    assert paid.shipping_cost is None and paid.shipping_options == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"consent_collection": {"terms_of_service": "required"}}, "terms of service unless a URL"),
        ({"automatic_tax": {"enabled": True}}, "Stripe Tax has not been activated"),
        ({"shipping_address_collection": {"allowed_countries": ["KP"]}}, "must be a country"),
        ({"shipping_address_collection": {"allowed_countries": ["Germany"]}}, "must be a country"),
        (
            {"shipping_options": [{**RATES[0], "shipping_rate": "shr_1"}]},
            "You must pass either",
        ),
        ({"shipping_options": RATES[:1] * 6}, "exceeded maximum 5"),
        (
            {"shipping_options": [{"shipping_rate_data": {"display_name": "Free"}}]},
            "must provide `fixed_amount`",
        ),
        (
            {
                "shipping_options": [
                    {
                        "shipping_rate_data": {
                            "display_name": "Standard",
                            "fixed_amount": {"amount": 500, "currency": "eur"},
                        }
                    }
                ]
            },
            "does not match the currency",
        ),
        (
            {
                "shipping_options": [
                    {
                        "shipping_rate_data": {
                            "display_name": "Standard",
                            "fixed_amount": {"amount": -1, "currency": "inr"},
                        }
                    }
                ]
            },
            "greater than or equal to 0",
        ),
        (
            {"custom_text": {"terms_of_service_acceptance": {"message": "Yes"}}},
            "if consent to the terms",
        ),
        ({"custom_fields": EVERYTHING["custom_fields"] * 2}, "must be unique"),
    ],
)
def test_what_stripe_refuses_is_refused(
    sandbox: Sandbox, new_session: NewSession, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message):
        new_session(**options)
    assert sandbox.summary()["objects"].get("checkout.session", 0) == 0


@pytest.mark.parametrize(
    ("entered", "wrong"),
    [
        ({"phone": ""}, "phone"),
        ({"accepts_terms": False}, "terms"),
        ({"rate": 9}, "rate"),
        ({"promotion_code": "WRONG"}, "promotion_code"),
        ({"address": {"line1": "1 Rue", "country": "FR"}}, "country"),
        ({"shipping_name": ""}, "shipping_name"),
    ],
)
def test_a_shopper_who_leaves_something_out_does_not_pay(
    merchant: Sandbox, client: StripeClient, new_session: NewSession, entered: Any, wrong: str
) -> None:
    session = new_session(**EVERYTHING)
    with pytest.raises(ValueError, match=wrong):
        merchant.pay(session.id, **entered)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_a_code_can_be_used_as_often_as_the_merchant_says(
    sandbox: Sandbox, new_session: NewSession
) -> None:
    sandbox.add_promotion_code("ONCE", amount_off=100, currency="inr", max_redemptions=1)
    first, second = (new_session(allow_promotion_codes=True) for _ in range(2))
    sandbox.pay(first.id, promotion_code="ONCE")
    with pytest.raises(ValueError, match="This code is invalid"):
        sandbox.pay(second.id, promotion_code="ONCE")


def test_a_code_without_permission_to_enter_one_changes_nothing(
    merchant: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session()
    requests.post(
        str(session.url), {**GOOD, "promotion_code": "TENTH"}, allow_redirects=False, timeout=10
    )
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert paid.status == "complete" and paid.amount_total == session.amount_total


FILLED = {
    **GOOD,
    "shipping_name": "Ann Example",
    "line1": "Am Markt 1",
    "country": "DE",
    "phone": "+49228123",
    "rate": "1",
    "terms": "yes",
    "promotion_code": "TENTH",
}


def test_the_payment_page_asks_and_shows_what_is_missing(
    merchant: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(**EVERYTHING)
    page = requests.get(str(session.url), timeout=10).text
    for text in ("Name for the delivery", "Express", "Promotion code", "Note for us", "terms of"):
        assert text in page
    answer = requests.post(str(session.url), {**FILLED, "line1": "", "terms": ""}, timeout=10)
    assert answer.status_code == 402
    assert "Enter an address." in answer.text and "Accept the terms of service" in answer.text
    assert 'value="Ann Example"' in answer.text
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_the_payment_page_updates_the_total_and_takes_the_money(
    merchant: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(**EVERYTHING)
    shown = requests.post(str(session.url), {**FILLED, "update": "yes"}, timeout=10)
    assert shown.status_code == 200 and "Discount" in shown.text
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    done = requests.post(str(session.url), FILLED, allow_redirects=False, timeout=10)
    assert done.status_code == 303
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert paid.collected_information is not None
    address = paid.collected_information.shipping_details.address  # type: ignore[union-attr]
    assert (address.line1, address.city, paid.status) == ("Am Markt 1", None, "complete")


def test_what_was_entered_survives_a_declined_card_and_the_challenge(
    merchant: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(**EVERYTHING)
    declined = requests.post(str(session.url), {**FILLED, "number": "4000000000000002"}, timeout=10)
    assert declined.status_code == 402 and 'value="Am Markt 1"' in declined.text
    asked = requests.post(str(session.url), {**FILLED, "number": "4000002500003155"}, timeout=10)
    assert "/challenge/" in asked.url
    requests.post(asked.url, {"answer": "complete"}, allow_redirects=False, timeout=10)
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert paid.status == "complete" and paid.customer_details is not None
    assert paid.customer_details.phone == "+49228123"


def test_a_bank_debit_has_its_invoice_when_the_money_has_arrived(
    merchant: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    session = new_session(invoice_creation={"enabled": True})
    merchant.pay(session.id, bank="000000000009")
    assert client.v1.checkout.sessions.retrieve(session.id).invoice is None
    merchant.settle(session.id)
    assert client.v1.checkout.sessions.retrieve(session.id).invoice is not None


def test_a_rate_that_makes_the_total_too_large_is_told_the_shopper(
    sandbox: Sandbox, client: StripeClient, new_session: NewSession
) -> None:
    dear = {
        **RATES[0]["shipping_rate_data"],
        "fixed_amount": {"amount": 99999999, "currency": "inr"},
    }
    session = new_session(shipping_options=[RATES[0], {"shipping_rate_data": dear}])
    assert requests.get(str(session.url), timeout=10).status_code == 200
    for more in ({"update": "yes"}, {}, {"number": "4000002500003155"}):
        data = {**GOOD, "rate": "1", **more}
        answer = requests.post(str(session.url), data=data, timeout=10, allow_redirects=False)
        if answer.status_code == 303:  # the bank's challenge, which is asked for before the total
            answer = requests.post(
                sandbox.url + answer.headers["Location"], data={"answer": "complete"}, timeout=10
            )
        assert answer.status_code == 400
        assert "no more than" in answer.text and "Nothing was charged" in answer.text
        assert "http://shop.test" in answer.text
    assert is_untouched(client, session)
    only = new_session(shipping_options=[{"shipping_rate_data": dear}])
    assert requests.get(str(only.url), timeout=10).status_code == 400
