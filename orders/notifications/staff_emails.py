"""The content of the emails to staff about orders."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mail.registry import Content, Link, Paragraph, declare
from orders.notifications.order_emails import amounts, delivery, order_in, sample


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


NEW_ORDER = declare(
    "staff-new-order",
    gettext_lazy("New order, to staff"),
    new_order,
    lambda: sample(_("New order 7Q2M4K9X"), _("New order 7Q2M4K9X from Ann Example.")),
)
