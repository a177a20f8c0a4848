"""Cancel an order, put it on hold, record returns, and write notes and emails."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages

from mail.outbox import usable
from money import amount_text
from orders.errors import ActionNotAllowed, check_key_is_free
from orders.models import Order, OrderEvent, OrderLine, OrderNote
from orders.notifications import write_email
from orders.refunds.request import Decision, quote_refund
from orders.refunds.send import send
from orders.shipping.cancel import cancel, what_to_refund
from orders.shipping.hold import hold, release
from orders.shipping.returns import receive, returnable
from orders.viewsets.action import OrderActionView, fetch_details
from orders.viewsets.quantities_form import QuantitiesForm

CANCEL, HOLD, RELEASE, RECEIVE, NOTE, EMAIL = (
    "orders.cancel",
    "orders.hold",
    "orders.release",
    "orders.receive",
    "orders.note",
    "orders.letter",
)
LONGEST_NOTE = 5000
NO_ADDRESS = gettext_lazy("This order has no email address to write to.")


class OrderForm(forms.Form):
    """A form about an order, with a key against a second click."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order


class CancelForm(OrderForm):
    """Whether to refund and to restock the cancelled items."""

    refund = forms.BooleanField(
        label=gettext_lazy("Refund the cancelled items"), required=False, initial=True
    )
    restock = forms.BooleanField(
        label=gettext_lazy("Put the items back into stock"), required=False, initial=True
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy("For staff. The shopper does not see it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CancelView(OrderActionView):
    """The form, the confirmation, and the cancellation with its refund."""

    page_title = gettext_lazy("Cancel the order")
    header_icon = "cross"
    permission = "orders.cancel_order"
    log_action = CANCEL
    form_class = CancelForm
    submit_label = gettext_lazy("Cancel the order")

    @property
    def may_refund(self) -> bool:
        """Whether this user may refund, and there is something that Stripe would refund."""
        return self.order.is_refundable and self.staff.has_perm("orders.add_refund")

    def form(self, data: Any = None) -> forms.Form:
        """The form; without the refund for users who may not refund. The order's details are
        retrieved before, so that the refund is for its products.
        """
        if self.may_refund:
            fetch_details(self.order)
        form = super().form(data)
        if not self.may_refund:
            del form.fields["refund"]
        return form

    def describe(self, form: CancelForm) -> list[str]:
        """What will not be shipped, and what happens to the money and the goods."""
        lines = [line for line in self.order.lines.all() if line.to_ship]
        texts = [
            _("Will not be shipped: %(goods)s.") % {"goods": f"{line.to_ship} × {line.name}"}
            for line in lines
        ]
        wanted = what_to_refund(self.order) if form.cleaned_data.get("refund") else None
        if wanted:
            total = quote_refund(self.order, wanted).total
            amount = amount_text(total, self.order.currency)
            texts.append(_("%(amount)s will be refunded.") % {"amount": amount})
        else:
            texts.append(_("Nothing will be refunded."))
        if form.cleaned_data["restock"]:
            count = sum(line.to_ship for line in lines)
            texts.append(
                ngettext(
                    "The item will go back into stock.", "The items will go back into stock.", count
                )
            )
        return texts

    def perform(self, form: CancelForm) -> dict[str, Any] | None:
        """Cancel the order, then make the refund at Stripe."""
        sent = form.cleaned_data
        decision = Decision(by=self.staff, note=sent["note"], restock=sent["restock"])
        _order, refund = cancel(
            self.order, decision, key=sent["key"], refund=bool(sent.get("refund"))
        )
        self.success(_("The order was cancelled."))
        if refund:
            send(refund)
        is_new = self.order.cancelled_at is None  # as it was when this request began
        return {"refund": str(refund.pk) if refund else ""} if is_new else None


class HoldForm(OrderForm):
    """Why the order must not be shipped."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        help_text=gettext_lazy(
            "For staff, for example “waiting for the bank”. The shopper does not see it."
        ),
    )


class HoldView(OrderActionView):
    """Put an order on hold."""

    page_title = gettext_lazy("Put on hold")
    header_icon = "lock"
    permission = "orders.add_shipment"
    log_action = HOLD
    form_class = HoldForm
    submit_label = gettext_lazy("Put on hold")

    def describe(self, form: HoldForm) -> list[str]:
        return [
            _("The order cannot be shipped until somebody releases it."),
            _("Reason: %(reason)s") % {"reason": form.cleaned_data["reason"]},
        ]

    def perform(self, form: HoldForm) -> dict[str, Any] | None:
        is_new = hold(self.order, form.cleaned_data["reason"], by=self.staff)
        self.success(_("The order is on hold."))
        return {} if is_new else None


class ReleaseView(OrderActionView):
    """Let an order that was on hold be shipped."""

    page_title = gettext_lazy("Release from hold")
    header_icon = "lock-open"
    permission = "orders.add_shipment"
    log_action = RELEASE
    form_class = OrderForm
    submit_label = gettext_lazy("Release")

    def describe(self, form: OrderForm) -> list[str]:
        reason = self.order.hold_reason
        return [
            _("The order is on hold: %(reason)s") % {"reason": reason},
            _("The order can then be shipped."),
        ]

    def perform(self, form: OrderForm) -> dict[str, Any] | None:
        is_new = release(self.order, by=self.staff)
        self.success(_("The order can be shipped."))
        return {} if is_new else None


class ReceiveForm(QuantitiesForm):
    """How many items came back, of one product at a time."""

    restock = forms.BooleanField(
        label=gettext_lazy("Put them back into stock"),
        required=False,
        help_text=gettext_lazy("Only if they can be sold again."),
    )

    def most(self, line: OrderLine) -> int:
        """As many as were shipped and have not come back."""
        return returnable(line)

    def clean(self) -> dict[str, Any]:
        """Accept one product only, because “back into stock” applies to all items of the form."""
        cleaned = super().clean()
        if not self.errors and len(self.quantities) > 1:
            raise forms.ValidationError(_("Enter one product at a time."))
        return cleaned


class ReceiveView(OrderActionView):
    """Record goods that came back."""

    page_title = gettext_lazy("Record a return")
    header_icon = "download"
    permission = "orders.add_returnedgoods"
    log_action = RECEIVE
    form_class = ReceiveForm
    submit_label = gettext_lazy("Record a return")

    def describe(self, form: ReceiveForm) -> list[str]:
        count = sum(form.quantities.values())
        if form.cleaned_data["restock"]:
            where = ngettext("It will go back into stock.", "They will go back into stock.", count)
        else:
            where = ngettext(
                "It will not go back into stock.", "They will not go back into stock.", count
            )
        return [*form.sentences(), where, _("This does not refund anything.")]

    def perform(self, form: ReceiveForm) -> dict[str, Any] | None:
        ((pk, count),) = form.quantities.items()
        row, is_new = receive(
            self.order,
            self.order.lines.get(pk=pk),
            count,
            restock=form.cleaned_data["restock"],
            key=form.cleaned_data["key"],
            by=self.staff,
        )
        self.success(_("Returned: %(goods)s.") % {"goods": row})
        return {"goods": str(row)} if is_new else None


class NoteForm(OrderForm):
    """What staff want to remember about an order."""

    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy("For staff. The shopper does not see it."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class NoteView(OrderActionView):
    """Add a note to an order."""

    page_title = gettext_lazy("Add a note")
    header_icon = "comment"
    permission = "orders.add_ordernote"
    log_action = NOTE
    form_class = NoteForm
    submit_label = gettext_lazy("Add the note")
    needs_confirmation = False

    def perform(self, form: NoteForm) -> dict[str, Any] | None:
        sent = form.cleaned_data
        if not self.order.notes.filter(key=sent["key"]).exists():
            check_key_is_free(OrderNote, sent["key"], "key")
        _note, is_new = OrderNote.objects.get_or_create(
            key=sent["key"], defaults={"order": self.order, "text": sent["text"], "by": self.staff}
        )
        if is_new:
            OrderEvent.objects.create(order=self.order, by=self.staff, text=_("Note added."))
        self.success(_("The note was added."))
        return {} if is_new else None


def has_address(order: Order) -> bool:
    """Whether an email can be written to the shopper; not after the erasure, for example."""
    return bool(usable(order.email))


def check_address(order: Order) -> None:
    """Raises ActionNotAllowed if no email can be written to the shopper."""
    if not has_address(order):
        raise ActionNotAllowed(NO_ADDRESS)


class EmailForm(OrderForm):
    """An email to the shopper."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=150)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 10}),
    )


class EmailView(OrderActionView):
    """Write an email to the shopper."""

    page_title = gettext_lazy("Write to the shopper")
    header_icon = "mail"
    permission = "orders.add_ordernote"
    log_action = EMAIL
    form_class = EmailForm
    submit_label = gettext_lazy("Send")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, unless nothing could be sent: the order's page does not link here then."""
        if not has_address(self.order):
            messages.error(request, NO_ADDRESS)
            return redirect(self.order.admin_url)
        return super().get(request, *args, **kwargs)

    def describe(self, form: EmailForm) -> list[str]:
        check_address(self.order)
        sent = form.cleaned_data
        return [
            _("To: %(address)s") % {"address": self.order.email},
            _("Subject: %(subject)s") % {"subject": sent["subject"]},
            sent["text"],
        ]

    def perform(self, form: EmailForm) -> dict[str, Any] | None:
        check_address(self.order)
        sent = form.cleaned_data
        is_new = write_email(self.order, sent["subject"], sent["text"], key=str(sent["key"]))
        if is_new:
            OrderEvent.objects.create(
                order=self.order, by=self.staff, text=_("An email was written to the shopper.")
            )
        self.success(_("The email will be sent in a moment."))
        # Not what it says: that is in the email, and is erased with it.
        return {} if is_new else None
