"""Controls for tests and people: JSON below ``/_sandbox/`` and the page at ``/``."""
