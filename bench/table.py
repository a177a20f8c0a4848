"""Rows of measurements: what was found, what must be reached, and what the last run found."""

import json
from dataclasses import dataclass
from pathlib import Path

LAST = Path(__file__).resolve().parents[1] / ".local" / "bench.json"


@dataclass(frozen=True)
class Row:
    """One figure. With `is_most`, less is better."""

    name: str
    found: float
    bound: float
    about: str = ""
    is_most: bool = False

    @property
    def falls_short(self) -> bool:
        """Whether the figure is on the wrong side of the bound."""
        return self.found > self.bound if self.is_most else self.found < self.bound


def finish(rows: list[Row]) -> int:
    """Print the table and keep the figures. Returns 1 if a row falls short."""
    before = json.loads(LAST.read_text()) if LAST.exists() else {}
    print(f"{'':44}{'found':>10}{'must be':>12}{'last run':>10}")
    for row in rows:
        sign, last = "≤" if row.is_most else "≥", before.get(row.name)
        print(
            f"{row.name:44}{row.found:>10.3g}{f'{sign} {row.bound:g}':>12}"
            f"{'' if last is None else f'{last:.3g}':>10}"
            f"  {'short  ' if row.falls_short else ''}{row.about}"
        )
    LAST.parent.mkdir(exist_ok=True)
    LAST.write_text(json.dumps(before | {row.name: row.found for row in rows}))
    return int(any(row.falls_short for row in rows))
