"""Refund an order from its page in the admin."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages

from money import amount_text, read_amount
from orders.models import Order, OrderLine, Refund
from orders.refunds.request import (
    SHIPPED_AND_RESTOCKED,
    Decision,
    Quote,
    RefundRequest,
    everything_left,
    left_of_shipping,
    quote_refund,
    refunded_quantities,
    request_refund,
)
from orders.refunds.send import send
from orders.refunds.worth import worth_of_more
from orders.statuses import RefundReason, RefundStatus
from orders.viewsets.action import OrderActionView, fetch_details

LOG_ACTION = "orders.refund"
LONGEST_NOTE = 5000


class RefundForm(forms.Form):
    """What to refund: everything that is left, or items, shipping and any other amount."""

    everything = forms.BooleanField(required=False)
    shipping = forms.BooleanField(required=False)
    other = forms.CharField(
        label=gettext_lazy("Another amount"),
        required=False,
        max_length=40,
        help_text=gettext_lazy(
            "For example, as compensation. It does not count as a refund of any product."
        ),
    )
    ship_anyway = forms.BooleanField(
        label=gettext_lazy("Ship the refunded items anyway"),
        required=False,
        help_text=gettext_lazy(
            "If you do not tick this, refunded items that have not been shipped are removed from"
            " the order."
        ),
    )
    restock = forms.BooleanField(
        label=gettext_lazy("Put the refunded items back into stock"),
        required=False,
        help_text=gettext_lazy("Only if they are in the shop and can be sold again."),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=RefundReason.choices,
        help_text=gettext_lazy(
            "The reason is passed on to Stripe. If you choose “Fraudulent payment”, Stripe blocks"
            " the card and the email address."
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy("For staff. The shopper does not see it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        self.lines: list[OrderLine] = list(order.lines.select_related("details"))
        self.before = refunded_quantities(order)
        self.fields["seen"].initial = order.refunded
        self.fields["everything"].label = _("Everything that is left: %(amount)s") % {
            "amount": amount_text(order.left_to_refund, order.currency)
        }
        self.shipping_left = left_of_shipping(order)
        if self.shipping_left:
            self.fields["shipping"].label = _("Delivery: %(amount)s") % {
                "amount": amount_text(self.shipping_left, order.currency)
            }
        else:
            del self.fields["shipping"]
        self.add_lines()

    def add_lines(self) -> None:
        """Add a field for each line of which something can be refunded."""
        after = "everything"
        names = list(self.fields)
        for line in self.lines:
            left = line.quantity - self.before.get(line.pk, 0)
            if left and hasattr(line, "details"):
                self.fields[f"quantity_{line.pk}"] = forms.IntegerField(
                    label=line.name,
                    required=False,
                    min_value=0,
                    max_value=left,
                    help_text=self.help_for(line, left),
                    widget=forms.NumberInput(attrs={"size": 4, "inputmode": "numeric"}),
                )
        position = names.index(after) + 1
        added = [name for name in self.fields if name not in names]
        self.order_fields([*names[:position], *added, *names[position:]])

    def help_for(self, line: OrderLine, left: int) -> str:
        """How many items are left, and what they are worth."""
        total, before = line.details.total, self.before.get(line.pk, 0)
        worth = worth_of_more(total, line.quantity, before=before, count=left)
        text = ngettext(
            "Up to %(count)s item, worth %(amount)s.",
            "Up to %(count)s items, worth %(amount)s in total.",
            left,
        )
        return text % {"count": left, "amount": amount_text(worth, self.order.currency)}

    def clean_other(self) -> int:
        """The amount in minor units."""
        text = self.cleaned_data["other"].strip()
        if not text:
            return 0
        amount = read_amount(text, self.order.currency)
        if amount is None or amount < 0:
            raise forms.ValidationError(
                _("Enter an amount such as %(example)s."),
                params={"example": amount_text(1250, self.order.currency)},
            )
        return amount

    def clean(self) -> dict[str, Any]:
        """Refuse to ship items and to sell them again."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("ship_anyway") and cleaned.get("restock"):
            self.add_error("restock", SHIPPED_AND_RESTOCKED)
        return cleaned

    @property
    def quantities(self) -> dict[int, int]:
        """How many items to refund, by the id of their line."""
        wanted = {line.pk: self.cleaned_data.get(f"quantity_{line.pk}") for line in self.lines}
        return {pk: count for pk, count in wanted.items() if count}

    @property
    def wanted(self) -> RefundRequest:
        if self.cleaned_data["everything"]:
            return everything_left(self.order)
        shipping = self.shipping_left if self.cleaned_data.get("shipping") else 0
        return RefundRequest(self.quantities, shipping, self.cleaned_data["other"])

    @property
    def decision(self) -> Decision:
        """Reason, note and options; the view adds who decided."""
        sent = self.cleaned_data
        return Decision(
            reason=RefundReason(sent["reason"]),
            note=sent["note"],
            ship_anyway=sent["ship_anyway"],
            restock=sent["restock"],
        )


class RefundView(OrderActionView):
    """The form, the confirmation, and the refund."""

    page_title = gettext_lazy("Refund")
    header_icon = "rotate"
    permission = "orders.add_refund"
    log_action = LOG_ACTION
    form_class = RefundForm
    submit_label = gettext_lazy("Refund")

    def form(self, data: Any = None) -> forms.Form:
        """The form, after the order's details were retrieved if they were missing."""
        fetch_details(self.order)
        return super().form(data)

    def describe(self, form: RefundForm) -> list[str]:
        quote = quote_refund(self.order, form.wanted)
        total = amount_text(quote.total, self.order.currency)
        return [
            *self.parts(quote),
            _("%(amount)s goes back to the card or account that the shopper paid with.")
            % {"amount": total},
            _("A refund cannot be undone."),
        ]

    def parts(self, quote: Quote) -> list[str]:
        """What the refund is for, with amounts."""
        texts = [(f"{count} × {line.name}", amount) for line, count, amount in quote.lines]
        texts += [(_("Delivery"), quote.shipping), (_("Another amount"), quote.other)]
        return [
            f"{text}: {amount_text(amount, self.order.currency)}"
            for text, amount in texts
            if amount
        ]

    def perform(self, form: RefundForm) -> dict[str, Any] | None:
        """Store the refund, then make it at Stripe."""
        sent = form.cleaned_data
        refund, is_new = request_refund(
            self.order,
            form.wanted,
            replace(form.decision, by=self.staff),
            key=sent["key"],
            seen=sent["seen"],
        )
        refund = send(refund)
        self.report(refund)
        return {"refund": str(refund.pk), "amount": refund.amount} if is_new else None

    def report(self, refund: Refund) -> None:
        """Show a message with the result."""
        texts = {
            RefundStatus.SUCCEEDED: _("%(amount)s was refunded."),
            RefundStatus.PENDING: _(
                "The refund of %(amount)s is on its way. The bank has not confirmed it yet."
            ),
            RefundStatus.REQUESTED: _(
                "Stripe has not confirmed the refund of %(amount)s yet. It will be made as soon as"
                " possible; you do not need to do anything."
            ),
            RefundStatus.FAILED: _("The refund of %(amount)s failed: %(failure)s."),
            RefundStatus.CANCELED: _("The refund of %(amount)s was cancelled."),
        }
        show = {
            RefundStatus.SUCCEEDED: messages.success,
            RefundStatus.FAILED: messages.error,
        }.get(RefundStatus(refund.status), messages.warning)
        text = texts[RefundStatus(refund.status)]
        show(self.request, text % {"amount": refund.amount_text, "failure": refund.failure_text})
