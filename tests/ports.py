"""Ports for servers that a test starts later, or stops and starts again."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def reserved_ports(count: int) -> Iterator[list[int]]:
    """Ports of 127.0.0.1 that the system gives to no other program until the block ends.

    A port that is merely free now may be taken a moment later, by any connection or test. These are
    bound, but not listened on: the system does not hand them out, and a server with SO_REUSEADDR
    (every server here sets it) can still listen on them.
    """
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for bound in sockets:
            # In this order: with SO_REUSEADDR, the system might choose a port that another process
            # has reserved in the same way.
            bound.bind(("127.0.0.1", 0))
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield [int(bound.getsockname()[1]) for bound in sockets]
