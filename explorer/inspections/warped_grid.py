from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from pydantic import Field

from explorer.inspections.base import INSPECTIONS, MODEL, Inspection, Progress, unheard
from explorer.inspections.layer_features import Colour, colour_field, examples_field, marks
from explorer.inspections.places import Place, inputs_of, layer_field, numbers_up_to, outputs_at, pick, require_unit, telling
from explorer.inspections.wording import counted, share
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

LINES = 21  # in each direction
POINTS = 161  # along each line
FLAT = 1e-3  # of the mean area of the small squares: one that is smaller is next to a line or a point


@INSPECTIONS.register("warped_grid")
class WarpedGrid(Inspection):
    """The plane of the inputs as two units of a layer see it: its grid bent, stretched and folded.

    Arrays: `across` and `down` (lines, points, 2) lines of constant y and of constant x, from -1 to 1; `points` (n, 2) the test
    examples, `numbers` (n,) which, `marks` (n,) what they are coloured by; `units` (2,).
    """

    group: ClassVar[str] = "Geometry"

    layer: str = layer_field()
    unit_x: int = Field(-1, ge=-1, le=1_000_000, description="unit drawn to the right, counted from 0; -1: the one that varies most")
    unit_y: int = Field(-1, ge=-1, le=1_000_000, description="unit drawn upwards, counted from 0; -1: the one least like the other")
    examples: int = examples_field(300, 2000)
    colour: Colour = colour_field()

    @classmethod
    def reason_not(cls, training: Training) -> str:
        if MODEL not in training.state.networks or training.state.dataset.coordinates != 2:
            return "The grid is that of the plane, but these examples are not points of the plane."
        return "" if cls._there(training) else "No layer of this network has two units to draw against each other."

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(cls._there(training))}

    @classmethod
    def _there(cls, training: Training) -> dict[str, Place]:
        """The layers that give at least two numbers for a point."""
        found = telling(training)
        outputs = outputs_at(training, list(found.values()), training.state.x_test[:1], sound=False)
        return {name: place for name, place in found.items() if outputs[name].dim() == 2 and outputs[name].shape[1] > 1}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place = pick("layer of two units or more", self.layer, self._there(training))
        net = outputs_at(training, [place], _net(training))[place.name].numpy()
        units = self._units(place, net)
        lattice = net[:, units].reshape(POINTS, POINTS, 2)
        numbers = numbers_up_to(training, place.role, self.examples)
        points = outputs_at(training, [place], inputs_of(training, place.role, numbers))[place.name].numpy()[:, units]
        facts, marked = marks(training, place, numbers, self.colour)
        every = (POINTS - 1) // (LINES - 1)
        arrays = {
            "across": np.ascontiguousarray(lattice[::every]),
            "down": np.ascontiguousarray(lattice[:, ::every].transpose(1, 0, 2)),
            "points": np.ascontiguousarray(points),
            "numbers": numbers,
            "marks": marked,
            "units": units,
        }
        return Inspected(self.kind, training.step, _words(place, units, lattice, net.shape[1]), {**facts, "layer": place.name}, arrays)

    def _units(self, place: Place, net: np.ndarray) -> np.ndarray:
        """Numbers of the two units."""
        for unit in (self.unit_x, self.unit_y):
            require_unit(place, unit, net.shape[1])
        first = self.unit_x if self.unit_x >= 0 else most_besides(net, self.unit_y)
        return np.array([first, self.unit_y if self.unit_y >= 0 else most_besides(net, first)])


def most_besides(net: np.ndarray, taken: int) -> int:
    """The unit of which most is left when what goes along with the unit `taken` is taken away; the most varying one if none is taken."""
    rows = net.astype(float) - net.mean(0)
    if taken >= 0:
        along = rows[:, taken] / max(float(np.linalg.norm(rows[:, taken])), 1e-12)
        rows = rows - np.outer(along, along @ rows)
        left = (rows**2).sum(0)
        left[taken] = -1.0
        return int(left.argmax())
    return int((rows**2).sum(0).argmax())


def _net(training: Training) -> torch.Tensor:
    """The points of the grid as the network is fed them, row by row from y = -1 upwards."""
    x, y = np.meshgrid(np.linspace(-1, 1, POINTS), np.linspace(-1, 1, POINTS))
    raw = np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)
    return torch.from_numpy(training.experiment.data.encode(raw)).to(training.state.device)


def areas(lattice: np.ndarray) -> np.ndarray:
    """Signed area of every small square of a net (rows, columns, 2): negative where it lies mirrored."""
    right, up = np.diff(lattice, axis=1)[:-1], np.diff(lattice, axis=0)[:, :-1]
    return right[..., 0] * up[..., 1] - right[..., 1] * up[..., 0]


def _words(place: Place, units: np.ndarray, lattice: np.ndarray, width: int) -> tuple[str, ...]:
    signed = areas(lattice.astype(float))
    flat = np.abs(signed) <= FLAT * np.abs(signed).mean()
    turned = ((signed < 0) & ~flat).mean(), ((signed > 0) & ~flat).mean()
    who = f"Units {units[0]} and {units[1]} of {counted(width, 'unit')} of {place.name}"
    if min(turned) > 0:
        fold = f"{who} fold the plane: {share(min(turned))} of its small squares lie the other way round than the rest."
    else:
        fold = f"{who} do not fold the plane: every small square that is still one lies the same way round."
    pressed = f"{share(flat.mean())} of the squares have shrunk to less than a thousandth of the mean area." if flat.any() else ""
    return (fold, pressed) if pressed else (fold,)
