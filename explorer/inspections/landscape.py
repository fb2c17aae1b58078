from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch.nn.modules.batchnorm import _BatchNorm

from explorer.errors import SpecError
from explorer.inspections._plane import Ground, Plane, flat_weights, random_plane, widest_plane
from explorer.inspections._rehearsal import no_gradient
from explorer.inspections.base import INSPECTIONS, MODEL, Progress, probe_batch, unheard
from explorer.inspections.moments import Moments, OverTime
from explorer.inspections.wording import brief, counted, plainly, share
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

ROOM = 25_000_000  # weights of all steps together that are held at once; of larger networks fewer steps are taken
THIN = 0.1  # least width of the picture of a path, as a share of its other width
SMALL = 0.001  # a share below it is not written
WALKED = 0.2  # of the work: going through the recorded steps; the rest is the plane


@INSPECTIONS.register("landscape")
class Landscape(OverTime):
    """The loss all around the weights, as a map: a plane is cut through them, and the way the run took is drawn in it.

    The loss is that of the first training examples, in evaluation mode. Arrays: `x` (side,), `y` (side,), `losses` (side, side), a row
    for each y, NaN where not finite; `path` (m, 2) the recorded steps, each at the closest point of the plane; `steps` (m,); `walked`
    (m,) the loss at each step itself, which is not that of the point where it is drawn.
    Source: Li et al., "Visualizing the Loss Landscape of Neural Nets", 2018.
    """

    group: ClassVar[str] = "Gradients"

    plane: Literal["random", "path"] = Field(
        "random", description="random: two random directions, as long as the filters are; path: the two directions the run went most"
    )
    side: int = Field(25, ge=5, le=101, description="points of the grid along each side; twice as many take four times as long")
    reach: float = Field(
        1.0, gt=0, le=10, description="how far the map goes: in lengths of the filters; for the path: beyond it, in halves of its width"
    )
    examples: int = Field(128, ge=1, le=4096, description="training examples whose mean loss is measured, from the first on")
    seed: int = Field(0, ge=0, le=99, description="of the random directions: another seed gives another plane")

    @classmethod
    def title(cls) -> str:
        return "Loss landscape"

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return no_gradient(training)

    def look_over(self, recorded: Moments, progress: Progress = unheard) -> Inspected:
        now = recorded.now()
        middle, batch = flat_weights(now.networks[MODEL]), probe_batch(now, self.examples)
        walk = self._walk(recorded, min(self.moments, max(ROOM // len(middle), 2)), batch, progress)
        now = recorded.now()
        plane = self._plane(now, middle, walk.weights)
        path, held = plane.coordinates(walk.weights)
        x, y = self._grid(path)
        ground = Ground(now, *batch)
        losses = ground.losses(plane, x, y, lambda part: progress(WALKED + (1 - WALKED) * part))
        here = ground.loss(middle)
        facts = {
            "plane": self.plane,
            "loss": plainly(here),
            "held": plainly(held),
            "examples": len(batch[0]),
            "unit": now.experiment.task.units().get("train_loss", ""),
            "at": f"step {now.step:,}",
        }
        words = (*self._words(here, losses, x, y), *_of_path(held, len(walk.steps)), *_of_norms(now), *recorded.words(walk.steps))
        arrays = {"x": x, "y": y, "losses": losses, "path": path, "steps": np.array(walk.steps), "walked": np.array(walk.losses)}
        return Inspected(self.kind, now.step, words, facts, arrays)

    def _walk(self, recorded: Moments, most: int, batch: tuple[torch.Tensor, torch.Tensor], progress: Progress) -> _Walk:
        """The recorded steps with finite weights."""
        steps, rows, losses = [], [], []
        for training in recorded.each(most, lambda part: progress(WALKED * part)):
            row = flat_weights(training.networks[MODEL])
            if row.isfinite().all():
                steps.append(training.step)
                rows.append(row)
                losses.append(Ground(training, *batch).loss(row))
        return _Walk(steps, torch.stack(rows), losses)

    def _plane(self, now: Training, middle: torch.Tensor, path: torch.Tensor) -> Plane:
        if self.plane == "random":
            return random_plane(now.networks[MODEL], self.seed)
        plane = widest_plane(middle, path)
        if plane is None:
            raise SpecError(
                f"The {counted(len(path), 'recorded step')} up to this one do not lie in a plane of their own: a path needs three or more "
                "steps that do not lie on a line. Look at a later step, or choose the random plane."
            )
        return plane

    def _grid(self, path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where along each direction the loss is measured; the weights of the step looked at are in the middle, or the path is."""
        if self.plane == "random":
            along = np.linspace(-self.reach, self.reach, self.side)
            return along, along.copy()
        low, high = path.min(0), path.max(0)
        half = np.maximum((high - low) / 2, THIN * (high - low).max() / 2)
        ends = (high + low) / 2 + half * (1 + self.reach) * np.array([[-1], [1]])
        return np.linspace(*ends[:, 0], self.side), np.linspace(*ends[:, 1], self.side)

    def _words(self, here: float, losses: np.ndarray, x: np.ndarray, y: np.ndarray) -> list[str]:
        measured = f"The loss of {counted(self.examples, 'training example')} is {brief(here)} at these weights"
        known = losses[np.isfinite(losses)]
        if not len(known):
            return [f"{measured}, and at no point of the grid a finite number."]
        row, column = np.unravel_index(np.nanargmin(losses), losses.shape)
        lowest = f"{brief(known.min())}, at ({brief(x[column])}, {brief(y[row])})"
        said = [f"{measured}; on the grid it goes from {lowest}, to {brief(known.max())}."]
        if len(known) < losses.size:
            said.append(f"At {losses.size - len(known)} of {losses.size} points of the grid it is no finite number: they are left empty.")
        return [*said, ABOUT[self.plane]]


@dataclass(frozen=True)
class _Walk:
    """Recorded steps, their weights (m, p) and their losses."""

    steps: list[int]
    weights: torch.Tensor
    losses: list[float]


ABOUT = {
    "random": (
        "The directions are random, but each filter's part of them is as long as the filter: at a distance of 1 every filter is changed by "
        "as much as it is long. Biases stay as they are."
    ),
    "path": (
        "The directions are those in which the weights of the recorded steps differ most; distances are lengths of the change of all "
        "weights together. The plane goes through the weights of this step."
    ),
}


def _of_path(held: float, steps: int) -> list[str]:
    if steps < 2 or not np.isfinite(held):
        return []
    return [
        f"The plane holds {share(held) if held >= SMALL else 'less than 0.1 %'} of the variance of the path; what leaves the plane is not "
        "seen, so that the loss drawn below a step can differ from the one it had."
    ]


def _of_norms(training: Training) -> list[str]:
    kept = any(isinstance(module, _BatchNorm) and module.track_running_stats for module in training.networks[MODEL].modules())
    return ["BatchNorm keeps the running means and variances of this step everywhere in the plane."] if kept else []
