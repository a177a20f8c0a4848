"""`python -m tests.chaos.selftest`: plant one bug after another; each must fail a short run."""

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import django

from tests.chaos.processes import ROOT

if TYPE_CHECKING:
    from tests.chaos.bugs import Bug

CHECKOUTS = 50
Done = subprocess.CompletedProcess[str]
COMMAND = [sys.executable, "-m", "tests.chaos", "--small", f"--checkouts={CHECKOUTS}"]


def main() -> int:
    """Run all, print a table as it grows.

    Returns 1 if a bug was not found, or if a run without one is red.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "vipratech.settings.test"
    django.setup()
    from tests.chaos.bugs import BUGS  # imports models, which are there only now

    rows = (
        []
        if sys.argv[1:]
        else [_clean("no bug"), _clean("no bug, and the webhook alone", "--alone")]
    )
    rows += [_found(name, BUGS[name]) for name in sys.argv[1:] or BUGS]
    return int(not all(rows))


def _clean(about: str, *arguments: str) -> bool:
    done, saw = _run(*arguments)
    return _row(about, saw, done, good=done.returncode == 0 and not saw)


def _found(name: str, bug: "Bug") -> bool:
    done, saw = _run(f"--bug={name}", *(["--alone"] if bug.alone else []))
    return _row(f"{name}: {bug.what}", saw, done, good=done.returncode == 1 and bug.seen_as in saw)


def _run(*arguments: str) -> tuple[Done, dict[str, str]]:
    """A run, and how often it complained of what."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done, dict(re.findall(r"^WRONG \((.+?), (\d+)\)", done.stdout, re.MULTILINE))


def _row(about: str, saw: dict[str, str], done: Done, *, good: bool) -> bool:
    told = ", ".join(f"{kind} {count}" for kind, count in saw.items()) or "nothing wrong"
    sys.stdout.write(f"{'ok' if good else 'NOT OK':8}{about:75}{told}\n")
    if not good:
        sys.stdout.write(f"{done.stdout}{done.stderr}\n")
    elif kept := re.search(r"^The logs are in (.+)$", done.stdout, re.MULTILINE):
        shutil.rmtree(kept[1])
    sys.stdout.flush()
    return good


if __name__ == "__main__":
    raise SystemExit(main())
