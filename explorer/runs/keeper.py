"""Keeps the runs: starts, commands, revives and ends them, and journals all of it. The only writer of run state."""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError, RunError
from explorer.runs import snapshots
from explorer.runs.audience import Audience
from explorer.runs.frames import FrameReader, FrameWriter, restated
from explorer.runs.handle import Handle, WorkerGone, error_from
from explorer.runs.home import run_folder
from explorer.runs.messages import COMMANDS, MAX_EXPERIMENT, MessageError, check
from explorer.runs.settings import Settings
from explorer.runs.store import CheckpointRow, RunRow, Store
from explorer.runs.watchdog import LAUNCH_BYTES, free_memory, why_ended

_CHECKPOINT = re.compile(r"checkpoint-\d{1,15}\.safetensors", re.ASCII)
_ALIVE = ("starting", "running")  # states that need a worker
_WITHOUT_WORKER = ("pause", "stop")  # commands that do not bring a worker back


class Keeper:
    """All runs of one data directory.

    Args:
        context: starts processes.
        target: what a worker process runs: `target(connection, order)`.
    """

    def __init__(self, home: Path, context: BaseContext, target: Callable[..., None], settings: Settings) -> None:
        self.home, self.settings = home, settings
        self._context, self._target = context, target
        self.store = Store(home / "runs.db")
        self.live: dict[str, Handle] = {}
        self.audience = Audience()
        self.is_closing = False
        self._lock = threading.RLock()  # around the store and `live`
        self._run_locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)  # around starting and parking one run
        self._recover()

    def _recover(self) -> None:
        """Runs that trained when the last supervisor ended are interrupted; paused ones can simply be played again."""
        for row in self.store.runs():
            if row.state in _ALIVE:
                self._interrupt(row.id, row.step, "the explorer stopped unexpectedly")
        self.store.commit()

    # -- what is asked for

    def start(self, run_id: str, experiment: str, play: bool, owner: str) -> dict[str, Any]:
        """Start a new run and wait for its first frame. Starting the same id again changes nothing.

        Raises:
            ExplorerError: the experiment does not work or needs too much; nothing is left of it.
        """
        folder = run_folder(self.home, run_id)
        if len(experiment) > MAX_EXPERIMENT:
            raise RunError(f"This experiment is {len(experiment):,} characters long; a run takes at most {MAX_EXPERIMENT:,}.")
        with self._run_locks[run_id]:
            with self._lock:
                if self.store.run(run_id):
                    return {"run": run_id}
                self._admit()
                self._sweep()
                now = time.time()
                self.store.add(RunRow(run_id, owner[:80], experiment, "starting", "", 0, now, now, 1, "", ""))
                self.store.event(run_id, 0, "start", play=play)
                self.store.commit()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._launch(run_id, "running" if play else "paused")
            except ExplorerError:
                self._forget(run_id)
                raise
        return {"run": run_id}

    def command(self, run_id: str, command: dict[str, Any]) -> dict[str, Any]:
        """Do what people ask of a run; a run without a worker gets one. Raises ExplorerError."""
        try:
            name = check(command, "command", COMMANDS)["command"]
        except MessageError as error:
            raise RunError(f"This command cannot be read: {error}.") from None
        for _ in range(3):
            handle = self.live.get(run_id)
            if handle is None and name in _WITHOUT_WORKER:
                return self._rest(run_id, name)
            try:
                handle = handle or self._revive(run_id, name)
                return handle.ask(self.settings.answer, order="command", command=command)
            except WorkerGone:
                handle.ended.wait(5)
        raise RunError("The training process of this run keeps ending. Its reason is shown with the run; try Reset.")

    def _rest(self, run_id: str, name: str) -> dict[str, Any]:
        """Pause or stop a run that has no worker."""
        with self._lock:
            row = self._row(run_id)
            if name == "stop" and row.state != "stopped":
                self.store.update(run_id, state="stopped", reason="Stopped by hand.")
                self.store.event(run_id, row.step, "stop")
                self.store.commit()
                self._restate(self._row(run_id))
            row = self._row(run_id)
        return {"state": row.state, "reason": row.reason, "step": row.step}

    def watch(self, client: str, runs: dict[str, int]) -> None:
        """Note which runs have viewers in one server, and pace the workers by it."""
        self.audience.note(client, runs)
        self.pace()

    # -- workers

    def _revive(self, run_id: str, name: str) -> Handle:
        """A worker for a run that has none, going on from its last checkpoint."""
        with self._run_locks[run_id]:
            if run_id in self.live:
                return self.live[run_id]
            with self._lock:
                row = self._row(run_id)
                self._admit()
                if row.attempts >= self.settings.attempts and name != "reset":
                    raise RunError(
                        f"This run ended {row.attempts} times in a row near step {row.step}. Reset it, or change the experiment."
                    )
                quiet = row.state if row.state == "finished" else "paused"
                self.store.update(run_id, attempts=row.attempts + 1)
                self.store.event(run_id, row.step, "worker", because=name)
            state = "running" if name in ("play", "resume") else quiet
            try:
                return self._launch(run_id, state)
            except ExplorerError as error:
                with self._lock:
                    self._change(run_id, row.step, "failed", str(error))
                    self.store.commit()
                raise

    def _launch(self, run_id: str, state: str) -> Handle:
        """Start a worker and wait until its first frame is out."""
        with self._lock:
            row = self._row(run_id)
            order = {
                "run": run_id,
                "folder": str(run_folder(self.home, run_id)),
                "experiment": row.experiment,
                "state": state,
                "reason": row.reason if state == row.state else "",
                "checkpoints": [asdict(one) for one in self.store.checkpoints(run_id)],
            }
            self.store.update(run_id, state="starting")
            self.store.commit()
        handle = Handle(run_id, "starting", row.step)
        handle.beat.limit = self.settings.starting
        self._sweep_files(run_id, {one["file"] for one in order["checkpoints"]})
        handle.launch(self._context, self._target, json.dumps(order))
        with self._lock:
            self.live[run_id] = handle
        threading.Thread(target=self._attend, args=(handle,), name=f"attend-{run_id}", daemon=True).start()
        try:
            handle.ready.result(self.settings.starting)
        except TimeoutError:
            handle.end("The training process did not start in time; the computer may be busy.")
            raise RunError("The training process did not start in time; the computer may be busy. Try again.") from None
        self.pace()
        return handle

    def _attend(self, handle: Handle) -> None:
        """Hear everything one worker says, then see it to its end."""
        for report in handle.reports():
            handle.beat.hear(time.monotonic())
            try:
                with self._lock:
                    _HEAR[report["report"]](self, handle, report)
            except Exception as error:  # a full disk or a report that lies must not end the supervisor
                print(f"run {handle.id}: {error}", file=sys.stderr, flush=True)
                if "id" in report:
                    handle.resolve(report["id"], error if isinstance(error, ExplorerError) else RunError("This command failed."))
        code = handle.bury()
        with self._lock, suppress(RunError):
            self._see_off(handle, code)
            self.store.commit()
        if not handle.ready.done():
            handle.ready.set_exception(error_from(*(handle.failure or ("RunError", why_ended(code, handle.step)))))

    def _see_off(self, handle: Handle, code: int | None) -> None:
        """Journal how a worker ended."""
        if self.live.get(handle.id) is handle:
            del self.live[handle.id]
        if self.store.run(handle.id) is None:
            return
        if handle.failure or handle.verdict:
            self._change(handle.id, handle.step, "failed", handle.verdict or handle.failure[1])
        elif handle.state in _ALIVE and not handle.leaving:
            self._interrupt(handle.id, handle.step, why_ended(code, handle.step))
        self._restate(self._row(handle.id))

    # -- reports of workers; the lock is held

    def _hear_ready(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.state, handle.step, handle.beat.limit = report["state"], report["step"], self.settings.stuck
        handle.first_step = handle.step
        columns = {name: report[name] for name in ("state", "step", "engine", "device")}
        self.store.drop_after(handle.id, handle.step)
        self.store.update(handle.id, **columns, **({"reason": report["note"]} if report["note"] or report["state"] == "running" else {}))
        self.store.event(handle.id, handle.step, "ready", note=report["note"])
        self.store.commit()
        snapshots.drop_after(run_folder(self.home, handle.id) / "snapshots", handle.step)
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
        if report["step"] > handle.first_step:
            self.store.update(handle.id, attempts=0)

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
            if what == "reset":
                self._drop_everything(handle)
        if report["events"]:
            self.store.update(handle.id, **columns)
            self.store.commit()
        state = {name: report[name] for name in ("state", "reason", "step")}
        handle.resolve(report["id"], {**report["answer"], **state})

    def _hear_refused(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.resolve(report["id"], error_from(report["error"], report["text"]))

    def _hear_fail(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.failure = (report["error"], report["text"])

    def _hear_log(self, handle: Handle, report: dict[str, Any]) -> None:
        print(f"run {handle.id}: {report['text'][:1000]}", file=sys.stderr, flush=True)

    def _hear_done(self, handle: Handle, report: dict[str, Any]) -> None:
        handle.leaving = True

    def _drop_everything(self, handle: Handle) -> None:
        """A reset run has no past: its metrics, checkpoints and snapshots go."""
        self.store.drop_all(handle.id)
        self.store.update(handle.id, attempts=0)
        handle.first_step = 0
        folder = run_folder(self.home, handle.id) / "snapshots"
        self.store.after_commit(lambda: snapshots.drop_after(folder, -1))

    # -- from time to time

    def commit(self) -> None:
        """Make safe what workers reported since the last time."""
        with self._lock:
            self.store.commit()

    def look_after(self) -> None:
        """Once a second: end what is stuck, park what nobody watches."""
        self.pace()
        now = time.monotonic()
        for handle in list(self.live.values()):
            if handle.verdict or handle.leaving:
                continue
            if handle.state in _ALIVE and handle.beat.is_stuck(now, handle.pid):
                handle.end(f"The training process got stuck near step {handle.step} and was ended. Nothing saved before is lost.")
            elif now - handle.watched > self.settings.unwatched and handle.state != "starting":
                handle.watched = now
                reason = f"paused: nobody was watching for {_span(self.settings.unwatched)}"
                threading.Thread(target=self.park, args=(handle, reason), daemon=True).start()

    def pace(self) -> None:
        """Tell every worker how many watch it, how often to draw and how often to save."""
        with self._lock:
            for handle, pace in self.audience.paces(self.live):
                if handle.pace != pace and handle.post(order="pace", watchers=pace[0], rate=pace[1], save=pace[2]):
                    handle.pace = pace

    def park(self, handle: Handle, reason: str) -> None:
        """Save a run and end its worker; it can be played again."""
        with self._run_locks[handle.id], suppress(WorkerGone, ExplorerError):
            handle.ask(self.settings.answer, order="park", state="paused", reason=reason)
            handle.ended.wait(5)

    @property
    def is_training(self) -> bool:
        return any(handle.state in _ALIVE for handle in list(self.live.values()))

    def close(self, reason: str, seconds: float) -> None:
        """Park every run; end by force what does not answer in time."""
        self.is_closing = True
        handles = list(self.live.values())
        for handle in handles:
            threading.Thread(target=self.park, args=(handle, reason), daemon=True).start()
        deadline = time.monotonic() + seconds
        for handle in handles:
            if not handle.ended.wait(max(deadline - time.monotonic(), 0)):
                handle.kill()
        for handle in handles:
            handle.ended.wait(1)
        while self.live and time.monotonic() < deadline + 1:
            time.sleep(0.01)
        with self._lock:
            self.store.close()

    # -- rows and files

    def _row(self, run_id: str) -> RunRow:
        row = self.store.run(run_id)
        if row is None:
            raise RunError("This run does not exist any more. Start a new one.")
        return row

    def _change(self, run_id: str, step: int, state: str, reason: str) -> None:
        self.store.update(run_id, state=state, reason=reason, step=step)
        self.store.event(run_id, step, state, reason=reason)

    def _interrupt(self, run_id: str, step: int, why: str) -> None:
        rows = self.store.checkpoints(run_id)
        self._change(run_id, step, "interrupted", f"Interrupted: {why}. Resume goes on from step {rows[0].step if rows else 0}.")

    def _admit(self) -> None:
        """Raises RunError when there is no room for another worker."""
        if self.is_closing:
            raise RunError("The explorer is closing. Start it again.")
        if len(self.live) >= self.settings.live_workers:
            raise RunError(
                f"{len(self.live)} runs are live, as many as this computer takes. Stop one, or wait until one nobody watches is parked."
            )
        free = free_memory()
        if free is not None and free < LAUNCH_BYTES:
            raise RunError(
                f"This computer has {free >> 20:,} MB of memory free, and a run needs {LAUNCH_BYTES >> 20}. Stop a run or close another program."
            )

    def _sweep(self) -> None:
        """Make room for one more row: the oldest runs without worker and viewers go."""
        rows = self.store.runs()
        idle = [row for row in rows if row.id not in self.live and row.state not in _ALIVE and not self.audience.watchers(row.id)]
        surplus = max(len(rows) + 1 - self.settings.kept_runs, 0)
        for row in sorted(idle, key=lambda row: row.updated)[:surplus]:
            self._drop(row.id)

    def _forget(self, run_id: str) -> None:
        with self._lock:
            self._drop(run_id)
            self.store.commit()

    def _drop(self, run_id: str) -> None:
        self.store.forget(run_id)
        folder = run_folder(self.home, run_id)
        self.store.after_commit(lambda: shutil.rmtree(folder, ignore_errors=True))

    def _sweep_files(self, run_id: str, known: set[str]) -> None:
        """Remove half-written files, and checkpoints the journal does not know."""
        folder = run_folder(self.home, run_id)
        for path in [*folder.glob("checkpoint-*"), *folder.glob("*.tmp*"), *folder.glob("snapshots/*.tmp*")]:
            if path.name not in known:
                path.unlink(missing_ok=True)

    def _restate(self, row: RunRow) -> None:
        """Let the last frame of a run without worker say how things stand."""
        path = run_folder(self.home, row.id) / "live.frame"
        reader = FrameReader(path)
        data = reader.read()
        reader.close()
        if data is not None:
            writer = FrameWriter(path)
            writer.write(restated(data, state=row.state, reason=row.reason, steps_per_second=0.0))
            writer.close()


_HEAR: dict[str, Callable[[Keeper, Handle, dict[str, Any]], None]] = {
    "ready": Keeper._hear_ready,
    "metrics": Keeper._hear_metrics,
    "checkpoint": Keeper._hear_checkpoint,
    "state": Keeper._hear_state,
    "ack": Keeper._hear_ack,
    "refused": Keeper._hear_refused,
    "fail": Keeper._hear_fail,
    "log": Keeper._hear_log,
    "done": Keeper._hear_done,
}


def _span(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"
