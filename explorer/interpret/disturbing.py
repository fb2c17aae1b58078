"""What attacks share: a disturbance of bounded size, how the answer goes as it grows, and the smallest that changes it."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import ClassVar, Literal

import torch
from pydantic import Field

from explorer.inspections.wording import share
from explorer.interpret.aims import Aim, aim_of
from explorer.interpret.base import Explanation, Progress, counted, described, unheard
from explorer.interpret.ranges import Ranges, own_units, ranges_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.results.inspected import Inspected

REACH = 3.0  # sizes up to which the answer is followed, in times the size that is asked for
DRAWN = "disturbance"
OTHERS = 200  # training examples drawn around a point


class Disturbance(Explanation):
    """A disturbance that moves every number of the input by at most a share of its range, so that the answer changes.

    A variant writes `attack`.
    """

    group: ClassVar[str] = "What if"
    gradients: ClassVar[bool] = True
    fits: ClassVar[tuple[str, ...]] = ("image", "audio", "table", "series", "points")
    points: ClassVar[int] = 31  # sizes that are tried, and as many once more around the smallest that changes the answer

    epsilon: float = Field(0.1, gt=0, le=1, description="how far any number of the input may move, as a share of its range in the data")
    way: Literal["up", "down"] = Field("up", description="for networks that answer a number: which way it is pushed")

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        fixed = "All columns here say yes or no, and cannot be moved a little."
        movable = subject.kind not in cls.fits or not len(subject.x) or bool(ranges_of(subject, subject.x[:1]).free.any())
        return super().reason_not(subject) or ("" if movable else fixed)

    @abstractmethod
    def attack(self, answer: Push, shares: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
        """Disturbed inputs.

        Args:
            answer: shares of ranges (n, *shape) -> what is to grow (n,).
            shares: the same input n times, in shares of its ranges (n, *shape).
            sizes: (n, 1, ...) how far numbers may move, each in its row.

        Returns:
            (n, *shape), detached, shares between 0 and 1.
        """

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        x = subject.example(selection.example)
        scores = subject.scores(x)[0]
        aim, ranges = aim_of(subject, selection, scores, 1.0 if self.way == "up" else -1.0), ranges_of(subject, x)
        with counted(subject, self.passes(subject), progress) as count:
            sizes = torch.linspace(0, min(REACH * self.epsilon, 1.0), self.points)
            answers = subject.scores(self.disturbed(aim, ranges, x, sizes))
            changed = self.disturbed(aim, ranges, x, torch.tensor([self.epsilon]))
            smallest = self._smallest(aim, ranges, x, sizes, aim.reached(answers))
            after = subject.scores(changed)[0]
        curves = aim.curves(answers)
        facts = {
            **described(subject, selection.example, scores),
            "drawn": DRAWN,
            "input": subject.kind,
            "after": [list(one) for one in subject.answers(after)],
            "epsilon": self.epsilon,
            "smallest": smallest,
            "curves": list(curves),
            "unit": aim.unit,
            "passes": count(),
        }
        arrays = {
            **before_and_after(subject, x, changed, ranges),
            "sizes": whole(sizes),
            "curves": whole(torch.stack(list(curves.values()))),
        }
        words = self._words(subject.name_of(selection.example), aim, (scores, after), smallest, float(sizes[-1]))
        return Inspected(self.kind, subject.step, words, facts, arrays)

    def disturbed(self, aim: Aim, ranges: Ranges, x: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
        """The input (1, *shape) disturbed by each of `sizes` (n,): (n, *shape)."""
        shares, ends = ranges.shares(x), sizes.reshape(-1, *[1] * (x.ndim - 1))
        push = Push(aim, ranges)
        with warnings.catch_warnings(), torch.backends.cudnn.flags(enabled=False), torch.enable_grad():
            warnings.filterwarnings("ignore", "Input Tensor 0 did not already require gradients", UserWarning)  # Captum sets it itself
            parts = [self.attack(push, shares.expand(len(part), *x.shape[1:]).clone(), part) for part in ends.split(aim.subject.piece)]
        return ranges.inputs(torch.cat(parts)).detach()

    def _smallest(self, aim: Aim, ranges: Ranges, x: torch.Tensor, sizes: torch.Tensor, reached: torch.Tensor) -> float | None:
        """The smallest size tried that changes the answer, looked for more closely below the first of `sizes` that does."""
        if not bool(reached.any()):
            return None
        first = int(reached.int().argmax())
        if first == 0:
            return 0.0
        between = torch.linspace(float(sizes[first - 1]), float(sizes[first]), self.points)
        found = aim.reached(aim.subject.scores(self.disturbed(aim, ranges, x, between)))
        return float(between[int(found.int().argmax())]) if bool(found.any()) else float(sizes[first])

    def _words(
        self, name: str, aim: Aim, answers: tuple[torch.Tensor, torch.Tensor], smallest: float | None, reach: float
    ) -> tuple[str, ...]:
        before, after = answers
        size = share(self.epsilon)
        done = "changed" if bool(aim.reached(after[None])[0]) else "is not enough"
        return (
            f"{self.title()}, for {name}: the network answers {aim.told(before)}. The input is disturbed so that {aim.words()}.",
            f"Where every number moves by at most {size} of its range, it answers {aim.told(after)}: that {done}.".replace(
                "that changed", "the answer has changed"
            ),
            f"The smallest disturbance found that is enough moves numbers by {share(smallest)} of their range."
            if smallest is not None
            else f"No disturbance of up to {share(reach)} of the range was enough.",
        )


class Push:
    """Shares of ranges (n, *shape) -> scores, and what is to grow of them; with gradients."""

    def __init__(self, aim: Aim, ranges: Ranges) -> None:
        self.aim, self.ranges = aim, ranges

    def scores(self, shares: torch.Tensor) -> torch.Tensor:
        return self.aim.subject.answer(self.ranges.inputs(shares))

    def loss(self, scores: torch.Tensor, _target: object) -> torch.Tensor:
        return self.aim.push(scores)

    @property
    def free(self) -> torch.Tensor:
        """(1, *shape) 1 where numbers may move."""
        return self.ranges.free[None].float()


def before_and_after(subject: Subject, x: torch.Tensor, changed: torch.Tensor, ranges: Ranges | None) -> dict:
    """The input (1, *shape) before and after, in its own units, and how far it moved, in shares of the ranges."""
    moved = (changed != x).float() if ranges is None else ranges.shares(changed) - ranges.shares(x)
    arrays = {"before": own_units(subject, whole(x))[0], "after": own_units(subject, whole(changed))[0], "moved": whole(moved)[0]}
    if subject.kind == "points":
        arrays["others"] = own_units(subject, whole(subject.background[:OTHERS]))
    return arrays
