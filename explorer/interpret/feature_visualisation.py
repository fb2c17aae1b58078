from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch.nn import functional

from explorer.errors import SpecError
from explorer.inspections.wording import brief, counted
from explorer.interpret.base import EXPLANATIONS, Explanation, Progress, unheard
from explorer.interpret.chance import seed_field
from explorer.interpret.examples import described_examples
from explorer.interpret.layered import NO_LAYERS, Layer, layer_named, names_of, outputs_of, unit_names, unit_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.results.inspected import Inspected

REAL = 2000  # examples, from the first on, that a made-up input is compared with
NOISE = 0.1  # of the range of the data: deviation of the noise a search begins with
ASLEEP = 0.01  # of the deviation over real examples: where all the room holds no more by its slope, there is nothing to climb
EXACT = 1e-3  # of the range, by which numbers may miss a straight line
Aim = Callable[[torch.Tensor], torch.Tensor]  # inputs (n, *shape) -> what is to grow (n,), with its gradient


@dataclass(frozen=True)
class Room:
    """Where a search may go: what the training examples hold.

    Attributes:
        low, high: of each channel, feature or column, shaped so that they fit inputs (n, *shape).
        axes: along which an input has neighbours.
    """

    low: torch.Tensor
    high: torch.Tensor
    axes: tuple[int, ...]

    def inputs(self, shares: torch.Tensor) -> torch.Tensor:
        """Inputs whose numbers are shares of the room, 0 to 1."""
        return self.low + shares * (self.high - self.low)

    def shares(self, x: torch.Tensor) -> torch.Tensor:
        """The inverse of `inputs`, of inputs (1, *shape), kept within 0 and 1; 0.5 where the room has no width."""
        wide = self.high > self.low
        return torch.where(wide, (x - self.low) / torch.where(wide, self.high - self.low, 1.0), 0.5).clamp(0, 1)


@dataclass(frozen=True)
class Goal:
    """What is to grow, and where it may be sought.

    Attributes:
        what: it is called.
        unit: of what is to grow.
        spread: its standard deviation over real examples; 1 where it has none.
    """

    what: str
    unit: str
    aim: Aim
    room: Room
    spread: float = 1.0


@EXPLANATIONS.register("feature_visualisation")
class FeatureVisualisation(Explanation):
    """An input made up, from noise, so that one unit of the network, or one answer, gives as much as it can.

    It climbs the gradient and stays within the range of the training data. What it finds need not look like any example: it is held
    against the example that excites most. Arrays: `example_inputs` (tries + 1, ...) what was found, best first, and that example, in
    the data's own units where those can be told; `found` (tries, ...) as the network is fed; `climb` (steps + 1, tries) what is to
    grow; `real` (examples,) the same of real ones.
    Source: Erhan et al., "Visualizing Higher-Layer Features of a Deep Network", 2009; Olah et al., "Feature Visualization", 2017.
    """

    group: ClassVar[str] = "Concepts and examples"
    slow: ClassVar[bool] = True
    gradients: ClassVar[bool] = True
    fits: ClassVar[tuple[str, ...]] = ("image", "audio", "table", "series", "points")
    wants: ClassVar[tuple[str, ...]] = ("layer", "unit")

    aim: Literal["unit", "answer"] = Field(
        "unit", description="what is to grow: the unit that is selected (the mean over its positions), or the score of the answer"
    )
    steps: int = Field(150, ge=2, le=2000, description="steps of the climb: more go further and take longer")
    tries: int = Field(4, ge=1, le=16, description="how many searches, each from noise of its own")
    rate: float = Field(0.03, gt=0, le=0.5, description="length of a step, as a share of the range of the data")
    variation: float = Field(
        0.2, ge=0, le=100, description="how much it costs that neighbours differ (total variation): more makes smoother pictures and series"
    )
    size: float = Field(0.1, ge=0, le=100, description="how much it costs to be far from the middle of the range (squared)")
    jitter: int = Field(1, ge=0, le=16, description="pixels or steps by which the input is moved at random before each step")
    blur: float = Field(0.05, ge=0, le=1, description="how much of the mean of its neighbours is mixed into each pixel or step, each time")
    seed: int = seed_field()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        if subject.kind == "text":
            return "It changes an input little by little, and between two tokens there is nothing."
        return super().reason_not(subject) or ("" if len(subject.background) else "It needs examples that say what inputs look like.")

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"layer": names_of(subject)}

    def passes(self, subject: Subject) -> int:
        return self.tries + (2 if self.jitter else 1) * self.tries * (self.steps + 1) + min(len(subject.x), REAL)

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        goal, x = self._goal(subject, selection), subject.x[:REAL]
        with torch.no_grad():
            real = torch.cat([goal.aim(part) for part in x.split(subject.piece)])
        if not bool(real.isfinite().all()):
            raise SpecError(f"What {goal.what} gives is not finite: the network has left its healthy range. Choose an earlier step.")
        goal = replace(goal, spread=(float(real.std()) if len(real) > 1 else 0.0) or 1.0)
        luck = torch.Generator().manual_seed(self.seed)
        with torch.backends.cudnn.flags(enabled=False), torch.enable_grad():
            starts, woken = self._starts(goal, luck, x[real.argmax()][None])
            ends, curves = [], []
            for part in starts.split(max(subject.piece // 2, 1)):  # each climbs beside a moved copy of itself
                heard = _share_of(progress, sum(map(len, ends)), len(part), len(starts))
                end, curve = self._search(part, goal, luck, heard)
                ends.append(end)
                curves.append(curve)
        found, climb = goal.room.inputs(torch.cat(ends)), torch.cat(curves, 1)
        order = climb[-1].argsort(descending=True, stable=True)
        told = self._told(subject, goal, (found[order], whole(climb[:, order]), woken), whole(real))
        if self.aim == "answer" or np.ptp(told.arrays["climb"]) > 0:
            return told
        return replace(told, words=(*told.words, _instead(subject, selection)))

    def _goal(self, subject: Subject, selection: Selection) -> Goal:
        """What is to grow. Raises SpecError where there is none such."""
        room = room_of(subject)
        if self.aim == "answer":
            target = subject.target(selection, subject.scores(subject.example(selection.example))[0])
            return Goal(f"the score of {subject.targets[target]!r}", subject.unit, lambda x: subject.answer(x)[:, target], room)
        if not names_of(subject):
            raise SpecError(f"{NO_LAYERS} Let the answer grow instead.")
        layer = layer_named(subject, selection.layer)
        unit = unit_of(layer, selection.unit)
        over = "" if layer.form == "numbers" else " (mean over its positions)"
        name = f"{unit_names(subject, layer)[unit]} of {layer.name}{over}"
        return Goal(name, "activation", lambda x: _unit_gives(subject, layer, unit, x), room)

    def _starts(self, goal: Goal, luck: torch.Generator, best: torch.Tensor) -> tuple[torch.Tensor, int]:
        """Where the searches begin, as shares of the room (tries, *shape): noise; where that has hardly a slope, the `best` real example.

        Returns:
            Those, and how many are no noise.
        """
        noise = (0.5 + NOISE * torch.randn(self.tries, *best.shape[1:], generator=luck)).clamp(0, 1).to(best.device).requires_grad_()
        slopes = torch.autograd.grad(goal.aim(goal.room.inputs(noise)).sum(), noise)[0]
        asleep = slopes.flatten(1).abs().sum(1) < ASLEEP * goal.spread
        starts = noise.detach().clone()
        starts[asleep] = goal.room.shares(best)
        return starts, int(asleep.sum())

    def _search(self, start: torch.Tensor, goal: Goal, luck: torch.Generator, progress: Progress) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the climbs from `start` (n, *shape) end, and what is to grow at each step, (steps + 1, n)."""
        shares, curve, room = start.clone().requires_grad_(), [], goal.room
        optimizer = torch.optim.Adam([shares], lr=self.rate, foreach=False)
        for step in range(self.steps):
            moved = self._moved(shares, room, luck)
            given = goal.aim(room.inputs(torch.cat([shares, moved]) if moved is not shares else shares))
            curve.append(given[: len(start)].detach())
            optimizer.zero_grad()
            (self._cost(shares, room) - given[-len(start) :].sum() / goal.spread).backward()
            optimizer.step()
            with torch.no_grad():
                shares.copy_(self._blurred(shares, room).clamp(0, 1))
            progress((step + 1) / self.steps)
        with torch.no_grad():
            curve.append(goal.aim(room.inputs(shares)))
        return shares.detach(), torch.stack(curve)

    def _moved(self, shares: torch.Tensor, room: Room, luck: torch.Generator) -> torch.Tensor:
        if not self.jitter or not room.axes:
            return shares
        by = torch.randint(-self.jitter, self.jitter + 1, (len(room.axes),), generator=luck).tolist()
        return shares.roll(by, room.axes)

    def _cost(self, shares: torch.Tensor, room: Room) -> torch.Tensor:
        """Of being far from the middle, and of neighbours that differ; of each input a mean, added up."""
        cost = self.size * (2 * shares - 1).square().flatten(1).mean(1).sum()
        for axis in room.axes:
            if shares.shape[axis] > 1:
                cost = cost + self.variation * shares.diff(dim=axis).abs().flatten(1).mean(1).sum()
        return cost

    def _blurred(self, shares: torch.Tensor, room: Room) -> torch.Tensor:
        if not self.blur or not room.axes:
            return shares
        if len(room.axes) == 2:
            means = functional.avg_pool2d(shares, 3, 1, 1, count_include_pad=False)
        else:
            means = functional.avg_pool1d(shares.mT, 3, 1, 1, count_include_pad=False).mT
        return (1 - self.blur) * shares + self.blur * means

    def _told(self, subject: Subject, goal: Goal, climbed: tuple[torch.Tensor, np.ndarray, int], real: np.ndarray) -> Inspected:
        (found, climb, woken), best = climbed, int(real.argmax())
        drawn, own = in_own_units(subject, found)
        shown = subject.raw[best] if own else whole(subject.x[best])
        numbers = np.array([*[-1] * len(found), best])
        facts = {
            "what": goal.what,
            "unit": goal.unit,
            "woken": woken,
            "best_real": subject.name_of(best),
            "gained": float(climb[-1, 0]),
            "own_units": own,
            "shown": described_examples(subject, np.zeros(0), numbers, [""] * len(numbers)),
        }
        arrays = {
            "example_inputs": np.concatenate([drawn, shown[None]]).astype(np.float32),
            "found": whole(found),
            "climb": climb,
            "real": real,
        }
        return Inspected(self.kind, subject.step, _words(subject, facts, arrays), facts, arrays)


def _share_of(progress: Progress, done: int, now: int, every: int) -> Progress:
    """Progress of the searches that go on now, as that of all."""
    return lambda share: progress((done + share * now) / every)


def _unit_gives(subject: Subject, layer: Layer, unit: int, x: torch.Tensor) -> torch.Tensor:
    """What a unit gives for inputs (n, *shape), the mean over its positions: (n,), with its gradient."""
    given: list[torch.Tensor] = []
    handle = layer.module.register_forward_hook(lambda _module, _entered, output: given.append(output))
    try:
        subject.answer(x)
    finally:
        handle.remove()
    return layer.units_first(given[-1])[:, unit].reshape(len(x), -1).mean(1)


def room_of(subject: Subject) -> Room:
    """The range of the training examples: of each channel of a picture, each feature of a series, each column."""
    seen = subject.smooth(subject.background)
    pictures = subject.kind in ("image", "audio")
    along = (0, 2, 3) if pictures else (0, 1) if subject.kind == "series" else (0,)
    return Room(seen.amin(along, keepdim=True), seen.amax(along, keepdim=True), along[1:])


def in_own_units(subject: Subject, found: torch.Tensor) -> tuple[np.ndarray, bool]:
    """Inputs as they are drawn, and whether that is in the data's own units: where those are a straight line of what is fed.

    A column that never changes keeps the value it has.
    """
    fed, raw = whole(subject.x), np.asarray(subject.raw, np.float32)
    along = (0, 2, 3) if fed.ndim == 4 else tuple(range(fed.ndim - 1))
    fed_low, raw_low = fed.min(along, keepdims=True), raw.min(along, keepdims=True)
    span, own = fed.max(along, keepdims=True) - fed_low, raw.max(along, keepdims=True) - raw_low
    slope = np.where(span > 0, own / np.where(span > 0, span, 1), 0)
    if np.abs(raw_low + (fed - fed_low) * slope - raw).max() > EXACT * max(float(own.max()), 1e-9):
        return whole(found), False
    return raw_low + (whole(found) - fed_low) * slope, True


def _instead(subject: Subject, selection: Selection) -> str:
    """Which unit of the layer, from the selected one on, answers to some examples more than to others: there is something to find."""
    layer = layer_named(subject, selection.layer)
    given = layer.units_first(outputs_of(subject, layer, subject.x[:REAL]))
    means = given.reshape(*given.shape[:2], -1).mean(2)
    least, most = means.amin(0), means.amax(0)
    on = (most > least).nonzero().flatten().tolist()
    if not on:
        return f"No unit of {layer.name} answers to one example more than to another: nothing can be found for any of them."
    unit = next((one for one in on if one > selection.unit), on[0])
    return f"The next unit of {layer.name} that answers is unit {unit}: it gives {brief(least[unit])} to {brief(most[unit])}."


def _words(subject: Subject, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> tuple[str, ...]:
    climb, real, what = arrays["climb"], arrays["real"], facts["what"]
    gained, most = facts["gained"], float(real.max())
    if np.ptp(climb) == 0 and not (facts["woken"] and np.ptp(real)):
        return (
            f"Nothing moved {what}: it gives {brief(gained)} from the first step to the last. A unit that is switched off has no slope to "
            f"climb. Choose another unit, or the layer before; the highest of {counted(len(real), subject.called)} gives {brief(most)}.",
        )
    beside = "as much as" if math.isclose(gained, most, rel_tol=1e-3) else "more than" if gained > most else "less than"
    said = [
        f"An input made up in {len(climb) - 1} steps makes {what} give {brief(gained)}: {beside} the highest "
        f"of {counted(len(real), subject.called)}, {facts['best_real']}, which gives {brief(most)}. "
        f"It began at {brief(climb[0].max())}.",
        "It is no example: it shows what it answers to most, within the range of the training data, and may look like nothing that exists.",
    ]
    if facts["woken"]:
        said.append(
            f"For noise it is switched off, or full, with hardly a slope: {facts['woken']} of {len(climb[0])} searches began at "
            f"{facts['best_real']} instead."
        )
    if len(climb[0]) > 1:
        said.append(f"{len(climb[0])} searches reached {brief(climb[-1].min())} to {brief(gained)}.")
    if not facts["own_units"]:
        said.append("It is drawn as the network is fed it, after the data were made ready.")
    return tuple(said)
