"""The documented test cards and what they do (docs.stripe.com/testing).

Any other card is refused.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """Why a card is declined: the error code, the issuer's code, a message for the shopper, and the
    form field that shows it.
    """

    code: str
    message: str
    field: str = "number"
    decline_code: str = ""


@dataclass(frozen=True)
class Follow:
    """What a bank sends after a payment: a ``chargeback``, an ``inquiry`` or a ``warning``."""

    kind: str
    reason: str = "fraudulent"


@dataclass(frozen=True)
class Card:
    """A test card; ``decline`` is None if it pays.

    ``has_challenge``: its bank shows a 3-D Secure challenge first. ``follows``: what its bank sends right
    after the payment. ``refunds``: how a refund ends: it will ``succeed`` at once, is ``pending``
    first, or will ``fail`` after it succeeded.
    """

    number: str
    title: str
    brand: str = "visa"
    country: str = "US"
    decline: Decline | None = None
    has_challenge: bool = False
    risk: str = "normal"
    follows: tuple[Follow, ...] = ()
    refunds: str = "succeed"

    @property
    def last4(self) -> str:
        """The part of the number that is stored."""
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        """The number as printed on a card."""
        if self.brand == "amex":
            return f"{self.number[:4]} {self.number[4:10]} {self.number[10:]}"
        return " ".join(self.number[i : i + 4] for i in range(0, len(self.number), 4))


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", message, decline_code=decline_code)


INSUFFICIENT = _declined("insufficient_funds", "Your card has insufficient funds.")


CARDS = (
    Card("4242424242424242", "Visa, pays"),
    Card("5555555555554444", "Mastercard, pays", "mastercard"),
    Card("378282246310005", "American Express, pays", "amex"),
    Card("4000003560000008", "Visa from India, pays", country="IN"),
    Card("4000008260000000", "Visa from the United Kingdom, pays", country="GB"),
    Card("4000000000000077", "Visa, pays into the available balance at once"),
    Card("4000000000000002", "Declined", decline=_declined("generic_decline")),
    Card("4000000000009995", "Insufficient funds", decline=INSUFFICIENT),
    Card("4000000000009987", "Lost card", decline=_declined("lost_card")),
    Card("4000000000009979", "Stolen card", decline=_declined("stolen_card")),
    Card(
        "4000000000000069",
        "Expired card",
        decline=Decline("expired_card", "Your card has expired.", "expiry"),
    ),
    Card(
        "4000000000000127",
        "Wrong security code",
        decline=Decline("incorrect_cvc", "Your card's security code is incorrect.", "cvc"),
    ),
    Card(
        "4000000000000119",
        "Processing error",
        decline=Decline(
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        ),
    ),
    Card(
        "4000000000006975",
        "Too many attempts",
        decline=_declined(
            "card_velocity_exceeded",
            "Your card was declined for making too many attempts or exceeding its limit.",
        ),
    ),
    Card("4000002760003184", "3-D Secure challenge, then it pays", has_challenge=True),
    Card("4000002500003155", "3-D Secure challenge, then it pays", has_challenge=True),
    Card("4000000000003220", "3-D Secure challenge, then it pays", has_challenge=True),
    Card(
        "4000008400001629",
        "3-D Secure challenge, then declined",
        decline=_declined("generic_decline"),
        has_challenge=True,
    ),
    Card(
        "4000008260003178",
        "3-D Secure challenge, then insufficient funds",
        decline=INSUFFICIENT,
        has_challenge=True,
    ),
    Card("4100000000000019", "Blocked as fraudulent", decline=_declined("fraudulent")),
    Card("4000000000004954", "Blocked for the highest risk", decline=_declined("fraudulent")),
    Card("4000000000009235", "Elevated risk, pays", risk="elevated"),
    Card(
        "4000000000000259",
        "Pays; a dispute as fraudulent follows",
        follows=(Follow("chargeback"),),
    ),
    Card(
        "4000000000002685",
        "Pays; a dispute as not received follows",
        follows=(Follow("chargeback", "product_not_received"),),
    ),
    Card("4000000000001976", "Pays; an inquiry follows", follows=(Follow("inquiry"),)),
    Card("4000000000005423", "Pays; an early fraud warning follows", follows=(Follow("warning"),)),
    Card(
        "4000000404000079",
        "Pays; two disputes follow",
        follows=(Follow("chargeback"), Follow("chargeback")),
    ),
    Card("4000000000007726", "Pays; a refund is pending first", refunds="pending"),
    Card("4000000000005126", "Pays; a refund succeeds, then fails", refunds="fail"),
)
# The names of test cards in tokens (``tok_visa``) and payment methods (``pm_card_visa``).
TOKENS = {
    "visa": "4242424242424242",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "createDispute": "4000000000000259",
    "createDisputeProductNotReceived": "4000000000002685",
    "createDisputeInquiry": "4000000000001976",
    "createIssuerFraudRecord": "4000000000005423",
    "createMultipleDisputes": "4000000404000079",
    "pendingRefund": "4000000000007726",
    "refundFail": "4000000000005126",
}
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {name: BY_NUMBER[number] for name, number in TOKENS.items()}


def passes_luhn(number: str) -> bool:
    """Whether the check digit, which is the last one, is right."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
