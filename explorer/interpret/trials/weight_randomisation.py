from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.inspections.wording import counted
from explorer.interpret.agreement import rank_agreement, two_digits
from explorer.interpret.base import Map, Progress, unheard
from explorer.interpret.subject import Subject
from explorer.interpret.trials.base import TRIALS, Case, Trial, changed
from explorer.results.verdict import Verdict

STAGES = 6  # most times that is looked on the way from the last layer to the first
SEED = 0  # of the scrambled weights


@TRIALS.register("weight_randomisation")
class WeightRandomisation(Trial):
    """Does the map change when the network is scrambled, layer by layer from the last to the first?

    Every tensor of weights becomes normal random numbers of its own mean and spread. A map that stays as it is shows the input, not what
    the network has learnt. Arrays: `agreement` (draws, m): rank correlation of the sizes with the map as it was, after `layers` (m,) have
    been scrambled.
    Source: Adebayo et al., "Sanity Checks for Saliency Maps", 2018.
    """

    draws: int = Field(4, ge=1, le=20, description="times that the network is scrambled, each time with other random numbers")

    @classmethod
    def reason_not(cls, method: Map, subject: Subject) -> str:
        return "" if stages(subject) else "Its weights cannot be had, so that they cannot be scrambled."

    def passes(self, method: Map, subject: Subject) -> int:
        return (1 + self.draws * min(len(stages(subject)), STAGES)) * method.passes(subject)

    def judge(self, case: Case, progress: Progress = unheard) -> Verdict:
        layers = list(reversed(stages(case.subject).items()))
        looked = sorted({round(at) for at in np.linspace(1, len(layers), min(len(layers), STAGES))})
        before, rows = case.of_rows(case.subject), []
        for draw in range(self.draws):
            rng = torch.Generator().manual_seed(SEED + draw)
            with unharmed(case.subject.answer):
                rows.append([rank_agreement(before, case.of_rows(case.subject)) for _ in _scrambling(layers, looked, rng)])
            progress((draw + 1) / self.draws)
        agreement = np.concatenate([np.ones((self.draws, 1)), np.array(rows)], axis=1)
        return self._told(agreement, [0, *looked], layers, case)

    def _told(self, agreement: np.ndarray, looked: list[int], layers: list[tuple[str, list[nn.Module]]], case: Case) -> Verdict:
        last = agreement[:, -1]
        first = (
            f"with {layers[0][0]} alone scrambled it is {two_digits(agreement[:, 1].mean())}, "
            if looked[1] == 1 and len(looked) > 2
            else ""
        )
        words = (
            f"Rank correlation with the map of the network as it is{case.over()}: {first}with {counted(len(layers), 'layer')} scrambled "
            f"{two_digits(last.mean())} ({two_digits(last.min())} to {two_digits(last.max())} in {counted(self.draws, 'draw')}): "
            f"{change_words(last.mean())}."
        )
        arrays = {"layers": np.array(looked), "agreement": agreement}
        return self.verdict(changed(last.mean()), words, {"agreement": last.mean(), "first": agreement[:, 1].mean()}, arrays)


def change_words(agreement: float) -> str:
    said = {
        True: "the map goes by what the network has learnt",
        False: "the map hardly changes: it shows the input, not the network",
        None: "the map changes in part: much of it comes from the input, not from the network",
    }
    return said[changed(agreement)]


def stages(subject: Subject) -> dict[str, list[nn.Module]]:
    """Layer -> the modules in it that have weights of their own, in the order they were made in; those outside of layers by their path."""
    inside = {module: name for name, layer in subject.layers.items() for module in layer.modules()}  # the innermost layer wins
    found: dict[str, list[nn.Module]] = {}
    for path, module in subject.answer.named_modules():
        if any(True for _ in module.parameters(recurse=False)):
            found.setdefault(inside.get(module, path or "the network"), []).append(module)
    return found


def _scrambling(layers: list[tuple[str, list[nn.Module]]], looked: list[int], rng: torch.Generator) -> Iterator[int]:
    """Scramble one layer after the other; gives back how many are, whenever it is to be looked."""
    for count, (_, modules) in enumerate(layers, 1):
        for module in modules:
            for weights in module.parameters(recurse=False):
                scramble(weights, rng)
        if count in looked:
            yield count


def scramble(weights: nn.Parameter, rng: torch.Generator) -> None:
    """Normal random numbers of the same mean and spread, in place."""
    with torch.no_grad():
        spread = float(weights.std(correction=0))
        weights.copy_(torch.randn(weights.shape, generator=rng) * spread + float(weights.mean()))


@contextmanager
def unharmed(network: nn.Module) -> Generator[None]:
    """Whatever the block does to the weights is undone."""
    kept = [(weights, weights.detach().clone()) for weights in network.parameters()]
    try:
        yield
    finally:
        with torch.no_grad():
            for weights, before in kept:
                weights.copy_(before)
