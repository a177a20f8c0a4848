"""Somebody who fills the shelves, but never by much: products run out again and again."""

import logging
import random
from threading import Event
from uuid import uuid4

from django.db import Error, connection, transaction

from products import stock
from products.models import Stock

logger = logging.getLogger(__name__)
FEW = 12  # items that nobody has reserved


def fill_shelves(over: Event, *, pause: float, seed: int) -> int:
    """Bring one product back to a few items every `pause` seconds or so until the run is over.

    Returns how many items were added.
    """
    chance, added = random.Random(f"storekeeper {seed}"), 0
    while not over.wait(chance.uniform(0.5, 1.5) * pause):
        try:
            added += _fill(chance.choice(list(Stock.objects.order_by("pk"))))
        except Error as error:
            logger.info("The storekeeper has to wait for the database: %s", error)
            connection.close()
    connection.close()
    return added


def _fill(row: Stock) -> int:
    left = row.on_hand - stock.reserved([row.product_id]).get(row.product_id, 0)
    if left >= FEW:
        return 0
    with transaction.atomic():
        stock.correct(row.product_id, FEW - left, str(uuid4()))
    return FEW - left
