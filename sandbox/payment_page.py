"""The hosted payment page: plain HTML, no JavaScript, nothing loaded from anywhere.

Its addresses: GET shows the form, POST pays; both at ``/pay/<session id>``.
"""

from html import escape

from . import ids, payment_form, payments, sessions
from .currencies import readable
from .errors import ApiError
from .markup import message, page, redirect, template
from .payment_form import PaymentForm
from .state import Record, State
from .web import Request, Response
from .webhooks import Deliveries

PAY = template("pay.html")
UNKNOWN = "This payment link is unknown. Please go back to the shop."
HINT = '<p class="hint">Try 4242 4242 4242 4242 with any future date and any security code.</p>'
WEBHOOK_PATIENCE = 10.0  # seconds; as Stripe waits before it redirects (docs.stripe.com/checkout/fulfillment)


class PaymentPage:
    """Serves the page for the sessions of a state."""

    def __init__(self, state: State, deliveries: Deliveries) -> None:
        self._state = state
        self._deliveries = deliveries

    def answer(self, request: Request, session_id: str) -> Response:
        """GET shows the form; POST pays and sends the shopper back to the shop."""
        try:
            with self._state.transaction():
                session = sessions.retrieve(self._state, {}, session_id)
        except ApiError:
            return message("Nothing to pay here", UNKNOWN, status=404)
        if request.method == "POST":
            return self._paid(session, request.form)
        if session["status"] != "open":
            return closed(session)
        return self._form(session, payment_form.empty(session["customer_email"], due=_due(session)))

    def complete(self, session_id: str, payer: payments.Payer, attempt: str = "") -> str:
        """Pay, wait for the endpoint to hear of it, and say where the shopper goes next."""
        session, event_id = payments.pay(self._state, session_id, payer, attempt)
        self._deliveries.wait_for(event_id, WEBHOOK_PATIENCE)
        return success_url(session)

    def _paid(self, session: Record, body: str) -> Response:
        form = PaymentForm.sent(body, due=_due(session))
        if session["status"] != "open":
            return self._again(session, form)
        payer = form.payer()
        if payer is None:
            return self._form(session, form, status=402)
        try:
            return redirect(self.complete(session["id"], payer, form.values["attempt"]))
        except payments.Declined as declined:
            form.errors[declined.decline.field] = declined.decline.message
            return self._form(session, form, status=402)
        except payments.NotOpen as late:
            return self._again(late.session, form)

    def _again(self, session: Record, form: PaymentForm) -> Response:
        """The same form sent twice is one payment; anything else is told what happened."""
        attempt = form.values["attempt"]
        if attempt and self._state.private(session["id"])["paid_with"] == attempt:
            return redirect(success_url(session))
        return closed(session, if_paid=409)

    def _form(self, session: Record, form: PaymentForm, status: int = 200) -> Response:
        total = readable(session["amount_total"], session["currency"])
        lines = sessions.line_items_of(self._state, session)
        body = PAY.substitute(
            total=total,
            lines="\n".join(_line(line) for line in lines),
            back=_back(session),
            heading="Pay by card" if form.due else "Nothing is due",
            hint=HINT if form.due else "",
            alert='<p class="alert" role="alert">Nothing was charged. Please check below.</p>' if form.errors else "",
            action=f"/pay/{session['id']}",
            attempt=escape(form.values.get("attempt") or ids.random_text(16)),
            fields=form.shown(),
            button=f"Pay {total}" if form.due else "Complete order",
            cards=form.test_cards() if form.due else "",
        )
        return page(f"Pay {total}", body, status=status)


def success_url(session: Record) -> str:
    """Where the shopper goes after paying, with the session's id filled in."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def closed(session: Record, *, if_paid: int = 200) -> Response:
    """What is left to say about a session that is not open; ``if_paid`` is the status when it is complete."""
    if session["status"] == "complete":
        link = (success_url(session), "Back to the shop")
        words = "This was paid already, and you will not be charged again."
        return message("Already paid", words, status=if_paid, link=link)
    back = session["cancel_url"]
    words = "This payment page has expired. Nothing was charged."
    return message("Too late", words, status=410, link=(back, "Back to the shop") if back else None)


def _due(session: Record) -> bool:
    return bool(session["amount_total"])


def _line(line: Record) -> str:
    unit = readable(line["price"]["unit_amount"], line["currency"])
    each = f"{line['quantity']} &times; {unit}"
    amount = readable(line["amount_total"], line["currency"])
    return (
        f'<li><span class="name">{escape(line["description"])} <small>{each}</small></span> '
        f'<span class="amount">{amount}</span></li>'
    )


def _back(session: Record) -> str:
    address = session["cancel_url"]
    return f'<a class="back" href="{escape(address)}">Cancel and return</a>' if address else ""
