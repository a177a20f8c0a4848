"""Does the reconciler's memory stay flat, and its time linear? Against 1,000 to 100,000 sessions
and orders.

The sandbox stands in for Stripe, over a real socket; the reconciler is a process of its own, so
that the memory is its own. Its pace is taken off; how long the requests take at ten a second is
said beside it, and the longer of the two counts.
"""

import json
import os
import re
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
import stripe
from django.conf import settings

from bench.database import database
from stripe_sandbox import Sandbox

SIZES = (1_000, 10_000, 100_000)
DATABASE = "bench_reconciling"
AMOUNT = 149900
PER_SECOND = 2  # sessions made in a second, so that pages end within one
AT_ONCE = 5_000  # rows written in one statement


def main() -> None:
    """Print a line for each size."""
    with (
        TemporaryDirectory() as folder,
        Sandbox(Path(folder) / "state") as sandbox,
        database(DATABASE),
    ):
        settings.STRIPE_API_BASE = sandbox.url
        print(
            f"{'sessions':>9}{'requests':>10}{'seconds':>9}{'of CPU':>8}"
            f"{'by the pace':>13}{'peak memory':>13}"
        )
        template, start = _template(sandbox), int(time.time()) - SIZES[-1]
        made = 0
        for size in SIZES:
            _sell(sandbox, template, start, range(made, size))
            made = size
            _print(size, _measured(sandbox, start), len(sandbox.requests))


def _print(size: int, found: dict[str, Any], requests: int) -> None:
    if (found["sessions"], found["orders"], found["differences"]) != (size, size, 0):
        raise SystemExit(f"The reconciler did not find {size} pairs: {found}")
    print(
        f"{size:>9,}{requests:>10,}{found['seconds']:>9.1f}{found['cpu']:>8.1f}"
        f"{requests / 10:>13.1f}"
        f"{found['growth']:>+10.1f} MB"
    )


def _template(sandbox: Sandbox) -> dict[str, Any]:
    """A paid session of this shop."""
    from orders.models import Installation

    client = stripe.StripeClient("sk_test_bench", base_addresses={"api": sandbox.url})
    product = client.v1.products.create({"name": "Lamp"})
    price = client.v1.prices.create(
        {"product": product.id, "unit_amount": AMOUNT, "currency": "inr"}
    )
    metadata = {"installation": Installation.current_id(), "checkout": "", "user": "1"}
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "http://localhost/",
            "metadata": metadata,
        }
    )
    sandbox.pay(session.id)
    record = sandbox.state.get("checkout.session", session.id)
    if record is None:
        raise LookupError(session.id)
    sandbox.state.run("DELETE FROM objects")
    return record


def _sell(sandbox: Sandbox, template: dict[str, Any], start: int, numbers: range) -> None:
    """Write so many sessions and their orders, oldest first, to both sides."""
    from orders.models import Order, OrderLine

    for first in range(numbers.start, numbers.stop, AT_ONCE):
        part = range(first, min(first + AT_ONCE, numbers.stop))
        with sandbox.state.transaction():
            for number in part:
                own = {"id": _session_id(number), "payment_intent": f"pi_{number}"}
                sandbox.state.add({**template, **own, "created": start + number // PER_SECOND})
        orders = Order.objects.bulk_create(
            _order(sandbox.account, start, number) for number in part
        )
        OrderLine.objects.bulk_create(
            OrderLine(order=order, name="Lamp", unit_amount=AMOUNT, quantity=1) for order in orders
        )


def _session_id(number: int) -> str:
    return f"cs_test_{number:07}"


def _order(account: str, start: int, number: int) -> Any:
    from orders.models import Order

    moment = datetime.fromtimestamp(start + number // PER_SECOND, UTC)
    return Order(
        number=f"{number:08}",
        account=account,
        livemode=False,
        session_id=_session_id(number),
        payment_intent=f"pi_{number}",
        currency="inr",
        subtotal=AMOUNT,
        total=AMOUNT,
        session_created_at=moment,
        placed_at=moment,
    )


def _measured(sandbox: Sandbox, start: int) -> dict[str, Any]:
    sandbox.requests.clear()
    arguments = [sys.executable, "-m", "bench.reconciling", sandbox.url, str(start)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout))


def reconcile(address: str, start: int) -> dict[str, Any]:
    """Run the reconciler in this process, once over nothing, for what it loads, and once over
    everything.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "vipratech.settings.test"
    settings.STRIPE_API_BASE = address
    settings.DATABASES["default"]["NAME"] = DATABASE
    django.setup()
    from orders import policy
    from orders.reconciliation import run

    policy.REQUESTS_PER_SECOND = 1_000_000
    run.reconcile(since=datetime.now(UTC), repair=False)
    memory, cpu, clock = _peak(), time.process_time(), time.perf_counter()
    row = run.reconcile(since=datetime.fromtimestamp(start, UTC))
    return {
        "seconds": time.perf_counter() - clock,
        "cpu": time.process_time() - cpu,
        "growth": _peak() - memory,
        "sessions": row.sessions,
        "orders": row.orders,
        "differences": row.discrepancy_count,
    }


def _peak() -> float:
    """The most memory that this process has held, in MB."""
    status = Path("/proc/self/status")
    # the other figure is, on Linux, that of the process which started this one if that is greater
    if status.exists():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(reconcile(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
