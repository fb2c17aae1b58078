"""Keeps the runs: starts, commands, revives and parks them, each in a worker of its own. The only writer of run state."""

from __future__ import annotations

import json
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
from explorer.runs import bequest, branching, film
from explorer.runs.audience import Audience
from explorer.runs.film import Shot
from explorer.runs.handle import Handle, WorkerGone, error_from
from explorer.runs.home import check_run_id, make_run_folder, run_folder
from explorer.runs.journal import ALIVE, Journal
from explorer.runs.messages import COMMANDS, MAX_EXPERIMENT, MessageError, Start, check
from explorer.runs.settings import Settings
from explorer.runs.store import RunRow, Store
from explorer.runs.watchdog import LAUNCH_BYTES, free_memory, why_ended

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
        self.journal = Journal(home, self.store)
        self.live: dict[str, Handle] = {}
        self.audience = Audience()
        self.is_closing = False
        self._lock = threading.RLock()  # around the store and `live`
        self._run_locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)  # around starting and parking one run
        self.journal.recover()

    # -- what is asked for

    def start(self, run_id: str, experiment: str, wishes: Start) -> dict[str, Any]:
        """Start a new run and wait for its first frame. Starting the same id again changes nothing.

        Raises:
            ExplorerError: the experiment does not work or needs too much; nothing is left of it.
        """
        check_run_id(run_id)
        if len(experiment) > MAX_EXPERIMENT:
            raise RunError(f"This experiment is {len(experiment):,} characters long; a run takes at most {MAX_EXPERIMENT:,}.")
        with self._run_locks[run_id]:
            self._save_now(wishes.heir_of)
            with self._lock:
                if self.store.run(run_id):
                    return {"run": run_id}
                self._admit()
                folder = make_run_folder(self.home, run_id)
                left = self._bequest(wishes.heir_of, folder)
                self._sweep()
                now = time.time()
                self.store.add(RunRow(run_id, wishes.owner[:80], experiment, "starting", "", 0, now, now, 0, "", "", wishes.speed))
                self.store.event(run_id, 0, "start", play=wishes.play, speed=wishes.speed, **left)
            try:
                self._launch(run_id, "running" if wishes.play else "paused")
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
            handle = handle or self._revive(run_id, name)
            try:
                return handle.ask(self.settings.answer, order="command", command=command)
            except WorkerGone:
                handle.ended.wait(5)
        raise RunError("The training process of this run keeps ending. Its reason is shown with the run; try Reset.")

    def _rest(self, run_id: str, name: str) -> dict[str, Any]:
        """Pause or stop a run that has no worker."""
        with self._lock:
            if name == "stop":
                self.journal.stop(run_id)
            row = self.journal.row(run_id)
        return {"state": row.state, "reason": row.reason, "step": row.step}

    def watch(self, client: str, runs: dict[str, int]) -> None:
        """Note which runs have viewers in one server, and pace the workers by it."""
        self.audience.note(client, runs)
        self.pace()

    # -- heirs

    def _save_now(self, run_id: str) -> None:
        """Let a run that trains save this moment, unless that takes too long: then its newest checkpoint will do."""
        handle = self.live.get(run_id)
        if handle is not None:
            with suppress(WorkerGone, ExplorerError):
                handle.ask(self.settings.bequest, order="save")

    def _bequest(self, heir_of: str, folder: Path) -> dict[str, Any]:
        """What is to be journaled of the weights another run leaves to the one in `folder`; nothing when there is no other."""
        if not heir_of:
            return {}
        rows = self.store.checkpoints(heir_of) if self.store.run(heir_of) else None
        return {"heir": bequest.take(heir_of, run_folder(self.home, heir_of), folder, rows).plain()}

    # -- branches

    def branch(self, run_id: str, of: str, step: int, owner: str) -> dict[str, Any]:
        """Start a paused run that goes on from the recorded step of another that is closest to `step`.

        Raises:
            ExplorerError: nothing was recorded there, or there is no room; nothing is left of the branch.
        """
        check_run_id(run_id)
        with self._run_locks[run_id]:
            with self._lock:
                if self.store.run(run_id):
                    return {"run": run_id}
                self._admit()
                self._begin_branch(run_id, self.journal.row(of), film.closest(run_folder(self.home, of), step), owner)
            try:
                self._launch(run_id, "paused")
            except ExplorerError:
                self._forget(run_id)
                raise
        return {"run": run_id}

    def _begin_branch(self, run_id: str, row: RunRow, shot: Shot, owner: str) -> None:
        """Enter the branch: its folder, its checkpoint, and the past it shares with the run it goes on from."""
        folder = make_run_folder(self.home, run_id)
        curve = [(step, metrics) for step, metrics in self.store.curve(row.id) if step <= shot.step]
        try:
            checkpoint, experiment = branching.take(run_folder(self.home, row.id), shot, folder, curve)
        except (RunError, OSError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise RunError(f"No branch can begin at step {shot.step}: {error}") from None
        self._sweep()
        now = time.time()
        self.store.add(RunRow(run_id, owner[:80], experiment, "starting", "", shot.step, now, now, 0, "", "", row.speed))
        self.store.event(run_id, shot.step, "start", branch={"of": row.id, "step": shot.step})
        self.store.checkpoint(run_id, checkpoint)
        self.store.metrics(run_id, curve)

    # -- workers

    def _revive(self, run_id: str, name: str) -> Handle:
        """A worker for a run that has none, going on from its last checkpoint."""
        with self._run_locks[run_id]:
            if run_id in self.live:
                return self.live[run_id]
            with self._lock:
                row = self.journal.row(run_id)
                self._admit()
                self.store.event(run_id, row.step, "worker", because=name)
            quiet = "finished" if row.state == "finished" else "paused"
            return self._launch(run_id, "running" if name in ("play", "resume") else quiet)

    def _launch(self, run_id: str, state: str) -> Handle:
        """Start a worker and wait until its first frame is out."""
        with self._lock:
            row = self.journal.row(run_id)
            order = {
                "run": run_id,
                "folder": str(run_folder(self.home, run_id)),
                "experiment": row.experiment,
                "state": state,
                "reason": row.reason if state == row.state else "",
                "speed": row.speed,
                "checkpoints": [asdict(one) for one in self.store.checkpoints(run_id)],
                "heir": self.store.first_event(run_id, "start").get("heir"),
            }
            self.store.update(run_id, state="starting", attempts=row.attempts + 1)
            self.store.commit()
            self.journal.sweep_files(run_id)
        handle = Handle(run_id, "starting", row.step)
        handle.beat.limit = self.settings.starting
        try:
            handle.launch(self._context, self._target, json.dumps(order))
        except (OSError, EOFError) as error:
            with self._lock:
                self.journal.not_started(run_id, "no process could be started for it")
            raise RunError(f"No process could be started for this run ({error}). Stop another run, or try again.") from None
        with self._lock:
            self.live[run_id] = handle
        threading.Thread(target=self._attend, args=(handle,), name=f"attend-{run_id}", daemon=True).start()
        try:
            handle.ready.result(self.settings.starting)
        except TimeoutError:
            words = "The training process did not start in time; the computer may be busy."
            handle.end(words)
            raise RunError(f"{words} Try again.") from None
        handle.beat.limit = self.settings.stuck
        self.pace()
        return handle

    def _attend(self, handle: Handle) -> None:
        """Hear everything one worker says, then see it to its end."""
        for report in handle.reports():
            handle.beat.hear(time.monotonic())
            try:
                with self._lock:
                    self.journal.hear(handle, report)
            except Exception as error:  # a full disk or a report that lies must not end the supervisor
                _log(handle, error)
                if "id" in report:
                    handle.resolve(report["id"], error if isinstance(error, ExplorerError) else RunError("This command failed."))
        code = handle.bury()
        with self._lock:
            if self.live.get(handle.id) is handle:
                del self.live[handle.id]
            try:
                self.journal.see_off(handle, code)
            except Exception as error:
                _log(handle, error)
        if not handle.ready.done():
            handle.ready.set_exception(error_from(*(handle.failure or ("RunError", _sentence(why_ended(code, handle.step))))))

    # -- from time to time

    def commit(self) -> None:
        """Make safe what workers reported since the last time. Raises RunError when the disk does not take it."""
        with self._lock:
            self.store.commit()

    def look_after(self) -> None:
        """Once a second: end what is stuck, park what nobody watches."""
        self.pace()
        now = time.monotonic()
        for handle in list(self.live.values()):
            if handle.verdict or handle.leaving:
                continue
            if handle.state in ALIVE and handle.beat.is_stuck(now, handle.pid):
                handle.end(f"The training process got stuck near step {handle.step} and was ended. Nothing saved before is lost.")
            elif now - handle.watched > self.settings.unwatched and handle.state != "starting":
                handle.watched = now
                reason = f"paused: nobody was watching for {_span(self.settings.unwatched)}"
                threading.Thread(target=self.park, args=(handle, reason), daemon=True).start()

    def pace(self) -> None:
        """Tell every worker how many watch it, how often to draw and how often to save."""
        with self._lock:
            for handle, pace in self.audience.paces(self.live):
                if handle.pace != pace and handle.post(order="pace", **asdict(pace)):
                    handle.pace = pace

    def park(self, handle: Handle, reason: str) -> None:
        """Save a run and end its worker; it can be played again."""
        with self._run_locks[handle.id], suppress(WorkerGone, ExplorerError):
            handle.ask(self.settings.answer, order="park", state="paused", reason=reason)
            handle.ended.wait(5)

    @property
    def is_training(self) -> bool:
        return any(handle.state in ALIVE for handle in list(self.live.values()))

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
        while self.live and time.monotonic() < deadline + 1:
            time.sleep(0.005)
        with self._lock:
            self.store.close()

    # -- room

    def _admit(self) -> None:
        """Raises RunError when there is no room for another worker."""
        if self.is_closing:
            raise RunError("The explorer is closing. Start it again.")
        if len(self.live) >= self.settings.live_workers:
            raise RunError(
                f"{len(self.live)} runs are live, as many as this explorer keeps at a time. "
                "Stop one, or wait until one that nobody watches is parked."
            )
        free = free_memory()
        if free is not None and free < LAUNCH_BYTES:
            raise RunError(
                f"This computer has {free >> 20:,} MB of memory free, and a run needs {LAUNCH_BYTES >> 20}. "
                "Stop a run, or close another program."
            )

    def _sweep(self) -> None:
        """Make room for one more row: the oldest runs without worker and viewers go."""
        rows = self.store.runs()
        idle = [row for row in rows if row.id not in self.live and row.state not in ALIVE and not self.audience.watchers(row.id)]
        surplus = max(len(rows) + 1 - self.settings.kept_runs, 0)
        for row in sorted(idle, key=lambda row: row.updated)[:surplus]:
            self.journal.drop(row.id)

    def _forget(self, run_id: str) -> None:
        with self._lock:
            self.journal.drop(run_id)
            self.store.commit()


def _log(handle: Handle, error: Exception) -> None:
    print(f"run {handle.id}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _span(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"
