"""Somebody in finance who refunds, somebody with the Stripe Dashboard, and banks that dispute."""

import logging
import random
import urllib.error
from collections import Counter
from threading import Event
from uuid import uuid4

from django.db import Error, connection

from orders.errors import ActionNotAllowed
from orders.models import Order
from orders.refunds.request import RefundRequest, request_refund
from tests.chaos.sandbox_controls import send_command

logger = logging.getLogger(__name__)

DEEDS = ("refund here", "refund here", "refund in the Dashboard", "dispute", "inquiry")


def give_back(over: Event, *, sandbox: str, pause: float, seed: int) -> Counter[str]:
    """Refund or dispute part of some order every `pause` seconds or so until the run is over.

    Returns what was done, and how often. The worker makes the refunds that are requested here.
    """
    chance, done = random.Random(f"finance {seed}"), Counter[str]()
    while not over.wait(chance.uniform(0.5, 1.5) * pause):
        deed = chance.choice(DEEDS)
        try:
            if paid := Order.objects.exclude(payment_intent=None).order_by("?").first():
                _do(deed, paid, sandbox, chance)
                done[deed] += 1
        except Error as error:
            logger.info("Finance has to wait for the database: %s", error)
            connection.close()
        except (ActionNotAllowed, urllib.error.URLError) as error:
            logger.info("%s was refused: %s", deed, error)
    connection.close()
    return done


def _do(deed: str, paid: Order, sandbox: str, chance: random.Random) -> None:
    amount = chance.randint(1_00, max(paid.total // 3, 1_00))
    if deed == "refund here":
        request_refund(paid, RefundRequest(other=amount), key=uuid4(), seen=paid.refunded)
    elif deed == "refund in the Dashboard":
        send_command(sandbox, "refund", payment=paid.session_id, amount=amount)
    else:
        kind = "chargeback" if deed == "dispute" else "inquiry"
        send_command(sandbox, "dispute", payment=paid.session_id, kind=kind)
