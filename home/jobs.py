"""The periodic job of the demo."""

import subprocess
import sys
from datetime import timedelta

from django.conf import settings

from home.demo.orders import are_done
from home.demo.seeding import own_staff
from worker.registry import job

if settings.DEMO_ORDERS:

    @job("add_demo_orders", every=timedelta(minutes=10), at_start=True)
    def add_demo_orders() -> None:
        """Add the demo's orders, once. In a process of its own, because it changes the clock.

        Raises RuntimeError if it fails; not if a signal ends it, as Ctrl-C does.
        """
        if own_staff() is None and not are_done():
            command = ("seed_demo", "--orders", "--if-new", "--verbosity=0")
            manage = str(settings.ROOT / "manage.py")
            done = subprocess.run([sys.executable, manage, *command], check=False)  # noqa: S603
            if done.returncode > 0:
                raise RuntimeError(f"seed_demo ended with {done.returncode}; its errors are above.")
