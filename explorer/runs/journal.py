"""What is written down of the runs: every report of a worker, how it ended, and the files that go with it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.errors import RunError
from explorer.runs.frames import FrameReader, FrameWriter, restated
from explorer.runs.handle import Handle, error_from
from explorer.runs.home import run_folder
from explorer.runs.store import CheckpointRow, RunRow, Store
from explorer.runs.watchdog import why_ended

ALIVE = ("starting", "running")  # states that need a worker
_CHECKPOINT = re.compile(r"checkpoint-\d{1,15}-[0-9a-f]{8}\.safetensors", re.ASCII)


class Journal:
    """Writes to the store for the keeper, which holds its lock around every call."""

    def __init__(self, home: Path, store: Store) -> None:
        self.home, self.store = home, store

    def recover(self) -> None:
        """Runs that trained when the last supervisor ended are interrupted; paused ones can simply be played again."""
        for row in self.store.runs():
            if row.state in ALIVE:
                self._interrupt(row.id, row.step, "the explorer stopped unexpectedly")
        self.store.commit()

    def row(self, run_id: str) -> RunRow:
        """One run. Raises RunError when there is none."""
        row = self.store.run(run_id)
        if row is None:
            raise RunError("This run does not exist any more. Start a new one.")
        return row

    def stop(self, run_id: str) -> None:
        """Stop a run that has no worker."""
        row = self.row(run_id)
        if row.state != "stopped":
            self.store.update(run_id, state="stopped", reason="Stopped by hand.")
            self.store.event(run_id, row.step, "stop")
            self.store.commit()
            self._restate(run_id)

    def not_started(self, run_id: str, why: str) -> None:
        """Enter that no worker could be had for a run; it can be tried again."""
        self._interrupt(run_id, self.row(run_id).step, why)
        self.store.commit()

    def drop(self, run_id: str) -> None:
        """Remove a run, and once that is safe its files."""
        self.store.forget(run_id)
        folder = run_folder(self.home, run_id)
        self.store.after_commit(lambda: shutil.rmtree(folder, ignore_errors=True))

    def sweep_files(self, run_id: str) -> None:
        """Remove half-written files, and checkpoints that were never entered."""
        folder = run_folder(self.home, run_id)
        known = {one.file for one in self.store.checkpoints(run_id)}
        for path in [*folder.glob("checkpoint-*"), *folder.glob("*.tmp*"), *folder.glob("film/*.tmp*")]:
            if path.name not in known:
                path.unlink(missing_ok=True)

    def hear(self, handle: Handle, report: dict[str, Any]) -> None:
        """Enter what a worker reports. Raises RunError when it cannot be written, or makes no sense."""
        _HEAR[report["report"]](self, handle, report)

    def see_off(self, handle: Handle, code: int | None) -> None:
        """Enter how a worker ended."""
        if self.store.run(handle.id) is None:
            return
        failure = handle.verdict or (handle.failure[1] if handle.failure else "")
        if failure:
            self._change(handle.id, handle.step, "failed", failure)
        elif handle.state in ALIVE and not handle.leaving:
            self._interrupt(handle.id, handle.step, why_ended(code, handle.step))
        self.store.commit()
        self._restate(handle.id)

    def _hear_ready(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.state, handle.step = report["state"], report["step"]
        columns = {name: report[name] for name in ("state", "step", "engine", "device")}
        self.store.drop_after(handle.id, handle.step)
        if report["note"] or report["state"] == "running":
            columns["reason"] = report["note"]
        self.store.update(handle.id, **columns)
        self.store.event(handle.id, handle.step, "ready", note=report["note"])
        if report.get("inherited") and not self.store.first_event(handle.id, "inherit"):
            self.store.event(handle.id, 0, "inherit", **report["inherited"])
        self.store.commit()
        handle.ready.set_result(report)

    def _hear_metrics(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.step = report["step"]
        self.store.metrics(handle.id, [(int(step), dict(values)) for step, values in report["rows"]])
        self.store.update(handle.id, step=handle.step)

    def _hear_checkpoint(self, handle: Handle, report: dict[str, Any]) -> None:
        if not _CHECKPOINT.fullmatch(report["file"]):
            raise RunError(f"a checkpoint is not named {report['file'][:60]!r}")
        folder = run_folder(self.home, handle.id)
        dropped = self.store.checkpoint(handle.id, CheckpointRow(report["step"], report["file"], report["sha256"]))
        self.store.after_commit(lambda: [(folder / name).unlink(missing_ok=True) for name in dropped])

    def _hear_state(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.state, handle.step = report["state"], report["step"]
        self._change(handle.id, handle.step, report["state"], report["reason"])
        self.store.commit()

    def _hear_ack(self, handle: Handle, report: dict[str, Any]) -> None:
        """What a command did is safe in the journal before whoever asked hears of it."""
        handle.state, handle.step = report["state"], report["step"]
        columns = {name: report[name] for name in ("state", "reason", "step", "experiment") if name in report}
        for what, detail in report["events"]:
            self.store.event(handle.id, handle.step, str(what)[:20], **detail)
            handle.leaving = handle.leaving or what in ("park", "stop")
            if what == "speed":
                columns["speed"] = detail["value"]
            if what == "reset":
                self.store.drop_all(handle.id)
        if report["events"]:
            self.store.update(handle.id, **columns)
            self.store.commit()
        state = {name: report[name] for name in ("state", "reason", "step")}
        handle.resolve(report["id"], {**report["answer"], **state})

    def _hear_refused(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.resolve(report["id"], error_from(report["error"], report["text"]))

    def _hear_fail(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.failure = (report["error"], report["text"])

    def _hear_done(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.leaving = True

    def _change(self, run_id: str, step: int, state: str, reason: str) -> None:
        self.store.update(run_id, state=state, reason=reason, step=step)
        self.store.event(run_id, step, state, reason=reason)

    def _interrupt(self, run_id: str, step: int, why: str) -> None:
        rows = self.store.checkpoints(run_id)
        self._change(run_id, step, "interrupted", f"Interrupted: {why}. Resume goes on from step {rows[0].step if rows else 0}.")

    def _restate(self, run_id: str) -> None:
        """Let the last frame of a run without worker say how things stand."""
        row = self.row(run_id)
        path = run_folder(self.home, run_id) / "live.frame"
        reader = FrameReader(path)
        data = reader.read()
        reader.close()
        if data is not None:
            writer = FrameWriter(path)
            writer.write(restated(data, state=row.state, reason=row.reason, steps_per_second=0.0))
            writer.close()


_HEAR: dict[str, Callable[[Journal, Handle, dict[str, Any]], None]] = {
    "ready": Journal._hear_ready,
    "metrics": Journal._hear_metrics,
    "checkpoint": Journal._hear_checkpoint,
    "state": Journal._hear_state,
    "ack": Journal._hear_ack,
    "refused": Journal._hear_refused,
    "fail": Journal._hear_fail,
    "done": Journal._hear_done,
}
