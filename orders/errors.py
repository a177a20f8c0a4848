"""Errors that the flows about orders share."""

from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext as _


class ActionNotAllowed(Exception):
    """Raised when an order's state, or what was entered, does not allow an action. `str()` is shown
    to staff. Nothing has changed.
    """


def check_key_is_free(model: type[Model], key: UUID, name: str = "pk") -> None:
    """Raises ActionNotAllowed if a form of another order was sent with this key."""
    if model._default_manager.filter(**{name: key}).exists():
        raise ActionNotAllowed(_("This form belongs to another order. Open it again."))
