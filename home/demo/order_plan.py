"""Which orders a demo has: who bought what and when, and what happened next."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True)
class Customer:
    """A shopper of the demo, and where they live. Names and addresses are made up."""

    name: str
    line1: str
    city: str
    state: str
    postal_code: str

    @property
    def email(self) -> str:
        """An address that can belong to nobody."""
        return f"{self.name.lower().replace(' ', '.')}@example.com"


class Story(StrEnum):
    """What happens to a purchase."""

    TO_SHIP = "to ship"
    SHIPPED = "shipped"
    PARTLY_SHIPPED = "partly shipped"
    REPLACED = "shipped, and replaced because it arrived broken"
    RETURNED = "shipped, returned and refunded"
    REFUNDED_IN_PART = "shipped, and one item refunded"
    REFUNDED = "shipped, and refunded in full"
    REFUND_FAILED = "shipped; the bank returned the refund"
    SHORT = "paid, but more was sold than there is"
    HELD = "held"
    CANCELLED = "cancelled and refunded"
    DISPUTED = "shipped; the bank opened a dispute"
    INQUIRY = "shipped; the bank asks about it"
    PENDING = "the bank has not confirmed the payment yet"
    FAILED = "the bank refused the payment"


@dataclass(frozen=True)
class Purchase:
    """One purchase; `number` counts from 1, the oldest first. `quantities` are by slug."""

    number: int
    ago: timedelta
    customer: Customer
    quantities: dict[str, int]
    story: Story


CUSTOMERS = (
    Customer("Asha Raman", "14 Lake View Road", "Chennai", "TN", "600033"),
    Customer("Vikram Mehta", "7 Marine Lines", "Mumbai", "MH", "400002"),
    Customer("Leela Thomas", "3 Church Street", "Kochi", "KL", "682001"),
    Customer("Rohan Iyer", "52 Residency Road", "Bengaluru", "KA", "560025"),
    Customer("Meera Joshi", "9 Law College Road", "Pune", "MH", "411004"),
    Customer("Kabir Singh", "18 Sector 17", "Chandigarh", "CH", "160017"),
    Customer("Ananya Das", "26 Lake Gardens", "Kolkata", "WB", "700045"),
    Customer("Farhan Ali", "4 Banjara Hills", "Hyderabad", "TG", "500034"),
    Customer("Nisha Patel", "31 Ashram Road", "Ahmedabad", "GJ", "380009"),
    Customer("Dev Sharma", "5 Civil Lines", "Jaipur", "RJ", "302006"),
    Customer("Tara Menon", "11 Temple Road", "Mysuru", "KA", "570001"),
    Customer("Arjun Nair", "22 Beach Road", "Visakhapatnam", "AP", "530002"),
)

# Hours ago, the newest last. Whatever is missing to ORDERS was shipped, up to DAYS ago.
RECENT: tuple[tuple[float, Story], ...] = (
    (26 * 24, Story.RETURNED),
    (23 * 24, Story.REFUNDED),
    (19 * 24, Story.REPLACED),
    (16 * 24, Story.REFUNDED_IN_PART),
    (14 * 24, Story.REFUNDED_IN_PART),
    (12 * 24, Story.DISPUTED),
    (10 * 24, Story.INQUIRY),
    (8 * 24, Story.REFUND_FAILED),
    (6 * 24, Story.CANCELLED),
    (4 * 24, Story.HELD),
    (70, Story.PARTLY_SHIPPED),
    (52, Story.PENDING),
    (49, Story.FAILED),
    (45, Story.TO_SHIP),
    (31, Story.TO_SHIP),
    (22, Story.TO_SHIP),
    (15, Story.TO_SHIP),
    (9, Story.TO_SHIP),
    (5, Story.SHORT),
    (2, Story.TO_SHIP),
)
ORDERS = 60
DAYS = 90
WITHOUT_ORDER = (Story.PENDING, Story.FAILED)
SLUGS = ("brass-lamp", "block-print-quilt", "stoneware-tea-set")
SHORT_SLUG = "stoneware-tea-set"


def purchases() -> Iterator[Purchase]:
    """The purchases, oldest first; the same ones each time."""
    chance = random.Random(1)
    for number, (hours, story) in enumerate(schedule(chance), start=1):
        customer = CUSTOMERS[number % len(CUSTOMERS)]
        yield Purchase(number, timedelta(hours=hours), customer, choose(chance, story), story)


def schedule(chance: random.Random) -> list[tuple[float, Story]]:
    """Hours ago and story of each purchase, oldest first; more of them in the later weeks."""
    without = sum(story in WITHOUT_ORDER for _hours, story in RECENT)
    older = ORDERS - (len(RECENT) - without)
    # Between five days, when everything has been shipped, and DAYS.
    hours = (120 + (DAYS - 6) * 24 * chance.random() ** 1.5 for _ in range(older))
    shipped = [(hour, Story.SHIPPED) for hour in hours]
    return sorted([*shipped, *RECENT], reverse=True)


def choose(chance: random.Random, story: Story) -> dict[str, int]:
    """Quantities by slug: one product, sometimes two."""
    if story == Story.SHORT:
        return {SHORT_SLUG: 3}
    if story in (Story.PARTLY_SHIPPED, Story.REFUNDED_IN_PART):
        return {SLUGS[0]: 2, SLUGS[1]: 1}
    chosen = chance.sample(SLUGS, chance.choices((1, 2), (4, 1))[0])
    return {slug: chance.choices((1, 2, 3), (6, 2, 1))[0] for slug in chosen}
