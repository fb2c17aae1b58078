"""Training as an iterator: every `next()` is a chunk of steps; to stop is not to ask again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import Experiment, changed, differences, is_live
from explorer.networks.build import Network
from explorer.results.history import History
from explorer.results.step import StepResult
from explorer.training import autopsy
from explorer.training.adopting import adopt, describe_changes
from explorer.training.batches import BatchStream
from explorer.training.inheriting import checkpoint_of, inherit
from explorer.training.randomness import own, seeded
from explorer.training.rescue import SafetyNet, first_broken
from explorer.training.saving import Checkpoint, pack, unpack
from explorer.training.setup import build_engine, build_state

KEPT = 4000  # evaluated results that stopping rules can look back on
HURRIED, CALM = 0.01, 0.1  # of the time, when playing, that may go into measuring the whole data
EVALUATION_START = 0.3  # seconds of measuring that are free: the beginning is where the curves move
CHUNK = 4096  # most steps that one call of an engine makes


def train(
    experiment: Experiment, steps_per_chunk: int | None = None, weights_of: Training | Checkpoint | Path | str | None = None
) -> Training:
    """Train an experiment, chunk by chunk.

    Args:
        experiment: what to train.
        steps_per_chunk: updates between two results; None: one pass over the training part.
        weights_of: an earlier training, or its checkpoint: the new one begins with the weights of every layer that still fits.

    Raises:
        ExplorerError: the experiment does not work, or `weights_of` is not a checkpoint.

    Example:
        >>> for result in train(Experiment.preset("spiral")):
        ...     if result.step >= 50:
        ...         break
        >>> sorted(result.metrics)
        ['test_accuracy', 'test_f1', 'test_loss', 'train_accuracy', 'train_f1', 'train_loss']
    """
    return Training(experiment, steps_per_chunk, weights_of)


class Training:
    """A run in this process: networks, optimisers and data, and how far they are.

    Iterating yields a StepResult per chunk until a stopping rule ends the run or a loss is not finite; then
    `finished` says why.

    Attributes:
        inherited: which layers began with weights of an earlier training; None where there was none.
    """

    def __init__(
        self, experiment: Experiment, steps_per_chunk: int | None = None, weights_of: Training | Checkpoint | Path | str | None = None
    ) -> None:
        self.state = build_state(experiment, experiment.data.load())
        self.inherited = inherit(self.state, checkpoint_of(weights_of)) if weights_of is not None else None
        self.engine = build_engine(self.state)
        self.steps_per_chunk = steps_per_chunk
        self.hurried = True  # False: there is time left over, for example because the speed is limited
        self.step, self.examples, self.seconds = 0, 0, 0.0
        self.metrics: dict[str, float] = {}
        self.history = History()
        self.recent: deque[StepResult] = deque(maxlen=KEPT)
        self.marks: list[tuple[int, str]] = []
        self.finished, self.diverged = "", False
        self._learned = self._numbers()
        self.batches = BatchStream(len(self._learned), experiment.seed)
        self.random = seeded(experiment.seed, self.state.device)
        self._latest: dict[str, np.ndarray] = {}  # losses of the newest chunk
        self._measured = -1  # the step the metrics are of
        self._evaluation_due = self._evaluation_spent = 0.0
        self._written = (experiment, experiment.to_json())
        self._net = SafetyNet(self)
        self._rate = 0.0  # steps per second of engine time, measured
        self._evaluate()

    @property
    def experiment(self) -> Experiment:
        return self.state.experiment

    @property
    def text(self) -> str:
        """The experiment's canonical JSON; written once, for it is part of every checkpoint."""
        if self._written[0] is not self.experiment:
            self._written = (self.experiment, self.experiment.to_json())
        return self._written[1]

    @property
    def networks(self) -> dict[str, Network]:
        """The networks that are trained, by role."""
        return self.state.networks

    def module_of(self, role: str, layer_id: str) -> nn.Module:
        """The module of a layer or block. Raises KeyError."""
        return self.state.networks[role].module_of(layer_id)

    def _numbers(self) -> torch.Tensor:
        """Which training examples the task learns from, int64 (n,)."""
        return torch.from_numpy(self.experiment.task.learned(self.state.dataset))

    @property
    def epoch(self) -> float:
        """Passes over all that is learnt from so far."""
        return self.examples / self.batches.n

    def __iter__(self) -> Iterator[StepResult]:
        return self

    def __next__(self) -> StepResult:
        if self.finished:
            raise StopIteration
        return self.advance(steps=self.steps_per_chunk or self.steps_per_epoch)

    def finish(self) -> StepResult:
        """Train until a stopping rule ends the run. Raises SpecError if there is no rule."""
        if not self.experiment.training.stopping:
            raise SpecError("training.stopping: there is no rule that would end this run. Add one, or iterate and stop yourself.")
        result = self._result({})
        for result in self:  # noqa: B007  the last one counts
            pass
        return result

    @property
    def steps_per_epoch(self) -> int:
        """Updates that one pass over the training part takes, at least 1."""
        return max(round(self.batches.n / min(self.experiment.training.batch_size, self.batches.n)), 1)

    def advance(self, steps: int | None = None, seconds: float | None = None) -> StepResult:
        """Train on: exactly `steps` updates, or as many as fit `seconds`, and fewer if the run ends by itself.

        With `steps` alone, metrics are measured at the end. With `seconds`, measuring the whole data takes at most a few
        per cent of the time; with stopping rules it is done once an epoch in any case, so that a run ends at the same
        step however fast it goes.
        """
        began, losses, left = time.perf_counter(), [], steps
        while not self.finished:
            count = self._chunk(left, None if seconds is None else seconds - (time.perf_counter() - began))
            if not count:
                break
            losses.append(self._run(count))
            left = None if left is None else left - count
            self._check_rules()
        merged = {name: np.concatenate([part[name] for part in losses]) for name in losses[-1]} if losses else {}
        self._latest = {**self._latest, **merged}
        if seconds is None or time.perf_counter() >= self._evaluation_due:
            self.measure()
        return self._result(merged)

    def _chunk(self, left: int | None, seconds: float | None) -> int:
        """Steps to make in one go: never past the end of the call, of a step budget, or of an epoch that is to be measured."""
        count = CHUNK if left is None else min(left, CHUNK)
        if seconds is not None:
            count = min(count, int(seconds * self._rate)) if self._rate else 1
        for rule in self.experiment.training.stopping:
            budget = rule.steps_left(self.step)
            count = count if budget is None else min(count, budget)
        if self.experiment.training.stopping:
            count = min(count, self.steps_per_epoch - self.step % self.steps_per_epoch)
        return max(count, 0)

    def _run(self, count: int) -> dict[str, np.ndarray]:
        self._net.keep()
        start, began = self.step, time.perf_counter()
        losses = self.make_steps(count)
        spent = time.perf_counter() - began
        self.seconds += spent
        rate = count / max(spent, 1e-9)
        self._rate = (self._rate + rate) / 2 if self._rate else rate
        broken = first_broken(losses)
        if broken is not None:
            self._diverged(start + broken)
        elif autopsy.broken_weights(self.state):
            self._diverged(start + count)
        return losses

    def make_steps(self, count: int) -> dict[str, np.ndarray]:
        """`count` bare updates, without measuring or looking for trouble. Returns the loss of each step by name."""
        training = self.experiment.training
        batches = self._learned[self.batches.take(count, training.batch_size)]
        with self.own_random():
            losses = self.engine.run(batches, self._rates(count))
        self.step += count
        self.examples += batches.numel()
        return losses

    def _rates(self, count: int) -> np.ndarray:
        """The learning rates of the next `count` steps, float64."""
        rate, schedule = self.experiment.training.optimizer.learning_rate, self.experiment.training.schedule
        if not schedule.moves:
            return np.full(count, rate)
        return rate * np.array([schedule.factor(step) for step in range(self.step, self.step + count)])

    def own_random(self) -> AbstractContextManager[None]:
        """While the block runs, torch's global random numbers are those of this run alone."""
        return own(self.random)

    # -- measuring and stopping

    def measure(self) -> None:
        """Measure the metrics of this step, unless they are."""
        if self._measured != self.step:
            self._evaluate()

    def _evaluate(self) -> None:
        began = time.perf_counter()
        of_batches = {name: float(values.mean()) for name, values in self._latest.items() if name != "batch_loss" and len(values)}
        self.metrics = {**self.experiment.task.evaluate(self.state), **of_batches}
        self.history.add(self.step, self.metrics)
        self._measured = self.step
        self.recent.append(self._result({}))
        now = time.perf_counter()
        self._evaluation_spent += now - began
        if self._evaluation_spent > EVALUATION_START:
            self._evaluation_due = now + (now - began) / (HURRIED if self.hurried else CALM)

    def _check_rules(self) -> None:
        rules = self.experiment.training.stopping
        if self.finished or not rules:
            return
        spent = any(rule.steps_left(self.step) == 0 for rule in rules)
        if spent or self.step % self.steps_per_epoch == 0:
            self._evaluate()
            self.finished = next((why for why in (rule.reason(self.recent) for rule in rules) if why), "")

    def _result(self, losses: dict[str, np.ndarray]) -> StepResult:
        return StepResult(self.step, self.epoch, dict(self.metrics), losses, self.seconds, self.finished, self.diverged)

    def _diverged(self, healthy: int) -> None:
        """End the run where its last healthy step left it; `healthy` updates were made before the first broken loss."""
        words = self._net.set_back(healthy)
        self.marks.append((self.step, f"set back here: {words}"))
        self._net.renew()  # what comes after a second break keeps the mark of the first
        self._evaluate()
        rate = self.experiment.training.optimizer.learning_rate
        self.diverged = True
        self.finished = (
            f"The loss left the finite range: {words}. The run was set back to step {self.step}, its last healthy one. "
            f"Most often the learning rate is too high: try {rate / 10:g} instead of {rate:g}."
        )

    # -- changes while it trains

    def set(self, path: str, value: Any) -> None:
        """Change one live field, e.g. `set("training.optimizer.learning_rate", 0.1)`; marked on the curve."""
        self.change(changed(self.experiment, path, value))

    def change(self, experiment: Experiment) -> None:
        """Go on with another experiment that differs in live fields only.

        Raises:
            SpecError: a field differs that needs a restart, or the new data have another shape.
        """
        before = self.experiment
        paths = differences(before, experiment)
        if not paths:
            return
        if not is_live(before, experiment):
            fixed = ", ".join(path for path in paths if not is_live(before, changed(before, path, paths[path])))
            raise SpecError(f"{fixed or ', '.join(paths)}: this cannot change while a run trains. Start a new run.")
        if experiment.data != before.data:
            self._change_data(experiment)
            self._measured = -1
        adopt(self.state, experiment)
        self.engine = build_engine(self.state)
        self.marks += [(self.step, words) for words in describe_changes(before, experiment)]
        self._net.renew()

    def set_weight(self, role: str, layer_id: str, unit: int, source: int, value: float) -> None:
        """Set one weight of a layer by hand, or its bias when `source` is -1.

        Raises:
            SpecError: there is no such weight, or the value is not finite.
        """
        if not np.isfinite(value):
            raise SpecError(f"A weight must be a finite number, not {value}.")
        try:
            module: Any = self.module_of(role, layer_id)
            with torch.no_grad():
                (module.bias if source < 0 else module.weight[unit])[unit if source < 0 else source] = value
        except (KeyError, AttributeError, IndexError, TypeError, RuntimeError):
            raise SpecError(f"{layer_id[:40]} has no weight from {source} to unit {unit} that can be set by hand.") from None
        name = autopsy.name_of(self.networks[role], layer_id)
        self.marks.append((self.step, f"{'bias' if source < 0 else 'weight'} of {name} set to {value:g}"))
        self._net.renew()
        self._evaluate()

    def _change_data(self, experiment: Experiment) -> None:
        dataset = experiment.data.load()
        old, task = self.state.dataset, experiment.task
        if dataset.classes != old.classes or any(task.shapes(r, dataset) != task.shapes(r, old) for r in task.roles):
            raise SpecError("data: these examples have another shape or other classes than the network was built for. Start a new run.")
        self.state.put(dataset)
        self._learned = self._numbers()
        if self.batches.n != len(self._learned):
            self.batches = BatchStream(len(self._learned), experiment.seed)

    def go_on(self) -> None:
        """Allow a run that ended by itself to train on."""
        self.finished, self.diverged = "", False

    # -- checkpoints

    def checkpoint(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Copies of everything that decides how the run goes on: tensors, and plain JSON data."""
        return pack(self)

    def restore(self, tensors: dict[str, torch.Tensor], meta: dict[str, Any]) -> None:
        """Go on from a checkpoint, bit for bit as if never interrupted.

        Raises:
            RunError: the checkpoint does not belong to this experiment's networks.
        """
        unpack(self, tensors, meta)
        self._measured = -1
        self._net.renew()
