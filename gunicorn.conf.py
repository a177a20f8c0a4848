"""gunicorn, as the image starts it. PORT, WEB_CONCURRENCY (processes) and WEB_THREADS (per process) size it."""

import os
from typing import Any

pythonpath = "site"
wsgi_app = "vipratech.wsgi:application"
bind = f"0.0.0.0:{os.environ.get('PORT') or 8000}"

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
worker_tmp_dir = "/dev/shm"  # noqa: S108 - heartbeats on a disk can stall with it

# Seconds. A request may wait for Stripe, whose calls have shorter timeouts of their own.
timeout = 60
graceful_timeout = 30
keepalive = 5
# A slow leak ends with its process, and not in all processes at once.
max_requests = 5000
max_requests_jitter = 500

accesslog = "-"
errorlog = "-"
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Refuse to start, with one clear sentence, under settings that the system checks refuse."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipratech.settings.production")
    from vipratech.start_checks import refuse_if_wrong  # gunicorn has set the path only now

    refuse_if_wrong()
