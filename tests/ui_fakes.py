"""A client without processes: it remembers what it was asked, and runs stand still.

What is seen of a run's past is real: a small training in this very process, filmed and looked at as a looking process would.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from explorer.errors import RunError
from explorer.experiment import Experiment
from explorer.networks import limits
from explorer.results.inherited import Inherited
from explorer.results.inspected import Inspected
from explorer.runs import lens
from explorer.runs.film import Film, Shot, closest, shots
from explorer.runs.lens import Lens
from explorer.runs.store import RunRow
from explorer.training.loop import train

RECORDED = (0, 2, 4)  # steps of every film here


class FakeClient:
    """Stands in for explorer.runs.Client."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.rows: dict[str, RunRow] = {}
        self.commands: list[tuple[str, dict]] = []
        self.heirs: dict[str, str] = {}  # run id -> the run it was started as the heir of, or ""
        self.branches: dict[str, tuple[str, int]] = {}  # run id -> the run it branched off from, and where
        self.watched: list[list[str]] = []
        self.refuse = ""  # a sentence: every start and command is refused with it
        self.ended = 0
        self.lenses: dict[str, Lens] = {}
        self.shares: list[float] = []  # what a slow question still tells before it is answered; the last is repeated
        self.cancelled: list[tuple[str, int, dict]] = []

    def ensure_supervisor(self) -> None:
        pass

    def shutdown(self) -> None:
        self.ended += 1

    def start(self, experiment: Experiment, play: bool = True, owner: str = "", speed: float = 0, heir_of: str = "") -> str:
        if self.refuse:
            raise RunError(self.refuse)
        limits.check(experiment, experiment.data.load())  # as a worker does
        run_id = f"run{len(self.rows):013d}"
        self.heirs[run_id] = heir_of
        now = time.time()
        state = "running" if play else "paused"
        self.rows[run_id] = RunRow(run_id, owner, experiment.to_json(), state, "", 0, now, now, 1, "cpu", "eager", speed)
        (self.home / "runs" / run_id).mkdir(parents=True, exist_ok=True)
        return run_id

    def command(self, run_id: str, command: dict) -> dict:
        if self.refuse:
            raise RunError(self.refuse)
        row = self.run(run_id)
        self.commands.append((run_id, command))
        if command["command"] == "change":
            self.put(run_id, experiment=command["experiment"])
        if then := {"pause": "paused", "stop": "stopped", "play": "running"}.get(command["command"]):
            self.put(run_id, state=then)
        return {"state": row.state}

    def put(self, run_id: str, **columns) -> None:
        self.rows[run_id] = RunRow(**{**vars(self.rows[run_id]), **columns})

    def run(self, run_id: str) -> RunRow:
        if run_id not in self.rows:
            raise RunError("There is no such run.")
        return self.rows[run_id]

    def runs(self) -> list[RunRow]:
        return list(self.rows.values())

    def frame_path(self, run_id: str) -> Path:
        return self.home / "runs" / run_id / "live.frame"

    def watch(self, run_ids: list[str]) -> None:
        self.watched.append(list(run_ids))

    def branch(self, of: str, step: int, owner: str = "") -> str:
        row = self.run(of)
        run_id = self.start(Experiment.from_json(row.experiment), False, owner)
        self.put(run_id, step=step)
        self.branches[run_id] = (of, step)
        return run_id

    def branched(self, run_id: str) -> tuple[str, int] | None:
        return self.branches.get(run_id)

    def inherited(self, run_id: str) -> Inherited | None:
        if not self.heirs.get(run_id):
            return None
        return Inherited((), (), f"Began with the weights of {self.heirs[run_id]}.", self.heirs[run_id])

    def metrics(self, run_id: str) -> list[tuple[int, dict[str, float | None]]]:
        return [(0, {"train_loss": 0.7, "test_loss": 0.8}), (10, {"train_loss": 0.5, "test_loss": None})]

    # -- the past

    def film(self, run_id: str) -> list[Shot]:
        folder = self.frame_path(run_id).parent
        if run_id in self.rows and not shots(folder):
            training, film = train(Experiment.from_json(self.rows[run_id].experiment)), Film(folder)
            for step in RECORDED:
                training.advance(steps=step - training.step)
                film.keep(step, *training.checkpoint())
        return shots(folder)

    def look(self, run_id: str, step: int, column: int | None = None, unit: int | None = None, example: int = 0) -> bytes:
        return self._seen(run_id, step, {"order": "look", "column": column, "unit": unit, "example": example})

    def inspect(self, run_id: str, step: int, ask: dict, slow: bool = False) -> Inspected | float:
        if slow and self.shares:
            return self.shares.pop(0) if len(self.shares) > 1 else self.shares[0]
        return Inspected.unpack(self._seen(run_id, step, {"order": "inspect", "ask": ask}))

    def cancel(self, run_id: str, step: int, ask: dict) -> None:
        self.cancelled.append((run_id, step, ask))

    def offers(self, run_id: str, step: int = -1) -> dict[str, dict]:
        return self._answer(run_id, step, {"order": "offers"})

    def explainable(self, run_id: str, step: int, selection: dict) -> dict[str, Any]:
        return self._answer(run_id, step, {"order": "offers", "selection": selection})

    def _seen(self, run_id: str, step: int, order: dict) -> bytes:
        return (self.frame_path(run_id).parent / lens.FOLDER / self._answer(run_id, step, order)["file"]).read_bytes()

    def _answer(self, run_id: str, step: int, order: dict) -> dict[str, Any]:
        self.film(run_id)
        folder = self.frame_path(run_id).parent
        shot = closest(folder, step)
        one = self.lenses.setdefault(run_id, Lens(run_id, folder, lambda number, share: None))
        return one.answer({**order, "id": 0, "step": shot.step, "print": shot.print})
