"""Customers in the admin: a list, a page per customer, the export of their data, the erasure."""

from typing import Any, cast

from django.conf import settings
from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from admin_base.columns import MomentColumn
from admin_base.permission import AllowedUsersMixin
from admin_base.read_only import (
    ReadOnlyIndexView,
    ReadOnlyInspectView,
    ReadOnlyPolicy,
    ReadOnlyViewSet,
)
from money import amount_text
from orders.customers.erase import erase, obstacles
from orders.customers.export import data_of
from orders.errors import ActionNotAllowed
from orders.models import Customer, Order
from orders.models.customer import CustomerQuerySet
from users.models import User

ERASE_PERMISSION = "orders.erase_customer"
EXPORT, ERASE = "orders.customer.export", "orders.customer.erase"
SHOWN_ORDERS = 100


def spent(customer: Any) -> str:
    """The total of their orders, as text. A shop has one currency."""
    return amount_text(customer.spent, settings.SHOP_CURRENCY)


class CustomerIndexView(ReadOnlyIndexView):
    """The list."""

    def get_base_queryset(self) -> CustomerQuerySet:
        """Customers with the figures of their orders."""
        return Customer.objects.customers().with_figures()

    def search_queryset(self, queryset: CustomerQuerySet) -> CustomerQuerySet:
        """Search their email addresses and their orders."""
        return queryset.matching(self.search_query) if self.is_searching else queryset


class CustomerInspectView(ReadOnlyInspectView):
    """One customer with their orders."""

    template_name = "orders/admin/customer.html"
    page_title = gettext_lazy("Customer")

    def get_object(self, queryset: QuerySet[Any] | None = None) -> Any:
        """The customer with the figures. Raises Http404 for staff who never bought anything."""
        found = super().get_object(queryset)
        return get_object_or_404(Customer.objects.customers().with_figures(), pk=found.pk)

    def get_page_subtitle(self) -> str:
        return str(self.object.email)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the newest orders, and what this user may do."""
        orders = Order.objects.of(self.object)[:SHOWN_ORDERS]
        user = self.request.user
        return {
            **super().get_context_data(**kwargs),
            "customer": self.object,
            "orders": orders,
            "spent": spent(self.object),
            "may_erase": user.has_perm(ERASE_PERMISSION),
            "may_edit": user.has_perm("users.change_user"),
        }


class CustomerView(AllowedUsersMixin, View):
    """The base of both actions on a customer."""

    def is_allowed(self, user: Any) -> bool:
        """Whether this user may see customers, and erase them."""
        may_view = ReadOnlyPolicy(Customer).user_has_permission(user, "view")
        return may_view and user.has_perm(ERASE_PERMISSION)

    @cached_property
    def customer(self) -> Customer:
        """The customer. Raises Http404."""
        return get_object_or_404(Customer.objects.customers(), pk=self.kwargs["pk"])


class ExportView(CustomerView):
    """A file with a customer's data, as `orders.customers.export` collects it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = JsonResponse(data_of(self.customer), json_dumps_params={"indent": 2})
        response["Content-Disposition"] = f'attachment; filename="customer-{self.customer.pk}.json"'
        log(self.customer, EXPORT, user=request.user)
        return response


class EraseView(CustomerView, WagtailAdminTemplateMixin, TemplateView):
    """The page that says what will be erased, and the erasure."""

    template_name = "orders/admin/customer_erase.html"
    page_title = gettext_lazy("Erase a customer's data")
    header_icon = "bin"

    def get_page_subtitle(self) -> str:
        return self.customer.email

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        page = reverse("customers_admin:inspect", args=[quote(self.customer.pk)])
        return [
            *self.breadcrumbs_items,
            {"url": reverse("customers_admin:index"), "label": _("Customers")},
            {"url": page, "label": self.customer.email},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the customer, and why they cannot be erased now."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        found = obstacles(self.customer)
        return {**context, "customer": self.customer, "obstacles": found}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Erase the data, if the email address was typed to confirm it."""
        if request.POST.get("email", "").strip().lower() != self.customer.email:
            messages.error(request, _("Type the email address exactly as it is shown."))
            return self.render_to_response(self.get_context_data(), status=422)
        try:
            erase(self.customer, by=cast(User, request.user))
        except ActionNotAllowed as error:
            messages.error(request, str(error))
            return self.render_to_response(self.get_context_data(), status=422)
        log(Customer.objects.get(pk=self.customer.pk), ERASE, user=request.user)
        messages.success(
            request, _("The customer's data was erased. The orders stay, without the name.")
        )
        return redirect("customers_admin:index")


class CustomerViewSet(ReadOnlyViewSet):
    """Customers in the main menu."""

    model = Customer
    name = "customers_admin"
    url_prefix = "customers"
    icon = "user"
    menu_label = gettext_lazy("Customers")
    menu_order = 151
    add_to_admin_menu = True
    index_view_class = CustomerIndexView
    inspect_view_class = CustomerInspectView
    list_display = (
        TitleColumn(
            "email",
            label=gettext_lazy("Email"),
            sort_key="email",
            url_name="customers_admin:inspect",
        ),
        Column("order_count", label=gettext_lazy("Orders")),
        Column("spent", label=gettext_lazy("Total"), accessor=spent),
        MomentColumn("last_order_at", label=gettext_lazy("Last order")),
        MomentColumn("last_login", label=gettext_lazy("Last login")),
        MomentColumn("date_joined", label=gettext_lazy("Joined"), sort_key="date_joined"),
    )
    search_fields = ("email",)  # switches the search on; see CustomerQuerySet.matching
    search_hint = gettext_lazy("Email, name, phone, order number or tracking number")

    def get_urlpatterns(self) -> list[URLPattern]:
        base = f"<{self.pk_path_converter}:pk>"
        return [
            *super().get_urlpatterns(),
            path(f"{base}/export/", require_POST(ExportView.as_view()), name="export"),
            path(f"{base}/erase/", EraseView.as_view(), name="erase"),
        ]
