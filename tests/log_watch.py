"""Watches what the shop logs while the tests run: no line may contain secrets or personal data."""

import copy
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.module_loading import import_string

SECRETS = re.compile(
    r"[\w.+-]+@(?!stripe\.com\b)[\w-]+\.\w+"  # email addresses, but not that of Stripe's support
    r"|\b(?:sk|rk)_(?:test|live)_\w+|whsec_\w+"  # keys of Stripe
    r"|\b4\d{3} ?\d{4} ?\d{4} ?\d{4}\b"  # card numbers
    r"|a-long-enough-password|pbkdf2_|1 Main Street|sessionid="
)


class Watch(logging.Handler):
    """Formats each record as the shop's handler does, and keeps those that say too much."""

    def __init__(self) -> None:
        super().__init__()
        line = settings.LOGGING["formatters"]["line"]  # type: ignore[index]
        self.setFormatter(logging.Formatter(line["format"], style=line["style"]))
        for options in settings.LOGGING["filters"].values():  # type: ignore[attr-defined]
            self.addFilter(import_string(options["()"])())
        self.found: list[str] = []

    def handle(self, record: logging.LogRecord) -> bool:
        """Keep the line if it contains a secret; other handlers get the record unchanged."""
        mine = copy.copy(record)
        mine.exc_text = None
        if self.filter(mine) and SECRETS.search(line := self.format(mine)):
            self.found.append(line)
        return True


@contextmanager
def watched() -> Iterator[None]:
    """Fail if something that is logged inside contains a secret."""
    watch = Watch()
    logging.getLogger().addHandler(watch)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(watch)
    assert not watch.found, "\n".join(watch.found)
