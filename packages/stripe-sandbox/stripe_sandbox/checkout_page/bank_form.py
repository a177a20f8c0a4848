"""The form for paying from a bank account, collapsed below the card form."""

import re
from dataclasses import dataclass, field
from html import escape

from stripe_sandbox.checkout_page import form_fields
from stripe_sandbox.checkout_page.form_fields import LONGEST_NAME
from stripe_sandbox.checkout_page.pay import Payer
from stripe_sandbox.objects.bank_debits import ACCOUNTS, BY_NUMBER

# name, label, autocomplete, input attributes
BANK_FIELDS = (
    ("account", "Account number", "off", 'inputmode="numeric" placeholder="000123456789"'),
    ("name", "Name on the account", "name", f'maxlength="{LONGEST_NAME}"'),
    ("email", "Email", "email", 'type="email" inputmode="email"'),
)
UNKNOWN_ACCOUNT = (
    "This page takes test accounts only. Try 000123456789, or one of the accounts listed below."
)


@dataclass
class BankForm:
    """The fields as typed, and a message per wrong field."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def sent(cls, body: str) -> "BankForm":
        """From a form-encoded body."""
        return cls(form_fields.read(body, "account", "name", "email", "attempt"))

    def payer(self) -> Payer | None:
        """Who pays from which account, or None with ``errors`` filled."""
        problems = {
            "account": self._account_problem(),
            "name": form_fields.name_problem(self.values["name"], "account"),
            "email": form_fields.email_problem(self.values["email"]),
        }
        self.errors = {name: problem for name, problem in problems.items() if problem}
        if self.errors:
            return None
        return Payer(BY_NUMBER[self._account()], self.values["email"], self.values["name"])

    def shown(self) -> str:
        """The fields as markup, with their values and errors."""
        return "".join(
            form_fields.shown(
                *row,
                value=self.values.get(row[0], ""),
                problem=self.errors.get(row[0], ""),
                prefix="bank-",
            )
            for row in BANK_FIELDS
        )

    def _account(self) -> str:
        return re.sub(r"[\s\-]", "", self.values["account"])

    def _account_problem(self) -> str:
        if not self._account():
            return "Enter an account number."
        return "" if self._account() in BY_NUMBER else UNKNOWN_ACCOUNT


def test_accounts() -> str:
    """The accounts this page takes, as markup."""
    rows = "".join(
        f"<tr><td>{one.number}</td><td>{escape(one.title)}</td></tr>" for one in ACCOUNTS
    )
    return f"<table>{rows}</table>"
