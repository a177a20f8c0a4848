"""Payments, refunds and disputes on the control page, with buttons for what can happen to them."""

from stripe_sandbox.control.controls import Controls
from stripe_sandbox.control.markup import button, code, table, time_of
from stripe_sandbox.currencies import readable
from stripe_sandbox.objects import disputes, refunds
from stripe_sandbox.state import Record, State

NEWEST = 20  # rows per table
HEADS = ["Amount", "Status", "", "Created (UTC)", "ID"]  # of refunds and disputes


def tables(sandbox: Controls) -> str:
    """The three tables, as markup."""
    return _payments(sandbox.state) + _refunds(sandbox.state) + _disputes(sandbox.state)


def _payments(state: State) -> str:
    rows = []
    for charge in state.find("charge", [("status", "eq", "succeeded")], limit=NEWEST):
        left = charge["amount"] - refunds.refunded(state, charge["id"])
        rows.append(
            [
                _money(charge, charge["amount"]),
                _money(charge, left),
                _payment_buttons(state, charge, left),
                time_of(charge),
                code(charge["payment_intent"]),
            ]
        )
    return table("Payments", ["Amount", "Not refunded", "", "Created (UTC)", "ID"], rows)


def _payment_buttons(state: State, charge: Record, left: int) -> str:
    payment = charge["payment_intent"]
    buttons = [
        button("dispute", "Dispute", payment=payment),
        button("dispute", "Inquiry", payment=payment, kind="inquiry"),
        button("warn", "Fraud warning", payment=payment),
    ]
    if left and not disputes.is_charged_back(state, charge["id"]):
        half = str(max(1, left // 2))
        buttons.insert(0, button("refund", "Refund half", payment=payment, amount=half))
        buttons.insert(0, button("refund", "Refund", payment=payment))
    return " ".join(buttons)


def _refunds(state: State) -> str:
    rows = [_row(refund, _refund_buttons(refund)) for refund in state.find("refund", limit=NEWEST)]
    return table("Refunds", HEADS, rows)


def _refund_buttons(refund: Record) -> str:
    commands = {
        "pending": (
            ("refund_succeeds", "Succeeds"),
            ("refund_fails", "Fails"),
            ("refund_is_canceled", "Cancel"),
        ),
        "succeeded": (("refund_fails", "Fails"),),
    }
    return _buttons(commands.get(refund["status"], ()), refund=refund["id"])


def _disputes(state: State) -> str:
    found = state.find("dispute", limit=NEWEST)
    return table("Disputes", HEADS, [_row(dispute, _dispute_buttons(dispute)) for dispute in found])


def _dispute_buttons(dispute: Record) -> str:
    if dispute["status"] in disputes.OVER:
        return ""
    if disputes.is_inquiry(dispute):
        commands = (("inquiry_is_escalated", "Withdraw the money"), ("inquiry_is_closed", "Close"))
    else:
        commands = (("dispute_is_won", "Won"), ("dispute_is_lost", "Lost"))
    return _buttons(commands, dispute=dispute["id"])


def _row(record: Record, buttons: str) -> list[str]:
    amount = _money(record, record["amount"])
    return [amount, record["status"], buttons, time_of(record), code(record["id"])]


def _buttons(commands: tuple[tuple[str, str], ...], **values: str) -> str:
    return " ".join(button(command, label, **values) for command, label in commands)


def _money(record: Record, amount: int) -> str:
    return readable(amount, record["currency"])
