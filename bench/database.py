"""An empty database with our tables, for one measurement."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.conf import settings


@contextmanager
def database(name: str) -> Iterator[None]:
    """Create it, and destroy it afterwards."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "vipratech.settings.test"
    names: dict[str, Any] = settings.DATABASES["default"]
    names["TEST"] = {"NAME": name}
    django.setup()
    from django.db import connection

    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)
