"""The looking processes of a data directory: one for each run that is looked back into, and one for each slow question."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError, RunError
from explorer.runs import film, lens
from explorer.runs.film import Shot
from explorer.runs.handle import Handle, WorkerGone, error_from
from explorer.runs.home import run_folder
from explorer.runs.settings import Settings
from explorer.runs.watchdog import LAUNCH_BYTES, free_memory

MOST = 24  # processes
LONGEST = 600.0  # seconds of a slow question


@dataclass
class _Lens:
    """A looking process and when it was last needed."""

    handle: Handle
    used: float = field(default_factory=time.monotonic)


@dataclass
class _Job:
    """A slow question on its way."""

    handle: Handle
    share: float = 0.0
    error: ExplorerError | None = None


class Lenses:
    """Asks looking processes, and starts and ends them.

    Args:
        home: the data directory.
        context: starts processes.
        target: what a looking process runs: `target(connection, order)`.
    """

    def __init__(self, home: Path, context: BaseContext, settings: Settings, target: Callable[..., None] = lens.main) -> None:
        self._home, self._context, self._settings, self._target = home, context, settings, target
        self._lenses: dict[str, _Lens] = {}
        self._jobs: dict[tuple[str, str], _Job] = {}
        self._lock = threading.Lock()  # around both

    # -- what is asked for

    def look(self, run: str, step: int, **view: Any) -> dict[str, Any]:
        """The live picture of a step: {"file", "step"}. Raises ExplorerError."""
        shot = self._shot(run, step)
        name = lens.file_of(shot, "look", view)
        if not self._path(run, name).exists():
            self._ask(run, {"order": "look", "step": shot.step, "print": shot.print, **view})
        return {"file": name, "step": shot.step}

    def inspect(self, run: str, step: int, ask: dict[str, Any], slow: bool) -> dict[str, Any]:
        """The record of an inspection: {"file", "step"}; or {"share", "step"} while a slow one is not finished. Raises ExplorerError."""
        shot = self._shot(run, step)
        name = lens.file_of(shot, "inspect", ask)
        if self._path(run, name).exists():
            return {"file": name, "step": shot.step}
        order = {"order": "inspect", "step": shot.step, "print": shot.print, "ask": ask}
        if slow:
            return {"share": self._share(run, name, order), "step": shot.step}
        self._ask(run, order)
        return {"file": name, "step": shot.step}

    def cancel(self, run: str, step: int, ask: dict[str, Any]) -> dict[str, Any]:
        """End a slow inspection; nothing happens when there is none."""
        with self._lock:
            job = self._jobs.pop((run, lens.file_of(self._shot(run, step), "inspect", ask)), None)
        if job:
            job.handle.kill()
        return {}

    def offers(self, run: str, step: int, **selection: Any) -> dict[str, Any]:
        """What can be asked of a run; with a `selection`, what can be explained of it. Raises ExplorerError."""
        shot = self._shot(run, step)
        return {"offers": self._ask(run, {"order": "offers", "step": shot.step, "print": shot.print, **selection}), "step": shot.step}

    # -- from time to time

    def look_after(self) -> None:
        """End what nobody has needed for a while."""
        long_ago = time.monotonic() - self._settings.lens
        with self._lock:
            idle = [run for run, one in self._lenses.items() if one.used < long_ago]
            for run in idle:
                self._lenses.pop(run).handle.kill()

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            handles = [one.handle for one in (*self._lenses.values(), *self._jobs.values())]
            self._lenses.clear()
            self._jobs.clear()
        for handle in handles:
            handle.kill()
        for handle in handles:
            handle.ended.wait(2)

    # -- asking

    def _shot(self, run: str, step: int) -> Shot:
        return film.closest(run_folder(self._home, run), step)

    def _path(self, run: str, name: str) -> Path:
        return run_folder(self._home, run) / lens.FOLDER / name

    def _ask(self, run: str, order: dict[str, Any]) -> dict[str, Any]:
        for _ in range(2):
            handle = self._lens(run)
            try:
                return handle.ask(self._settings.answer, **order)
            except WorkerGone:
                continue
            except RunError:
                if not handle.ended.is_set() and handle.beat.heard < time.monotonic() - self._settings.answer:
                    handle.kill()  # it hangs: the next question gets another
                raise
        raise RunError("The process that looks back into this run keeps ending. Choose another step, or a smaller question.")

    def _lens(self, run: str) -> Handle:
        with self._lock:
            found = self._lenses.get(run)
            if found and not found.handle.ended.is_set():
                found.used = time.monotonic()
                return found.handle
            if len(self._lenses) >= MOST:
                oldest = min(self._lenses, key=lambda one: self._lenses[one].used)
                self._lenses.pop(oldest).handle.kill()
            handle = self._start(run)
            self._lenses[run] = _Lens(handle)
            return handle

    def _share(self, run: str, name: str, order: dict[str, Any]) -> float:
        """How much of a slow question is done; it is begun when it was not."""
        with self._lock:
            job = self._jobs.get((run, name))
            if job is None:
                self._make_room()
                job = self._jobs[run, name] = _Job(self._start(run))
                threading.Thread(target=self._work, args=(run, name, job, order), name=f"question-{run}", daemon=True).start()
            if job.error:
                del self._jobs[run, name]
                raise job.error
            return job.share

    def _make_room(self) -> None:
        if len(self._jobs) >= MOST:
            raise RunError(f"{MOST} slow questions are being worked on, as many as at one time. Wait until one is finished, or cancel one.")

    def _work(self, run: str, name: str, job: _Job, order: dict[str, Any]) -> None:
        try:
            job.handle.ask(LONGEST, **order)
        except WorkerGone:
            job.error = RunError("The process that worked on this ended, most often because memory ran out. Ask for less, or try again.")
        except ExplorerError as error:
            job.error = error
        finally:
            job.handle.kill()
        if not job.error:
            with self._lock:
                self._jobs.pop((run, name), None)

    def _start(self, run: str) -> Handle:
        """A new looking process. Raises RunError."""
        free = free_memory()
        if free is not None and free < LAUNCH_BYTES:
            raise RunError(f"This computer has {free >> 20:,} MB of memory free, too little to look back into a run. Stop a run.")
        handle = Handle(run, "looking", 0)
        order = json.dumps({"run": run, "folder": str(run_folder(self._home, run))})
        try:
            handle.launch(self._context, self._target, order)
        except (OSError, EOFError) as error:
            raise RunError(f"No process could be started to look into this run ({error}). Stop a run, or try again.") from None
        threading.Thread(target=self._attend, args=(handle,), name=f"lens-{run}", daemon=True).start()
        return handle

    def _attend(self, handle: Handle) -> None:
        """Hear everything one process says, then see it to its end."""
        for report in handle.reports():
            handle.beat.hear(time.monotonic())
            if report["report"] == "seen":
                handle.resolve(report["id"], report["answer"])
            elif report["report"] == "refused":
                handle.resolve(report["id"], error_from(report["error"], report["text"]))
            elif report["report"] == "progress":
                self._progressed(handle, report["share"])
        handle.bury()

    def _progressed(self, handle: Handle, share: float) -> None:
        with self._lock:
            for job in self._jobs.values():
                if job.handle is handle:
                    job.share = share
