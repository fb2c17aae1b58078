"""What each command does to a run, inside its worker."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from explorer.errors import RunError, SpecError

if TYPE_CHECKING:
    from explorer.runs.worker import Worker

PLAYING = ("running",)
MOST_STEPS = 1_000_000  # of one "step" command
LEAST_FILM, MOST_FILM = 1, 16_384  # megabytes
FASTEST = 1e6  # steps per second one can ask for

Outcome = dict[str, Any] | None  # what the acknowledgement carries back
_COMMANDS: dict[str, Callable[[Worker, dict[str, Any]], Outcome]] = {}
_UNRECORDED = {"focus", "example", "predict"}  # leave no trace in the run


def apply(worker: Worker, command: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Do it. Returns what to journal, as [what, detail] pairs, and the answer. Raises ExplorerError."""
    name = command["command"]
    answer = _COMMANDS[name](worker, command) or {}
    detail = {key: value for key, value in command.items() if key not in ("command", "experiment")}
    return ([] if name in _UNRECORDED else [[name, detail]]), answer


def _command(name: str) -> Callable:
    def enter(function: Callable) -> Callable:
        _COMMANDS[name] = function
        return function

    return enter


@_command("play")
@_command("resume")
def _play(worker: Worker, command: dict[str, Any]) -> Outcome:
    if worker.state not in PLAYING or worker.target is not None:
        worker.session.play_on()
        worker.set_state("running")


@_command("pause")
def _pause(worker: Worker, command: dict[str, Any]) -> Outcome:
    if worker.state in PLAYING:
        worker.set_state("paused")


@_command("step")
def _step(worker: Worker, command: dict[str, Any]) -> Outcome:
    count = command.get("count", 1)
    if not 1 <= count <= MOST_STEPS:
        raise SpecError(f"step: count is from 1 to {MOST_STEPS:,}, but it was given {count}.")
    _train_to(worker, worker.session.step + count)


@_command("epoch")
def _epoch(worker: Worker, command: dict[str, Any]) -> Outcome:
    _train_to(worker, worker.session.step + worker.session.steps_to_epoch_end)


def _train_to(worker: Worker, target: int) -> None:
    """Run up to `target`, then pause; the first steps are made at once, so that a single step is done when it is answered."""
    worker.session.play_on()
    worker.set_state("running")
    worker.target = target
    worker.train()


@_command("reset")
def _reset(worker: Worker, command: dict[str, Any]) -> Outcome:
    worker.saver.wait()  # a checkpoint of what is thrown away must not be reported after the reset
    worker.session.reset()
    worker.forget_after(-1)
    worker.set_state("paused" if worker.state not in PLAYING else "running")
    worker.note_edit()


@_command("stop")
def _stop(worker: Worker, command: dict[str, Any]) -> Outcome:
    worker.set_state("stopped", "Stopped by hand.")
    worker.save_now()
    worker.ended = True


@_command("speed")
def _speed(worker: Worker, command: dict[str, Any]) -> Outcome:
    value = command["value"]
    if not (math.isfinite(value) and 0 <= value <= FASTEST):
        raise SpecError(f"speed: steps per second from 0 (as fast as it goes) to {FASTEST:,.0f}, but it was given {value}.")
    worker.meter.speed = float(value)
    worker.meter.restart()


@_command("focus")
def _focus(worker: Worker, command: dict[str, Any]) -> Outcome:
    column, unit = command.get("column"), command.get("unit")
    worker.session.view.focus = None if column is None or unit is None else (column, unit)


@_command("example")
def _example(worker: Worker, command: dict[str, Any]) -> Outcome:
    worker.session.view.example = max(command.get("index") or 0, 0)


@_command("weight")
def _weight(worker: Worker, command: dict[str, Any]) -> Outcome:
    worker.session.set_weight(command["column"], command["unit"], command["source"], float(command["value"]))
    worker.note_edit()
    if worker.state not in PLAYING:
        worker.save_now()  # nothing else holds the edit; while it trains the next checkpoint does


@_command("set")
def _set(worker: Worker, command: dict[str, Any]) -> Outcome:
    worker.session.set(command["path"], command["value"])
    worker.note_edit()


@_command("change")
def _change(worker: Worker, command: dict[str, Any]) -> Outcome:
    worker.session.change(command["experiment"])
    worker.note_edit()


@_command("record")
def _record(worker: Worker, command: dict[str, Any]) -> Outcome:
    megabytes = command["megabytes"]
    if not LEAST_FILM <= megabytes <= MOST_FILM:
        raise SpecError(f"record: megabytes for the recorded steps are from {LEAST_FILM} to {MOST_FILM:,}, but it was given {megabytes}.")
    worker.recorder.allow(megabytes << 20)


@_command("predict")
def _predict(worker: Worker, command: dict[str, Any]) -> Outcome:
    if len(command["image"]) > 100_000:
        raise RunError("predict: an example is at most 100,000 numbers long.")
    return worker.session.predict(command["image"])
