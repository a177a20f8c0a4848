"""What every test may use."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """No test sees another's cached site or renditions."""
    cache.clear()
