"""What the items of an order are worth when they are refunded. Pure: no writes, no calls."""


def worth(total: int, quantity: int, count: int) -> int:
    """Return what `count` items of a line's `quantity` are worth, in minor units: their share of
    what Stripe charged for the line (`total`), rounded half up.
    """
    return (2 * total * count + quantity) // (2 * quantity)


def worth_of_more(total: int, quantity: int, *, before: int, count: int) -> int:
    """Return what `count` items are worth after `before` items of the line were refunded.

    The line's last item takes what rounding left, so all refunds of a line add up to its total.
    """
    return worth(total, quantity, before + count) - worth(total, quantity, before)
