"""A near input of numbers with another answer.

Decided: a walk that moves, again and again, the number that promises most for each part of its range (steepest descent where distance is
the sum of all moves), then takes back what was not needed and shortens what is left until the answer only just stays another.
Because: it changes few numbers, keeps to the ranges of the data at every step, and columns of words take part by whole words; for a
linear model it ends at the nearest input there is.
Instead of: one loss of distance and answer with a weight between them, which has to be searched for anew at every input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from explorer.interpret.aims import Aim
from explorer.interpret.groups import grouped
from explorer.interpret.ranges import Ranges, ranges_of
from explorer.interpret.subject import Subject

STRIDE = 0.05  # of a range: how far a number moves at once
LEAST = STRIDE / 32  # strides that lead nowhere are halved down to this, ...
FASTER = 1.5  # ... those that lead up grow again, ...
MORE = 4  # ... and where the shortest leads nowhere, as many times more numbers are moved at once
TOGETHER = 100  # of so many numbers, one is moved at once at first
TRIED = 64  # numbers for which it is tried whether they need to move at all
FINE = 65  # places along the way back that are looked at together, twice
BLIND = 64  # parts of an input up to which the slope is found by trying, where gradients cannot be had


@dataclass(frozen=True)
class Nearest:
    """An input (1, *shape) that is answered as wanted, or where the walk ended; `found` says which. `moves` it took."""

    x: torch.Tensor
    found: bool
    moves: int


def nearest(aim: Aim, x: torch.Tensor, most: int, progress: Callable[[float], None]) -> Nearest:
    """Walk from the input (1, *shape) until its answer is as wanted, at most so many moves."""
    walk = Walk(aim, x)
    here, stride, made = walk.start, STRIDE, 0
    together, height = max(x[0].numel() // TOGETHER, 1), walk.heights(here)[0]
    for made in range(1, most + 1):
        progress(made / most)
        there = walk.moved(here, stride, together)
        if there is None:
            break
        higher = walk.heights(there)[0]
        if higher > height:
            here, height, stride = there, higher, min(FASTER * stride, STRIDE)
            if walk.reached(here):
                return Nearest(walk.inputs(walk.shortened(walk.pruned(here))), True, made)
        elif stride > LEAST:
            stride /= 2
        elif together < x[0].numel():
            stride, together = STRIDE, MORE * together
        else:
            break
    return Nearest(walk.inputs(here), False, made)


class Walk:
    """Shares of ranges (1, *shape) on their way from one input to another answer."""

    def __init__(self, aim: Aim, x: torch.Tensor) -> None:
        self.aim, self.subject = aim, aim.subject
        self.x, self.ranges = x, ranges_of(aim.subject, x)
        self.start = self.ranges.shares(x)
        self.words = patterns(self.subject, self.ranges, x)

    def inputs(self, shares: torch.Tensor) -> torch.Tensor:
        """What did not move is exactly what it was."""
        return torch.where(shares == self.start, self.x, self.ranges.inputs(shares))

    def heights(self, shares: torch.Tensor) -> torch.Tensor:
        """(n,) what is to grow."""
        return self.aim.push(self.subject.scores(self.inputs(shares)))

    def reached(self, shares: torch.Tensor) -> bool:
        return bool(self.aim.reached(self.subject.scores(self.inputs(shares)))[0])

    def moved(self, here: torch.Tensor, stride: float, together: int) -> torch.Tensor | None:
        """One move on: of the numbers that promise most, or of one column of words. None where nothing promises anything."""
        slopes = self._slopes(here, stride)
        room = torch.where(slopes > 0, 1 - here, here)
        worth = torch.where(self.ranges.free & (room > 0), slopes.abs(), torch.zeros_like(slopes))
        best = float(worth.max())
        word, gain = self._word(here)
        if word is not None and gain >= best:
            return word
        if best <= 0:
            return None
        chosen = torch.zeros_like(worth).flatten()
        chosen[worth.flatten().topk(min(together, worth.numel())).indices] = 1
        steps = slopes.sign() * room.clamp_max(stride) * chosen.reshape(worth.shape) * (worth > 0)
        return here + steps

    def _slopes(self, here: torch.Tensor, stride: float) -> torch.Tensor:
        """How fast the height changes with each share, (1, *shape)."""
        if not self.subject.differentiable:
            return self._tried_slopes(here, stride)
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            leaf = here.clone().requires_grad_()
            height = self.aim.push(self.subject.answer(self.ranges.inputs(leaf))).sum()
            return torch.autograd.grad(height, leaf)[0].nan_to_num(0.0)

    def _tried_slopes(self, here: torch.Tensor, stride: float) -> torch.Tensor:
        """By going one stride up and one down."""
        each = torch.eye(here.numel()).reshape(-1, *here.shape[1:]) * stride
        up, down = self.heights((here + each).clamp_max(1)), self.heights((here - each).clamp_min(0))
        now = self.heights(here)
        return (torch.where(up >= down, (up - now).clamp_min(0), (now - down).clamp_max(0)) / stride).reshape(here.shape)

    def _word(self, here: torch.Tensor) -> tuple[torch.Tensor | None, float]:
        """The other word in one of the columns of words that raises the height most, and by how much."""
        others = [here.index_put((torch.tensor(0), columns), row) for columns, rows in self.words for row in rows]
        if not others:
            return None, 0.0
        gains = self.heights(torch.cat(others)) - self.heights(here)
        best = int(gains.argmax())
        return (others[best], float(gains[best])) if float(gains[best]) > 0 else (None, 0.0)

    # -- what was not needed

    def pruned(self, here: torch.Tensor) -> torch.Tensor:
        """Without the moves that were not needed, the smallest tried first."""
        groups = grouped(self.subject) if self.subject.kind == "table" else torch.arange(here[0].numel()).reshape(here.shape[1:])
        moves = torch.zeros(int(groups.max()) + 1).index_add(0, groups.flatten(), (here - self.start)[0].abs().flatten())
        for part in [part for part in moves.argsort().tolist() if moves[part] > 0][:TRIED]:
            without = torch.where(groups == part, self.start, here)
            here = without if self.reached(without) else here
        return here

    def shortened(self, here: torch.Tensor) -> torch.Tensor:
        """As near to the start, along the straight way there, as the answer stays; words stay changed."""
        there = torch.where(self.ranges.free, self.start, here)
        low, high = 0.0, 1.0
        for _ in range(2):
            along = torch.linspace(low, high, FINE)
            way = there + along.reshape(-1, *[1] * (here.ndim - 1)) * (here - there)
            reached = self.aim.reached(self.subject.scores(self.inputs(way)))
            reached[-1] = True
            last = int((~reached).nonzero().max()) if not bool(reached.all()) else -1
            if last < 0:
                return way[:1]
            low, high = float(along[last]), float(along[last + 1])
        return there + high * (here - there)


def patterns(subject: Subject, ranges: Ranges, x: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Columns of yes and no that belong together, and the rows of them that occur, in shares of the ranges."""
    if subject.kind != "table" or not len(subject.background):
        return []
    groups, seen = grouped(subject), ranges.shares(torch.cat([subject.background, x]))
    fixed = ~ranges.free & (ranges.high > ranges.low)
    found = [columns for number in groups.unique() if bool(fixed[columns := (groups == number).nonzero().flatten()].all())]
    return [(columns, seen[:, columns].unique(dim=0)) for columns in found]
