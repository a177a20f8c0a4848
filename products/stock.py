"""Reserve, take and put back stock, and correct it.

Every function here is called inside a transaction and locks stock rows by product id, as the last
of the transaction's locks.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.raising import raise_alert, resolve_alert
from products.alerts import LOW_STOCK
from products.models import Availability, ProductPage, Reservation, Stock, StockMovement

LARGEST = 2**31 - 1  # of the columns
MOST = 1_000_000  # that staff can enter: more is a typing error
# One statement, because everybody who buys the same product waits until it ends. The rows are
# locked in the order of their products, and `locked` has their present state.
TAKE = """
    WITH wanted AS (
        SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (product_id, quantity)
    ), locked AS (
        SELECT stock.id, stock.on_hand, wanted.quantity
        FROM products_stock AS stock JOIN wanted USING (product_id)
        ORDER BY stock.product_id FOR UPDATE OF stock
    )
    UPDATE products_stock AS stock
    SET on_hand = stock.on_hand - LEAST(locked.on_hand, locked.quantity)
    FROM locked WHERE stock.id = locked.id
    RETURNING stock.product_id, LEAST(locked.on_hand, locked.quantity), stock.on_hand, stock.low_at
"""


class OutOfStock(Exception):
    """There are fewer items than were requested; `available` by product id. Nothing changed."""

    def __init__(self, available: Mapping[int, int]) -> None:
        super().__init__("Not enough items are left.")
        self.available = dict(available)


class TooMany(Exception):
    """The stock would be larger than MOST. Nothing changed."""


class StockChanged(Exception):
    """The stock is not the one that was seen. Nothing changed."""


def reserved(product_ids: Iterable[int]) -> dict[int, int]:
    """How many items of some products are in open checkouts, by product id."""
    rows = Reservation.objects.filter(product__in=list(product_ids))
    return dict(rows.order_by().values_list("product").annotate(Sum("quantity")))


def reserve(reservations: list[Reservation]) -> None:
    """Store the reservations of a checkout, one per product. Raises OutOfStock."""
    check_available({row.product_id: row.quantity for row in reservations})
    Reservation.objects.bulk_create(reservations)


def release(key: UUID) -> None:
    """Delete the reservations of a checkout: it was paid, or cannot be paid any more."""
    Reservation.objects.filter(key=key).delete()


def check_available(wanted: Mapping[int, int]) -> None:
    """Make sure that these quantities (by product id) can be reserved, and that nobody else does
    so before the transaction ends. Raises OutOfStock.
    """
    stocks, taken = locked(wanted), reserved(wanted)
    found = {
        stock.product_id: Availability(stock.on_hand, taken.get(stock.product_id, 0))
        for stock in stocks
    }
    short = {pk: each.available for pk, each in found.items() if each.available < wanted[pk]}
    if short:
        raise OutOfStock(short)


def locked(product_ids: Iterable[int]) -> list[Stock]:
    """The stock rows of some products, locked in the order of their products' ids."""
    rows = Stock.objects.select_for_update().filter(product__in=list(product_ids))
    return list(rows.order_by("product"))


def take(wanted: Mapping[int, int]) -> dict[int, int]:
    """Take items that were paid for, as many as there are; returns how many, by product id.

    A product without a stock is not in the result. The caller writes the movements with `record`.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [list(wanted), list(wanted.values())])
        rows = cursor.fetchall()
    for product_id, _taken, on_hand, low_at in rows:
        if low_at is not None and on_hand <= low_at:
            refresh_alert(Stock.objects.get(product=product_id))
    return {product_id: taken for product_id, taken, _on_hand, _low_at in rows}


def record(
    kind: StockMovement.Kind, deltas: Iterable[tuple[int, int, str]], by: Any = None
) -> None:
    """Write the movements of changes that were made: product id, difference and source of each."""
    StockMovement.objects.bulk_create(
        StockMovement(product_id=product_id, kind=kind, delta=delta, source=source, by=by)
        for product_id, delta, source in deltas
        if delta
    )


def put_back(product_id: int, quantity: int, source: str, *, taken_by: str, by: Any = None) -> None:
    """Put items back into stock, once per source, and never more than `taken_by` has taken.

    Does nothing for a product without a stock.
    """
    for stock in locked([product_id]):
        kind = StockMovement.Kind.RETURNED
        if not StockMovement.objects.filter(kind=kind, source=source).exists():
            room = max(LARGEST - stock.on_hand, 0)
            quantity = min(quantity, still_out(product_id, taken_by), room)
            record(kind, [(product_id, quantity, source)], by)
            add(stock, quantity)


def take_again(product_id: int, quantity: int, source: str) -> int:
    """Take out items that were put back too early, once per source: as many as are there and in no
    open checkout. Returns how many were taken, now or before.
    """
    kind = StockMovement.Kind.SOLD
    for stock in locked([product_id]):
        if earlier := StockMovement.objects.filter(kind=kind, source=source).first():
            return -earlier.delta
        free = Availability(stock.on_hand, reserved([product_id]).get(product_id, 0)).available
        taken = min(quantity, free)
        record(kind, [(product_id, -taken, source)])
        add(stock, -taken)
        return taken
    return 0


def still_out(product_id: int, source: str) -> int:
    """How many items a cause, and the causes whose names begin with it and a colon, have taken
    from stock and not put back.
    """
    rows = StockMovement.objects.filter(product=product_id)
    rows = rows.filter(Q(source=source) | Q(source__startswith=f"{source}:"))
    return max(-(rows.aggregate(sum=Sum("delta"))["sum"] or 0), 0)


def put_back_by(sources: Iterable[str]) -> dict[str, int]:
    """How many items some causes have put back into stock, by source."""
    rows = StockMovement.objects.filter(kind=StockMovement.Kind.RETURNED, source__in=list(sources))
    return dict(rows.values_list("source", "delta"))


def correct(product_id: int, delta: int, source: str, *, by: Any = None, note: str = "") -> Stock:
    """Add a difference to the stock, once per source. Raises OutOfStock, TooMany."""
    stock = ensure(product_id)
    kind = StockMovement.Kind.CORRECTED
    if StockMovement.objects.filter(kind=kind, source=source).exists():
        return stock
    if stock.on_hand + delta < 0:
        raise OutOfStock({product_id: stock.on_hand})
    if delta > 0 and stock.on_hand + delta > MOST:
        raise TooMany
    move(stock, kind, delta, source, by=by, note=note)
    return stock


def count(
    product_id: int, on_hand: int, source: str, *, seen: int | None, by: Any = None, note: str = ""
) -> Stock:
    """Set the stock to what was counted, once per source.

    `seen` is the stock that the person saw; None if there was none. Raises StockChanged if it has
    changed since, for example because an item was sold.
    """
    existing = Stock.objects.filter(product=product_id).exists()
    stock = ensure(product_id)
    kind = StockMovement.Kind.COUNTED
    if StockMovement.objects.filter(kind=kind, source=source).exists():
        return stock
    if (stock.on_hand if existing else None) != seen:
        raise StockChanged
    move(stock, kind, on_hand - stock.on_hand, source, by=by, note=note)
    return stock


def ensure(product_id: int) -> Stock:
    """The locked stock of a product; a new one is empty."""
    Stock.objects.get_or_create(product_id=product_id)
    return Stock.objects.select_for_update().get(product=product_id)


def set_low_at(product_id: int, low_at: int | None) -> None:
    """Store from which number on an alert is raised, and raise or resolve it."""
    stock = ensure(product_id)
    stock.low_at = low_at
    stock.save(update_fields=["low_at"])
    refresh_alert(stock)


def move(
    stock: Stock, kind: StockMovement.Kind, delta: int, source: str, *, by: Any, note: str
) -> None:
    """Change a locked stock, with its movement. A count that confirms the stock is noted, too."""
    StockMovement.objects.create(
        product_id=stock.product_id, kind=kind, delta=delta, source=source, by=by, note=note
    )
    add(stock, delta)


def add(stock: Stock, delta: int) -> None:
    """Add to a locked stock."""
    stock.on_hand += delta
    stock.save(update_fields=["on_hand"])
    refresh_alert(stock)


def refresh_alert(stock: Stock) -> None:
    """Keep the alert about low stock open as long as the stock is low."""
    if stock.low_at is None or stock.on_hand > stock.low_at:
        resolve_alert(LOW_STOCK, subject=stock.product_id)
        return
    page = ProductPage.objects.filter(translation_key=stock.product.translation_key).first()
    name = page.title if page else str(stock.product)
    raise_alert(
        LOW_STOCK,
        _("%(name)s: %(count)s left.") % {"name": name, "count": stock.on_hand},
        subject=stock.product_id,
        url=reverse("stock_admin:change", args=[stock.product_id]),
    )
