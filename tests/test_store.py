"""The run store: what is written is there, what is cut off is whole, what is damaged is named and left alone."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from explorer.errors import RunError
from explorer.runs import store
from explorer.runs.store import CheckpointRow, Records, RunRow, Store


def a_run(run_id: str = "a" * 16, **columns) -> RunRow:
    fields = {"owner": "", "experiment": "{}", "state": "running", "reason": "", "step": 0, "created": 1.0, "updated": 1.0}
    return RunRow(**{"id": run_id, **fields, "attempts": 1, "device": "cpu", "engine": "fake", **columns})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


def test_what_is_committed_is_read_back(path):
    written = Store(path)
    written.add(a_run())
    written.event("a" * 16, 3, "set", path="x", value=0.1)
    written.metrics("a" * 16, [(2, {"train_loss": None}), (1, {"train_loss": 0.5})])
    written.update("a" * 16, state="paused", step=3)
    assert Records(path).run("a" * 16) is None  # not before the commit
    written.commit()
    records = Records(path)
    row = records.run("a" * 16)
    assert (row.state, row.step, row.engine) == ("paused", 3, "fake")
    assert abs(row.updated - time.time()) < 60
    assert records.metrics("a" * 16) == [(1, {"train_loss": 0.5}), (2, {"train_loss": None})]
    assert [(e.step, e.what, e.detail) for e in records.events("a" * 16)] == [(3, "set", {"path": "x", "value": 0.1})]


def test_two_newest_checkpoints_are_kept_and_the_file_of_the_third_is_given_up(path):
    written = Store(path)
    written.add(a_run())
    dropped = [written.checkpoint("a" * 16, CheckpointRow(step, f"checkpoint-{step}", "0")) for step in (10, 20, 5, 5)]
    assert dropped == [[], [], ["checkpoint-10"], ["checkpoint-20"]]
    assert [row.step for row in written.checkpoints("a" * 16)] == [5, 5]  # newest by the order of writing, not by step


def test_a_file_that_was_written_again_is_not_given_up(path):
    written = Store(path)
    written.add(a_run())
    assert [written.checkpoint("a" * 16, CheckpointRow(7, "checkpoint-7", sha)) for sha in "abc"] == [[], [], []]


def test_going_back_drops_what_lies_beyond(path):
    written = Store(path)
    written.add(a_run())
    written.metrics("a" * 16, [(step, {}) for step in range(10)])
    for step in (3, 8):
        written.checkpoint("a" * 16, CheckpointRow(step, f"checkpoint-{step}", "0"))
    written.drop_after("a" * 16, 5)
    written.commit()
    assert [step for step, _ in Records(path).metrics("a" * 16)] == [0, 1, 2, 3, 4, 5]
    assert [row.step for row in written.checkpoints("a" * 16)] == [3]


def test_metrics_are_thinned_and_the_newest_stays(path, monkeypatch):
    monkeypatch.setattr(store, "KEPT_METRICS", 100)
    written = Store(path)
    written.add(a_run())
    for start in range(0, 1000, 10):
        written.metrics("a" * 16, [(step, {}) for step in range(start, start + 10)])
    written.commit()
    steps = [step for step, _ in Records(path).metrics("a" * 16)]
    assert 40 <= len(steps) <= 100
    assert steps[-1] == 999


def test_forgetting_a_run_forgets_everything_of_it(path):
    written = Store(path)
    written.add(a_run())
    written.event("a" * 16, 0, "start")
    written.metrics("a" * 16, [(1, {})])
    written.forget("a" * 16)
    done = []
    written.after_commit(lambda: done.append(1))
    assert not done
    written.commit()
    assert done == [1]
    assert (Records(path).runs(), Records(path).events("a" * 16), Records(path).metrics("a" * 16)) == ([], [], [])


def test_a_newer_store_is_refused_and_left_as_it_is(path):
    Store(path).close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE version SET number = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(RunError, match=r"newer explorer \(version 99; this one reads 1\)"):
        Store(path)
    with pytest.raises(RunError, match="newer explorer"):
        Records(path).runs()
    assert path.read_bytes() == before


def test_a_damaged_store_is_named_and_left_as_it_is(path):
    written = Store(path)
    for number in range(200):
        written.add(a_run(f"{number:016}", experiment="x" * 500))
    written.close()
    data = bytearray(path.read_bytes())
    data[8192:40960] = random.Random(0).randbytes(40960 - 8192)
    path.write_bytes(data)
    with pytest.raises(RunError, match=r"cannot be read.*left as it is"):
        Store(path)
    assert path.read_bytes() == bytes(data)


def test_something_else_under_that_name_is_refused(path):
    path.write_text("hello, this is no database at all" * 100)
    with pytest.raises(RunError, match="cannot be read"):
        Store(path)


def test_a_power_cut_leaves_whole_transactions(path, tmp_path):
    """The write-ahead log cut anywhere: run and event of one transaction are both there, or neither."""
    written = Store(path)
    for number in range(30):
        written.add(a_run(f"{number:016}"))
        written.event(f"{number:016}", number, "start")
        written.commit()
    main, log = path.read_bytes(), path.with_name("runs.db-wal").read_bytes()
    assert len(log) > 100_000
    rng = random.Random(1)
    for trial in range(40):
        torn = tmp_path / f"torn{trial}" / "runs.db"
        torn.parent.mkdir()
        torn.write_bytes(main)
        cut = rng.randrange(len(log))
        tail = rng.randbytes(min(4096, len(log) - cut)) if trial % 2 else b""
        torn.with_name("runs.db-wal").write_bytes(log[:cut] + tail)
        if cut < 20_000:  # the tables themselves may not have been written yet
            continue
        reopened = Store(torn)
        runs = {row.id for row in reopened.runs()}
        reopened.close()
        assert runs == {f"{number:016}" for number in range(len(runs))}
        assert all(len(Records(torn).events(run)) == 1 for run in runs)
        shutil.rmtree(torn.parent)


def test_nothing_is_read_where_nothing_is(path):
    assert Records(path).runs() == []
    assert not path.exists()
