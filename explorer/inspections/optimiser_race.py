"""Optimisers side by side: on a surface that can be seen, and on this network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from explorer.experiment import any_of
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.inspections._rehearsal import Rehearsal, loss_on, no_gradient
from explorer.inspections._surfaces import SURFACES
from explorer.inspections.base import INSPECTIONS, Inspection, Progress, probe_batch, unheard
from explorer.inspections.wording import brief, counted, plainly
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

USUAL = ("sgd", "momentum", "rmsprop", "adam")
POINTS = 40  # most steps at which the loss on the network is measured, the start besides


@INSPECTIONS.register("optimiser_race")
class OptimiserRace(Inspection):
    """Several optimisers from one start: down a surface of two coordinates, and on this network from this moment on.

    On the network each begins with nothing remembered; the run's own optimiser goes along with what it has gathered. The loss is that of
    the first training examples, in evaluation mode. Arrays: paths (racers, surface_steps + 1, 3): x, y, height above the lowest point;
    grid_x, grid_y, heights: the surface; losses (racers + 1, seeds, points), the run's own last; measured (points,): after how many steps.
    """

    group: ClassVar[str] = "Gradients"
    slow: ClassVar[bool] = True

    racers: tuple[any_of(OPTIMIZERS), ...] = Field(
        default_factory=lambda: tuple(OPTIMIZERS[kind]() for kind in USUAL),
        validate_default=True,
        min_length=1,
        max_length=12,
        description="the optimisers, each with its own learning rate",
    )
    surface: Literal["ravine", "valley", "saddle"] = Field(
        "ravine", description="ravine: steep across, flat along; valley: bent, with a floor that hardly falls; saddle: flat in the middle"
    )
    surface_steps: int = Field(200, ge=10, le=5000, description="steps on the surface")
    steps: int = Field(20, ge=1, le=1000, description="steps on this network, from this moment on")
    seeds: int = Field(2, ge=1, le=10, description="orders of the batches that are tried; the band goes from the least to the most")

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return no_gradient(training)

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        surface = SURFACES[self.surface]
        paths = np.stack([surface.descend(racer, self.surface_steps) for racer in self.racers])
        x, y, heights = surface.grid()
        measured = np.unique(np.linspace(0, self.steps, min(self.steps, POINTS) + 1).round().astype(int))
        losses = self._losses(training, measured, progress)
        names = [*(called(racer) for racer in self.racers), f"the run's own {called(training.experiment.training.optimizer)}"]
        examples = len(probe_batch(training)[0])
        words = (self._on_surface(names, paths[:, :, 2]), *self._on_network(names, losses, examples))
        facts = {
            "names": names,
            "surface": self.surface,
            "about": surface.words,
            "examples": examples,
            "unit": training.experiment.task.units().get("train_loss", ""),
            "last": [plainly(value) for value in losses[:, :, -1].mean(1)],
        }
        arrays = {"paths": paths, "grid_x": x, "grid_y": y, "heights": heights, "losses": losses, "measured": measured}
        return Inspected(self.kind, training.step, words, facts, arrays)

    def _losses(self, training: Training, measured: np.ndarray, progress: Progress) -> np.ndarray:
        """(racers + 1, seeds, points); NaN where a loss is not finite."""
        racers: list[OptimizerSpec | None] = [*self.racers, None]
        found = np.full((len(racers), self.seeds, len(measured)), np.nan)
        whole = len(racers) * self.seeds
        for at, racer in enumerate(racers):
            for order in range(self.seeds):
                told = partial(_part, progress, at * self.seeds + order, whole)
                rehearsal = Rehearsal(training, racer, seed=training.experiment.seed + 1 + order)
                for point, loss in enumerate(_measured(training, rehearsal, measured)):
                    found[at, order, point] = loss
                    told((point + 1) / len(measured))
        return np.where(np.isfinite(found), found, np.nan)

    def _on_surface(self, names: list[str], heights: np.ndarray) -> str:
        order = sorted(range(len(heights)), key=lambda racer: _late(heights[racer, -1]))
        said = [f"{names[racer]} at {brief(heights[racer, -1])}" for racer in order if np.isfinite(heights[racer, -1])]
        lost = [names[racer] for racer in order if not np.isfinite(heights[racer, -1])]
        words = f"On the {self.surface} after {counted(self.surface_steps, 'step')} from {brief(heights[0, 0])} above the lowest point: "
        return words + ", ".join([*said, *(f"{name} left the finite numbers" for name in lost)]) + "."

    def _on_network(self, names: list[str], losses: np.ndarray, examples: int) -> Iterator[str]:
        last, spread = losses[:, :, -1].mean(1), np.ptp(losses[:, :, -1], axis=1)
        order = sorted(range(len(last)), key=lambda racer: _late(last[racer]))
        said = [f"{names[racer]} {brief(last[racer])}" for racer in order if np.isfinite(last[racer])]
        yield (
            f"On this network the loss of {counted(examples, 'example')} goes from {brief(losses[0, 0, 0])} in "
            f"{counted(self.steps, 'step')} to (mean of {counted(self.seeds, 'order')} of the batches): {', '.join(said)}."
        )
        if self.seeds > 1 and np.isfinite(spread).any():
            yield f"Another order of the batches changes these by up to {brief(np.nanmax(spread))}: smaller differences say nothing."
        lost = [name for name, value in zip(names, last, strict=True) if not np.isfinite(value)]
        if lost:
            yield f"The loss left the finite numbers with {', '.join(lost)}."


def called(racer: OptimizerSpec) -> str:
    return f"{racer.title()} {racer.learning_rate:g}"


def _late(value: float) -> float:
    return value if np.isfinite(value) else np.inf


def _part(progress: Callable[[float], None], done: int, whole: int, share: float) -> None:
    progress((done + share) / whole)


def _measured(training: Training, rehearsal: Rehearsal, measured: np.ndarray) -> Iterator[float]:
    """The loss of the probe batch after each of these numbers of steps, until it is not finite."""
    made = 0
    for steps in measured:
        while made < steps:
            rehearsal.step()
            made += 1
        loss = _probe(training, rehearsal)
        yield loss
        if not np.isfinite(loss):
            return


def _probe(training: Training, rehearsal: Rehearsal) -> float:
    rehearsal.network.eval()
    with torch.no_grad():
        return loss_on(training, rehearsal.network, *probe_batch(training)).item()
