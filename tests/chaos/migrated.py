"""A database with all tables and no content, kept between runs: making the tables takes longer than
a short run.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path

from django_local_postgres.cluster import INITDB_OPTIONS
from tests.chaos.database import Database
from tests.chaos.processes import ROOT

FOLDER = ROOT / ".local" / "chaos"


def create(database: Database) -> bool:
    """Create the data. Returns whether it is a copy of data that has tables."""
    kept = FOLDER / f"migrated-{_digest()}"
    if kept.exists():
        database.copy_from(kept)
        return True
    database.create()
    return False


def start(database: Database, *, has_tables: bool) -> None:
    """Start the database, with tables in it."""
    database.start()
    if has_tables:
        return
    from tests.chaos import content  # it imports models, so Django has to be set up

    content.make_tables()
    database.stop()
    _keep(database, FOLDER / f"migrated-{_digest()}")
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
    """A name for this set of migrations: our own, those of the installed versions, and initdb's
    options.
    """
    ours = (path for part in ("*", "site/*") for path in ROOT.glob(f"{part}/migrations/*.py"))
    texts = [path.read_bytes() for path in (ROOT / "requirements" / "dev.txt", *sorted(ours))]
    texts.append(" ".join(INITDB_OPTIONS).encode())
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]
