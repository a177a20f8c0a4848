"""The payment page as a shopper's browser uses it."""

from html.parser import HTMLParser

import requests
import stripe
from stripe import StripeClient
from stripe.checkout import Session

GOOD = {
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 40",
    "cvc": "123",
    "name": "Ann Shopper",
    "email": "ann@example.com",
}


class Form(HTMLParser):
    """The links and the text of a page, and the inputs of one form, by default the first."""

    def __init__(self, text: str, number: int = 1) -> None:
        super().__init__()
        self.wanted = number
        self.begun = 0
        self.inputs: dict[str, dict[str, str | None]] = {}
        self.links: list[str | None] = []
        self.labels: list[str | None] = []
        self.loaded: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.begun += 1
        elif tag == "input" and self.begun == self.wanted:
            self.inputs[str(found["name"])] = found
        elif tag == "a":
            self.links.append(found["href"])
        elif tag == "label" and self.begun == self.wanted:
            self.labels.append(found["for"])
        elif tag in ("script", "img", "iframe") or (
            tag == "link" and found.get("href") != "data:,"
        ):
            self.loaded.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def get(session: Session) -> requests.Response:
    return requests.get(str(session.url), timeout=10)


def post(session: Session, **changes: str) -> requests.Response:
    """Send the form with valid values, except for the changes."""
    return requests.post(
        str(session.url), data={**GOOD, **changes}, timeout=15, allow_redirects=False
    )


def is_untouched(client: StripeClient, session: Session) -> bool:
    now = client.v1.checkout.sessions.retrieve(session.id)
    return (now.status, now.payment_status, now.payment_intent) == ("open", "unpaid", None)


def was_declined(client: StripeClient, session: Session) -> bool:
    """Whether the session is open, and its payment waits for another card."""
    now = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    if not isinstance(now.payment_intent, stripe.PaymentIntent):
        return False
    statuses = (now.status, now.payment_status, now.payment_intent.status)
    return statuses == ("open", "unpaid", "requires_payment_method")
