"""Copies of a network and of a run, on which a look may try what it likes.

Decided: whatever would change weights, modes, gradients or random numbers happens to a copy that shares the data alone.
Because: the training that is looked at is then left as it was without anything to undo, and several futures can be tried beside each other.
Instead of: a checkpoint, the trial, and the checkpoint restored, which leaves modes and gradients behind and can be cut short in between.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from explorer.experiment.training import OptimizerSpec
from explorer.inspections.base import MODEL
from explorer.layers.chain import Chain
from explorer.networks.build import Network
from explorer.training.batches import BatchStream
from explorer.training.eager import EagerEngine
from explorer.training.loop import Training
from explorer.training.randomness import own

SEVERAL = (
    "These networks are trained against each other, each on a loss of its own that the other one moves: "
    "there is no single loss whose gradient could be followed."
)
BROKEN = "Some weights of this network are no finite numbers any more, so that nothing has a gradient. Look at an earlier step of the run."


@dataclass(frozen=True)
class Weights:
    """One tensor of weights of a layer.

    Attributes:
        name: "linear_1.weight", "transformer_block_1.attention.query.bias": the id of the layer and the way into its module.
        layer: the id.
        module: the module that holds it as its own.
        short: its name there: "weight".
        values: the parameter.
    """

    name: str
    layer: str
    module: nn.Module
    short: str
    values: nn.Parameter


def no_gradient(training: Training) -> str:
    """Why no gradient of one loss can be taken, in a sentence; "" where it can."""
    if MODEL not in training.networks:
        return SEVERAL
    finite = all(values.isfinite().all() for values in training.networks[MODEL].parameters())
    return "" if finite else BROKEN


def weights_in(network: Network) -> list[Weights]:
    """Every tensor that is trained, in forward order; each under the layer that holds it itself, not under a block around that."""
    return [weights for layer, module in in_order(network) for weights in _own(layer, module)]


def in_order(network: Network) -> list[tuple[str, nn.Module]]:
    """(id, module) of every layer and block as data flow through them; a block comes before what it holds."""
    ids = {network.module_of(layer): layer for layer in network.layer_ids}
    return [(ids[module], module) for module in network.modules() if module in ids]


def _own(layer: str, module: nn.Module, path: str = "") -> Iterator[Weights]:
    if isinstance(module, Chain):
        return
    for short, values in module.named_parameters(recurse=False):
        if values.requires_grad:
            yield Weights(f"{layer}.{path}{short}", layer, module, short, values)
    for name, child in module.named_children():
        yield from _own(layer, child, f"{path}{name}.")


def frozen(training: Training, double: bool = False) -> Network:
    """A copy of the network "model" on the processor, in evaluation mode: no dropout, running means in BatchNorm."""
    network = copy.deepcopy(training.networks[MODEL]).cpu().eval()
    return network.double() if double else network


def like(network: Network, values: torch.Tensor) -> torch.Tensor:
    """Examples as the copy takes them: on the processor; real numbers in its precision, tokens as they are."""
    values = values.cpu()
    return values.to(next(network.parameters()).dtype) if values.is_floating_point() else values


def loss_on(training: Training, network: Network, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The task's mean loss over the examples x (n, ...), y (n, ...), a scalar with a gradient. Penalties on weights are not in it."""
    return training.experiment.task.objective(network(x), x, y)


class Rehearsal:
    """The next steps of a run, made on a copy: from its weights and moments, with its batches, rates and random numbers.

    Attributes:
        state: the copy; the gradients of the latest step are left in it, as the optimiser got them.
        rate: learning rate of the latest step.
    """

    def __init__(self, training: Training, optimizer: OptimizerSpec | None = None, seed: int | None = None) -> None:
        """
        Args:
            optimizer: used from here on, with nothing remembered, instead of the run's own.
            seed: of another order of the batches; None: the run's own next ones.
        """
        state = training.state
        networks, optimizers = copy.deepcopy((state.networks, state.optimizers))
        if optimizer is not None:
            optimizers = {role: optimizer.build(network.parameters()) for role, network in networks.items()}
        self.state = replace(state, networks=networks, optimizers=optimizers, random=torch.Generator())
        self.state.random.set_state(state.random.get_state())
        self.batches = BatchStream(training.batches.n, 0 if seed is None else seed)
        if seed is None:
            self.batches.restore(training.batches.state())
        self.made, self.rate = training.step, 0.0
        self._spec = optimizer or training.experiment.training.optimizer
        self._random = dict(training.random)
        self._engine = EagerEngine(self.state)

    @property
    def network(self) -> Network:
        return self.state.networks[MODEL]

    def next_batch(self) -> torch.Tensor:
        """Numbers of the training examples that the next step is made with; taken, so that `step` goes on with those after them."""
        return self.batches.take(1, self.state.experiment.training.batch_size)[0]

    def step(self) -> float:
        """Make one update. Returns the loss of its batch."""
        settings = self.state.experiment.training
        self.rate = self._spec.learning_rate * settings.schedule.factor(self.made)
        with own(self._random):
            losses = self._engine.run(self.batches.take(1, settings.batch_size), np.array([self.rate]))
        self.made += 1
        return float(next(iter(losses.values()))[0])
