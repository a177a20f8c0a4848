"""What the pieces of an order are worth when they are refunded. Pure."""


def worth(total: int, quantity: int, pieces: int) -> int:
    """Return what `pieces` of a line's `quantity` are worth, in minor units: their share of what
    Stripe charged for the line (`total`), rounded half up.
    """
    return (2 * total * pieces + quantity) // (2 * quantity)


def worth_of_more(total: int, quantity: int, *, before: int, pieces: int) -> int:
    """Return what `pieces` are worth after `before` pieces of the line were refunded.

    The line's last piece takes what rounding left, so all refunds of a line add up to its total.
    """
    return worth(total, quantity, before + pieces) - worth(total, quantity, before)
