"""Errors that the flows about orders share."""


class ActionNotAllowed(Exception):
    """Raised when an order's state, or what was entered, does not allow an action. `str()` is shown
    to staff. Nothing has changed.
    """
