"""A server that gives the answers that a test chooses: for errors that the sandbox never makes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answers:
    """Answers every request with `status` and `body`; counts them, and keeps their idempotency
    keys.
    """

    def __init__(self) -> None:
        self.status, self.body, self.kind = 200, b"{}", "application/json"
        self.keys: list[str] = []
        answers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answers.keys.append(self.headers.get("Idempotency-Key", ""))
                self.send_response(answers.status)
                self.send_header("Content-Type", answers.kind)
                self.send_header("Content-Length", str(len(answers.body)))
                self.end_headers()
                self.wfile.write(answers.body)

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
