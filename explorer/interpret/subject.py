"""What is explained: something that answers scores for inputs, and what is known about the inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.interpret.selection import Selection
from explorer.results.hearing import Hearing
from explorer.training.loop import Training

InputKind = Literal["image", "audio", "table", "text", "series", "points"]
Answer = Callable[[torch.Tensor], torch.Tensor]
PIECE = 256  # rows that go through at once where nothing else is known


class Entered(nn.Module):
    """The network from what its embedding gives onwards: vectors (n, T, width) in, scores (n, targets) out.

    Tokens have no gradient; the vectors that stand for them have.

    Args:
        scored: the network.
        entry: its embedding.
        tokens: (k, T) those that the vectors stand for, k times as many; networks that hide the tokens that fill up look at them.
    """

    def __init__(self, scored: nn.Module, entry: nn.Module, tokens: torch.Tensor | None = None) -> None:
        super().__init__()
        self.scored, self.entry = scored, entry
        self._tokens = tokens

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        handle = self.entry.register_forward_hook(lambda _module, _inputs, _output: vectors.clone())  # it may be changed in place
        try:
            return self.scored(self._standing_for(vectors))
        finally:
            handle.remove()

    def _standing_for(self, vectors: torch.Tensor) -> torch.Tensor:
        if self._tokens is None or len(vectors) % len(self._tokens):
            return torch.zeros(vectors.shape[:2], dtype=torch.int64, device=vectors.device)
        return self._tokens.repeat(len(vectors) // len(self._tokens), 1)


@dataclass(frozen=True)
class Subject:
    """Something that can be explained, at one moment and for one kind of answer.

    Attributes:
        kind: of its inputs.
        axes: names of the axes of one input.
        answer: inputs (n, *shape) -> scores (n, targets); rows that go through it are counted.
        targets: a name for each score.
        unit: of the scores.
        chances: scores (n, targets) -> probabilities of the same shape; None where scores are no such thing.
        numbers: whether every score is a number that is answered, such as a height some hours ahead; the highest is then no answer.
        x: examples (n, *shape) that can be explained: float, or int64 tokens.
        background: examples of the training part, what inputs look like in general.
        raw: the examples in their own units, as they are drawn.
        truths: what is true of each example, in words; "" where that is no single word.
        called: what the examples are: "test example".
        names: of the features of a table or of one step of a series.
        vocabulary: what each token is called; empty unless inputs are tokens.
        blank: the token that stands for nothing; -1 where there are none.
        differentiable: whether gradients can be taken of its scores; False for a function that only predicts.
        entry: its embedding, if inputs are tokens.
        layers: name -> module inside, in forward order.
        placed: whether a text is answered at each of its places, so that one has to be chosen.
        step: of the run.
        piece: rows that may go through at once.
        planted: bool, the shape of `x`: where a planted shortcut lies; None where none is.
        sounds: int16 (n, samples), what each example sounds like; None where they are no pictures of sounds.
        hearing: how the pictures were made of the sounds.
        training: that the network belongs to; None for what was not trained here.
        tokens: (k, T) those that are looked at, where inputs are tokens; see `at`.
        chosen: name of the layer to look at, for methods that look at one; empty: one that suits.
        chosen_unit: number of its unit, for methods that look at one.
        standardised: whether each column or feature was brought to mean 0 and standard deviation 1.
        compared: (*shape) what a person wants inputs to be compared with, whatever a method would choose; None: what it chooses.
    """

    kind: InputKind
    axes: tuple[str, ...]
    answer: nn.Module
    targets: tuple[str, ...]
    x: torch.Tensor
    background: torch.Tensor
    raw: np.ndarray
    unit: str = "score"
    chances: Answer | None = None
    numbers: bool = False
    truths: Sequence[str] = ()
    called: str = "example"
    names: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()
    blank: int = -1
    differentiable: bool = True
    entry: nn.Module | None = None
    layers: Mapping[str, nn.Module] = field(default_factory=dict)
    placed: bool = False
    step: int = 0
    piece: int = PIECE
    planted: np.ndarray | None = None
    sounds: np.ndarray | None = None
    hearing: Hearing | None = None
    training: Training | None = None
    tokens: torch.Tensor | None = None
    chosen: str = ""
    chosen_unit: int = 0
    standardised: bool = False
    compared: torch.Tensor | None = None

    # -- answers

    def scores(self, x: torch.Tensor) -> torch.Tensor:
        """(n, targets) for inputs (n, *shape), without gradients, piece by piece. Raises SpecError where they are no numbers."""
        return self.sound(self._in_pieces(self.answer, x))

    def sound(self, scores: torch.Tensor) -> torch.Tensor:
        """The same scores. Raises SpecError where one is not finite."""
        if not bool(scores.isfinite().all()):
            where = f"At step {self.step:,} the" if self.training else "The"
            advice = "Choose an earlier step." if self.training else "Look for weights or inputs that are not."
            raise SpecError(f"{where} network's answer is not a finite number, so that nothing can be explained. {advice}")
        return scores

    def _in_pieces(self, answer: Answer, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return torch.cat([answer(part) for part in x.split(self.piece)])

    # -- the smooth side: what gradients can be taken for

    @property
    def path(self) -> nn.Module:
        """The network from its smooth inputs to its scores: vectors instead of tokens."""
        return self.answer if self.entry is None else Entered(self.answer, self.entry, self.tokens)

    def at(self, x: torch.Tensor) -> Subject:
        """The same, while inputs `x` (k, *shape) are looked at: those that its `path` is walked for."""
        return replace(self, tokens=x) if self.entry is not None else self

    def smooth(self, x: torch.Tensor) -> torch.Tensor:
        """Inputs as gradients are taken for them: (n, *shape) float, or (n, T, width) vectors of tokens."""
        if self.entry is None:
            return x.float() if not x.is_floating_point() else x
        with torch.no_grad():
            return self.entry(x)

    def leaf(self, x: torch.Tensor) -> torch.Tensor:
        """Smooth inputs of their own, which gradients are taken for."""
        return self.smooth(x).detach().clone().requires_grad_()

    def gathered(self, values: torch.Tensor) -> torch.Tensor:
        """Numbers for smooth inputs as numbers for inputs (n, *shape): those of one token are added up."""
        return values if self.entry is None else values.sum(-1)

    def lengths(self, slopes: torch.Tensor) -> torch.Tensor:
        """Slopes for smooth inputs as numbers for inputs (n, *shape): those of a token's vector by their sizes, added up."""
        return slopes if self.entry is None else slopes.abs().sum(-1)

    @property
    def slope(self) -> str:
        """The unit of what the score changes by as inputs grow."""
        return f"{self.unit} per {self.measure}"

    @property
    def measure(self) -> str:
        """The unit of smooth inputs."""
        return "standard deviation of input" if self.standardised and self.entry is None else "unit of input"

    # -- the choice

    def example(self, number: int) -> torch.Tensor:
        """(1, *shape). Raises SpecError where there is no such example."""
        if number >= len(self.x):
            raise SpecError(f"There is no {self.called} {number}: there are {len(self.x)}, counted from 0 to {len(self.x) - 1}.")
        return self.x[number : number + 1]

    def name_of(self, number: int) -> str:
        """An example in words: "test example 3 (class 7)"."""
        truth = self.truths[number] if number < len(self.truths) else ""
        return f"{self.called} {number} ({truth})" if truth else f"{self.called} {number}"

    def target(self, selection: Selection, scores: torch.Tensor) -> int:
        """Number of the answer that is meant: where none is named that which is given by `scores` (targets,). Raises SpecError."""
        if not selection.target:
            return self.given(scores[None])[0]
        if selection.target not in self.targets:
            some = ", ".join(self.targets[:12])
            raise SpecError(
                f"There is no answer named {selection.target[:40]!r} here. There are: {some}{', …' * (len(self.targets) > 12)}."
            )
        return self.targets.index(selection.target)

    def given(self, scores: torch.Tensor) -> list[int]:
        """The answer that each of `scores` (n, targets) gives: the highest, or of numbers the first."""
        return [0] * len(scores) if self.numbers else scores.argmax(1).tolist()

    def layer(self, name: str, *kinds: type[nn.Module]) -> tuple[str, nn.Module]:
        """The layer of that name; the last that is one of `kinds` where none is named. Raises SpecError."""
        there = {one: module for one, module in self.layers.items() if not kinds or isinstance(module, kinds)}
        if not there:
            raise SpecError("This network has no layer that this could look at.")
        if name and name not in there:
            raise SpecError(f"There is no such layer named {name[:40]!r} here. There are: {', '.join(there)}.")
        wanted = name or list(there)[-1]
        return wanted, there[wanted]

    def answers(self, scores: torch.Tensor, most: int = 12) -> list[tuple[str, float, float | None]]:
        """The highest scores (targets,), or the first numbers, as (name, score, probability)."""
        chances = self.chances(scores[None])[0].tolist() if self.chances else [None] * len(scores)
        order = torch.arange(len(scores)) if self.numbers else scores.argsort(descending=True, stable=True)
        values = scores.tolist()
        return [(self.targets[i], values[i], chances[i]) for i in order[:most].tolist()]


def whole(values: Any) -> np.ndarray:
    """A tensor as float32 on the processor."""
    return values.detach().float().cpu().numpy()
