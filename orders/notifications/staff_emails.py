"""The content of the emails to staff about orders."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mail.registry import Block, Content, Link, Paragraph, Rows, declare
from money import amount_text
from orders.models import Order
from orders.notifications.order_emails import amounts, delivery, order_in, sample

LONGEST_DIGEST = 200  # orders; the others are counted


def new_order(data: Mapping[str, Any]) -> Content:
    """An order was placed."""
    order = order_in(data)
    text = _("New order %(number)s from %(name)s.")
    name = order.name or order.email
    return Content(
        _("New order %(number)s") % {"number": order.number},
        (
            Paragraph(text % {"number": order.number, "name": name}),
            amounts(order),
            *delivery(order),
            Link(_("Open the order"), urljoin(settings.SITE_URL, order.admin_url)),
        ),
    )


def day_of_orders(data: Mapping[str, Any]) -> Content | None:
    """The orders that were placed between two moments; nothing if there are none."""
    since, until = (datetime.fromisoformat(data[name]) for name in ("since", "until"))
    orders = Order.objects.filter(placed_at__gte=since, placed_at__lt=until).order_by("placed_at")
    if not orders:
        return None
    count = ngettext("%(count)s new order", "%(count)s new orders", len(orders))
    return digest(
        count % {"count": len(orders)},
        [
            (
                f"{order.number}, {order.name or order.email}",
                amount_text(order.total, order.currency),
            )
            for order in orders
        ],
    )


def who(order: Order) -> str:
    """Number and shopper of an order."""
    return f"{order.number}, {order.name or order.email}"


def digest(subject: str, rows: list[tuple[str, str]]) -> Content:
    """The email about several orders: number and shopper, and the total of each."""
    link = Link(_("Open the orders"), urljoin(settings.SITE_URL, reverse("orders_admin:index")))
    shown = rows[:LONGEST_DIGEST]
    blocks: list[Block] = [Paragraph(_("New since yesterday:")), Rows(tuple(shown))]
    if len(rows) > len(shown):
        text = _("And %(count)s more.")
        blocks.append(Paragraph(text % {"count": len(rows) - len(shown)}))
    return Content(subject, (*blocks, link))


NEW_ORDER = declare(
    "staff-new-order",
    gettext_lazy("New order, to staff"),
    new_order,
    lambda: sample(_("New order 7Q2M4K9X"), _("New order 7Q2M4K9X from Ann Example.")),
)
DIGEST = declare(
    "staff-orders",
    gettext_lazy("Daily list of new orders, to staff"),
    day_of_orders,
    lambda: digest(
        _("2 new orders"),
        [
            ("7Q2M4K9X, Ann Example", amount_text(304800, settings.SHOP_CURRENCY)),
            ("K6PGC079, Bob Example", amount_text(149900, settings.SHOP_CURRENCY)),
        ],
    ),
)
