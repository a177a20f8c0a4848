"""The lists of payment intents, charges and invoices: pages, filters, and refusals."""

from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox_testing import NewSession
from stripe_contract import check_calls, object_problems
from stripe_sandbox import Sandbox

KINDS = ("payment_intents", "charges", "invoices")


@pytest.fixture
def payments(sandbox: Sandbox, client: StripeClient, new_session: NewSession) -> list[Any]:
    """Four paid sessions with an invoice each, newest first."""
    sessions = [new_session(invoice_creation={"enabled": True}) for _ in range(4)]
    for session in sessions:
        sandbox.pay(session.id)
    paid = [client.v1.checkout.sessions.retrieve(session.id) for session in reversed(sessions)]
    sandbox.requests.clear()
    return paid


def ids(client: StripeClient, kind: str, payments: list[Any]) -> list[str]:
    """The ids of the payments' objects of a kind."""
    if kind == "invoices":
        return [session.invoice for session in payments]
    intents = [session.payment_intent for session in payments]
    if kind == "payment_intents":
        return intents
    return [str(client.v1.payment_intents.retrieve(intent).latest_charge) for intent in intents]


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_has_pages_newest_first_in_both_directions(
    sandbox: Sandbox, client: StripeClient, payments: list[Any], kind: str
) -> None:
    newest_first = ids(client, kind, payments)
    service = getattr(client.v1, kind)

    def page(**params: Any) -> tuple[list[str], bool]:
        found = service.list(params)
        assert object_problems(found) == []
        assert found.url == f"/v1/{kind}"
        return [record.id for record in found.data], found.has_more

    assert page() == (newest_first, False)
    assert page(limit=1) == (newest_first[:1], True)
    assert page(limit=4, starting_after=newest_first[1]) == (newest_first[2:], False)
    assert page(limit=2, ending_before=newest_first[3]) == (newest_first[1:3], True)
    walked = [record.id for record in service.list({"limit": 3}).auto_paging_iter()]
    assert walked == newest_first
    assert page(created={"gt": sandbox.state.now() + 60}) == ([], False)
    check_calls(sandbox.requests)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_empty_in_an_empty_account_and_refuses_wrong_parameters(
    client: StripeClient, kind: str
) -> None:
    service = getattr(client.v1, kind)
    assert service.list({"limit": 1}).data == []
    with pytest.raises(stripe.InvalidRequestError) as refused:
        service.list({"starting_after": "none"})
    assert (refused.value.code, refused.value.param) == ("resource_missing", "starting_after")
    for params in ({"limit": 0}, {"limit": 101}, {"nonsense": "x"}):
        with pytest.raises(stripe.InvalidRequestError):
            service.list(params)
    with pytest.raises(stripe.InvalidRequestError, match="not built in the sandbox"):
        service.list({"customer": "cus_1"})


def test_charges_are_listed_by_payment_intent_also_those_that_failed(
    sandbox: Sandbox, client: StripeClient, payments: list[Any], new_session: NewSession
) -> None:
    declined = new_session()
    with pytest.raises(Exception, match="declined"):
        sandbox.pay(declined.id, card="4000000000000002")
    sandbox.pay(declined.id)
    intent = str(client.v1.checkout.sessions.retrieve(declined.id).payment_intent)
    found = client.v1.charges.list({"payment_intent": intent, "expand": ["data.payment_intent"]})
    assert [charge.status for charge in found.data] == ["succeeded", "failed"]
    assert isinstance(found.data[0].payment_intent, stripe.PaymentIntent)
    assert client.v1.charges.list({"payment_intent": "pi_none"}).data == []
    assert len(client.v1.charges.list().data) == 6


def test_invoices_are_listed_by_status(client: StripeClient, payments: list[Any]) -> None:
    assert len(client.v1.invoices.list({"status": "paid"}).data) == 4
    assert client.v1.invoices.list({"status": "open"}).data == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_permission_for_a_list_is_named(
    sandbox: Sandbox, client: StripeClient, kind: str
) -> None:
    sandbox.fail_next(status=403, path=f"/v1/{kind}")
    with pytest.raises(stripe.PermissionError, match=rf"'rak_{kind[:-1]}_read' permission"):
        getattr(client.v1, kind).list({"limit": 1})
