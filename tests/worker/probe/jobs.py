"""Jobs: one that works, one that runs while `hold` exists, one that fails, one `at_start`."""

import os
import time
from datetime import timedelta

from tests.worker.probe.settings import PROBE_FOLDER
from worker.registry import job


def note(word: str) -> None:
    with (PROBE_FOLDER / "notes").open("a") as notes:
        notes.write(f"{word} {os.getpid()} {time.time()}\n")


@job("quick", every=timedelta(seconds=1))
def quick() -> None:
    note("quick")


@job("held", every=timedelta(hours=1))
def held() -> None:
    note("began")
    end = time.monotonic() + 60
    while (PROBE_FOLDER / "hold").exists() and time.monotonic() < end:
        time.sleep(0.02)
    note("ended")


@job("broken", every=timedelta(milliseconds=100))
def broken() -> None:
    note("broken")
    raise ValueError("Nothing here works.")


@job("waking", every=timedelta(hours=1), at_start=True)
def waking() -> None:
    note("woke")
