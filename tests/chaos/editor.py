"""An editor who cannot leave the prices alone."""

import logging
import random
from decimal import Decimal
from threading import Event

from django.db import Error, connection

from products.models import ProductPage

logger = logging.getLogger(__name__)

# Few, so that old prices come back, too.
PRICES = [Decimal(rupees) for rupees in (499, 549, 649, 799, 899, 999, 1249, 1499)]


def edit(over: Event, *, pause: float, seed: int) -> int:
    """Publish a price every `pause` seconds or so until the run is over.

    Returns how many were published.
    """
    chance, published = random.Random(f"editor {seed}"), 0
    keys = list(ProductPage.objects.order_by("pk").values_list("pk", flat=True))
    while not over.wait(chance.uniform(0.5, 1.5) * pause):
        try:
            _publish(chance.choice(keys), chance.choice(PRICES))
            published += 1
        except Error as error:
            logger.info("The editor has to wait for the database: %s", error)
            connection.close()
    connection.close()
    return published


def _publish(key: int, price: Decimal) -> None:
    page = ProductPage.objects.get(pk=key)
    page.price = price
    page.save_revision().publish()
