"""Everything known of runs, in one SQLite file that only the supervisor writes.

Decided: WAL, `synchronous=FULL`, one writer whose transactions begin with BEGIN IMMEDIATE, readers `mode=ro`.
Because: what was committed survives a kill and a power cut, and SQLite before 3.51.3 can damage a WAL with two writers.
Instead of: repairing; a file that is damaged or newer than this code is named and left alone.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from explorer.errors import RunError

SCHEMA = 1
KEPT_METRICS = 2000  # rows of metrics of one run

_TABLES = """
CREATE TABLE version (number INTEGER NOT NULL);
CREATE TABLE run (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, experiment TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    step INTEGER NOT NULL, created REAL NOT NULL, updated REAL NOT NULL, attempts INTEGER NOT NULL,
    device TEXT NOT NULL, engine TEXT NOT NULL, speed REAL NOT NULL);
CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    time REAL NOT NULL, step INTEGER NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX event_of_run ON event(run, number);
CREATE TABLE metric (
    run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, step INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (run, step)) WITHOUT ROWID;
CREATE TABLE checkpoint (
    number INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    time REAL NOT NULL, step INTEGER NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE INDEX checkpoint_of_run ON checkpoint(run, number);
"""


@dataclass(frozen=True)
class RunRow:
    """One run as the store knows it.

    Attributes:
        experiment: canonical JSON of the experiment as it is now.
        state: starting, running, paused, finished, stopped, failed or interrupted.
        reason: why it is in that state, in words; may be empty.
        step: updates made so far, at most a second old.
        created, updated: seconds since 1970.
        attempts: workers started for it so far.
        speed: steps per second it is played at; 0 is as fast as it goes.
    """

    id: str
    owner: str
    experiment: str
    state: str
    reason: str
    step: int
    created: float
    updated: float
    attempts: int
    device: str
    engine: str
    speed: float = 0.0


@dataclass(frozen=True)
class CheckpointRow:
    """One checkpoint file that was written whole."""

    step: int
    file: str
    sha256: str


@dataclass(frozen=True)
class EventRow:
    """Something that happened to a run, in the order it was acknowledged."""

    time: float
    step: int
    what: str
    detail: dict[str, Any]


_COLUMNS = ", ".join(field.name for field in fields(RunRow))


class Store:
    """The writer. Not for several threads at once: the supervisor holds its lock around every use.

    Writes are gathered in one transaction until `commit`; what `after_commit` was given runs once they are safe.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._after: list[Callable[[], object]] = []
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
            self._prepare()
        except sqlite3.Error as error:
            raise RunError(_damaged(path, error)) from None

    def _prepare(self) -> None:
        _check_whole(self._db, self._path)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "busy_timeout=5000"):
            self._db.execute(f"PRAGMA {setting}")
        if not _tables(self._db):
            self._db.executescript(f"BEGIN IMMEDIATE; {_TABLES} INSERT INTO version VALUES ({SCHEMA}); COMMIT;")

    def add(self, row: RunRow) -> None:
        """Enter a run."""
        self._write(f"INSERT INTO run ({_COLUMNS}) VALUES ({', '.join('?' * len(fields(RunRow)))})", astuple(row))

    def update(self, run_id: str, **columns: Any) -> None:
        """Set columns of a run; `updated` is set too."""
        assert columns.keys() <= {field.name for field in fields(RunRow)}
        columns["updated"] = time.time()
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self._write(f"UPDATE run SET {assignments} WHERE id = ?", (*columns.values(), run_id))

    def event(self, run_id: str, step: int, what: str, **detail: Any) -> None:
        """Append to the journal of a run."""
        text = json.dumps(detail, separators=(",", ":"))
        self._write("INSERT INTO event (run, time, step, what, detail) VALUES (?, ?, ?, ?, ?)", (run_id, time.time(), step, what, text))

    def metrics(self, run_id: str, rows: Iterable[tuple[int, dict[str, float | None]]]) -> None:
        """Append metrics by step; a step entered before is replaced. Old ones are thinned to `KEPT_METRICS`."""
        for step, values in rows:
            self._write("INSERT OR REPLACE INTO metric VALUES (?, ?, ?)", (run_id, step, json.dumps(values)))
        (count,) = self._db.execute("SELECT count(*) FROM metric WHERE run = ?", (run_id,)).fetchone()
        if count > KEPT_METRICS:
            every_second = (
                "SELECT step FROM (SELECT step, row_number() OVER (ORDER BY step DESC) AS n FROM metric WHERE run = ?1) WHERE n % 2 = 0"
            )
            self._write(f"DELETE FROM metric WHERE run = ?1 AND step IN ({every_second})", (run_id,))

    def checkpoint(self, run_id: str, row: CheckpointRow, keep: int = 2) -> list[str]:
        """Enter a checkpoint as the newest. Returns the files of those no longer kept: delete them after the commit."""
        values = (run_id, time.time(), *astuple(row))
        self._write("INSERT INTO checkpoint (run, time, step, file, sha256) VALUES (?, ?, ?, ?, ?)", values)
        dropped = self.checkpoints(run_id)[keep:]
        for old in dropped:
            self._write("DELETE FROM checkpoint WHERE run = ? AND file = ? AND sha256 = ?", (run_id, old.file, old.sha256))
        kept = {one.file for one in self.checkpoints(run_id)}
        return [old.file for old in dropped if old.file not in kept]

    def drop_after(self, run_id: str, step: int) -> None:
        """Forget metrics and checkpoints beyond `step`: the run goes on from there."""
        self._write("DELETE FROM metric WHERE run = ? AND step > ?", (run_id, step))
        self._write("DELETE FROM checkpoint WHERE run = ? AND step > ?", (run_id, step))

    def drop_all(self, run_id: str) -> None:
        """Forget metrics and checkpoints: the run starts anew."""
        self.drop_after(run_id, -1)

    def forget(self, run_id: str) -> None:
        """Remove a run and everything entered for it."""
        self._write("DELETE FROM run WHERE id = ?", (run_id,))

    def after_commit(self, action: Callable[[], object]) -> None:
        """Do `action` once everything written so far is safe."""
        self._after.append(action)

    def commit(self) -> None:
        """Make everything written so far safe. Raises RunError when the disk does not take it."""
        try:
            if self._db.in_transaction:
                self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            raise RunError(_not_written(error)) from None
        actions, self._after = self._after, []
        for action in actions:
            action()

    def run(self, run_id: str) -> RunRow | None:
        """One run, as written so far."""
        return _run(self._db, run_id)

    def runs(self) -> list[RunRow]:
        """Every run, newest first."""
        return _runs(self._db)

    def checkpoints(self, run_id: str) -> list[CheckpointRow]:
        """The checkpoints of a run, newest first."""
        rows = self._db.execute("SELECT step, file, sha256 FROM checkpoint WHERE run = ? ORDER BY number DESC", (run_id,))
        return [CheckpointRow(*row) for row in rows]

    def curve(self, run_id: str) -> list[tuple[int, dict[str, float | None]]]:
        """(step, metrics) of a run in order of the steps, as written so far."""
        return _curve(self._db, run_id)

    def first_event(self, run_id: str, what: str) -> dict[str, Any]:
        """The detail of the first event of this name; empty when there is none."""
        sql = "SELECT detail FROM event WHERE run = ? AND what = ? ORDER BY number LIMIT 1"
        row = self._db.execute(sql, (run_id, what)).fetchone()
        return json.loads(row[0]) if row else {}

    def close(self) -> None:
        """Commit and let go of the file."""
        self.commit()
        self._db.close()

    def _write(self, sql: str, values: Sequence[Any]) -> None:
        try:
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(sql, values)
        except sqlite3.OperationalError as error:
            self._undo()
            raise RunError(_not_written(error)) from None

    def _undo(self) -> None:
        self._after.clear()
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


class Records:
    """What anybody may read of the store, without the supervisor; every question opens the file anew."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self, run_id: str) -> RunRow | None:
        """One run."""
        return self._ask(lambda db: _run(db, run_id), None)

    def runs(self) -> list[RunRow]:
        """Every run, newest first."""
        return self._ask(_runs, [])

    def events(self, run_id: str) -> list[EventRow]:
        """The journal of a run, oldest first."""
        sql = "SELECT time, step, what, detail FROM event WHERE run = ? ORDER BY number"
        return self._ask(lambda db: [EventRow(*row[:3], json.loads(row[3])) for row in db.execute(sql, (run_id,))], [])

    def metrics(self, run_id: str) -> list[tuple[int, dict[str, float | None]]]:
        """(step, metrics) in order of the steps."""
        return self._ask(lambda db: _curve(db, run_id), [])

    def checkpoints(self, run_id: str) -> list[CheckpointRow]:
        """The checkpoints of a run, newest first."""
        sql = "SELECT step, file, sha256 FROM checkpoint WHERE run = ? ORDER BY number DESC"
        return self._ask(lambda db: [CheckpointRow(*row) for row in db.execute(sql, (run_id,))], [])

    def _ask(self, question: Callable[[sqlite3.Connection], Any], nothing: Any) -> Any:
        if not self._path.exists():
            return nothing
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
                if not _tables(db):  # a supervisor is just making it
                    return nothing
                _check_version(db, self._path)
                return question(db)
        except sqlite3.Error as error:
            raise RunError(_damaged(self._path, error)) from None


def _run(db: sqlite3.Connection, run_id: str) -> RunRow | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM run WHERE id = ?", (run_id,)).fetchone()
    return RunRow(*row) if row else None


def _runs(db: sqlite3.Connection) -> list[RunRow]:
    return [RunRow(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM run ORDER BY created DESC")]


def _curve(db: sqlite3.Connection, run_id: str) -> list[tuple[int, dict[str, float | None]]]:
    rows = db.execute("SELECT step, value FROM metric WHERE run = ? ORDER BY step", (run_id,))
    return [(step, json.loads(value)) for step, value in rows]


def _tables(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def _check_whole(db: sqlite3.Connection, path: Path) -> None:
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise RunError(_damaged(path, " ".join(verdict.split())))
    if _tables(db):
        _check_version(db, path)


def _check_version(db: sqlite3.Connection, path: Path) -> None:
    if "version" not in _tables(db):
        raise RunError(f"{path} is not a run store of the explorer. Move it away, or set NEURAL_EXPLORER_HOME to another folder.")
    (number,) = db.execute("SELECT number FROM version").fetchone()
    if number > SCHEMA:
        raise RunError(
            f"The run store {path} was written by a newer explorer (version {number}; this one reads {SCHEMA}). "
            "Update the explorer, or set NEURAL_EXPLORER_HOME to another folder."
        )


def _damaged(path: Path, error: object) -> str:
    return (
        f"The run store {path} cannot be read: {error}. It was left as it is. Put a copy of it back, move it away to start "
        "with an empty one, or set NEURAL_EXPLORER_HOME to another folder."
    )


def _not_written(error: object) -> str:
    return f"The run store could not be written: {error}. Free some space on the disk and try again; nothing saved before is lost."
