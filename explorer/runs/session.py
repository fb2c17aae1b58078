"""What a worker computes with: one training, its camera, and what the people watching have selected."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from explorer.errors import ExplorerError, RunError, SpecError
from explorer.experiment import Experiment
from explorer.probes.base import View
from explorer.probes.frame import Camera
from explorer.results.step import StepResult
from explorer.runs.bequest import Bequest
from explorer.training.inheriting import nothing_inherited
from explorer.training.loop import Training, train
from explorer.training.saving import Checkpoint


class Session:
    """One run in this process. Everything the explorer computes for a run goes through here.

    Args:
        experiment: JSON.
        bequest: the weights it begins with, if they are those of an earlier run.

    Attributes:
        inherited: what became of them, as plain data: "from", "kept", "fresh", "text"; None without a bequest.
    """

    def __init__(self, experiment: str, bequest: Bequest | None = None) -> None:
        self.view = View()
        self.inherited: dict[str, Any] | None = None
        self._bequest = bequest
        self._begin_at_zero(Experiment.from_json(experiment))

    def _begin_at_zero(self, experiment: Experiment) -> None:
        """The first state of the run: the weights of its seed, and those it inherited in their place."""
        try:
            self._begin(experiment, self._bequest.load() if self._bequest else None)
            found = self.training.inherited
        except RunError as error:
            self._begin(experiment)
            found = nothing_inherited(self.training.state, str(error))
        if self._bequest and found:
            self.inherited = {"from": self._bequest.of, "kept": list(found.kept), "fresh": list(found.fresh), "text": found.text}

    def _begin(self, experiment: Experiment, weights_of: Checkpoint | None = None) -> None:
        self.training: Training = train(experiment, weights_of=weights_of)
        self.camera = Camera(self.training)

    @property
    def experiment(self) -> str:
        """Canonical JSON of the experiment as it is now."""
        return self.training.experiment.to_json()

    @property
    def step(self) -> int:
        return self.training.step

    @property
    def engine(self) -> str:
        return self.training.engine.name

    @property
    def device(self) -> str:
        return self.training.state.device.type

    @property
    def steps_to_epoch_end(self) -> int:
        """Updates until the training part has been passed over once more; at least 1."""
        per_epoch = self.training.steps_per_epoch
        return per_epoch - self.training.step % per_epoch

    def advance(self, steps: int | None = None, seconds: float | None = None, hurried: bool = True) -> StepResult:
        """Train on, for as many steps or seconds as given, whichever is over first; measure more often when not hurried."""
        self.training.hurried = hurried
        return self.training.advance(steps=steps, seconds=seconds)

    def play_on(self) -> None:
        """Allow a run that ended by itself to go on."""
        self.training.go_on()

    def frame(self, fields: dict[str, Any], fresh: bool) -> bytes:
        """The bytes of a live frame of this moment, with `fields` added to its head; `fresh`: with metrics of this very step."""
        if fresh:
            self.training.measure()
        return self.camera.take(self.view, fields, fresh)

    def reset(self) -> None:
        """Begin again at step 0 with the experiment as it is now, and with the weights it inherited."""
        self._begin_at_zero(self.training.experiment)

    def change(self, experiment: str | dict[str, Any]) -> None:
        """Go on with another experiment that differs in live fields only. Raises SpecError."""
        record = Experiment.from_json(experiment) if isinstance(experiment, str) else Experiment.from_fields(experiment)
        self.training.change(record)
        self.camera = Camera(self.training)

    def set(self, path: str, value: Any) -> None:
        """Set one live field. Raises SpecError."""
        self.training.set(path, value)
        self.camera = Camera(self.training)

    def set_weight(self, column: int, unit: int, source: int, value: float) -> None:
        """Set one weight by hand, or a bias when `source` is -1. Raises SpecError."""
        columns = self.camera.columns
        if not 0 <= column < len(columns) or not columns[column].weight_id:
            raise SpecError(f"Column {column} of the diagram has no weights that can be set.")
        self.training.set_weight(columns[column].role, columns[column].weight_id, unit, source, value)

    def predict(self, image: list[float]) -> dict[str, Any]:
        """What the network answers for one example of the person's own: {"probabilities": [...]}. Raises SpecError."""
        state, task = self.training.state, self.training.experiment.task
        shape = state.dataset.input_shape
        if shape.vocabulary:
            raise SpecError("An example of this data set is a row of tokens, not of numbers: none can be drawn by hand.")
        try:
            values = np.asarray(image, np.float32)
        except (TypeError, ValueError):
            raise SpecError("An example is a list of numbers.") from None
        if values.size != shape.numel or not np.isfinite(values).all():
            raise SpecError(f"An example of this data set is {shape.numel} finite numbers ({shape}), but it was given {values.size}.")
        x = torch.from_numpy(values.reshape(1, *shape.sizes)).to(state.device)
        answer = task.predict(state, x)[0].float().cpu().numpy()
        return {"probabilities": [round(float(v), 6) if np.isfinite(v) else None for v in answer.ravel()]}

    @property
    def checkpoint_bytes(self) -> int:
        """About what a checkpoint takes: weights and buffers, and two moments for each at most."""
        return 3 * sum(value.nbytes for network in self.training.networks.values() for value in network.state_dict().values())

    def checkpoint(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Copies of everything that decides how the run goes on."""
        return self.training.checkpoint()

    def restore(self, tensors: dict[str, torch.Tensor], meta: dict[str, Any]) -> None:
        """Go on from a checkpoint, then take over what was changed since it was made.

        Raises:
            RunError: it does not belong to this experiment.
        """
        wanted = self.training.experiment
        try:
            self._begin(Experiment.from_json(meta["experiment"]))
            self.training.restore(tensors, meta)
            if self.training.experiment != wanted:
                self.training.change(wanted)
        except (ExplorerError, KeyError) as error:
            self._begin_at_zero(wanted)
            raise RunError(f"The checkpoint does not belong to this experiment: {error}") from None
        self.camera = Camera(self.training)
