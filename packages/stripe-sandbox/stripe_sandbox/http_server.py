"""The HTTP server: reads requests, passes them to the sandbox and writes the responses."""

import re
import socket
import socketserver
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LARGEST_BODY = 1_000_000  # bytes read into memory
LARGEST_DRAIN = 64_000_000  # bytes read and discarded, so that the sender can read the refusal
TOO_BIG = (
    '{"error": {"type": "invalid_request_error", "message": "The request is too '
    'big, or of unknown length."}}'
)
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST


@dataclass(frozen=True)
class Request:
    """A request: header names are lower-case, ``form`` is body and query, joined and encoded."""

    method: str
    path: str
    form: str
    headers: dict[str, str]


@dataclass
class Response:
    """A response. ``broken``: there is none, the connection is reset."""

    status: int
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    broken: bool = False


class TooBig(Exception):
    """The body is larger than LARGEST_BODY, or of unknown length."""


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive between requests."""

    protocol_version = "HTTP/1.1"
    server_version = "StripeSandbox"
    sys_version = ""
    wbufsize = -1  # headers and body are sent in one packet
    server: "WebServer"

    def _serve(self) -> None:
        try:
            request = self._request()
        except TooBig:
            self.close_connection = True
            self._write(Response(413, TOO_BIG, "application/json"))
            return
        self._write(self.server.app(request))

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = _serve

    def _request(self) -> Request:
        body = self._body().decode("utf-8", "replace")
        path, _, query = self.path.partition("?")
        path = re.sub(r"^\w+://[^/]*", "", path)  # proxies send the absolute form
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, path, "&".join(filter(None, [query, body])), headers)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch(r"[0-9]{1,12}", length):
            raise TooBig
        if int(length) > LARGEST_BODY:
            self._drain(min(int(length), LARGEST_DRAIN))
            raise TooBig
        return self.rfile.read(int(length))

    def _drain(self, size: int) -> None:
        while size > 0 and (chunk := self.rfile.read(min(size, 65536))):
            size -= len(chunk)

    def _write(self, response: Response) -> None:
        if response.broken:
            self.close_connection = True
            self.server.reset(self.connection)
            return
        body = response.body.encode("utf-8", "replace")
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value.encode("ascii", "replace").decode())
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the sandbox keeps a list of API requests instead."""


class WebServer(ThreadingHTTPServer):
    """A thread per connection; closing it closes them all."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], app: Callable[[Request], Response]) -> None:
        self.app = app
        self._connections: set[socket.socket] = set()
        self._to_reset: set[socket.socket] = set()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Bind without a DNS lookup of the server's own name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, to close it with the server."""
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that has ended, or reset it."""
        self._connections.discard(request)
        if request in self._to_reset:
            self._to_reset.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def reset(self, connection: socket.socket) -> None:
        """Break a connection so that the other side sees a reset."""
        self._to_reset.add(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log an error, unless it is that the client closed the connection."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        """Close the server and its connections."""
        super().server_close()
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
