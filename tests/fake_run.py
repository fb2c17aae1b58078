"""A run without torch, for tests of what is around a run: its supervisor, its worker, its store.

Run as a program it is a supervisor whose workers train this: `python fake_run.py HOME [setting=value ...]`.
A step counts up; a checkpoint is the count; some values of "training.fake" make it misbehave.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from explorer.errors import BudgetError, RunError, SpecError
from explorer.results.frame import pack

EXPERIMENT = json.dumps({"fake": "", "until": 0})


@dataclass
class Result:
    step: int
    finished: str
    metrics: dict[str, float] = field(default_factory=dict)
    diverged: bool = False


class FakeSession:
    """What `explorer.runs.session.Session` is to a worker."""

    def __init__(self, experiment: str, bequest: Any = None) -> None:
        self.fields, self.bequest, self.inherited = json.loads(experiment), bequest, None
        if self.fields["fake"] == "too big":
            raise BudgetError("The network needs about 95 GB; one run may use 2 GB.")
        if self.fields["fake"] == "broken at start":
            raise ZeroDivisionError
        self.finished = ""
        self.begin()
        self.engine, self.device = "fake", "cpu"
        self.view = SimpleNamespace(focus=None, example=0)

    def begin(self) -> None:
        self.step, self.weight = 0, 0.0
        if self.bequest:
            with suppress(RunError):
                self.weight = self.bequest.load()[1]["weight"]
            self.inherited = {"from": self.bequest.of, "kept": ["fake"], "fresh": [], "text": self.bequest.why or "kept it"}

    @property
    def experiment(self) -> str:
        return json.dumps(self.fields)

    @property
    def steps_to_epoch_end(self) -> int:
        return 10 - self.step % 10

    def advance(self, steps: int | None = None, seconds: float | None = None, hurried: bool = True) -> Result:
        _FAULTS.get(self.fields["fake"], int)()
        made = min(steps or 100, 100, max(self.fields["until"] - self.step, 0) or 100)
        time.sleep(min(0.0002 * made, seconds or 1.0))
        self.step += made
        if self.fields["until"] and self.step >= self.fields["until"]:
            self.finished = f"Reached step {self.step}."
        return Result(self.step, self.finished, {"train_loss": 1 / (1 + self.step)})

    def play_on(self) -> None:
        self.finished = ""

    def frame(self, fields: dict[str, Any], fresh: bool) -> bytes:
        return pack({"version": 1, "step": self.step, "weight": self.weight, **fields}, {})

    def reset(self) -> None:
        self.finished = ""
        self.begin()

    def change(self, experiment: str | dict[str, Any]) -> None:
        self.fields = json.loads(experiment) if isinstance(experiment, str) else experiment

    def set(self, path: str, value: Any) -> None:
        if path not in self.fields:
            raise SpecError(f"An experiment has no field {path!r}.")
        self.fields[path] = value

    def set_weight(self, column: int, unit: int, source: int, value: float) -> None:
        self.weight = value

    def predict(self, image: list[float]) -> dict[str, Any]:
        return {"probabilities": [sum(image), 0.0]}

    checkpoint_bytes = 0

    def checkpoint(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {"step": self.step, "weight": self.weight}

    def restore(self, tensors: dict[str, Any], meta: dict[str, Any]) -> None:
        self.step, self.weight = meta["step"], meta["weight"]


def _hang() -> None:
    while True:
        sum(range(10**6))


def _raise(error: Exception) -> None:
    raise error


def _write_garbage() -> None:
    """Bytes that are no message, into whatever socket this process has: the pipe to its supervisor."""
    for handle in range(3, 60):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(handle).st_mode):
                os.write(handle, b"\0\0\0\5hello")


_FAULTS: dict[str, Callable[[], object]] = {
    "hang": _hang,
    "sleep": lambda: time.sleep(60),
    "segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "vanish": lambda: os._exit(0),
    "memory": lambda: _raise(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")),
    "error": lambda: _raise(ZeroDivisionError("a secret")),
    "garbage": _write_garbage,
}


def work(connection: Any, order: str) -> None:
    """The target of a worker process."""
    import safetensors.numpy

    from explorer.runs.worker import main

    sys.modules["safetensors.torch"] = safetensors.numpy  # the same two functions; importing torch would take seconds
    main(connection, order, FakeSession)


if __name__ == "__main__":
    import fake_run

    from explorer.runs.settings import Settings
    from explorer.runs.supervisor import serve

    chosen = {name: type(getattr(Settings(), name))(value) for name, value in (text.split("=") for text in sys.argv[1:-1])}
    preload = ("explorer.runs.worker", "explorer.runs.film", "safetensors.numpy")
    sys.exit(serve(Path(sys.argv[-1]), target=fake_run.work, preload=preload, settings=Settings(**chosen)))
