"""A mail server that refuses, hangs, answers slowly and loses its answers, until its faults end."""

import random
import time
from collections import Counter
from email import message_from_bytes
from typing import Any

from tests.mail.smtp_server import SmtpServer

FAULTY = 0.06  # of all steps of a conversation; an email takes five
HANGS, SLOW = 3.0, 1.0  # seconds; the shop gives up after two
FAULTS = ("refuses", "hangs up", "hangs", "is slow")


class FaultyServer(SmtpServer):
    """Listens in this process. What it has accepted is what customers have received."""

    def __init__(self, seed: int) -> None:
        self._chance, self._is_calm = random.Random(f"mail {seed}"), False
        self.faults = Counter[str]()
        super().__init__()

    def calm_down(self) -> None:
        """No more faults."""
        self._is_calm = True

    @property
    def received(self) -> Counter[str]:
        """How often each email was accepted, by the UUID in its Message-ID."""
        ids = (message_from_bytes(body)["Message-ID"] for _to, body in list(self.accepted))
        return Counter(text.strip("<>").partition("@")[0] for text in ids)

    def answer(self, out: Any, step: str, usual: str) -> bool:
        """Answer a command, or something goes wrong."""
        if self._is_calm or self._chance.random() > FAULTY:
            return super().answer(out, step, usual)
        fault = self._chance.choice(FAULTS)
        self.faults[f"{fault} at {step}"] += 1
        if fault == "is slow":
            time.sleep(SLOW)
            return super().answer(out, step, usual)
        if fault == "hangs":
            time.sleep(HANGS)
        elif fault == "refuses":
            out.write(b"451 try again later\r\n")
        return False  # the caller closes the connection

    def accept(self, out: Any, recipient: str, body: bytes) -> bool:
        """Keep an email; sometimes the shop gets no answer."""
        if self._is_calm or self._chance.random() > FAULTY:
            return super().accept(out, recipient, body)
        self.faults["accepts without an answer"] += 1
        self.accepted.append((recipient, body))
        return False
