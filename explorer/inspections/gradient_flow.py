"""How strong the gradient arrives in each layer, and how far the batches agree about it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field

from explorer.inspections._rehearsal import Rehearsal, Weights, frozen, like, loss_on, no_gradient, weights_in
from explorer.inspections.base import INSPECTIONS, Inspection, Progress, probe_batch, unheard
from explorer.inspections.wording import counted
from explorer.networks.build import Network
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

FAINT = 0.01  # of the last layer's gradient per weight: a layer below it is named as vanishing, one above its inverse as exploding


@INSPECTIONS.register("gradient_flow")
class GradientFlow(Inspection):
    """How strong the gradient is in every layer, how much the next step changes, and how far batches agree.

    Gradients are taken in evaluation mode. Arrays, all (layers,): gradient, weight, update: root mean squares per weight, of the probe
    batch's gradient, of the weights, and of what the run's next step will change; the norms gradient_norm, weight_norm, update_norm; ratio,
    of update to weight; agreement, the share of pairs of batches whose gradients of a weight have one sign. NaN where none can be told.
    """

    group: ClassVar[str] = "Gradients"

    batches: int = Field(
        8, ge=2, le=64, description="batches whose gradients are compared; more tell the noise more exactly and take longer"
    )

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return no_gradient(training)

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        network = frozen(training)
        weights = weights_in(network)
        layers = list(dict.fromkeys(one.layer for one in weights))
        before, probe = _flat(one.values.detach() for one in weights), _gradient(training, network, *probe_batch(training))
        several = self._several(training, network, progress)
        arrays = _sizes("gradient", probe, weights) | _sizes("weight", before, weights)
        arrays |= _sizes("update", _next_weights(training) - before, weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            arrays["ratio"] = arrays["update_norm"] / arrays["weight_norm"]
        arrays["agreement"] = np.array([several.agreement(place) for place in _places(weights)])
        noise = several.noise()
        facts = {"layers": layers, "noise": asdict(noise), "batch_size": training.experiment.training.batch_size}
        words = (*_strength(layers, arrays["gradient"]), _change(layers, arrays["ratio"]), _agreed(layers, arrays["agreement"], noise))
        return Inspected(self.kind, training.step, (*words, noise.words), facts, arrays)

    def _several(self, training: Training, network: Network, progress: Progress) -> Several:
        """Gradients of random batches of the run's size; no example is in two of them."""
        n = training.batches.n
        count = min(self.batches, n)
        size = min(training.experiment.training.batch_size, n // count)
        order = torch.randperm(n, generator=torch.Generator().manual_seed(training.experiment.seed))[: count * size]
        several = Several(size)
        for number, batch in enumerate(order.view(count, size).to(training.state.device), 1):
            several.add(_gradient(training, network, training.state.x_train[batch], training.state.y_train[batch]))
            progress(number / count)
        return several


@dataclass(frozen=True)
class Noise:
    """How strong the noise of a batch's gradient is beside the gradient itself.

    Attributes:
        size, count: examples of a batch, batches compared.
        trace: sum over the weights of the variance of one example's gradient.
        square: squared norm of the gradient without noise; an estimate of a small one can come out below 0.
        scale: trace / square, examples; None where `square` cannot be told from 0.

    Source: McCandlish et al., "An Empirical Model of Large-Batch Training", 2018, appendix A.1.
    """

    size: int
    count: int
    trace: float
    square: float
    scale: float | None

    @property
    def words(self) -> str:
        if self.scale is None:
            return (
                f"The noise scale cannot be told: {self.count} batches of {self.size} differ so much that nothing certain is left of "
                "the gradient they share."
            )
        return (
            f"The noise scale is about {self.scale:.3g} examples: in a batch of so many the noise is as strong as the gradient itself "
            f"(estimated from {self.count} batches of {self.size})."
        )


class Several:
    """Gradients of several batches, without keeping them all: sums, and how often each weight had which sign."""

    def __init__(self, size: int) -> None:
        self.size, self.count, self.squares = size, 0, 0.0
        self.total = self.positive = self.negative = torch.zeros(1)

    def add(self, gradient: torch.Tensor) -> None:
        self.count += 1
        self.squares += gradient.double().square().sum().item()
        self.total = self.total + gradient.double()
        self.positive, self.negative = self.positive + (gradient > 0), self.negative + (gradient < 0)

    def agreement(self, place: slice) -> float:
        """Share of the pairs of batches in which a weight's gradients have one sign, mean over the weights that have one in every batch."""
        up, down = self.positive[place], self.negative[place]
        up, down = up[up + down == self.count], down[up + down == self.count]
        pairs = self.count * (self.count - 1)
        return ((up * (up - 1) + down * (down - 1)) / pairs).mean().item() if len(up) and pairs else math.nan

    def noise(self) -> Noise:
        """From the norms of gradients of two batch sizes: one batch, and all of them together."""
        small, large = self.squares / self.count, (self.total / self.count).square().sum().item()
        if self.count < 2:
            return Noise(self.size, self.count, 0.0, large, None)
        square = (self.count * large - small) / (self.count - 1)
        trace = (small - large) * self.size * self.count / (self.count - 1)
        if not math.isfinite(trace + square):
            return Noise(self.size, self.count, 0.0, 0.0, None)
        return Noise(self.size, self.count, trace, square, trace / square if square > 0 else None)


def _flat(tensors: Iterable[torch.Tensor]) -> torch.Tensor:
    return torch.cat([tensor.flatten().cpu() for tensor in tensors])


def _places(weights: list[Weights]) -> list[slice]:
    """Where the weights of each layer stand among all in a row; those of one layer follow each other."""
    counts: dict[str, int] = {}
    for one in weights:
        counts[one.layer] = counts.get(one.layer, 0) + one.values.numel()
    ends = np.cumsum(list(counts.values()))
    return [slice(int(end) - count, int(end)) for end, count in zip(ends, counts.values(), strict=True)]


def _gradient(training: Training, network: Network, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Of the mean loss over these examples, all weights in a row."""
    weights = [one.values for one in weights_in(network)]
    loss = loss_on(training, network, like(network, x), like(network, y))
    return _flat(torch.autograd.grad(loss, weights, allow_unused=True, materialize_grads=True))


def _next_weights(training: Training) -> torch.Tensor:
    """All weights in a row after the run's next step, as it will be made: with its batch, dropout, penalties and clipping."""
    rehearsal = Rehearsal(training)
    rehearsal.step()
    return _flat(one.values.detach() for one in weights_in(rehearsal.network))


def _sizes(name: str, values: torch.Tensor, weights: list[Weights]) -> dict[str, np.ndarray]:
    parts = [values[place].double() for place in _places(weights)]
    return {
        name: np.array([part.square().mean().sqrt().item() for part in parts]),
        f"{name}_norm": np.array([part.norm().item() for part in parts]),
    }


def _strength(names: list[str], gradient: np.ndarray) -> list[str]:
    if not np.isfinite(gradient).all():
        return ["The gradient is no finite number: the loss of this network, or a number on the way to it, is too large."]
    if not gradient.any():
        return ["The gradient is 0 in every layer: for these examples no small change of a weight changes the loss."]
    weakest, strongest = int(gradient.argmin()), int(gradient.argmax())
    words = f"The gradient of a weight is {gradient[strongest]:.2g} in {names[strongest]}"
    if len(names) > 1:
        words += f", where it is largest, and {gradient[weakest]:.2g} in {names[weakest]}, where it is smallest"
    return [f"{words} (root mean squares over the weights of a layer).", *_beside_the_last(names, gradient)]


def _beside_the_last(names: list[str], gradient: np.ndarray) -> list[str]:
    last = gradient[-1]
    faint = [name for name, size in zip(names, gradient, strict=True) if size < FAINT * last]
    strong = [name for name, size in zip(names, gradient, strict=True) if size * FAINT > last]
    words = []
    if faint:
        words.append(f"It vanishes on the way back: below a hundredth of what {names[-1]} gets in {', '.join(faint)}.")
    if strong:
        words.append(f"It explodes on the way back: above a hundred times what {names[-1]} gets in {', '.join(strong)}.")
    if not words and len(names) > 1:
        words.append(f"In no layer it is below a hundredth or above a hundred times what {names[-1]}, the last one, gets.")
    return words


def _change(names: list[str], ratio: np.ndarray) -> str:
    known = np.flatnonzero(np.isfinite(ratio))
    if not len(known):
        return "The next step cannot be compared with the weights: they are 0, or it is no finite number."
    most, least = known[ratio[known].argmax()], known[ratio[known].argmin()]
    also = f", and {names[least]} least, by {_percent(ratio[least])}" if len(known) > 1 else ""
    return f"The next step changes {names[most]}{' most,' if also else ''} by {_percent(ratio[most])} of its size{also}."


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%"


def _agreed(names: list[str], agreement: np.ndarray, noise: Noise) -> str:
    known = np.flatnonzero(np.isfinite(agreement))
    if not len(known):
        return f"No weight has a gradient in each of {noise.count} batches, so that their signs cannot be compared."
    most, least = known[agreement[known].argmax()], known[agreement[known].argmin()]
    also = f" and {agreement[least]:.0%} of {names[least]}" if len(known) > 1 else ""
    return (
        f"Two batches of {counted(noise.size, 'example')} agree whether a weight should grow or shrink for {agreement[most]:.0%} of the "
        f"weights of {names[most]}{also}; half would agree by chance."
    )
