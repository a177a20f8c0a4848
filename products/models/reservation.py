"""Reservations: stored here, below the orders app, so that products need not import it."""

from django.db import models

from products.models.product import Product
from products.models.stripe_mirror import StripePrice


class Reservation(models.Model):
    """What an unfinished checkout reserves: a quantity of a product, and the Stripe Price it is
    sold at.

    Created with the checkout, deleted when that completes, expires or fails. `until` is when its
    session expires; a later row still counts until its checkout has been polled, because a payment
    may have arrived in the last second.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="reservations")
    price = models.ForeignKey(StripePrice, on_delete=models.PROTECT, related_name="reservations")
    quantity = models.PositiveIntegerField()
    key = models.UUIDField(db_index=True, help_text="The checkout's id.")
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "product"], name="products_reservation_unique")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id} for {self.key}"
