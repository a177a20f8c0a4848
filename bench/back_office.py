"""Does the back office stay as fast with a million orders as with a thousand?

The orders are spread over ten years; fifty are to be shipped, and one in fifty was refunded. A
figure is the median time of a page with a million orders divided by that with a thousand, through
Django's test client; the file is measured by its time per order.
"""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from bench.database import database
from bench.table import Row, finish

SIZES = (1_000, 1_000_000)
DATABASE = "bench_back_office"
REPEATS, BOUND = 15, 1.3
EXPORTED = 100_000  # orders in the larger file: a tenth of all
DAYS, TO_SHIP = 3650, 50

# One statement per table: a million rows in Python would take many minutes.
ORDERS = """
INSERT INTO orders_order (number, email, name, phone, language, accepted_terms, account, livemode,
    session_id, payment_intent, currency, subtotal, discount, shipping, tax, total, payment_status,
    fulfilment_status, hold_reason, search_text, session_created_at, placed_at)
SELECT lpad(n::text, 8, '0'), 'shopper' || n || '@example.com', 'Ann ' || left(md5(n::text), 8),
    '', 'en', false, 'acct_bench', false, 'cs_test_' || n, 'pi_' || n, 'inr', 149900, 0, 0, 0,
    149900, 'paid',
    CASE WHEN n > {size} - {to_ship} THEN 'unfulfilled' ELSE 'shipped' END, '',
    concat_ws(E'\\n', lpad(n::text, 8, '0'), 'ann ' || left(md5(n::text), 8),
        'shopper' || n || '@example.com', 'lamp'),
    placed_at, placed_at
FROM (SELECT n, now() - interval '{days} days' * ((({size} - n)::float8) / {size}) AS placed_at
    FROM generate_series({first}, {size}) AS n) AS made;
INSERT INTO orders_orderline (order_id, name, unit_amount, quantity, needs_shipping, short)
SELECT id, 'Lamp', 149900, 1, true, 0 FROM orders_order WHERE number::bigint >= {first};
INSERT INTO orders_orderaddress (order_id, source, name, line1, line2, city, state, postal_code,
    country, at)
SELECT id, 'stripe', name, '1 Street', '', 'Delhi', '', '110001', 'IN', placed_at
FROM orders_order WHERE number::bigint >= {first};
INSERT INTO orders_refund (id, order_id, stripe_id, amount, shipping, status, reason, note, failure,
    created_at, stripe_created_at, tries, key_number, retry_at)
SELECT gen_random_uuid(), id, 're_' || id, 149900, 0, 'succeeded', '', '', '', placed_at, placed_at,
    0, 0, placed_at
FROM orders_order WHERE number::bigint >= {first} AND number::bigint % 50 = 0;
"""


def main() -> int:
    """Print a row for each page. Returns 1 if one falls short."""
    with database(DATABASE):
        settings.ALLOWED_HOSTS = ["testserver"]
        measured = [measure(size) for size in SIZES]
    small, large = measured
    rows = [row(name, small[name], large[name]) for name in small]
    return finish(rows)


def row(name: str, small: tuple[float, int], large: tuple[float, int]) -> Row:
    """How many times as long it takes with a million orders; queries count as far too long."""
    ratio = large[0] / small[0] if large[1] <= small[1] else float("inf")
    about = f"{small[0] * 1000:.1f} ms → {large[0] * 1000:.1f} ms, {small[1]} → {large[1]} queries"
    return Row(f"back office: {name}", ratio, BOUND, about, is_most=True)


def fill(size: int) -> None:
    """Write orders until there are so many."""
    from django.db import connection

    from orders.models import Order

    first = Order.objects.count() + 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET fulfilment_status = 'shipped'")
        cursor.execute(ORDERS.format(size=size, first=first, days=DAYS, to_ship=TO_SHIP))
        cursor.execute("VACUUM ANALYZE")


def measure(size: int) -> dict[str, tuple[float, int]]:
    """The median time in seconds, and the queries, of each page with so many orders."""
    from django.test import Client

    from orders.models import Order
    from users.models import User

    fill(size)
    owner, _is_new = User.objects.get_or_create(
        email="owner@example.com", defaults={"is_superuser": True, "is_staff": True}
    )
    browser = Client()
    browser.force_login(owner)
    newest = Order.objects.order_by("-placed_at")[0]
    pages = {
        "list": "/admin/orders/",
        "search for a number": f"/admin/orders/?q={newest.number}",
        "search for a name": f"/admin/orders/?q={newest.name}",
        "search for what all have": "/admin/orders/?q=lamp",
        "far page": f"/admin/orders/?p={min(size // 50, 200)}",
        "to ship": "/admin/orders/?task=to-ship",
        "to refund": "/admin/orders/?task=to-refund",
        "disputed": "/admin/orders/?task=disputed",
        "one order": f"/admin/orders/inspect/{newest.pk}/",
        "customers": "/admin/customers/",
        "dashboard": "/admin/",
        "sales report": "/admin/reports/sales/",
    }
    found = {name: timed(lambda path=path: browser.get(path)) for name, path in pages.items()}  # type: ignore[misc]
    return found | {"file, per order": exported(browser, size)}


def timed(request: Callable[[], Any]) -> tuple[float, int]:
    """The median time of a request that is made several times, and its queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    response = request()
    if response.status_code != 200:
        raise SystemExit(f"{response.status_code} for {response.request['PATH_INFO']}")
    with CaptureQueriesContext(connection) as queries:
        request()
    count, times = len(queries), []
    for _repeat in range(REPEATS):
        begun = time.perf_counter()
        request()
        times.append(time.perf_counter() - begun)
    return statistics.median(times), count


def exported(browser: Any, size: int) -> tuple[float, int]:
    """The time per order of a CSV file of all orders, or of the last year's if there are many."""
    since = timezone.localdate() - timedelta(days=DAYS if size < EXPORTED else DAYS // 10)
    begun = time.perf_counter()
    response = browser.get(f"/admin/orders/?export=csv&placed_at_from={since}")
    lines = sum(chunk.count(b"\n") for chunk in response.streaming_content) - 1
    return (time.perf_counter() - begun) / lines, 0
