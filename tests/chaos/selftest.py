"""`python -m tests.chaos.selftest`: plant one bug after the other; each must turn a small run red."""

import os
import re
import subprocess
import sys

import django

from tests.chaos.processes import ROOT

CHECKOUTS = 50
COMMAND = [sys.executable, "-m", "tests.chaos", "--small", f"--checkouts={CHECKOUTS}"]


def main() -> int:
    """Run all, print a table as it grows. Returns 1 if a bug was not found, or if the run without one is red."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "vipratech.settings.test"
    django.setup()
    from tests.chaos.bugs import BUGS  # imports models, which are there only now

    chosen = sys.argv[1:] or ["", *BUGS]
    rows = [_found(name, BUGS[name].what, BUGS[name].seen_as) if name else _clean() for name in chosen]
    return int(not all(rows))


def _clean() -> bool:
    code, saw = _run()
    return _row(not code and not saw, "no bug", saw)


def _found(name: str, what: str, seen_as: str) -> bool:
    code, saw = _run(f"--bug={name}")
    return _row(code == 1 and seen_as in saw, f"{name}: {what}", saw)


def _run(*arguments: str) -> tuple[int, dict[str, str]]:
    """The exit code of a run, and how often it complained of what."""
    done = subprocess.run([*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    saw = dict(re.findall(r"^WRONG \((.+?), (\d+)\)", done.stdout, re.MULTILINE))
    if done.returncode and not saw:
        sys.stdout.write(done.stdout + done.stderr)
    return done.returncode, saw


def _row(good: bool, about: str, saw: dict[str, str]) -> bool:
    told = ", ".join(f"{kind} {count}" for kind, count in saw.items()) or "nothing wrong"
    sys.stdout.write(f"{'ok' if good else 'NOT FOUND':10}{about:75}{told}\n")
    sys.stdout.flush()
    return good


if __name__ == "__main__":
    raise SystemExit(main())
