"""Who comes, and to do what: a deck of visits, shuffled by the seed, in which every habit has its
share.
"""

import random
from dataclasses import dataclass
from enum import StrEnum


class Habit(StrEnum):
    """What a shopper does on a visit."""

    BUYS = "buys"
    REVIEWS = "buys two products in one order"
    CLICKS_TWICE = "presses the button twice at once"
    TWO_TABS = "chooses something else in another tab"
    BANK = "pays by a bank debit, which takes its time"
    BANK_FAILS = "pays by a bank debit that comes to nothing"
    DECLINED = "is declined first"
    HAS_A_CODE = "pays with a promotion code, shipping and tax"
    CANCELS = "goes back to the shop"
    LEAVES = "leaves the payment page open"


# Of a hundred visits.
SHARES = {
    Habit.BUYS: 28,
    Habit.REVIEWS: 12,
    Habit.CLICKS_TWICE: 12,
    Habit.TWO_TABS: 16,
    Habit.BANK: 8,
    Habit.BANK_FAILS: 4,
    Habit.DECLINED: 6,
    Habit.HAS_A_CODE: 6,
    Habit.CANCELS: 4,
    Habit.LEAVES: 4,
}


@dataclass(frozen=True)
class Visit:
    """One shopper's way through the shop.

    `closes`: the browser is closed before it is back from the payment page.
    """

    habit: Habit
    closes: bool
    chance: random.Random


def deck(count: int, *, closing: float, seed: int) -> list[Visit]:
    """`count` visits.

    Habits and closed browsers come in exact shares, so that a short run has some of each.
    """
    chance = random.Random(seed)
    hundred = [habit for habit, share in SHARES.items() for _ in range(share)]
    # Evenly thinned out or repeated, whatever the count.
    habits = [hundred[n * 100 // count] if count < 100 else hundred[n % 100] for n in range(count)]
    closed = [n < count * closing for n in range(count)]
    chance.shuffle(habits)
    chance.shuffle(closed)
    return [
        Visit(*pair, random.Random(f"{seed}-{n}"))
        for n, pair in enumerate(zip(habits, closed, strict=True))
    ]
