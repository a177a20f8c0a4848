"""What the actions on an order share: a form, a confirmation page, and the action itself.

Each form carries a key that is new whenever it is opened, so that a second click does nothing, and
the state of the order that its author saw, so that a stale page is refused.
"""

import logging
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.defaults import permission_denied
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from admin_base.read_only import ReadOnlyPolicy
from orders.checkout.details import ensure_details
from orders.errors import ActionNotAllowed
from orders.models import Order
from stripe_gateway.errors import GatewayError
from users.models import User

logger = logging.getLogger(__name__)


class OrderActionView(WagtailAdminTemplateMixin, TemplateView):
    """One action on one order. Subclasses define the class attributes and the two last methods."""

    template_name = "orders/admin/action.html"
    permission: ClassVar[str]  # for example `orders.add_refund`
    log_action: ClassVar[str]
    form_class: ClassVar[type[forms.Form]]
    submit_label: ClassVar[str | Promise]
    needs_confirmation = True
    order: Order

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse users who may not see orders, or lack the permission for the action."""
        self.order = get_object_or_404(Order, pk=kwargs["pk"])
        may_view = ReadOnlyPolicy(Order).user_has_permission(request.user, "view")
        if not (may_view and request.user.has_perm(self.permission)):
            return permission_denied(request, PermissionDenied())
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show an empty form."""
        return self.show(self.form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form with its errors or the confirmation; if confirmed, perform the action."""
        form = self.form(request.POST)
        if not form.is_valid() or "change" in request.POST:
            return self.show(form)
        try:
            if self.needs_confirmation and "confirmed" not in request.POST:
                return self.show(form, self.describe(form))
            data = self.perform(form)
        except ActionNotAllowed as error:
            form.add_error(None, str(error))
            return self.show(form)
        if data is not None:
            log(self.order, self.log_action, user=request.user, data=data)
        return redirect(self.order.admin_url)

    def form(self, data: Any = None) -> forms.Form:
        """Return the form for the order, bound to the data that was sent."""
        return self.form_class(data, order=self.order)  # type: ignore[call-arg]  # every form of an action takes it

    def show(self, form: forms.Form, summary: list[str] | None = None) -> HttpResponse:
        """Respond with the form or, with a summary, the confirmation page."""
        status = 422 if form.is_bound and not form.is_valid() else 200
        context = self.get_context_data(form=form, summary=summary)
        return self.render_to_response(context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        label = self.submit_label
        return {**super().get_context_data(**kwargs), "order": self.order, "submit_label": label}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("orders_admin:index"), "label": _("Orders")},
            {"url": self.order.admin_url, "label": self.order.number},
            {"url": "", "label": self.page_title},
        ]

    def get_page_subtitle(self) -> str:
        return self.order.number

    @property
    def staff(self) -> User:
        return cast(User, self.request.user)

    def success(self, text: str) -> None:
        """Show a message on the order's page."""
        messages.success(self.request, text)

    def describe(self, form: Any) -> list[str]:
        """Return what will happen, one sentence per item. Raises ActionNotAllowed."""
        raise NotImplementedError

    def perform(self, form: Any) -> dict[str, Any] | None:
        """Perform the action, show a message, and return the data of the log entry; None if this
        was a second click. Raises ActionNotAllowed.
        """
        raise NotImplementedError


def fetch_details(order: Order) -> None:
    """Retrieve what Stripe charged for an order's lines, if it is missing and Stripe answers."""
    try:
        ensure_details(order)
    except GatewayError as error:
        logger.warning("The details of %s could not be retrieved: %s", order, error)
