"""Which shop this is, among those that may share one Stripe account."""

import uuid
from functools import cache

from django.db import models


class Installation(models.Model):
    """One row, made by the first migration. Its id travels in the metadata of everything this shop sells."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    @cache
    def current_id(cls) -> str:
        """The id of this shop, read once in a process: it never changes."""
        return str(cls.objects.values_list("id", flat=True).get())
