"""Everything that the sandbox stores, in one SQLite file. A file is an account.

There is one lock around every transaction, so concurrent requests are carried out one after
another.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stripe_sandbox import ids

Record = dict[str, Any]
Condition = tuple[str, str, Any]  # field, operator, value

TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    body TEXT NOT NULL, private TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_expiry
    ON objects (kind, json_extract(body, '$.status'), json_extract(body, '$.expires_at'));
CREATE INDEX IF NOT EXISTS objects_by_product ON objects (json_extract(body, '$.product'));
CREATE INDEX IF NOT EXISTS objects_by_payment ON objects (json_extract(body, '$.payment_intent'));
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, stored_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS answers_by_age ON answers (stored_at);
CREATE TABLE IF NOT EXISTS deliveries (
    event TEXT PRIMARY KEY, attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL,
    delivered_at REAL, outcome TEXT NOT NULL DEFAULT '');
"""
OPERATORS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class StateClosed(Exception):
    """The file was closed; raised in threads that still use it."""


class State:
    """Objects by id, each with data that the API does not show (``private``)."""

    def __init__(self, path: Path | str) -> None:
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives its journal files the mode of the database file.
            Path(path).touch(mode=0o600)
            Path(path).chmod(0o600)
        self.public_url = ""  # where payment pages are found; set by the server
        self.webhook_url = ""  # where events are sent; empty: nowhere
        self.bank_seconds = 0.0  # until a payment from a bank account ends; set by the server
        self.cause: Record = {
            "id": None,
            "idempotency_key": None,
        }  # the API request being served, for events
        self.on_commit: Callable[[], None] = lambda: None
        self._ahead = 0.0  # seconds by which tests have moved the clock
        self.is_in_the_past = False  # events of this time are not sent
        self._lock = threading.RLock()
        self._depth = 0
        self._open = True
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + TABLES
        )
        self._found_account()

    def close(self) -> None:
        """Close the file; later calls raise StateClosed."""
        with self._lock:
            self._open = False
            self._connection.close()

    # Time

    def now(self) -> int:
        """Unix time in seconds, moved by ``advance`` and ``past``."""
        with self._lock:
            return int(time.time() + self._ahead)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._ahead += seconds

    @contextmanager
    def past(self, seconds: float) -> Iterator[None]:
        """In one transaction, act as if it were some seconds ago. No other thread sees that time,
        and its events are not sent.
        """
        with self.transaction():
            self._ahead -= seconds
            self.is_in_the_past = True
            try:
                yield
            finally:
                self._ahead += seconds
                self.is_in_the_past = False

    # The account

    @property
    def account(self) -> str:
        """The id of the account this file is."""
        return str(self.rows("SELECT value FROM facts WHERE name = 'account'")[0][0])

    @property
    def account_created(self) -> int:
        """The time of the account's creation, in Unix seconds."""
        return int(self.rows("SELECT value FROM facts WHERE name = 'created'")[0][0])

    def empty(self) -> None:
        """Delete everything, and become another account."""
        with self.transaction():
            for table in ("facts", "objects", "answers", "deliveries"):
                self.run(f"DELETE FROM {table}")  # noqa: S608 -- four names of ours
            self._found_account()

    def _found_account(self) -> None:
        self.run(
            "INSERT OR IGNORE INTO facts VALUES ('account', ?), ('created', ?)",
            ids.new("acct"),
            str(self.now()),
        )

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction; a nested one is part of the outer one."""
        with self._lock:
            self._check_open()
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if outermost:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if outermost:
                self._connection.execute("COMMIT")
        if outermost:
            self.on_commit()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside a transaction: if this part fails, only this part is undone."""
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO part")
            raise
        finally:
            self._connection.execute("RELEASE part")

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement. Returns the number of changed rows."""
        with self._lock:
            self._check_open()
            return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._lock:
            self._check_open()
            return self._connection.execute(sql, values).fetchall()

    def _check_open(self) -> None:
        if not self._open:
            raise StateClosed

    # Objects

    def add(self, record: Record, private: Record | None = None) -> Record:
        """Store a new object; its ``object`` field is its kind."""
        self.run(
            "INSERT INTO objects (id, kind, body, private) VALUES (?, ?, ?, ?)",
            record["id"], record["object"], json.dumps(record), json.dumps(private or {}),
        )  # fmt: skip
        return record

    def get(self, kind: str, object_id: str | None) -> Record | None:
        """The object, or None."""
        found = self.rows("SELECT body FROM objects WHERE id = ? AND kind = ?", object_id, kind)
        return json.loads(found[0][0]) if found else None

    def private(self, object_id: str) -> Record:
        """The private data of an object, which the API does not show."""
        return dict(
            json.loads(self.rows("SELECT private FROM objects WHERE id = ?", object_id)[0][0])
        )

    def save(self, record: Record, private: Record | None = None) -> Record:
        """Replace an object, and its private data if some is given."""
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(record), record["id"])
        if private is not None:
            self.run(
                "UPDATE objects SET private = ? WHERE id = ?", json.dumps(private), record["id"]
            )
        return record

    def find(
        self, kind: str, conditions: Sequence[Condition] = (), *, limit: int = -1
    ) -> list[Record]:
        """Objects of a kind, newest first; a condition names a field, an operator and a value.

        Operators are ``eq gt gte lt lte``, ``in``, ``not in`` and ``like``, whose wildcard is
        ``*``. The field ``seq`` is the order of creation. A limit of -1 means all.
        """
        ascending = any(field == "seq" and operator == "gt" for field, operator, _ in conditions)
        where, values = _where([("kind", "eq", kind), *conditions])
        order = "ASC" if ascending else "DESC"
        found = self.rows(
            f"SELECT body FROM objects WHERE {where} ORDER BY seq {order} LIMIT ?",  # noqa: S608
            *values,
            limit,
        )
        records = [json.loads(body) for (body,) in found]
        return records[::-1] if ascending else records

    def seq(self, kind: str, object_id: str) -> int | None:
        """The place of an object in the order of creation."""
        found = self.rows("SELECT seq FROM objects WHERE id = ? AND kind = ?", object_id, kind)
        return found[0][0] if found else None


COLUMNS = ("seq", "kind", "id")


def _where(conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    """SQL for the conditions. Only our own field names and operators get into the text."""
    parts, values = [], []
    for field, operator, value in conditions:
        column = field if field in COLUMNS else f"json_extract(body, '$.{field}')"
        if operator == "like":
            parts.append(f"{column} GLOB ?")
            # GLOB has more wildcards than `*`; in brackets they stand for themselves.
            values.append(value.replace("[", "[[]").replace("?", "[?]"))
        elif operator in ("in", "not in"):
            parts.append(f"{column} {operator} ({', '.join('?' * len(value))})")
            values.extend(value)
        else:
            parts.append(f"{column} {OPERATORS[operator]} ?")
            values.append(value)
    return " AND ".join(parts), values
