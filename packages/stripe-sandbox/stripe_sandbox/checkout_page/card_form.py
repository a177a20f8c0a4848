"""The card form: its values, their errors, and its markup."""

import re
import time
from dataclasses import dataclass, field
from html import escape

from stripe_sandbox.checkout_page import form_fields
from stripe_sandbox.checkout_page.form_fields import LONGEST_NAME
from stripe_sandbox.checkout_page.pay import Payer
from stripe_sandbox.checkout_page.three_d_secure import Challenge
from stripe_sandbox.objects.cards import BY_NUMBER, CARDS, passes_luhn

EXPIRY = re.compile(r"\s*([0-9]{1,2})\s*[/\-. ]?\s*((?:20)?[0-9]{2})\s*")

# name, label, autocomplete, input attributes
CARD_FIELDS = (
    ("number", "Card number", "cc-number", 'inputmode="numeric" placeholder="1234 1234 1234 1234"'),
    ("expiry", "Expiry (MM / YY)", "cc-exp", 'inputmode="numeric" placeholder="MM / YY"'),
    ("cvc", "Security code", "cc-csc", 'inputmode="numeric" placeholder="CVC" maxlength="4"'),
    ("name", "Name on card", "cc-name", f'maxlength="{LONGEST_NAME}"'),
)
EMAIL_FIELD = ("email", "Email", "email", 'type="email" inputmode="email"')
UNKNOWN_CARD = (
    "This page takes test cards only. Try 4242 4242 4242 4242, or one of the cards listed below."
)


@dataclass
class PaymentForm:
    """The fields as typed, and a message per wrong field.

    ``due`` is false when nothing is to be paid.
    """

    values: dict[str, str]
    due: bool = True
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def sent(cls, body: str, *, due: bool) -> "PaymentForm":
        """From a form-encoded body."""
        return cls(
            form_fields.read(body, "number", "expiry", "cvc", "name", "email", "attempt"), due
        )

    def payer(self) -> Payer | None:
        """Who pays with which card, or None with ``errors`` filled."""
        problems = {"email": form_fields.email_problem(self.values["email"])}
        if self.due:
            problems["number"] = self._number_problem()
            problems["expiry"] = self._expiry_problem()
            problems["cvc"] = self._cvc_problem()
            problems["name"] = form_fields.name_problem(self.values["name"], "card")
        self.errors = {name: problem for name, problem in problems.items() if problem}
        if self.errors:
            return None
        if not self.due:
            return Payer(None, self.values["email"], self.values["name"])
        expiry = self._expiry() or (0, 0)
        return Payer(BY_NUMBER[self._number()], self.values["email"], self.values["name"], expiry)

    def shown(self) -> str:
        """The fields as markup, with their values and errors."""
        email = self._field(*EMAIL_FIELD)
        if not self.due:
            return email
        number, expiry, cvc, name = (self._field(*row) for row in CARD_FIELDS)
        return f'{email}{number}<div class="pair">{expiry}{cvc}</div>{name}'

    def test_cards(self) -> str:
        """The cards that this page accepts, as markup; expanded after any other card."""
        expanded = " open" if self.errors.get("number") == UNKNOWN_CARD else ""
        rows = "".join(
            f"<tr><td>{card.spaced}</td><td>{escape(card.title)}</td></tr>" for card in CARDS
        )
        return (
            f"<details{expanded}><summary>Test cards</summary><p>Any future expiry, any security code. "
            f"Real cards are refused.</p><table>{rows}</table></details>"
        )

    def _number(self) -> str:
        return re.sub(r"[\s\-]", "", self.values["number"])

    def _expiry(self) -> tuple[int, int] | None:
        match = EXPIRY.fullmatch(self.values["expiry"])
        if match is None or not 1 <= int(match[1]) <= 12:
            return None
        return int(match[1]), 2000 + int(match[2][-2:])

    def _number_problem(self) -> str:
        number = self._number()
        if not number:
            return "Enter a card number."
        if not re.fullmatch(r"[0-9]{12,19}", number) or not passes_luhn(number):
            return "Your card number is incorrect."
        return "" if number in BY_NUMBER else UNKNOWN_CARD

    def _expiry_problem(self) -> str:
        expiry = self._expiry()
        if expiry is None:
            return "Enter the month and the year, for example 12 / 34."
        month, year = expiry
        now = time.gmtime()
        return (
            "Your card's expiration date is in the past."
            if (year, month) < (now.tm_year, now.tm_mon)
            else ""
        )

    def _cvc_problem(self) -> str:
        return (
            ""
            if re.fullmatch(r"[0-9]{3,4}", self.values["cvc"])
            else "Enter the 3 or 4 digits on the card."
        )

    def _field(self, name: str, label: str, autocomplete: str, attributes: str) -> str:
        value, problem = self.values.get(name, ""), self.errors.get(name, "")
        return form_fields.shown(
            name, label, autocomplete, attributes, value=value, problem=problem
        )


def again(challenge: Challenge) -> PaymentForm:
    """The form as it was before the bank's challenge; the security code, never stored, is empty."""
    month, year = challenge.payer.expiry
    values = {
        "number": challenge.card.spaced,
        "expiry": f"{month:02} / {year % 100:02}",
        "name": challenge.payer.name,
    }
    return PaymentForm({**values, "email": challenge.payer.email})


def empty(email: str | None, *, due: bool) -> PaymentForm:
    """A form without values, except for the email address if the session has one."""
    return PaymentForm({"email": email or ""}, due)
