"""A gate in front of the sandbox that turns calls away as Stripe does when there are too many (HTTP
429).
"""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

REFUSAL = {
    "error": {
        "type": "invalid_request_error",
        "code": "rate_limit",
        "message": "Request rate limit exceeded.",
    }
}


class Gate(ThreadingHTTPServer):
    """Passes calls on to `target`, unless it is closed."""

    daemon_threads = True
    closed = False

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(target)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Gate

    def do_POST(self) -> None:
        """Turn away or pass on."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.closed:
            self._send(429, json.dumps(REFUSAL).encode())
        else:
            target = http.client.HTTPConnection(str(self.server.target.netloc), timeout=10)
            target.request(self.command, self.path, body, dict(self.headers.items()))
            answer = target.getresponse()
            self._send(answer.status, answer.read())
            target.close()

    do_GET = do_POST

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@contextmanager
def gate(target: str) -> Iterator[Gate]:
    """A running gate."""
    server = Gate(target)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
