"""A database with all tables and no content, kept between runs: making the tables takes longer than a short run."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from tests.chaos import stage
from tests.chaos.database import Database
from tests.chaos.processes import ROOT

FOLDER = ROOT / ".local" / "chaos"


def bring_up(database: Database) -> None:
    """Start a database that was just created, with tables in it."""
    kept = FOLDER / f"migrated-{_digest()}"
    if kept.exists():
        database.copy_from(kept)
        database.start()
        return
    database.start()
    stage.make_tables()
    database.stop()
    _keep(database, kept)
    database.start()


def _keep(database: Database, kept: Path) -> None:
    for old in FOLDER.glob("migrated-*"):
        shutil.rmtree(old, ignore_errors=True)  # of other migrations
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=FOLDER))
    database.copy_to(unfinished / "data")
    try:
        (unfinished / "data").rename(kept)
    except OSError:
        return  # another run was first
    finally:
        shutil.rmtree(unfinished)


def _digest() -> str:
    """Another one for every other set of migrations: our own, and those of the versions installed."""
    ours = (path for part in ("*", "site/*") for path in ROOT.glob(f"{part}/migrations/*.py"))
    texts = [path.read_bytes() for path in (ROOT / "requirements" / "dev.txt", *sorted(ours))]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]
