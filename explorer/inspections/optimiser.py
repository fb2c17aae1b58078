"""One weight through the next steps of its run, with all that the optimiser keeps of it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field

from explorer.experiment.training import OptimizerSpec
from explorer.inspections._rehearsal import Rehearsal, Weights, no_gradient, weights_in
from explorer.inspections._targets import place_of, written
from explorer.inspections.base import INSPECTIONS, MODEL, Inspection, Progress, chosen, unheard
from explorer.inspections.wording import brief, counted, latex, plainly
from explorer.results.inspected import Inspected
from explorer.results.update import Moment, Quantity
from explorer.training.loop import Training

WRITTEN = 5  # steps that the lines of code repeat


@INSPECTIONS.register("optimiser")
class Optimiser(Inspection):
    """What the optimiser makes of one weight's gradient in the run's next steps: every average, and the step it takes.

    The steps are those the run would make next: its batches, learning rates, dropout, penalties and clipping. Arrays: weight (n + 1,);
    loss, rate (n,), of each batch; quantities (n, q), in the order of facts["quantities"], the last being the change of the weight as
    recomputed from the others.
    """

    group: ClassVar[str] = "Gradients"

    target: str = Field("", max_length=120, description="the weights of which one is followed")
    place: str = Field(
        "",
        max_length=60,
        description="which of them: its row, column, ... in the tensor, counted from 0 and separated by commas, as in 3, 0; empty takes "
        "the one with the largest gradient in the next step",
    )
    steps: int = Field(20, ge=1, le=500, description="steps that are made from this moment on")

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return no_gradient(training)

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"target": [one.name for one in weights_in(training.networks[MODEL])]}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        name = chosen("weights", self.target, self.choices(training)["target"])
        index = self._place(training, name)
        spec, rehearsal, moments, losses = training.experiment.training.optimizer, Rehearsal(training), [], []
        weights, optimizer = _named(rehearsal, name), rehearsal.state.optimizers[MODEL]
        start = remembered(optimizer, weights, index)
        for number in range(1, self.steps + 1):
            moment, loss = followed(rehearsal, weights, index)
            moments.append(moment)
            losses.append(loss)
            progress(number / self.steps)
        path = [*(moment.weight for moment in moments), weights.values[index].item()]
        apart = [spec.taken_apart(moment) for moment in moments]
        seen = Seen(f"weight {written(index)} of {name}", training.step, spec, moments, apart, path)
        facts = {
            **seen.facts(),
            "target": name,
            "place": list(index),
            "words": list(seen.words()),
            "formula": seen.formula(),
            "code": code(optimizer, start, moments),
        }
        arrays = {
            "weight": np.array(path),
            "loss": np.array(losses),
            "rate": np.array([moment.rate for moment in moments]),
            "quantities": np.array([[one.value for one in quantities] for quantities in apart]),
        }
        return Inspected(self.kind, training.step, seen.words(), facts, arrays)

    def _place(self, training: Training, name: str) -> tuple[int, ...]:
        trial = Rehearsal(training)
        if not self.place.strip():
            trial.step()
        values = _named(trial, name).values
        return place_of(self.place, name, torch.zeros_like(values) if values.grad is None else values.grad)


def _named(rehearsal: Rehearsal, name: str) -> Weights:
    return next(one for one in weights_in(rehearsal.network) if one.name == name)


def remembered(optimizer: torch.optim.Optimizer, weights: Weights, index: tuple[int, ...]) -> dict[str, float]:
    """What the optimiser keeps of one weight, by torch's names; counters that are the same for all weights too."""
    kept = {name: value for name, value in optimizer.state.get(weights.values, {}).items() if isinstance(value, torch.Tensor)}
    return {name: (value[index] if value.shape == weights.values.shape else value).item() for name, value in kept.items()}


def followed(rehearsal: Rehearsal, weights: Weights, index: tuple[int, ...]) -> tuple[Moment, float]:
    """One step, seen at one weight; and the loss of its batch."""
    optimizer, weight = rehearsal.state.optimizers[MODEL], weights.values[index].item()
    before = remembered(optimizer, weights, index)
    loss = rehearsal.step()
    gradient = 0.0 if weights.values.grad is None else weights.values.grad[index].item()
    return Moment(weight, gradient, rehearsal.rate, before, remembered(optimizer, weights, index)), loss


@dataclass(frozen=True)
class Seen:
    """The steps of one weight, and the same in words and as a formula."""

    called: str
    step: int
    spec: OptimizerSpec
    moments: Sequence[Moment]
    apart: Sequence[Sequence[Quantity]]
    path: Sequence[float]

    def facts(self) -> dict[str, Any]:
        return {
            "called": self.called,
            "optimiser": self.spec.title(),
            "rule": self.spec.formula,
            "quantities": [{"name": one.name, "sign": one.sign, "unit": one.unit} for one in self.apart[0]],
            "off": plainly(self.off()),
        }

    def off(self) -> float:
        """The largest distance between a change of the weight and the change recomputed from the quantities."""
        return float(np.abs(np.diff(self.path) - [quantities[-1].value for quantities in self.apart]).max())

    def words(self) -> tuple[str, ...]:
        *made, change = self.apart[0]
        numbers = ", ".join(f"{one.name} {brief(one.value)}" for one in made)
        before, after = self.path[:2]
        return (
            f"In the next {counted(len(self.moments), 'step')} {self.called} goes from {self.path[0]:.5g} to {self.path[-1]:.5g}.",
            f"In the first, step {self.step + 1}, {self.spec.title()} has these numbers: {numbers}. With a learning rate of "
            f"{brief(self.moments[0].rate)} they change the weight by {brief(change.value)}: from {before:.5g} to {after:.5g}.",
            "The gradient is that of the mean loss of a batch. Backpropagation, with example -1, shows how that of the first comes about.",
            *self._turns(),
            f"The change recomputed from these numbers is the weight's own up to {self.off():.1g}: numbers of 32 bits are rounded.",
        )

    def _turns(self) -> list[str]:
        slopes, changes = (np.array([quantities[at].value for quantities in self.apart]) for at in (0, -1))
        uphill = int((slopes * changes > 0).sum())
        return (
            [f"In {uphill} of {counted(len(slopes), 'step')} it moves against what its own gradient of that step asks for."]
            if uphill
            else []
        )

    def formula(self) -> str:
        """The numbers of the first step, in LaTeX, by the signs of the optimiser's own formula."""
        return r",\quad ".join(f"{one.sign} = {latex(one.value).strip('()')}" for one in self.apart[0])


def code(optimizer: torch.optim.Optimizer, start: dict[str, float], moments: Sequence[Moment]) -> str:
    """Lines that make the first steps once more, for this one weight, from its gradients."""
    defaults = inspect.signature(type(optimizer)).parameters
    settings = {name: value for name, value in optimizer.defaults.items() if name in defaults and value != defaults[name].default}
    said = ", ".join(["[weight]", *(f"{name}={value!r}" for name, value in settings.items() if name not in ("foreach", "fused"))])
    kept = ", ".join(f'"{name}": torch.tensor({value!r})' for name, value in start.items())
    steps = ", ".join(f"({moment.gradient!r}, {moment.rate!r})" for moment in moments[:WRITTEN])
    return "\n".join(
        [
            "import torch",
            "",
            f"weight = torch.nn.Parameter(torch.tensor({moments[0].weight!r}))",
            f"optimizer = torch.optim.{type(optimizer).__name__}({said})",
            *([f"optimizer.state[weight] = {{{kept}}}"] if start else []),
            f"for gradient, rate in [{steps}]:",
            '    optimizer.param_groups[0]["lr"] = rate',
            "    weight.grad = torch.tensor(gradient)",
            "    optimizer.step()",
            "print(weight.item())",
        ]
    )
