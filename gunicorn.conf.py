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
    """Writes lines in the Common Log Format, with the request id at the end and without
    the keys of emailed links.
    """

    def access(self, response: Any, request: Any, environ: dict[str, Any], duration: Any) -> None:
        """Write one line."""
        from vipratech.redaction import redact  # gunicorn has set the path by now

        request_id = next((text for name, text in response.headers if name == "X-Request-ID"), "-")
        method, uri, protocol = (
            environ[name] for name in ("REQUEST_METHOD", "RAW_URI", "SERVER_PROTOCOL")
        )
        sent, status = getattr(response, "sent", "-"), str(response.status).partition(" ")[0]
        referrer, agent = (
            environ.get(name, "-").replace('"', "'") for name in ("HTTP_REFERER", "HTTP_USER_AGENT")
        )
        line = redact(
            f'{environ.get("REMOTE_ADDR", "-")} - - {self.now()} "{method} {uri} {protocol}" '
            f'{status} {sent} "{referrer}" "{agent}" {request_id}'
        )
        self.access_log.info("%s", line)


logger_class = AccessLogger
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """Let at most half of the threads wait for Stripe; the others serve visitors if it hangs."""
    from stripe_gateway.concurrency import limit_calls  # gunicorn has set the path by now

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
