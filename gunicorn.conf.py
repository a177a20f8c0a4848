"""gunicorn's settings. The environment sets PORT, WEB_CONCURRENCY and WEB_THREADS (per process)."""

import gc
import os
from typing import Any

from gunicorn.glogging import Logger

pythonpath = "site"
wsgi_app = "vipratech.wsgi:application"
bind = f"0.0.0.0:{os.environ.get('PORT') or 8000}"

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
worker_tmp_dir = "/dev/shm"  # noqa: S108 - in memory: a slow disk would delay the heartbeats

# Seconds. A request may wait for Stripe, but calls to Stripe have shorter timeouts.
timeout = 60
graceful_timeout = 30
keepalive = 5
# Replace a process now and then, in case it leaks memory, but not all of them at once.
max_requests = 5000
max_requests_jitter = 500

accesslog = "-"
errorlog = "-"


class AccessLogger(Logger):
    """Leaves the keys of emailed links out of the access log, in requests and in referrers."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        """The parts of a line of the access log."""
        from vipratech.redaction import redact  # gunicorn has set the path by now

        parts = super().atoms(*args)
        return parts | {name: redact(str(parts[name])) for name in ("r", "U", "f")}


logger_class = AccessLogger
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """Leave threads for visitors when Stripe hangs."""
    from stripe_gateway.limits import limit_calls  # gunicorn has set the path by now

    limit_calls(max(threads // 2, 1))


def on_starting(server: Any) -> None:
    """Refuse to start if a system check fails, with a clear message."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipratech.settings.production")
    from vipratech.startup import refuse_to_start_if_misconfigured  # gunicorn has set the path now

    refuse_to_start_if_misconfigured()
    load_once(server)


def load_once(server: Any) -> None:
    """Load everything before the processes are forked, so that they share its memory.

    Not with `preload_app`: gunicorn would load the application before the checks.
    """
    from django.db import connections
    from django.urls import get_resolver
    from wagtail.hooks import search_for_hooks

    server.app.wsgi()
    search_for_hooks()
    len(get_resolver().url_patterns)  # imports the views
    connections.close_all()  # each process opens its own
    gc.collect()
    gc.freeze()  # the collector must not copy what they share
