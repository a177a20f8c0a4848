"""Ship orders from a file of tracking numbers: upload, check each row, ship."""

import base64
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from orders.errors import ActionNotAllowed
from orders.models import Shipment
from orders.policy import TRACKING_FILE_BYTES
from orders.shipping.ship import Parcel
from orders.shipping.tracking_file import Row, read
from orders.viewsets.ship import PERMISSION, ship_what_is_there
from users.models import User


class UploadForm(forms.Form):
    """The file; on the second page, its content and a key against a second click."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        required=False,
        help_text=gettext_lazy(
            "In UTF-8, with order number, tracking number and, if you like, carrier. "
            "Nothing is shipped until you have seen what each row will do."
        ),
    )
    content = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=2 * TRACKING_FILE_BYTES
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    @cached_property
    def uploaded(self) -> bytes:
        """The file, or the content that was shown before. Raises ActionNotAllowed."""
        if upload := self.cleaned_data["file"]:
            return bytes(upload.read(TRACKING_FILE_BYTES + 1))
        try:
            return base64.b64decode(self.cleaned_data["content"], validate=True)
        except ValueError:  # not ASCII, or not base64
            raise ActionNotAllowed(_("Choose a file.")) from None


class TrackingUpload(WagtailAdminTemplateMixin, TemplateView):
    """The form, the table of what each row will do, and the shipments."""

    template_name = "orders/admin/tracking_upload.html"
    page_title = gettext_lazy("Ship from a file")
    header_icon = "upload"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raises PermissionDenied for users who may not ship."""
        if not request.user.has_perms(["orders.view_order", PERMISSION]):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        orders = {"url": reverse("orders_admin:index"), "label": _("Orders")}
        return [*self.breadcrumbs_items, orders, {"url": "", "label": self.page_title}]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The empty form."""
        return self.render_to_response(self.get_context_data(form=UploadForm()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what each row will do; with `confirmed`, do it."""
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            rows = read(form.uploaded)
        except ActionNotAllowed as error:
            form.add_error("file", str(error))
            return self.render_to_response(self.get_context_data(form=form), status=422)
        if "confirmed" in request.POST:
            self.ship(rows, form)
            return redirect("orders_admin:index")
        return self.preview(rows, form)

    def preview(self, rows: list[Row], form: UploadForm) -> HttpResponse:
        """Show a table with a line for each row, and the button that ships them."""
        content = base64.b64encode(form.uploaded).decode()
        hidden = {"content": content, "key": form.cleaned_data["key"]}
        good = sum(not row.problem for row in rows)
        context = self.get_context_data(form=UploadForm(initial=hidden), rows=rows, good=good)
        return self.render_to_response(context)

    def ship(self, rows: list[Row], form: UploadForm) -> None:
        """Ship one order after the other, and list the rows that shipped nothing."""
        # The key of each row follows from the form's, so that a second click ships nothing.
        keys = [uuid5(form.cleaned_data["key"], f"{row.position}:{row.number}") for row in rows]
        done = set(Shipment.objects.filter(pk__in=keys).values_list("pk", flat=True))
        failed = [
            text
            for row, key in zip(rows, keys, strict=True)
            if key not in done and (text := self.ship_row(row, key))
        ]
        if count := len(rows) - len(failed):
            text = ngettext("%(count)s order shipped.", "%(count)s orders shipped.", count)
            messages.success(self.request, text % {"count": count})
        if failed:
            text = _("Not shipped: %(rows)s") % {"rows": " ".join(failed)}
            messages.error(self.request, text)

    def ship_row(self, row: Row, key: UUID) -> str:
        """Ship the order of a row; returns its number and the reason if it was not shipped."""
        if row.problem or row.order is None:
            return f"{row.number} ({row.problem})"
        parcel, user = Parcel(row.carrier, row.tracking_number), cast(User, self.request.user)
        return ship_what_is_there(row.order, parcel, key=key, by=user)
