from __future__ import annotations

import numpy as np
import torch
from pydantic import Field

from explorer.inspections.wording import brief, counted
from explorer.interpret.base import Map, Progress, unheard
from explorer.interpret.subject import Subject
from explorer.interpret.trials.base import TRIALS, Case, Trial
from explorer.interpret.trials.hiding import Hiding, claims
from explorer.results.verdict import Verdict

FEWEST = 4  # parts from which on a random order is seldom the best one
BEATEN = 0.9  # share of the random orders that have to be worse
STOPS = 24  # most times that is looked between all and nothing
SEED = 0  # of the random orders
TIE = 1e-6  # of the scores: smaller differences are none


@TRIALS.register("deletion_and_insertion")
class DeletionAndInsertion(Trial):
    """Does the answer fall fast when the parts said to matter most go first, and rise fast when they come first?

    Held against parts taken in random orders. Arrays: `shares` (m,) of the parts that are taken away or put in; `deletion`, `insertion`
    (m,) scores; `random_deletion`, `random_insertion` (orders, m).
    Source: Petsiuk et al., "RISE: Randomized Input Sampling for Explanation of Black-box Models", 2018.
    """

    orders: int = Field(10, ge=2, le=100, description="random orders that it is held against")

    def passes(self, method: Map, subject: Subject) -> int:
        return method.passes(subject) + 2 * (self.orders + 1) * (min(STOPS, subject.x[0].numel()) + 1)

    def judge(self, case: Case, progress: Progress = unheard) -> Verdict:
        hiding = Hiding(case)
        said = claims(case, hiding.groups)
        count = len(said)
        stops = np.unique(np.linspace(0, count, min(count, STOPS) + 1).round().astype(int))
        rng = torch.Generator().manual_seed(SEED)
        orders = [said.argsort(descending=True, stable=True).cpu(), *(torch.randperm(count, generator=rng) for _ in range(self.orders))]
        deletion, insertion = [], []
        for done, order in enumerate(orders, 1):
            away = taken(order, stops).to(case.x.device)
            deletion.append(hiding.scores(~away).cpu().numpy())
            insertion.append(hiding.scores(away).cpu().numpy())
            progress(done / len(orders))
        return self._told(np.stack(deletion), np.stack(insertion), stops / count, (count, case.subject.unit))

    def _told(self, deletion: np.ndarray, insertion: np.ndarray, shares: np.ndarray, about: tuple[int, str]) -> Verdict:
        """Of the scores (1 + orders, m), the map's own order first; of so many parts, in this unit."""
        falls, rises = area(deletion, shares), area(insertion, shares)
        gains = rises - falls
        beaten = float((gains[0] > gains[1:] + TIE * np.abs(deletion).max(initial=1.0)).mean())
        arrays = {"shares": shares, "deletion": deletion[0], "insertion": insertion[0]}
        arrays |= {"random_deletion": deletion[1:], "random_insertion": insertion[1:]}
        numbers = {"deletion": falls[0], "insertion": rises[0], "beaten": beaten}
        numbers |= {"random_deletion": falls[1:].mean(), "random_insertion": rises[1:].mean()}
        parts, unit = about
        words = (
            f"While the parts said to matter most are taken away first, the score averages {_beside(falls, unit)}; lower is better. "
            f"While they are put in first, it averages {_beside(rises, unit)}; higher is better. {_verdict(parts, beaten, self.orders)}"
        )
        return self.verdict(None if parts < FEWEST else beaten >= BEATEN, words, numbers, arrays)


def taken(order: torch.Tensor, stops: np.ndarray) -> torch.Tensor:
    """bool (m, parts): which parts are among the first so many of an order (parts,)."""
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order))
    return rank[None, :] < torch.from_numpy(stops)[:, None]


def area(scores: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The mean score (n,) on the way, of scores (n, m) at shares (m,): the area below the curve."""
    return np.trapezoid(scores, shares, axis=1)


def _beside(areas: np.ndarray, unit: str) -> str:
    others = areas[1:]
    return f"{brief(areas[0])} {unit} (random orders {brief(others.mean())}, from {brief(others.min())} to {brief(others.max())})"


def _verdict(parts: int, beaten: float, orders: int) -> str:
    if parts < FEWEST:
        return f"There are {counted(parts, 'part')} only, so that a random order is too often the best one."
    many = f"{round(beaten * orders)} of {orders} random orders"
    return f"It beats {many}: {'better than chance' if beaten >= BEATEN else 'no better than chance'}."
