"""Maps of the same examples at many recorded steps of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch.nn import functional

from explorer.errors import SpecError
from explorer.inspections.moments import Moments
from explorer.inspections.wording import counted, share
from explorer.interpret.agreement import rank_agreement, two_digits
from explorer.interpret.base import EXPLANATIONS, Map, OverRun, Progress, inside, unheard
from explorer.interpret.of_training import subject_of
from explorer.interpret.on_trial import Settings, method_field, method_of, quick_methods, reason_without_methods, settings_field
from explorer.interpret.score_table import mass_on
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.interpret.trials.base import ENOUGH
from explorer.results.inspected import Inspected

HALF = 0.5  # share of the map that lies on one thing, from which on most of it does
WHOLE = 0.9995  # share of the maps on one thing, from which on it is all
TURN = 0.1  # change of that share from the first step to the last, from which on it counts as one
PLAIN, ALIKE = 0.25, 0.05  # share of a picture that has the brightness of its border, within this much of its range: a plain background
SIDE = 48  # pixels, of a map that is kept for drawing
MOST = 400  # numbers of an input without pixels that are kept for drawing


@dataclass(frozen=True)
class Thing:
    """What a map may lie on.

    Attributes:
        mask: bool (k, *shape) where it is, in each example.
        called: what lies there, in words.
        beside: what lies elsewhere.
    """

    mask: np.ndarray
    called: str
    beside: str


@dataclass(frozen=True)
class Seen:
    """What was seen at one step: maps (k, *shape), and which answers the network gave (k,)."""

    step: int
    maps: np.ndarray
    answers: list[str]


@EXPLANATIONS.register("maps_over_training")
class MapsOverTraining(OverRun):
    """Explains the same examples at many recorded steps: where the network looked, and when it turned to look elsewhere.

    Each example is explained for the answer it gets at the step that is looked at. Arrays: `steps` (m,); `maps` (m, k, ...), each divided
    by its own largest size, of pictures and sounds with the channels added up; `inputs` (k, ...); `agreement` (m, k): rank correlation of
    the sizes with those of the last step, of small inputs (m, 1) of all together; where it is known what the object is, or a planted
    shortcut: `masks` (k, ...), `mass` (m, k): share of a map that lies on it, `covers` (k,): share of the input that it covers.
    Source: Simonyan et al., "Deep Inside Convolutional Networks", 2014, at every step instead of the last.
    """

    group: ClassVar[str] = "Over training"
    label: ClassVar[str] = "Maps over training"

    method: str = method_field()
    moments: int = Field(24, ge=2, le=200, description="how many recorded steps are looked at, evenly over the slider; more take longer")
    examples: int = Field(
        4, ge=1, le=12, description="how many examples, from the one selected on; with a planted shortcut, those that carry it"
    )
    settings: Settings = settings_field()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return "This network was not trained here." if subject.training is None else reason_without_methods(cls, subject)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"method": quick_methods(subject)}

    def passes(self, subject: Subject) -> int:
        return self.moments * self.examples * method_of(subject, self.method, self.settings).passes(subject)

    def explain_over(self, recorded: Moments, selection: Selection, progress: Progress = unheard) -> Inspected:
        now = subject_of(recorded.now(), selection)
        reason = self.reason_not(now)
        if reason:
            raise SpecError(reason)
        method, numbers = method_of(now, self.method, self.settings), self._numbers(now, selection)
        rows, thing = now.x[torch.tensor(numbers)], thing_in(now, numbers)
        targets = [now.target(selection, scores) for scores in now.scores(rows)]
        seen, broken = [], []
        for training in recorded.each(self.moments, progress):
            try:
                seen.append(_looked(subject_of(training, selection), method, (numbers, targets), selection))
            except SpecError:
                broken.append(training.step)
        if not seen:
            raise SpecError("At none of the recorded steps does the network give numbers that can be explained.")
        facts: dict[str, Any] = {
            "method": method.kind,
            "title": method.title(),
            "input": now.kind,
            "axes": list(now.axes),
            "signed": method.is_signed(now),
            "examples": [now.name_of(number) for number in numbers],
            "numbers": numbers,
            "targets": [now.targets[target] for target in targets],
            "answered": [one.answers for one in seen],
            "parts": _parts(now, numbers[0]),
            "thing": thing.called if thing else "",
            "beside": thing.beside if thing else "",
            "blind": thing is not None and _is_blind(now, method, rows, thing),
        }
        arrays = self._arrays(seen, thing, rows)
        facts |= turn_of(arrays["mass"].mean(1), arrays["steps"]) if thing else {"turned": None, "how": ""}
        words = (*_words(facts, arrays), *recorded.words(arrays["steps"].tolist()), *_broken(broken))
        return Inspected(self.kind, recorded.now().step, words, facts, arrays)

    def _numbers(self, subject: Subject, selection: Selection) -> list[int]:
        """The example that is selected and those after it; where some carry a shortcut, of those. Raises SpecError."""
        subject.example(selection.example)
        there = np.roll(np.arange(len(subject.x)), -selection.example)
        if subject.planted is not None:
            carrying = there[subject.planted.reshape(len(there), -1).max(1)[there]]
            there = carrying if len(carrying) else there
        return there[: self.examples].tolist()

    def _arrays(self, seen: Sequence[Seen], thing: Thing | None, rows: torch.Tensor) -> dict[str, np.ndarray]:
        arrays = {
            "steps": np.array([one.step for one in seen]),
            "maps": np.stack([_drawn(one.maps) for one in seen]),
            "inputs": _small(rows.cpu().numpy().astype(np.float32)),
            "agreement": np.array([_agreement(one.maps, seen[-1].maps) for one in seen]),
        }
        if thing is None:
            return arrays
        covers = thing.mask.reshape(len(thing.mask), -1).mean(1)
        return {**arrays, "masks": _small(thing.mask), "mass": np.stack([mass_on(one.maps, thing.mask) for one in seen]), "covers": covers}


def _looked(subject: Subject, method: Map, asked: tuple[list[int], list[int]], selection: Selection) -> Seen:
    """Raises SpecError where the network or the method gives no finite numbers."""
    numbers, targets = asked
    maps = []
    for number, target in zip(numbers, targets, strict=True):
        x = subject.example(number)
        maps.append(whole(method.checked(replace(subject.at(x), **inside(selection)), x, target))[0])
    answers = subject.given(subject.scores(subject.x[torch.tensor(numbers)]))
    return Seen(subject.step, np.stack(maps), [subject.targets[answer] for answer in answers])


def _is_blind(subject: Subject, method: Map, rows: torch.Tensor, thing: Thing) -> bool:
    """Whether a method that weighs how inputs `rows` differ from what they are compared with finds no difference beside the thing."""
    if method.rates or subject.entry is not None:
        return False
    base = method.reference(subject, rows)
    away = rows if base is None else rows - base
    return bool((away.cpu().numpy()[~thing.mask] == 0).all())


def thing_in(subject: Subject, numbers: list[int]) -> Thing | None:
    """Where the planted shortcut, or else the object of pictures with a plain background, is in these examples; None where nobody knows."""
    if subject.planted is not None and subject.planted[numbers].any():
        return Thing(subject.planted[numbers], "the planted shortcut", "everything else")
    if subject.kind != "image":
        return None
    masks = [object_in(picture) for picture in subject.raw[numbers]]
    if any(mask is None for mask in masks):
        return None
    return Thing(np.stack([mask for mask in masks if mask is not None]), "the object", "the background")


def object_in(picture: np.ndarray) -> np.ndarray | None:
    """Where a picture (channels, height, width) is unlike its border, bool; None without a plain background, or anything before it."""
    grey = picture.mean(0)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    unlike = np.abs(grey - np.median(border)) > ALIKE * max(float(np.ptp(grey)), 1e-9)
    if not unlike.any() or 1 - unlike.mean() < PLAIN:
        return None
    return np.broadcast_to(unlike, picture.shape)


def turn_of(mass: np.ndarray, steps: np.ndarray) -> dict[str, Any]:
    """When a share (m,) turned: "turned", the step, None where it did not; "before" and "after" it; and "how".

    "crossed": it crossed one half for the last time; "midway": it ended elsewhere than it began, and crossed the middle for the last time.
    """
    crossed, how = _crossings(mass, HALF), "crossed"
    if not len(crossed) and abs(mass[-1] - mass[0]) >= TURN:
        crossed, how = _crossings(mass, (mass[0] + mass[-1]) / 2), "midway"
    if not len(crossed):
        return {"turned": None, "how": ""}
    at = int(crossed[-1]) + 1
    return {"turned": int(steps[at]), "how": how, "before": float(mass[at - 1]), "after": float(mass[at])}


def _crossings(values: np.ndarray, level: float) -> np.ndarray:
    """After which of the values (m,) the next one is on the other side."""
    above = values >= level
    return np.flatnonzero(above[1:] != above[:-1])


def _parts(subject: Subject, number: int) -> list[str]:
    """What the places of an example without pixels are called: its tokens, or the columns."""
    return [subject.vocabulary[token] for token in subject.x[number].tolist()] if subject.vocabulary else list(subject.names)


def _agreement(maps: np.ndarray, last: np.ndarray) -> list[float]:
    """Of each example's map with its last one; of inputs of few numbers that of all together."""
    if maps[0].size < ENOUGH:
        return [rank_agreement(maps, last)]
    return [rank_agreement(one, final) for one, final in zip(maps, last, strict=True)]


def _drawn(maps: np.ndarray) -> np.ndarray:
    """Maps (k, ...) as they are kept for drawing: each as shares of its own largest size."""
    kept = _small(maps, mean=False)
    largest = np.abs(kept).reshape(len(kept), -1).max(1).reshape(-1, *(1,) * (kept.ndim - 1))
    return (kept / np.where(largest > 0, largest, 1.0)).astype(np.float32)


def _small(values: np.ndarray, mean: bool = True) -> np.ndarray:
    """Pictures (k, channels, height, width) with their channels taken together and few enough pixels; of others the first numbers."""
    values = values.astype(np.float32)
    if values.ndim < 4:
        return values if values[0].size <= MOST else values[:, : max(MOST // max(values[0][:1].size, 1), 1)]
    flat = values.mean(1) if mean else values.sum(1)
    if max(flat.shape[1:]) <= SIDE:
        return flat
    scale = SIDE / max(flat.shape[1:])
    high, wide = (max(round(side * scale), 1) for side in flat.shape[1:])
    return functional.adaptive_avg_pool2d(torch.from_numpy(flat)[:, None], (high, wide))[:, 0].numpy()


def _words(facts: dict, arrays: dict[str, np.ndarray]) -> Iterator[str]:
    steps, agreement = arrays["steps"], arrays["agreement"].mean(1)
    which = counted(len(facts["examples"]), "example")
    if facts["thing"]:
        yield from _turn_words(facts, arrays["mass"].mean(1), arrays["covers"].mean(), steps)
    if len(steps) > 1:
        yield (
            f"{facts['title']} of {which}, each for the answer it gets at step {steps[-1]:,}: the rank correlation of the map of step "
            f"{steps[0]:,} with that of step {steps[-1]:,} is {two_digits(agreement[0])}, that of step {steps[len(steps) // 2]:,} "
            f"{two_digits(agreement[len(steps) // 2])}."
        )


def _turn_words(facts: dict, mass: np.ndarray, covers: float, steps: np.ndarray) -> Iterator[str]:
    thing, beside = facts["thing"], facts["beside"]
    if facts["blind"] and mass.min() >= WHOLE:
        yield (
            f"At every step all of the maps lie on {thing}, which covers {share(covers)} of the input: {facts['title']} cannot give "
            f"{beside} anything, because nothing is different there from what the input is compared with. No turn can be seen by it here; "
            "choose another method, such as Saliency."
        )
        return
    if facts["turned"] is None:
        yield (
            f"The network did not turn: from step {steps[0]:,} to {steps[-1]:,} between {share(mass.min())} and {share(mass.max())} of its "
            f"maps lay on {thing}, which covers {share(covers)} of the input; that never crossed one half, nor ended {share(TURN)} away "
            "from where it began."
        )
        return
    rises = facts["after"] > facts["before"]
    way = f"from {beside} to {thing}" if rises else f"from {thing} to {beside}"
    why = "the last time that it crossed one half" if facts["how"] == "crossed" else "half of its way; it never crossed one half"
    yield (
        f"By step {facts['turned']:,} the network had turned {way}: the share of its maps that lies on {thing}, {share(mass[0])} at step "
        f"{steps[0]:,} and {share(mass[-1])} at step {steps[-1]:,}, went from {share(facts['before'])} to {share(facts['after'])} ({why}). "
        f"It covers {share(covers)} of the input."
    )


def _broken(steps: list[int]) -> Iterator[str]:
    if steps:
        yield f"At {counted(len(steps), 'step')} from {steps[0]:,} on the network gave no finite numbers; they are left out."
