"""The hosted payment page: plain HTML, no JavaScript, nothing loaded from anywhere.

GET shows the forms and POST pays, both at ``/pay/<session id>``; below it is the challenge of
three_d_secure.py.
"""

from dataclasses import replace
from html import escape

from stripe_sandbox import ids
from stripe_sandbox.checkout_page import (
    adjustments,
    bank_form,
    card_form,
    choices,
    choices_form,
    form_fields,
    pay,
    three_d_secure,
)
from stripe_sandbox.checkout_page.adjustments import NOTHING, Additions
from stripe_sandbox.checkout_page.bank_form import BankForm
from stripe_sandbox.checkout_page.card_form import PaymentForm
from stripe_sandbox.checkout_page.choices import NO_CHOICES, Choices
from stripe_sandbox.currencies import readable
from stripe_sandbox.errors import ApiError
from stripe_sandbox.http_server import Request, Response
from stripe_sandbox.objects import bank_debits, sessions
from stripe_sandbox.objects.cards import Decline
from stripe_sandbox.pages import message, page, redirect, template
from stripe_sandbox.state import Record, State
from stripe_sandbox.webhooks.deliveries import Deliveries

Form = PaymentForm | BankForm

PAY = template("pay.html")
BANK = template("bank.html")
UNKNOWN = "This payment link is unknown. Please go back to the shop."
HINT = '<p class="hint">Try 4242 4242 4242 4242 with any future date and any security code.</p>'
UPDATE = '<button class="wide quiet" name="update" value="yes">Update the total</button>'
WEBHOOK_PATIENCE = (
    10.0  # seconds; as Stripe waits before it redirects (docs.stripe.com/checkout/fulfillment)
)

# title and text of the page for a session that has ended, by payment status
PROCESSING = (
    "Payment processing",
    "Your bank is processing the payment. The shop will be told the result.",
)
PAID = ("Already paid", "You have already paid, and will not be charged again.")
FAILED = (
    "Not paid",
    "Your bank declined the payment. Nothing was charged; please go back to the shop and order"
    " again.",
)
ENDED = {"paid": PAID, "no_payment_required": PAID, "unpaid": FAILED}


class PaymentPage:
    """Serves the page for the sessions of a state."""

    def __init__(self, state: State, deliveries: Deliveries) -> None:
        self._state = state
        self._deliveries = deliveries

    def answer(self, request: Request, path: str) -> Response:
        """GET shows the forms; POST pays and sends the shopper back to the shop."""
        session_id, _, below = path.partition("/")
        try:
            with self._state.transaction():
                session = sessions.retrieve(self._state, {}, session_id)
        except ApiError:
            return message("Nothing to pay here", UNKNOWN, status=404)
        try:
            return self._answer(request, session, below)
        except ApiError as error:
            return _impossible(session, error)

    def _answer(self, request: Request, session: Record, below: str) -> Response:
        if below:
            return self._challenge(request, session, below.removeprefix("challenge/"))
        if request.method == "POST":
            return self._paid(session, request.form)
        if session["status"] != "open":
            return self._closed(session)
        return self._form(session, _empty(session))

    def complete(
        self, session_id: str, payer: pay.Payer, attempt: str = "", adding: Additions = NOTHING
    ) -> str:
        """Pay, wait until the webhook event was sent, and return the address for the shopper."""
        session, event_id = pay.pay(self._state, session_id, payer, attempt, adding)
        self._deliveries.wait_for(event_id, WEBHOOK_PATIENCE)
        return success_url(session)

    def _paid(self, session: Record, body: str) -> Response:
        form = _sent(session, body)
        attempt = form.values["attempt"]
        if session["status"] != "open":
            return self._again(session, attempt)
        entered = choices_form.read(session, body)
        if form_fields.read(body, "update")["update"]:
            return self._form(session, form, entered)
        payer = form.payer()
        form.errors |= choices.problems(self._state, session, entered)
        if payer is None or form.errors:
            return self._form(session, form, entered, status=402)
        payer = replace(payer, choices=entered)
        try:
            card = three_d_secure.card_with_challenge(payer)
            if card is not None:
                return redirect(
                    three_d_secure.begin(self._state, session["id"], card, payer, attempt)
                )
            return redirect(self.complete(session["id"], payer, attempt))
        except pay.Declined as declined:
            return self._declined(session, form, entered, declined.decline)
        except pay.NotOpen as late:
            return self._again(late.session, attempt)

    def _challenge(self, request: Request, session: Record, token: str) -> Response:
        """The bank's challenge, or what follows from the shopper's answer."""
        asked = three_d_secure.pending(self._state, session["id"])
        if session["status"] != "open":
            return self._again(session, asked.attempt if asked and asked.token == token else "")
        if asked is None or asked.token != token:
            return redirect(f"/pay/{session['id']}")
        answer = (
            form_fields.read(request.form, "answer")["answer"] if request.method == "POST" else ""
        )
        if answer == "complete":
            return self._authenticated(session, asked)
        if answer == "fail":
            pay.fail_authentication(self._state, session["id"], asked.payer, three_d_secure.FAILED)
            return self._unpaid(session, asked, three_d_secure.FAILED)
        return three_d_secure.shown(session, asked)

    def _authenticated(self, session: Record, asked: three_d_secure.Challenge) -> Response:
        try:
            return redirect(self.complete(session["id"], asked.payer, asked.attempt))
        except pay.Declined as declined:
            return self._unpaid(session, asked, declined.decline)
        except pay.NotOpen as late:
            return self._again(late.session, asked.attempt)

    def _unpaid(self, session: Record, asked: three_d_secure.Challenge, why: Decline) -> Response:
        three_d_secure.end(self._state, session["id"])
        return self._declined(session, card_form.again(asked), asked.payer.choices, why)

    def _declined(self, session: Record, form: Form, entered: Choices, why: Decline) -> Response:
        form.errors[why.field] = why.message
        return self._form(session, form, entered, status=402)

    def _again(self, session: Record, attempt: str) -> Response:
        """Redirect if the same form was sent twice, which is one payment; else say what happened."""
        if attempt and self._state.private(session["id"])["paid_with"] == attempt:
            return redirect(success_url(session))
        return self._closed(session, if_paid=409)

    def _closed(self, session: Record, *, if_paid: int = 200) -> Response:
        """The page for a session that is not open; ``if_paid`` is the status if it is complete."""
        if session["status"] == "complete":
            text = (
                PROCESSING
                if bank_debits.is_processing(self._state, session)
                else ENDED[session["payment_status"]]
            )
            return message(*text, status=if_paid, link=(success_url(session), "Back to the shop"))
        back = session["cancel_url"]
        link = (back, "Back to the shop") if back else None
        return message(
            "Too late", "This payment page has expired. Nothing was charged.", status=410, link=link
        )

    def _form(
        self, session: Record, form: Form, entered: Choices = NO_CHOICES, status: int = 200
    ) -> Response:
        """The page with the form that was sent; the form for the other payment method is empty."""
        card = form if isinstance(form, PaymentForm) else _empty(session)
        session, lines = self._with_sums(session, entered)
        total = readable(session["amount_total"], session["currency"])
        body = PAY.substitute(
            total=total,
            lines="\n".join(_line(line) for line in lines),
            back=_back(session),
            heading="Pay by card" if card.due else "Nothing is due",
            hint=HINT if card.due else "",
            alert='<p class="alert" role="alert">Nothing was charged. Please check below.</p>'
            if form.errors
            else "",
            action=f"/pay/{session['id']}",
            attempt=escape(card.values.get("attempt") or ids.random_text(16)),
            update=UPDATE if _can_change(session) else "",
            sums="\n".join(_sums(session)),
            fields=choices_form.shown(self._state, session, entered, form.errors) + card.shown(),
            button=f"Pay {total}" if card.due else "Complete order",
            bank=self._bank(session, form, entered, total)
            if card.due and _takes_banks(session)
            else "",
            cards=card.test_cards() if card.due else "",
        )
        return page(f"Pay {total}", body, status=status)

    def _bank(self, session: Record, form: Form, entered: Choices, total: str) -> str:
        """The form for bank accounts, expanded if it was the one that was sent."""
        shown = (
            form
            if isinstance(form, BankForm)
            else BankForm({"email": session["customer_email"] or ""})
        )
        asked = choices_form.shown(self._state, session, entered, shown.errors, "bank-")
        return BANK.substitute(
            open=" open" if shown is form else "",
            action=f"/pay/{session['id']}",
            attempt=escape(shown.values.get("attempt") or ids.random_text(16)),
            fields=asked + shown.shown(),
            total=total,
            accounts=bank_form.test_accounts(),
        )

    def _with_sums(self, session: Record, entered: Choices) -> tuple[Record, list[Record]]:
        """The session and its lines with what the choices so far add to the total."""
        lines = sessions.line_items_of(self._state, session)
        if choices.problems(self._state, session, entered).keys() & {"rate", "promotion_code"}:
            return session, lines
        adding = choices.additions(self._state, session, entered, NOTHING)
        return adjustments.added(session, lines, adding)


def success_url(session: Record) -> str:
    """Where the shopper goes after paying, with the session's id filled in."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _impossible(session: Record, error: ApiError) -> Response:
    """The page for a total that cannot be charged, for example because of the shipping rate."""
    back = session["cancel_url"]
    text = f"{error.message.rstrip('.')}. Nothing was charged; please go back to the shop."
    link = (back, "Back to the shop") if back else None
    return message("This cannot be paid", text, status=error.status, link=link)


def _sent(session: Record, body: str) -> Form:
    """The form that was sent: the one for bank accounts says so in ``method``."""
    if _takes_banks(session) and form_fields.read(body, "method")["method"] == "bank":
        return BankForm.sent(body)
    return PaymentForm.sent(body, due=_due(session))


def _empty(session: Record) -> PaymentForm:
    return card_form.empty(session["customer_email"], due=_due(session))


def _due(session: Record) -> bool:
    return bool(session["amount_total"])


def _takes_banks(session: Record) -> bool:
    return bank_debits.METHOD in session["payment_method_types"]


def _can_change(session: Record) -> bool:
    """Whether the total depends on what the shopper enters."""
    return len(session["shipping_options"]) > 1 or bool(session["allow_promotion_codes"])


def _sums(session: Record) -> list[str]:
    """Shipping, discount and tax, as far as there are any, as markup."""
    details, currency = session["total_details"], session["currency"]
    rows = [
        ("Shipping", details["amount_shipping"]),
        ("Discount", -details["amount_discount"]),
        ("Tax", details["amount_tax"]),
    ]
    return [
        f'<p class="sum part"><span>{name}</span> <span class="amount">{readable(amount, currency)}</span></p>'
        for name, amount in rows
        if amount
    ]


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
