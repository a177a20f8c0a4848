"""Keeps secrets out of the logs: links in account emails work for whoever reads them."""

import logging
import re

# The keys of the addresses that allauth sends by email.
KEYS = re.compile(r"(/accounts/(?:confirm-email|password/reset/key)/)(?!done/)[^/?\s\"']+")


def redact(text: str) -> str:
    """The text without the keys of emailed links."""
    return KEYS.sub(r"\1…", text)


class RedactKeys(logging.Filter):
    """Redacts the message of a log record: Django logs the path of requests that fail."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; every record is logged."""
        message = record.getMessage()
        redacted = redact(message)
        if redacted != message:
            record.msg, record.args = redacted, ()
        return True
