"""Errors that the flows about orders share."""


class Impossible(Exception):
    """Why an order does not allow something now, in a sentence for staff. Nothing has changed."""
