"""Read one of Stripe's lists in spans of time, so that memory use is constant."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

from django.db.models import Model, QuerySet

from orders.reconciliation.throttle import Throttle
from stripe_gateway.listing import Listed
from stripe_gateway.parsing import StripeModel

Found = TypeVar("Found", bound=StripeModel)
Row = TypeVar("Row", bound=Model)
Span = tuple[list[Listed[Found]], int, int]


class List(Protocol[Found]):
    """One of Stripe's lists, which can be queried for a period, page by page."""

    def __call__(
        self, *, since: int, until: int, after: str = ""
    ) -> tuple[list[Listed[Found]], bool]: ...


def spans(
    query: List[Found], throttle: Throttle, since: datetime, cutoff: datetime
) -> Iterator[Span[Found]]:
    """Objects in spans of time, newest first, with each span's first and last Unix second.

    A page of Stripe's list may end in the middle of a second; no span does. Together the spans
    leave nothing out. Raises GatewayError.
    """
    begin, until = int(since.timestamp()), int(cutoff.timestamp())
    held: list[Listed[Found]] = []
    last, after, has_more = until, "", True
    while has_more:
        call: Callable[[], tuple[list[Listed[Found]], bool]] = partial(
            query, since=begin, until=until, after=after
        )
        page, has_more = throttle.make(call)
        held += page
        after, first = (page[-1].id, page[-1].created + 1) if has_more else ("", begin)
        if first <= last:
            yield [each for each in held if each.created >= first], first, last
            held = [each for each in held if each.created < first]
            last = first - 1


def within(rows: QuerySet[Row], field: str, first: int, last: int) -> QuerySet[Row]:
    """Rows whose time lies in a span of Unix seconds."""
    return rows.filter(
        **{
            f"{field}__gte": datetime.fromtimestamp(first, UTC),
            f"{field}__lt": datetime.fromtimestamp(last + 1, UTC),
        }
    )
