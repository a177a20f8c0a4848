"""Customers: everybody who has bought, and everybody else with an account but no role."""

from django.db.models import Count, Exists, IntegerField, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.db.models.query import QuerySet
from django.utils.translation import gettext_lazy as _

from orders.models.order import SHORTEST_SEARCH, Order
from stripe_gateway.account import is_live
from users.models import User


class CustomerQuerySet(QuerySet["Customer"]):
    """Queries for customers."""

    def customers(self) -> "CustomerQuerySet":
        """Leave out staff, unless they have bought something. Erased accounts do not count."""
        bought = Exists(Order.objects.filter(user=OuterRef("pk")))
        no_role = Q(groups=None, user_permissions=None, is_staff=False, is_superuser=False)
        return self.filter(no_role | Q(bought), is_active=True).distinct()

    def with_figures(self) -> "CustomerQuerySet":
        """Add `order_count`, `spent` (minor units, refunds not subtracted) and `last_order_at`.

        In a live shop, orders of the test mode do not count.
        """
        counted = Order.objects.filter(user=OuterRef("pk"), livemode=is_live())
        orders = counted.order_by().values("user")
        figures = {
            "order_count": Count("pk"),
            "spent": Sum("total"),
            "last_order_at": Max("placed_at"),
        }
        found = {
            name: Subquery(orders.annotate(value=figure).values("value"))
            for name, figure in figures.items()
        }
        return self.annotate(
            order_count=Coalesce(found["order_count"], 0, output_field=IntegerField()),
            spent=Coalesce(found["spent"], 0, output_field=IntegerField()),
            last_order_at=found["last_order_at"],
        )

    def matching(self, text: str) -> "CustomerQuerySet":
        """Customers whose email address contains a text, or one of whose orders has it."""
        if "\0" in text or len(text) < SHORTEST_SEARCH:
            return self.none()
        orders = Order.objects.matching(text).exclude(user=None)
        return self.filter(Q(email__contains=text.lower()) | Q(pk__in=orders.values("user")))


class Customer(User):  # type: ignore[django-manager-missing]  # of a model that mypy does not see
    """A user as the shop's staff see them; with permissions of its own."""

    objects = CustomerQuerySet.as_manager()  # type: ignore[assignment,misc]  # the rows are made by User

    class Meta:
        proxy = True
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["-date_joined", "-pk"]
        default_permissions = ("view",)
        permissions = [("erase_customer", _("Can erase customer"))]
