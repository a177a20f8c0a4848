"""The chart of the sales of the last thirty days, an SVG file that needs no JavaScript."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from money import amount_text, from_minor
from money.currencies import exponent
from orders.sales import Period
from orders.viewsets.sales import figures, may_see, remembered

WIDTH, HEIGHT = 960, 300  # pixels
LABEL_EVERY = 5  # days
SALES, REFUNDS = "#007d7e", "#c8102e"  # Wagtail's colours for links and for warnings


def sales_plot(request: HttpRequest) -> HttpResponse:
    """Respond with the chart. Raises PermissionDenied."""
    if not may_see(request.user):
        raise PermissionDenied
    _as_of, found = remembered("panel", figures)
    response = HttpResponse(drawn(found["days"]), content_type="image/svg+xml")
    # For somebody who opens the file directly: it may use its own styles, and nothing else.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def drawn(days: list[Period]) -> str:
    """A line for the sales of each day, and one for what was refunded."""
    import leather  # only staff need it

    leather.theme.background_color = "#ffffff"
    leather.theme.label_color = leather.theme.legend_color = "#333333"
    leather.theme.tick_font_family = leather.theme.legend_font_family = "sans-serif"
    chart = leather.Chart()
    for name, colour, amounts in (
        (_("Sales"), SALES, [day.sales for day in days]),
        (_("Refunds"), REFUNDS, [day.refunds for day in days]),
    ):
        values = [float(from_minor(amount, settings.SHOP_CURRENCY)) for amount in amounts]
        points = list(zip((day.begins for day in days), values, strict=True))
        chart.add_line(points, stroke_color=colour, name=name)
    chart.add_x_axis(
        ticks=[day.begins for day in days[::LABEL_EVERY]],
        tick_formatter=lambda day, *others: date_format(day, "MONTH_DAY_FORMAT"),
    )
    chart.add_y_axis(tick_formatter=in_words)
    return str(chart.to_svg(width=WIDTH, height=HEIGHT))


def in_words(amount: Any, *others: Any) -> str:
    """Format a number of the axis as an amount of money."""
    currency = settings.SHOP_CURRENCY
    return amount_text(round(float(amount) * 10 ** exponent(currency)), currency)
