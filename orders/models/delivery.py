"""Where an order goes, and what shoppers and staff wrote about it."""

from django.conf import settings
from django.db import connection, models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from orders.models.delivery_blocks import country_name
from orders.models.order import Order

# Jump from each country to the next one: `DISTINCT` would read every address
# (wiki.postgresql.org/wiki/Loose_indexscan).
COUNTRIES = """
WITH RECURSIVE found AS (
    (SELECT country FROM orders_orderaddress ORDER BY country LIMIT 1)
    UNION ALL
    SELECT (SELECT country FROM orders_orderaddress AS next
            WHERE next.country > found.country ORDER BY country LIMIT 1)
    FROM found WHERE found.country IS NOT NULL)
SELECT country FROM found WHERE country <> ''
"""


class OrderAddressQuerySet(models.QuerySet["OrderAddress"]):
    """Queries for addresses."""

    def countries(self) -> list[str]:
        """The two-letter codes of all countries that something was delivered to."""
        with connection.cursor() as cursor:
            cursor.execute(COUNTRIES)
            return [code for (code,) in cursor.fetchall()]


class OrderAddress(models.Model):
    """A delivery address. The newest of an order applies; earlier ones are kept.

    The parts are as Stripe reports them; any of them may be empty.
    """

    class Source(TextChoices):
        """Who entered it."""

        STRIPE = "stripe", _("the shopper, at Stripe")
        STAFF = "staff", _("staff")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="addresses")
    source = models.CharField(max_length=16, choices=Source, default=Source.STRIPE)
    name = models.CharField(max_length=255, blank=True)
    line1 = models.CharField(max_length=255, blank=True)
    line2 = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=255, blank=True)
    postal_code = models.CharField(max_length=255, blank=True)
    country = models.CharField(max_length=255, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    objects = OrderAddressQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["country"], name="orders_orderaddress_country")]

    def __str__(self) -> str:
        return f"Address {self.pk}"

    @property
    def lines(self) -> list[str]:
        """The address as it is written on a parcel, without empty lines."""
        town = " ".join(part for part in (self.postal_code, self.city) if part)
        country = country_name(self.country) if self.country else ""
        found = (self.name, self.line1, self.line2, town, self.state, country)
        return [line for line in found if line]


class OrderNote(models.Model):
    """What somebody wrote about an order. The shopper sees their own note, nobody else's."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notes")
    key = models.UUIDField(
        null=True, unique=True, help_text=_("From the form, against a second click.")
    )
    is_from_shopper = models.BooleanField(default=False)
    text = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["at", "pk"]
        default_permissions = ("add",)

    def __str__(self) -> str:
        return f"Note {self.pk}"
