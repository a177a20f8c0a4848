"""What the shoppers know: which amounts each payment page was promised at, and how their visits
ended.
"""

from collections import Counter
from dataclasses import dataclass
from threading import Lock

from tests.chaos.browser import Form

Line = tuple[str, int, int]  # product key, unit amount in minor units, quantity


@dataclass(frozen=True)
class Shown:
    """What stood on the page when Buy was pressed.

    `intent` is the form's token: to be charged once at most.
    """

    intent: str
    currency: str
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, form: Form) -> "Shown":
        """From the form of a basket page."""
        columns = (
            [value for name, value in form.fields if name == wanted]
            for wanted in ("product", "amount", "quantity")
        )
        rows = zip(*columns, strict=True)
        lines = tuple(
            sorted(
                (product, int(amount), int(quantity))
                for product, amount, quantity in rows
                if quantity != "0"
            )
        )
        return cls(form.value("token"), form.value("currency"), lines)


class Notes:
    """Written by all shoppers at once."""

    def __init__(self) -> None:
        self.shown: dict[str, Shown] = {}  # by session id
        self.endings: Counter[str] = Counter()
        self.paid_after_end: list[
            str
        ] = []  # sessions that took money after another choice had replaced them
        self._lock = Lock()

    def promised(self, session_id: str, shown: Shown) -> None:
        """A press of Buy has led to this session's payment page."""
        with self._lock:
            self.shown[session_id] = shown

    def ended(self, how: str) -> None:
        """A visit is over."""
        with self._lock:
            self.endings[how] += 1

    def paid_too_late(self, session_id: str) -> None:
        """A payment page took money that should have been closed."""
        with self._lock:
            self.paid_after_end.append(session_id)
