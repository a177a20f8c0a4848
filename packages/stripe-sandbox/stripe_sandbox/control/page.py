"""The page for people at ``/``: what is in the sandbox, what became of each event, and a few
buttons.
"""

import time
from html import escape

from stripe_sandbox.control import fault_forms
from stripe_sandbox.control.controls import Controls
from stripe_sandbox.currencies import readable
from stripe_sandbox.http_server import Response
from stripe_sandbox.objects import bank_debits
from stripe_sandbox.pages import page
from stripe_sandbox.state import Record

NEWEST = 50  # rows per table
BANNER = "Local test stand-in for Stripe - not Stripe, no money is charged"


def control_page(sandbox: Controls) -> Response:
    """Account, products, sessions and events, newest first."""
    facts = {
        "Account": sandbox.account,
        "Events go to": sandbox.webhook_url or "nowhere",
        "Delivery": "on" if sandbox.deliver else "held back",
        "Trouble in store": str(len(sandbox.troubles.waiting())),
        "Chaos": fault_forms.in_words(sandbox.rates),
    }
    shown = "".join(f"<span>{name}: <b>{escape(value)}</b></span>" for name, value in facts.items())
    body = (
        f'<main class="desk"><div class="card"><h1>Sandbox</h1><div class="facts">{shown}</div>{_tools(sandbox)}</div>'
        f"{_sessions(sandbox)}{_events(sandbox)}{fault_forms.forms(sandbox.rates)}{_products(sandbox)}</main>"
    )
    return page("Sandbox", body, banner=BANNER)


def _tools(sandbox: Controls) -> str:
    hold = _button(
        "deliver",
        "Hold events back" if sandbox.deliver else "Send events",
        on=str(not sandbox.deliver),
    )
    calm = _button("calm", "End all trouble")
    return f'<div class="tools">{hold}{calm}{_button("reset", "Empty the sandbox", style="danger")}</div>'


def _button(order: str, label: str, style: str = "quiet", **values: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in values.items()
    )
    return (
        f'<form method="post" action="/_sandbox/{order}"><input type="hidden" name="from_page" value="1">{hidden}'
        f'<button class="{style}">{label}</button></form>'
    )


def _sessions(sandbox: Controls) -> str:
    rows = []
    for session in sandbox.state.find("checkout.session", limit=NEWEST):
        total = readable(session["amount_total"], session["currency"])
        status = f"{session['status']}, {session['payment_status']}"
        rows.append([total, status, _ways(sandbox, session), _time(session), _code(session["id"])])
    return _table("Checkout sessions", ["Total", "Status", "", "Made (UTC)", "Id"], rows)


def _ways(sandbox: Controls, session: Record) -> str:
    """What can be done with a session."""
    if session["status"] == "open":
        expire = _button("expire", "Expire", session=session["id"])
        return f'<a href="{escape(session["url"])}">Pay</a> {expire}'
    if bank_debits.is_under_way(sandbox.state, session):
        settle = _button("settle", "Bank pays", session=session["id"])
        return f"{settle} {_button('fail', 'Bank refuses', session=session['id'])}"
    return ""


def _products(sandbox: Controls) -> str:
    rows = []
    for product in sandbox.state.find("product", limit=NEWEST):
        prices = sandbox.state.find("price", [("product", "eq", product["id"])])
        amounts = "<br>".join(_price(price, product) for price in prices)
        rows.append(
            [
                escape(product["name"]),
                _code(product["id"]),
                "yes" if product["active"] else "no",
                amounts,
            ]
        )
    return _table("Products and prices", ["Name", "Id", "Active", "Prices"], rows)


def _price(price: Record, product: Record) -> str:
    amount = (
        readable(price["unit_amount"], price["currency"])
        if price["unit_amount"] is not None
        else "-"
    )
    notes = [] if price["active"] else ["archived"]
    if product["default_price"] == price["id"]:
        notes.append("default")
    return f"{amount} {_code(price['id'])} {escape(', '.join(notes))}"


def _events(sandbox: Controls) -> str:
    deliveries = {row[0]: row[1:] for row in sandbox.deliveries_log()}
    rows = []
    for event in sandbox.state.find("event", limit=NEWEST):
        fate = _fate(*deliveries.get(event["id"], (0, None, "")))
        resend = _button("resend", "Resend", event=event["id"])
        rows.append(
            [_breakable(event["type"]), escape(fate), resend, _time(event), _code(event["id"])]
        )
    return _table("Events", ["Type", "Delivery", "", "Made (UTC)", "Id"], rows)


def _fate(attempts: int, delivered_at: float | None, outcome: str) -> str:
    if delivered_at:
        return "delivered" if attempts == 1 else f"delivered, sent {attempts} times"
    return f"{outcome}, tried {attempts} times" if attempts else outcome or "not sent"


def _table(title: str, heads: list[str], rows: list[list[str]]) -> str:
    """A table; cells are markup already."""
    if not rows:
        return f'<section class="card"><h2>{title}</h2><p class="empty">None yet.</p></section>'
    head = "".join(f"<th>{name}</th>" if name else "<td></td>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<h2>{title}</h2><table><tr>{head}</tr>{body}</table>"
    # A wide table is scrolled sideways, also with the keyboard.
    return f'<section class="card" tabindex="0">{table}</section>'


def _breakable(text: str) -> str:
    """Dotted words that may be broken at their dots: a phone is narrow."""
    return escape(text).replace(".", ".<wbr>").replace("_", "_<wbr>")


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _time(record: Record) -> str:
    return time.strftime("%d %b %H:%M:%S", time.gmtime(record["created"]))
