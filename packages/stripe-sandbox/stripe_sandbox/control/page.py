"""The page for people at ``/``: what is in the sandbox, how each event was delivered, and the
commands as buttons.
"""

from html import escape

from stripe_sandbox.control import fault_forms, payment_tables
from stripe_sandbox.control.controls import Controls
from stripe_sandbox.control.markup import breakable, button, code, table, time_of
from stripe_sandbox.currencies import readable
from stripe_sandbox.http_server import Response
from stripe_sandbox.objects import bank_debits
from stripe_sandbox.pages import page
from stripe_sandbox.state import Record

NEWEST = 50  # rows per table
BANNER = "Stripe sandbox: this is not Stripe, and no money is charged."


def control_page(sandbox: Controls) -> Response:
    """The whole page: the account, faults, and tables with the newest objects first."""
    facts = {
        "Account": sandbox.account,
        "Events go to": sandbox.webhook_url or "nowhere",
        "Delivery": "on" if sandbox.deliver else "held back",
        "Faults waiting": str(len(sandbox.faults.waiting())),
        "Random faults": fault_forms.in_words(sandbox.rates),
    }
    shown = "".join(f"<span>{name}: <b>{escape(value)}</b></span>" for name, value in facts.items())
    body = (
        f'<main class="desk"><div class="card"><h1>Stripe sandbox</h1><div class="facts">{shown}</div>{_tools(sandbox)}</div>'
        f"{_sessions(sandbox)}{payment_tables.tables(sandbox)}{_events(sandbox)}{fault_forms.forms(sandbox.rates)}{_products(sandbox)}</main>"
    )
    return page("Stripe sandbox", body, banner=BANNER)


def _tools(sandbox: Controls) -> str:
    hold = button(
        "deliver",
        "Hold events back" if sandbox.deliver else "Send events",
        on=str(not sandbox.deliver),
    )
    clear = button("calm", "Stop all faults")
    return f'<div class="tools">{hold}{clear}{button("reset", "Empty the sandbox", style="danger")}</div>'


def _sessions(sandbox: Controls) -> str:
    rows = []
    for session in sandbox.state.find("checkout.session", limit=NEWEST):
        total = readable(session["amount_total"], session["currency"])
        status = f"{session['status']}, {session['payment_status']}"
        rows.append(
            [
                total,
                status,
                _session_buttons(sandbox, session),
                time_of(session),
                code(session["id"]),
            ]
        )
    return table("Checkout sessions", ["Total", "Status", "", "Created (UTC)", "ID"], rows)


def _session_buttons(sandbox: Controls, session: Record) -> str:
    """What can happen to a session, as markup."""
    if session["status"] == "open":
        expire = button("expire", "Expire", session=session["id"])
        return f'<a href="{escape(session["url"])}">Pay</a> {expire}'
    if bank_debits.is_processing(sandbox.state, session):
        settle = button("settle", "Bank pays", session=session["id"])
        return f"{settle} {button('fail', 'Bank refuses', session=session['id'])}"
    return ""


def _products(sandbox: Controls) -> str:
    rows = []
    for product in sandbox.state.find("product", limit=NEWEST):
        prices = sandbox.state.find("price", [("product", "eq", product["id"])])
        amounts = "<br>".join(_price(price, product) for price in prices)
        rows.append(
            [
                escape(product["name"]),
                code(product["id"]),
                "yes" if product["active"] else "no",
                amounts,
            ]
        )
    return table("Products and prices", ["Name", "ID", "Active", "Prices"], rows)


def _price(price: Record, product: Record) -> str:
    amount = (
        readable(price["unit_amount"], price["currency"])
        if price["unit_amount"] is not None
        else "-"
    )
    notes = [] if price["active"] else ["archived"]
    if product["default_price"] == price["id"]:
        notes.append("default")
    return f"{amount} {code(price['id'])} {escape(', '.join(notes))}"


def _events(sandbox: Controls) -> str:
    deliveries = {row[0]: row[1:] for row in sandbox.deliveries_log()}
    rows = []
    for event in sandbox.state.find("event", limit=NEWEST):
        outcome = _outcome(*deliveries.get(event["id"], (0, None, "")))
        resend = button("resend", "Resend", event=event["id"])
        rows.append(
            [breakable(event["type"]), escape(outcome), resend, time_of(event), code(event["id"])]
        )
    return table("Events", ["Type", "Delivery", "", "Created (UTC)", "ID"], rows)


def _outcome(attempts: int, delivered_at: float | None, last: str) -> str:
    if delivered_at:
        return "delivered" if attempts == 1 else f"delivered, sent {attempts} times"
    return f"{last}, sent {attempts} times" if attempts else last or "not sent"
