"""The worker process: a thread and a database connection per job, until a signal."""

import logging
import os
import select
import signal
import socket
import time
from collections.abc import Iterable
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, close_old_connections, connection

from worker.models import JobRun
from worker.registry import Job
from worker.runs import run

logger = logging.getLogger(__name__)

# Seconds. Leases last three times as long as the time between two renewals.
RENEW_EVERY = 3.0
LONGEST_WAIT = 60.0  # until a thread looks at its row again
LONGEST_OUTAGE_PAUSE = 30.0
# How long running jobs may go on after a signal; a supervisor's own patience should be longer.
GRACE = 25.0

# What a database engine raises when there is no database to be had.
DATABASE_TROUBLE = (Error, ImproperlyConfigured)


class StopSignals:
    """SIGTERM and SIGINT, as something to wait for. Only the main thread may make one, and only once."""

    def __init__(self) -> None:
        # Python calls handlers between two steps of its own: a signal that comes just before a wait begins would go
        # unnoticed to its end. The byte written to this pipe as the signal comes is there for the wait to find.
        self._seen, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._on_signal(lambda number, frame: None)

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds` for a signal and say whether one came. From then on further ones change nothing."""
        seen, _, _ = select.select([self._seen], [], [], seconds)
        if seen:
            # Ctrl-C under a process manager is followed by its SIGTERM, which must not kill us on our way out.
            self._on_signal(signal.SIG_IGN)
        return bool(seen)

    def _on_signal(self, handler: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handler)


class Worker:
    """Runs jobs until told to stop."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._holder = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
        self._started = time.monotonic()
        self._stopping = Event()
        self._threads = [Thread(target=self._repeat, args=[job], name=job.name, daemon=True) for job in jobs]

    def run(self, signals: StopSignals) -> None:
        """Run all jobs, each whenever it is due, until a signal; then let those that run finish."""
        for thread in self._threads:
            thread.start()
        logger.info("Worker %s runs %s.", self._holder, ", ".join(thread.name for thread in self._threads) or "no job")
        while not signals.wait(RENEW_EVERY):
            self._renew()
        self._stop()

    def _stop(self) -> None:
        self._stopping.set()
        end = time.monotonic() + GRACE
        while (busy := [thread for thread in self._threads if thread.is_alive()]) and time.monotonic() < end:
            busy[0].join(RENEW_EVERY)
            self._renew()
        for thread in busy:
            logger.warning("Job %s did not finish in %d seconds and is broken off.", thread.name, GRACE)
        logger.info("Worker %s stopped.", self._holder)

    def _renew(self) -> None:
        """Prolong the leases of running jobs. Where that fails another worker may run them too, which is allowed."""
        try:
            close_old_connections()
            JobRun.objects.renew(self._holder)
        except DATABASE_TROUBLE:  # the threads say so
            connection.close()

    def _repeat(self, job: Job) -> None:
        """Take turns for `job` until the worker stops. While the database is gone, try again after growing pauses."""
        outages = 0
        while not self._stopping.is_set():
            try:
                wait = self._turn(job)
                outages = 0
            except DATABASE_TROUBLE as error:
                wait = min(2.0**outages, LONGEST_OUTAGE_PAUSE)
                outages += 1
                logger.warning("Job %s waits %d seconds for the database: %s", job.name, wait, error)
                connection.close()
            self._stopping.wait(min(wait, LONGEST_WAIT))
        connection.close()

    def _turn(self, job: Job) -> float:
        """Run `job` if it is due, and return the seconds until it is due again."""
        close_old_connections()
        age = timedelta(seconds=time.monotonic() - self._started)
        if JobRun.objects.claim(job, self._holder, age=age):
            try:
                run(job)
            except (Exception, SystemExit):  # a job may raise anything; the others and its own next run must go on
                logger.exception("Job %s failed.", job.name)
        wait = JobRun.objects.seconds_until_due(job)
        close_old_connections()
        return wait
