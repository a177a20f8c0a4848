"""`python -m tests.chaos`: one run, and its report.

Exits 1 where anything is wrong, and then keeps the folder.
"""

import argparse
import logging
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from tests.chaos import migrated, plan
from tests.chaos.database import Database
from tests.chaos.processes import ROOT, Shop

if TYPE_CHECKING:
    from tests.chaos.report import Report

FOLDER = ROOT / ".local" / "chaos"


def main() -> int:
    """Run as the command line says. Returns the exit code."""
    asked = _asked()
    signal.signal(signal.SIGTERM, _end)
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=FOLDER))
    folder.chmod(0o755)  # the database may have to run as another user
    size = plan.small if asked.small else plan.full
    chosen = size(asked.seed, asked.checkouts)
    report = _run(chosen.with_webhook_alone() if asked.alone else chosen, folder, asked.bug)
    failed = bool(report.complaints)
    if failed:
        say(f"The logs are in {folder}")
    else:
        shutil.rmtree(folder)
    say(report.text())
    return int(failed)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--checkouts",
        type=int,
        default=2000,
        metavar="VISITS",
        help="visits, most of which begin a checkout",
    )
    parser.add_argument(
        "--small", action="store_true", help="half a minute, with the shop's waits shortened"
    )
    parser.add_argument("--alone", action="store_true", help="let nothing but the webhook settle")
    parser.add_argument("--bug", default="", help="plant one of tests/chaos/bugs.py")
    return parser.parse_args()


def _run(chosen: plan.Plan, folder: Path, bug: str) -> "Report":
    say("Preparing the shop ...")
    database = Database(folder / "postgres")
    has_tables = migrated.create(database)
    shop = Shop(
        folder, database.url, seed=chosen.seed, quick=chosen.quick, alone=chosen.alone, bug=bug
    )
    try:
        # This process looks into the same database, with the settings that the shop's processes
        # have.
        os.environ.update(shop.environment)
        django.setup()
        logging.getLogger().handlers = [logging.FileHandler(folder / "runner.log")]
        from tests.chaos import bugs, run  # they import models, which are there only now

        migrated.start(database, has_tables=has_tables)
        if not bug:
            return run.Run(chosen, shop, database, "", say).run()
        planted = bugs.BUGS[bug]
        return run.Run(chosen.showing(planted.rates), shop, database, planted.sql, say).run()
    finally:
        shop.stop()
        database.remove()


def _end(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
