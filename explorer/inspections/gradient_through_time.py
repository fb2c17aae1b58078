"""How far back in a sequence the loss at its end reaches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec, NetworkSpec
from explorer.inspections._rehearsal import frozen, in_order, like, no_gradient
from explorer.inspections.base import INSPECTIONS, MODEL, Inspection, Progress, probe_batch, unheard
from explorer.inspections.wording import brief
from explorer.layers.recurrent import RecurrentSpec
from explorer.networks.build import Network, build_network
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

SHORTEST = 3  # steps; two tokens, such as a user and a film, are a pair and no course of time


@INSPECTIONS.register("gradient_through_time")
class GradientThroughTime(Inspection):
    """How much the loss of the last answer still depends on each step of the sequence, back to the first.

    Mean over examples of the norm of d loss / d input of each step, in evaluation mode with 64-bit numbers. For tokens the input is what
    the embedding makes of them; a network that answers at every step is asked for its last answer. Arrays: own (T,) of this network now;
    first (kinds, seeds, T) of the same network at first weights, its recurrent layers swapped for each kind of facts["kinds"].
    """

    group: ClassVar[str] = "Gradients"

    examples: int = Field(16, ge=1, le=128, description="training examples, over which the mean is taken")
    compare: bool = Field(
        False, description="whether the same network is drawn beside it at its first weights with an RNN, an LSTM and a GRU in turn"
    )
    seeds: int = Field(
        3, ge=1, le=10, description="first weights that are tried for each of them; the band goes from the least to the most"
    )

    @classmethod
    def reason_not(cls, training: Training) -> str:
        if broken := no_gradient(training):
            return broken
        shape = training.networks[MODEL].input_shape
        if shape.axes[0] != "time" or shape.sizes[0] < SHORTEST:
            return f"This network reads no sequence of {SHORTEST} steps or more: its input is {shape}. There is no time to go back through."
        return ""

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        own = through_time(training, frozen(training, double=True), self.examples)
        layers = training.networks[MODEL].spec.layers
        kinds = [kind for kind in LAYERS if issubclass(LAYERS[kind], RecurrentSpec)] if self.compare and recurrent(layers) else []
        first = np.zeros((len(kinds), self.seeds, len(own)))
        for done, (kind, seed) in enumerate((kind, seed) for kind in range(len(kinds)) for seed in range(self.seeds)):
            first[kind, seed] = through_time(training, _fresh(training, kinds[kind], seed), self.examples)
            progress((done + 1) / (len(kinds) * self.seeds))
        names = [LAYERS[kind].title() for kind in kinds]
        words = [_own(own), *_compared(names, first)]
        if self.compare and not kinds:
            words.append("It has no recurrent layer that could be swapped for an RNN, an LSTM or a GRU.")
        facts = {"kinds": kinds, "names": names, "examples": min(self.examples, len(training.state.x_train)), "seeds": self.seeds}
        return Inspected(self.kind, training.step, tuple(words), facts, {"own": own, "first": first})


def through_time(training: Training, network: Network, examples: int) -> np.ndarray:
    """Mean over the first training examples of the norm of d loss / d input, for each step (T,)."""
    x, y = (like(network, part) for part in probe_batch(training, examples))
    if x.is_floating_point():
        x.requires_grad_()
    starts: dict[nn.Module, torch.Tensor] = {network: x} if x.is_floating_point() else {}
    with ExitStack() as hooks:
        for _, module in in_order(network):
            hooks.callback(module.register_forward_hook(partial(_keep, starts)).remove)
        output = network(x)
    losses = _last_losses(training, network, output, (x, y))
    slopes = torch.autograd.grad(torch.stack(list(losses)).sum(), list(starts.values()), allow_unused=True, materialize_grads=True)
    squares = torch.stack([slope.square().sum(2) for slope in slopes]).sum(0)  # (n, T)
    return squares.sqrt().mean(0).detach().numpy()


def _keep(starts: dict[nn.Module, torch.Tensor], module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
    """Where tokens become numbers; not again in the blocks around such a layer, which end after it."""
    if not inputs[0].is_floating_point() and starts.keys().isdisjoint(module.modules()):
        starts[module] = output


def _last_losses(
    training: Training, network: Network, output: torch.Tensor, asked: tuple[torch.Tensor, torch.Tensor]
) -> Iterator[torch.Tensor]:
    """The loss of each example by itself; of its last step where there is an answer at every step."""
    x, y = asked
    steps = output.shape[1] if network.output_shape.axes[0] == "time" else 0
    cut = [part[:, -1:] if steps and part.dim() > 1 and part.shape[1] == steps else part for part in (output, x, y)]
    for one in range(len(x)):
        yield training.experiment.task.objective(*(part[one : one + 1] for part in cut))


def recurrent(layers: tuple[LayerSpec, ...]) -> bool:
    """Whether there is a recurrent layer among these or in what they hold."""
    return any(isinstance(layer, RecurrentSpec) or any(recurrent(body) for body in layer.bodies()) for layer in layers)


def swapped(layers: tuple[LayerSpec, ...], kind: str) -> tuple[LayerSpec, ...]:
    """The same layers with every recurrent one of this kind, as wide as it was."""
    done = []
    for layer in layers:
        if isinstance(layer, RecurrentSpec) and layer.kind != kind:
            fields = {"id": layer.id, "hidden_size": layer.hidden_size, "bidirectional": layer.bidirectional}
            done.append(LAYERS[kind].model_validate(fields))
        else:
            done.append(layer.with_bodies(tuple(swapped(body, kind) for body in layer.bodies())) if layer.bodies() else layer)
    return tuple(done)


def _fresh(training: Training, kind: str, seed: int) -> Network:
    """The network at first weights; seed 0 is the run's own."""
    spec = training.networks[MODEL].spec
    other = NetworkSpec(layers=swapped(spec.layers, kind), initialisation=spec.initialisation)
    shapes = training.experiment.task.shapes(MODEL, training.state.dataset)
    return build_network(other, *shapes, seed=training.experiment.seed + seed).double().eval()


def _own(own: np.ndarray) -> str:
    first, last, steps = own[0], own[-1], len(own)
    reached = np.flatnonzero(own)
    if not len(reached):
        return "The loss of the last answer depends on no step of the sequence: its gradient is 0 everywhere."
    if reached[0] > 0:
        return (
            f"The loss of the last answer does not depend on the first {reached[0]} of {steps} steps at all; at step {reached[0] + 1} the "
            f"gradient is {brief(own[reached[0]])}, at the last {brief(last)} (mean norms of d loss / d input)."
        )
    compared = f"{brief(first / last)} times that at the last" if last else "while that at the last is 0"
    each = f", as if every step back multiplied it by {brief((first / last) ** (1 / (steps - 1)))}" if last else ""
    return (
        f"The gradient at the first of {steps} steps is {brief(first)}, {compared}, {brief(last)} (mean norms of d loss / d input){each}."
    )


def _compared(names: list[str], first: np.ndarray) -> list[str]:
    """The mean over the seeds is geometric: sizes here differ by factors."""
    if not names:
        return []
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.exp(np.log(first[:, :, 0] / first[:, :, -1]).mean(1))
    said = [f"{brief(ratio)} with {name}" for name, ratio in zip(names, ratios.tolist(), strict=True) if math.isfinite(ratio)]
    seeds = f"geometric mean of {first.shape[1]} first weights" if first.shape[1] > 1 else "one choice of first weights"
    return (
        [f"Before any training the gradient at the first step is, in shares of that at the last: {', '.join(said)} ({seeds})."]
        if said
        else []
    )
