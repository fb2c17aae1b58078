"""The process of one run: train a little, look for commands, publish a frame now and then, save now and then."""

from __future__ import annotations

import json
import math
import os
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import ExplorerError, RunError
from explorer.runs import checkpoints, sandbox
from explorer.runs.bequest import Bequest
from explorer.runs.commands import PLAYING, apply
from explorer.runs.frames import FrameWriter
from explorer.runs.link import Link
from explorer.runs.pace import Pace, Speedometer
from explorer.runs.recorder import Recorder
from explorer.runs.store import CheckpointRow
from explorer.runs.watchdog import words_of

if TYPE_CHECKING:
    from explorer.results.step import StepResult

SHORTEST, LONGEST = 0.01, 0.03  # seconds of training between two looks at the commands
ANY = 1e6  # seconds: a step may take as long as it takes, and is not followed by a measurement as one asked for by itself is
REPORT = 1.0  # seconds between two reports of metrics
MEMORY = "This run needs more memory than there is. Make the network or the batch smaller."
ERROR = "The training process met an error of its own ({}). Nothing saved is lost."
KEPT_ROWS = 50  # rows of metrics in one report


def main(connection: Connection, order: str, open_session: Callable[..., Any] | None = None) -> None:
    """What a worker process runs until its run ends or is parked."""
    started = json.loads(order)
    sandbox.enter(Path(started["folder"]))
    link = Link(connection)
    worker = None
    try:
        worker = Worker(link, started, open_session or sandbox.open_session)
        worker.run()
        link.report("done")
    except Exception as error:
        traceback.print_exc()
        link.report("fail", **words_of(error, MEMORY, ERROR), step=worker.session.step if worker else 0)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # nothing here needs the interpreter's own farewell


class Worker:
    """One run and everything around its training."""

    def __init__(self, link: Link, started: dict[str, Any], open_session: Callable[..., Any]) -> None:
        self.link = link
        self.id = started["run"]
        self.folder = Path(started["folder"])
        self.session = open_session(started["experiment"], Bequest.read(started["heir"], self.folder) if started["heir"] else None)
        self.note = self._restore([CheckpointRow(**row) for row in started["checkpoints"]])
        self.state, self.reason, self.ended = started["state"], self.note or started["reason"], False
        self.target: int | None = None  # step to pause at
        self.pace = Pace()
        self.meter = Speedometer(started["speed"])
        self.writer = FrameWriter(self.folder / "live.frame")
        self.saver = checkpoints.Saver(self.folder, self._saved)
        self.saved_step = self.session.step if started["checkpoints"] and not self.note else -1
        self.recorder = Recorder(self.folder)
        self.edited = False  # weights or settings are not those of the newest checkpoint
        self.forget_after(self.session.step)
        self._reported = 0.0

    def _restore(self, rows: list[CheckpointRow]) -> str:
        """Go on from the newest checkpoint that is whole. Returns words about those that were not."""
        problems = []
        for row in rows:
            try:
                self.session.restore(*checkpoints.load(self.folder, row))
                break
            except RunError as error:
                problems.append(str(error))
        return " ".join([*problems, f"The run goes on from step {self.session.step}."]) if problems else ""

    def run(self) -> None:
        """Until stopped, parked or orphaned."""
        self.publish()
        self._report_ready()
        self.recorder.look(self.session, resting=True)
        sandbox.yield_priority()
        while not self.ended:
            order = self.link.order(self._patience())
            while order is not None and not self.ended:
                self._obey(order)
                order = self.link.order(0)
            if not self.ended:
                self._work()
        self.recorder.wait()

    def _report_ready(self) -> None:
        session = self.session
        fields = {"step": session.step, "state": self.state, "engine": session.engine, "device": session.device, "note": self.note}
        self.link.report("ready", **fields, **self._inherited)

    @property
    def _inherited(self) -> dict[str, Any]:
        """What became of the weights of an earlier run; nothing for a run that is no heir."""
        return {"inherited": self.session.inherited} if self.session.inherited else {}

    def _work(self) -> None:
        if self.state in PLAYING and not self.pace.rest():
            self.train()
            self.pace.worked()
            if self.state not in PLAYING:
                self._tell_state()
        self.recorder.look(self.session, self.state not in PLAYING, not self.meter.speed)
        if self.state in PLAYING and self.pace.frame_due(hurried=not self.meter.speed and self.pace.share >= 1):
            self.publish(fresh=False)
        if self._reported + REPORT < time.monotonic():
            self._report_metrics()
        self._save_if_due()

    def _patience(self) -> float:
        """Seconds to wait for an order before there is something else to do."""
        if self.state not in PLAYING:
            return 0.2 if self._is_unsaved else 2.0
        pause = max(self.pace.rest(), 0.0 if self.target is not None else self.meter.wait())
        return min(pause, max(self.pace.until_frame(), 0.0)) if pause else 0.0

    # -- training

    def train(self) -> None:
        """One chunk of training, recorded where a snapshot is due; pauses at the target, finishes when a stopping rule says so."""
        until = time.perf_counter() + min(max(self.pace.until_frame(), SHORTEST), LONGEST)
        left, made = self._steps_left(), -1
        while left != 0 and made != 0 and self.state in PLAYING:
            made = self._train(left, max(until - time.perf_counter(), 0.0), first=made < 0)
            self.recorder.look(self.session, hurried=not self.meter.speed)
            left = self._steps_left() if time.perf_counter() < until else 0

    def _steps_left(self) -> int | None:
        """Steps to make now; None for as many as it goes."""
        return self.meter.owed() if self.target is None else self.target - self.session.step

    def _train(self, left: int | None, seconds: float, first: bool) -> int:
        """Train until a snapshot is due, or the steps or seconds are over; at least one step if it is the first of its chunk.

        Returns:
            Steps made; 0 where the seconds that are left are too few for one.
        """
        before = self.session.step
        most = min((count for count in (left, self.recorder.steps_until_due(before)) if count is not None), default=None)
        result = self.session.advance(steps=most, seconds=seconds, hurried=not self.meter.speed)
        if result.step == before and not result.finished:
            if not first:
                return 0
            result = self.session.advance(steps=1, seconds=ANY, hurried=not self.meter.speed)  # one step takes longer than a chunk
        self.meter.made(max(result.step - before, 0))
        self._note_metrics(result)
        if result.diverged:
            self.forget_after(result.step)
            self.set_state("paused", result.finished)
        elif result.finished or result.step == before:
            self.set_state("finished", result.finished or "A stopping rule of this run is met. Raise its limit to train on.")
        elif self.target is not None and result.step >= self.target:
            self.set_state("paused")
        return max(result.step - before, 0)

    def set_state(self, state: str, reason: str = "") -> None:
        """Change state; whoever asks for it tells."""
        self.state, self.reason, self.target = state, reason, None
        self.meter.restart()

    def _tell_state(self) -> None:
        """Tell of a change of state that no command asked for."""
        self.publish()
        self._report_metrics()
        self.link.report("state", state=self.state, reason=self.reason, step=self.session.step)

    def _note_metrics(self, result: StepResult) -> None:
        self._rows.append([result.step, {name: _finite(value) for name, value in result.metrics.items()}])
        if len(self._rows) > 2 * KEPT_ROWS:
            self._rows = self._rows[:-1:2] + self._rows[-1:]

    def forget_after(self, step: int) -> None:
        """What lies beyond `step` will be different: forget its metrics and snapshots."""
        self._rows: list[list[Any]] = []  # step and metrics, not reported yet
        self.recorder.forget_after(step)

    # -- orders

    def _obey(self, order: dict[str, Any]) -> None:
        if order["order"] == "pace":
            self.pace.follow(order["watchers"], order["rate"], order["save"], order["share"])
            return
        if order["order"] == "save":
            self.save_now()
            self._acknowledge(order["id"], [], {})
            return
        try:
            events, answer = self._park(order) if order["order"] == "park" else apply(self, order["command"])
        except Exception as error:
            if not isinstance(error, ExplorerError):
                traceback.print_exc()
            self.link.report("refused", id=order["id"], **words_of(error, MEMORY, ERROR))
            return
        sequence = self.publish()
        self._acknowledge(order["id"], events, {**answer, "sequence": sequence})

    def _park(self, order: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Save and end; the run can be revived."""
        if self.state in PLAYING:
            self.set_state(order["state"], order["reason"])
        self.save_now()
        self.ended = True
        return [["park", {"reason": order["reason"]}]], {}

    def _acknowledge(self, number: int, events: list[Any], answer: dict[str, Any]) -> None:
        more = {"experiment": self.session.experiment} if any(what in ("set", "change") for what, _ in events) else {}
        self.link.report(
            "ack", id=number, state=self.state, reason=self.reason, step=self.session.step, answer=answer, events=events, **more
        )

    # -- what leaves the process

    def publish(self, fresh: bool = True) -> int:
        """Make a frame of this moment the newest one. Returns its number."""
        fields = {
            "run": self.id,
            "state": self.state,
            "reason": self.reason,
            "steps_per_second": self.meter.rate if self.state in PLAYING else 0.0,
            "speed": self.meter.speed,
            "watchers": self.pace.watchers,
            "film": self.recorder.facts(),
            **self._inherited,
        }
        with self.pace.shooting():
            return self.writer.write(self.session.frame(fields, fresh))

    def _report_metrics(self) -> None:
        """Tell which metrics were seen since the last time, thinned, the newest exact; and with it that all is well."""
        self._reported = time.monotonic()
        if self._rows or self.state in PLAYING:
            every = math.ceil(len(self._rows) / KEPT_ROWS) or 1
            rows = self._rows[::-1][::every][::-1]
            self._rows = []
            self.link.report("metrics", step=self.session.step, rows=rows)

    # -- checkpoints

    def note_edit(self) -> None:
        """Weights or settings were changed without a step: what was saved and recorded last shows something else."""
        self.edited = True
        self.recorder.edited()

    @property
    def _is_unsaved(self) -> bool:
        return self.edited or self.session.step != self.saved_step

    def _save_if_due(self) -> None:
        problem = self.saver.take_problem()
        if problem:
            self.saved_step = -1
            self.set_state("paused", f"The run was paused: {problem}.")
            self._tell_state()
        elif self._is_unsaved and not self.saver.is_busy and (self.state not in PLAYING or self.pace.save_due()):
            self._begin_save()

    def _begin_save(self) -> None:
        self.saved_step, self.edited = self.session.step, False
        self.pace.saved()
        self.saver.save(self.session.step, *self.session.checkpoint())  # copies: training goes on meanwhile

    def save_now(self) -> None:
        """Return when the newest checkpoint is of this moment."""
        self.saver.wait()
        if self._is_unsaved:
            self._begin_save()
            self.saver.wait()

    def _saved(self, row: CheckpointRow) -> None:
        self.link.report("checkpoint", step=row.step, file=row.file, sha256=row.sha256)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
