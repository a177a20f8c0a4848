"""Pages of Stripe's lists, in which one object that cannot be read does not hide the others.

Source: docs.stripe.com/api/pagination.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from stripe_gateway.calls import translated
from stripe_gateway.errors import UnexpectedAnswer
from stripe_gateway.parsing import Json, StripeModel

Model = TypeVar("Model", bound=StripeModel)


@dataclass(frozen=True)
class Listed(Generic[Model]):
    """One object of a list: what it is, or why it cannot be read.

    `created` is in Unix seconds; an object without a usable time has its neighbour's.
    """

    id: str
    created: int
    json: Json
    found: Model | None
    problem: str = ""

    def read(self) -> Model:
        """The object. Raises UnexpectedAnswer."""
        if self.found is None:
            raise UnexpectedAnswer(self.problem)
        return self.found


class Page(Protocol):
    """A page as the library returns it."""

    data: Any
    has_more: Any


def listed_page(
    call: Callable[[], Page], parse: Callable[[Json], Model], *, until: int
) -> tuple[list[Listed[Model]], bool]:
    """Make the call and return the objects of its page, newest first, and whether there are more.

    Raises GatewayError; UnexpectedAnswer only for an answer that is not a page, or for a page from
    which the next one cannot be requested.
    """
    with translated():
        page = call()
        rows, is_more = [row.to_dict() for row in page.data], bool(page.has_more)
    if is_more and not (rows and isinstance(rows[-1].get("id"), str)):
        raise UnexpectedAnswer("A page ends without an ID, although there should be more.")
    return list(read_rows(rows, parse, until)), is_more


def read_rows(
    rows: Iterable[Json], parse: Callable[[Json], Model], newest: int
) -> Iterable[Listed[Model]]:
    """Read each row of a page."""
    created = newest
    for row in rows:
        found, problem = None, ""
        try:
            found = parse(row)
        except UnexpectedAnswer as error:
            problem = str(error)
        # Newest first, so a later time cannot be right.
        time = row.get("created")
        if isinstance(time, int) and 0 <= time <= created:
            created = time
        yield Listed(str(row.get("id") or ""), created, row, found, problem)


def metadata_of(listed: Listed[Any]) -> Mapping[str, object]:
    """The metadata of an object, even if the rest of it cannot be read."""
    metadata = listed.json.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}
