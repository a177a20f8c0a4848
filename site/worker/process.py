"""The worker process: one thread and one database connection per job, until a signal."""

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

from worker import policy
from worker.backoff import pause_after
from worker.models import JobRun
from worker.registry import Job
from worker.runs import run

logger = logging.getLogger(__name__)

# What a database engine raises when it cannot connect.
DATABASE_ERRORS = (Error, ImproperlyConfigured)


class StopSignals:
    """Lets the main thread wait for SIGTERM or SIGINT. Create it once, in the main thread."""

    def __init__(self) -> None:
        # Python runs signal handlers between two of its instructions, so a signal just before a
        # wait would be noticed only after it. The byte that it writes to this pipe ends the wait.
        # See signal.set_wakeup_fd in Python's documentation.
        self._seen, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._on_signal(lambda number, frame: None)

    def wait(self, seconds: float) -> bool:
        """Wait for a signal, and return whether one arrived. Later signals are ignored."""
        seen, _, _ = select.select([self._seen], [], [], seconds)
        if seen:
            # A process manager that gets Ctrl-C also sends SIGTERM, which must not kill the worker
            # while its jobs finish.
            self._on_signal(signal.SIG_IGN)
        return bool(seen)

    def _on_signal(self, handler: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handler)


class Worker:
    """Runs jobs, each in its own thread, until a signal."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._holder = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
        self._started = time.monotonic()
        self._stopping = Event()
        self._threads = [
            Thread(target=self._repeat, args=[job], name=job.name, daemon=True) for job in jobs
        ]

    def run(self, signals: StopSignals) -> None:
        """Run every job when it is due. After a signal, wait for the jobs that are running."""
        for thread in self._threads:
            thread.start()
        names = ", ".join(thread.name for thread in self._threads) or "none"
        logger.info("Worker %s started. Its jobs: %s.", self._holder, names)
        while not signals.wait(policy.RENEW_EVERY):
            self._renew()
        self._stop()

    def _stop(self) -> None:
        logger.info("Worker %s is stopping; running jobs finish first.", self._holder)
        self._stopping.set()
        end = time.monotonic() + policy.GRACE
        while (
            busy := [thread for thread in self._threads if thread.is_alive()]
        ) and time.monotonic() < end:
            busy[0].join(policy.RENEW_EVERY)
            self._renew()
        for thread in busy:
            logger.warning(
                "Job %s did not finish within %d seconds and is interrupted.",
                thread.name,
                policy.GRACE,
            )
        logger.info("Worker %s stopped.", self._holder)

    def _renew(self) -> None:
        """Extend the leases of running jobs. If that fails, another worker may run them too."""
        try:
            close_old_connections()
            JobRun.objects.renew(self._holder)
        except DATABASE_ERRORS:  # the threads log it
            connection.close()

    def _repeat(self, job: Job) -> None:
        """Run `job` when it is due, until the worker stops.

        While the database does not answer, try again after pauses that double each time.
        """
        outages = 0
        while not self._stopping.is_set():
            try:
                wait = self._turn(job)
                outages = 0
            except DATABASE_ERRORS as error:
                outages += 1
                wait = pause_after(
                    outages, first=policy.FIRST_OUTAGE_PAUSE, longest=policy.LONGEST_OUTAGE_PAUSE
                ).total_seconds()
                logger.warning(
                    "Job %s is waiting %d seconds for the database: %s", job.name, wait, error
                )
                connection.close()
            self._stopping.wait(min(wait, policy.LONGEST_WAIT))
        connection.close()

    def _turn(self, job: Job) -> float:
        """Run `job` if it is due. Returns the seconds until it is due again."""
        close_old_connections()
        age = timedelta(seconds=time.monotonic() - self._started)
        if JobRun.objects.claim(job, self._holder, age=age):
            try:
                run(job)
            except (Exception, SystemExit):  # whatever it is, other jobs and the next run continue
                logger.exception("Job %s failed.", job.name)
        wait = JobRun.objects.seconds_until_due(job)
        close_old_connections()
        return wait
