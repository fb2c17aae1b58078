"""Rows of brackets that close as they were opened, or do not."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Samples

BRACKETS = ("(", ")", "[", "]")


@DATASETS.register("balanced_brackets")
class BalancedBrackets(DataSpec):
    """Does every bracket close the last one still open? A row is all right, or somewhere it is not.

    Rows of both classes have the same length, begin with an opening and end with a closing bracket, and hold as many
    opening as closing brackets of each kind: counting them says nothing, their order everything.
    With one kind a row that fails closes a bracket that was never opened; with two kinds half of those that fail
    have a pair of brackets closed crosswise instead.
    """

    tokens: ClassVar[bool] = True

    size: int = live(2000, ge=8, le=20_000, description="examples, all parts together")
    pairs: int = Field(10, ge=4, le=32, description="pairs of brackets in a row; the row is twice as long")
    kinds: int = Field(1, ge=1, le=2, description="kinds of brackets: round ones only, or round and square ones")

    def sample(self, rng: np.random.Generator) -> Samples:
        y = np.arange(self.size, dtype=np.int64) % 2
        rows = [self._balanced(rng) if label else self._failing(rng) for label in y]
        names = ("not balanced", "balanced")
        return Samples(np.array(rows, np.int64), y, names, target_name="balance", vocabulary=BRACKETS[: 2 * self.kinds])

    def _balanced(self, rng: np.random.Generator) -> np.ndarray:
        return self._written(matches(balanced_word(self.pairs, rng)), rng)

    def _failing(self, rng: np.random.Generator) -> np.ndarray:
        return self._crossed(rng) if self.kinds == 2 and rng.random() < 0.5 else self._out_of_order(rng)

    def _written(self, pairs: list[tuple[int, int]], rng: np.random.Generator) -> np.ndarray:
        """The tokens of a row, every pair of a kind drawn at random."""
        row = np.zeros(2 * self.pairs, np.int64)
        for place, kind in zip(pairs, rng.integers(0, self.kinds, self.pairs), strict=True):
            row[list(place)] = 2 * kind, 2 * kind + 1
        return row

    def _crossed(self, rng: np.random.Generator) -> np.ndarray:
        """A balanced row but for two closing brackets of different kinds that have changed places; neither follows its opening at once."""
        while True:
            pairs = matches(balanced_word(self.pairs, rng))
            row = self._written(pairs, rng)
            wide = rng.permutation([end for start, end in pairs if end > start + 1])
            first, second = (next((end for end in wide if row[end] == closing), None) for closing in (1, 3))
            if first is not None and second is not None:
                row[[first, second]] = 3, 1
                return row

    def _out_of_order(self, rng: np.random.Generator) -> np.ndarray:
        """A row that somewhere, but nowhere by more than one, has closed more brackets than were opened."""
        while True:
            inside = rng.permutation(np.repeat([True, False], self.pairs - 1))
            opens = np.concatenate([[True], inside, [False]])
            if depth(opens).min() == -1:
                return self._written(matches(opens), rng)


def balanced_word(pairs: int, rng: np.random.Generator) -> np.ndarray:
    """bool (2 pairs,): True opens; every balanced word is as likely as every other.

    Of all rotations of a row with one closing bracket more than opening ones, exactly one stays at depth 0 or more until its end.
    Source: Dvoretzky & Motzkin, "A Problem of Arrangements", 1947.
    """
    row = rng.permutation(np.repeat([True, False], [pairs, pairs + 1]))
    return np.roll(row, -1 - int(depth(row).argmin()))[:-1]


def depth(opens: np.ndarray) -> np.ndarray:
    """How many brackets are open after each place."""
    return np.where(opens, 1, -1).cumsum()


def matches(opens: np.ndarray) -> list[tuple[int, int]]:
    """(place of the opening, place of the closing bracket) of every pair; what is left over is paired as it comes."""
    stack: list[int] = []
    found: list[tuple[int, int]] = []
    stray: list[int] = []  # closing brackets with none to close
    for place, opening in enumerate(opens):
        if opening:
            stack.append(place)
        elif stack:
            found.append((stack.pop(), place))
        else:
            stray.append(place)
    return [*found, *zip(stack, stray, strict=True)]
