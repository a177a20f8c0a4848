"""An editor who cannot leave the prices alone, and plans a short sale every third time."""

import logging
import random
from datetime import timedelta
from decimal import Decimal
from threading import Event

from django.db import Error, connection
from django.utils import timezone

from products.models import ProductPage

logger = logging.getLogger(__name__)

# Few, so that old prices come back, too.
PRICES = [Decimal(rupees) for rupees in (499, 549, 649, 799, 899, 999, 1249, 1499)]
SALE_PRICES = [Decimal(rupees) for rupees in (299, 399, 449)]
SALES = 1 / 3  # of the publishes


def edit(over: Event, *, pause: float, seed: int) -> int:
    """Publish a price every `pause` seconds or so until the run is over.

    Returns how many were published.
    """
    chance, published = random.Random(f"editor {seed}"), 0
    keys = list(ProductPage.objects.order_by("pk").values_list("pk", flat=True))
    while not over.wait(chance.uniform(0.5, 1.5) * pause):
        try:
            _publish(chance.choice(keys), chance.choice(PRICES), chance)
            published += 1
        except Error as error:
            logger.info("The editor has to wait for the database: %s", error)
            connection.close()
    connection.close()
    return published


def _publish(key: int, price: Decimal, chance: random.Random) -> None:
    page = ProductPage.objects.get(pk=key)
    page.price = price
    page.sale_price = page.sale_from = page.sale_until = None
    if chance.random() < SALES:
        page.sale_price = chance.choice(SALE_PRICES)
        page.sale_from = timezone.now() + timedelta(seconds=chance.uniform(-1, 3))
        page.sale_until = page.sale_from + timedelta(seconds=chance.uniform(1, 5))
    page.save_revision().publish()
