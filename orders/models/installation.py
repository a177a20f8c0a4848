"""Identifies this shop among those that may share a Stripe account."""

import uuid
from functools import cache

from django.db import models


class Installation(models.Model):
    """One row, created by a migration.

    Its id is in the metadata of every session that this shop creates.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    @cache
    def current_id(cls) -> str:
        """The id of this shop, read once per process: it never changes."""
        return str(cls.objects.values_list("id", flat=True).get())
