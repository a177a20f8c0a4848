"""A real SMTP server for tests, which refuses, hangs or answers slowly where a test says so."""

import email
import socketserver
import threading
from contextlib import suppress
from email.message import Message
from email.policy import default
from typing import Any


class SmtpServer:
    """Listens on a free port and keeps what it accepts.

    `answers` replaces the answer to a command (`connect`, `MAIL`, `RCPT`, `DATA`, `end`), such as
    `450 later`; an empty text closes the connection without an answer.
    """

    def __init__(self) -> None:
        self.accepted: list[tuple[str, bytes]] = []
        self.answers: dict[str, str] = {}
        server = self

        class Handler(socketserver.StreamRequestHandler):
            """One connection."""

            def handle(self) -> None:
                with suppress(ConnectionError):  # the shop was killed, or has given up
                    server.serve(self.rfile, self.wfile)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def messages(self) -> list[Message]:
        """What was accepted, parsed."""
        return [email.message_from_bytes(body, policy=default) for _to, body in self.accepted]

    def serve(self, lines: Any, out: Any) -> None:
        """Speak SMTP until the client quits or this server hangs up."""
        if not self.answer(out, "connect", "220 ready"):
            return
        recipient = ""
        for raw in lines:
            line = raw.decode("latin-1").strip()
            command = line[:4].upper()
            recipient = line if command == "RCPT" else recipient
            if command in self.answers and not self.answers[command]:
                return
            accepted = self.answer(out, command, USUAL.get(command, "250 ok"))
            if command == "QUIT":
                return
            is_body_next = command == "DATA" and accepted
            if is_body_next and not self.accept(out, recipient, read_body(lines)):
                return

    def accept(self, out: Any, recipient: str, body: bytes) -> bool:
        """Keep a message, unless the answer says otherwise. Returns whether it is kept."""
        if not self.answer(out, "end", "250 accepted"):
            return False
        self.accepted.append((recipient, body))
        return True

    def answer(self, out: Any, step: str, usual: str) -> bool:
        """Answer a command. Returns whether the answer was that of success."""
        text = self.answers.get(step, usual)
        if text:
            out.write(f"{text}\r\n".encode())
        return text.startswith(("2", "3"))


USUAL = {"DATA": "354 go on", "QUIT": "221 bye"}


def read_body(lines: Any) -> bytes:
    """The raw message, up to the dot on a line of its own."""
    body = b""
    for raw in lines:
        if raw.rstrip() == b".":
            return body
        body += raw[1:] if raw.startswith(b"..") else raw
    return body
