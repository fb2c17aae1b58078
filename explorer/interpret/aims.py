"""What a change of the input is after: another class, a label that turns over, a number that moves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch

from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject

LOOKED_AT = 64  # training examples whose answers say what kind of answers they are
TINY = 1e-30  # a probability below has no logarithm worth having


@dataclass(frozen=True)
class Aim(ABC):
    """Another answer than the one that is given.

    Attributes:
        subject: whose answers.
        target: number of the answer that is to go.
    """

    subject: Subject
    target: int

    @abstractmethod
    def push(self, scores: torch.Tensor) -> torch.Tensor:
        """(n,) what grows on the way there, from scores (n, targets), with a gradient where they have one."""

    @abstractmethod
    def reached(self, scores: torch.Tensor) -> torch.Tensor:
        """bool (n,)."""

    @abstractmethod
    def curves(self, scores: torch.Tensor) -> dict[str, torch.Tensor]:
        """Name -> (n,), what is watched on the way."""

    @property
    @abstractmethod
    def unit(self) -> str:
        """Of the curves."""

    @abstractmethod
    def words(self) -> str:
        """What is wanted, after "so that"."""

    def told(self, scores: torch.Tensor) -> str:
        """The answer in words, of scores (targets,): "'7' (98 %)"."""
        name, score, chance = self.subject.answers(scores)[0]
        return f"{name!r} ({chance:.0%})".replace("%)", " %)") if chance is not None else f"{score:.4g} {self.subject.unit}".strip()


@dataclass(frozen=True)
class AnotherClass(Aim):
    """Of classes that exclude each other, the one in `goal`; any other where it is -1."""

    goal: int = -1

    def push(self, scores: torch.Tensor) -> torch.Tensor:
        """How the odds change, as logarithms: those of cross-entropy, but they do not fade where the network is sure."""
        logs = scores.clamp_min(TINY).log() if self.subject.unit == "probability" else scores
        one = self.target if self.goal < 0 else self.goal
        others = torch.cat([logs[:, :one], logs[:, one + 1 :]], 1).logsumexp(1)
        return others - logs[:, one] if self.goal < 0 else logs[:, one] - others

    def reached(self, scores: torch.Tensor) -> torch.Tensor:
        answered = scores.argmax(1)
        return answered != self.target if self.goal < 0 else answered == self.goal

    def curves(self, scores: torch.Tensor) -> dict[str, torch.Tensor]:
        assert self.subject.chances is not None
        chances = self.subject.chances(scores)
        rest = torch.cat([chances[:, : self.target], chances[:, self.target + 1 :]], 1)
        other = ("the likeliest other", rest.max(1).values) if self.goal < 0 else (self.subject.targets[self.goal], chances[:, self.goal])
        return dict([(self.subject.targets[self.target], chances[:, self.target]), other])

    @property
    def unit(self) -> str:
        return "probability"

    def words(self) -> str:
        return f"the answer becomes {self.subject.targets[self.goal]!r}" if self.goal >= 0 else "the answer becomes another"


@dataclass(frozen=True)
class LabelTurned(Aim):
    """Of labels that hold each by itself, this one: held or not, the other way round."""

    held: bool = True

    def push(self, scores: torch.Tensor) -> torch.Tensor:
        one = scores[:, self.target]
        logit = one.clamp(TINY, 1 - 1e-7).logit() if self.subject.unit == "probability" else one
        return -logit if self.held else logit

    def reached(self, scores: torch.Tensor) -> torch.Tensor:
        return (self._chance(scores) > 0.5) != self.held

    def curves(self, scores: torch.Tensor) -> dict[str, torch.Tensor]:
        return {self.subject.targets[self.target]: self._chance(scores)}

    @property
    def unit(self) -> str:
        return "probability"

    def words(self) -> str:
        return f"{self.subject.targets[self.target]!r} holds {'no longer' if self.held else 'after all'}"

    def told(self, scores: torch.Tensor) -> str:
        return f"{self.subject.targets[self.target]!r} with {float(self._chance(scores[None])):.0%}".replace("%", " %")

    def _chance(self, scores: torch.Tensor) -> torch.Tensor:
        assert self.subject.chances is not None
        return self.subject.chances(scores)[:, self.target]


@dataclass(frozen=True)
class NumberMoved(Aim):
    """A number, from `start` by `by` up, or down where that is negative."""

    start: float = 0.0
    by: float = 1.0

    def push(self, scores: torch.Tensor) -> torch.Tensor:
        return scores[:, self.target] if self.by > 0 else -scores[:, self.target]

    def reached(self, scores: torch.Tensor) -> torch.Tensor:
        return (self.push(scores) - self.start * (1 if self.by > 0 else -1)) >= abs(self.by)

    def curves(self, scores: torch.Tensor) -> dict[str, torch.Tensor]:
        return {self.subject.targets[self.target]: scores[:, self.target]}

    @property
    def unit(self) -> str:
        return self.subject.unit

    def words(self) -> str:
        return f"the number {'rises' if self.by > 0 else 'falls'} by {abs(self.by):.3g}"

    def told(self, scores: torch.Tensor) -> str:
        return f"{float(scores[self.target]):.4g} ({self.subject.targets[self.target]})"


def aim_of(subject: Subject, selection: Selection, scores: torch.Tensor, spread: float = 1.0) -> Aim:
    """What is wanted instead of the answer with these `scores` (targets,).

    Of classes: the one that is selected, or any other where that is the answer already. Of labels: the selected one turned over.
    Of numbers: the selected one moved by `spread` standard deviations of the answers to training examples.

    Raises:
        SpecError: there is no such answer.
    """
    target, known = subject.target(selection, scores), subject.background[:LOOKED_AT]
    answers = torch.cat([scores[None], subject.scores(known)]) if len(known) else scores[None]
    if subject.chances is None:
        by = spread * (float(answers[:, target].std()) if len(answers) > 1 else 1.0)
        return NumberMoved(subject, target, float(scores[target]), by or spread)
    chances = subject.chances(answers)
    if len(subject.targets) > 1 and bool((chances.sum(1) - 1).abs().max() < 1e-3):
        answered = int(scores.argmax())
        return AnotherClass(subject, answered, -1 if target == answered else target)
    return LabelTurned(subject, target, bool(chances[0, target] > 0.5))
