"""What the shoppers saw: the amounts before each payment page, and how their visits ended."""

from collections import Counter
from dataclasses import dataclass
from threading import Lock

from tests.chaos.browser import Form

Line = tuple[str, int, int]  # product key, unit amount in minor units, quantity


@dataclass(frozen=True)
class Shown:
    """What the basket page showed when Pay was pressed. `intent` is the form's token: it may be
    charged once at most.
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
    """All shoppers write here, from several threads."""

    def __init__(self) -> None:
        self.shown: dict[str, Shown] = {}  # by session id
        self.endings: Counter[str] = Counter()
        self.paid_after_end: list[
            str
        ] = []  # sessions that were paid after another basket had replaced them
        self._lock = Lock()

    def promised(self, session_id: str, shown: Shown) -> None:
        """A click on Pay has led to this session's payment page."""
        with self._lock:
            self.shown[session_id] = shown

    def ended(self, how: str) -> None:
        """A visit is over."""
        with self._lock:
            self.endings[how] += 1

    def paid_too_late(self, session_id: str) -> None:
        """A session was paid that should have been expired."""
        with self._lock:
            self.paid_after_end.append(session_id)
