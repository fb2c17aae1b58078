"""The chain from the loss back to one weight or unit, with every number on the way, beside the difference it predicts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.errors import SpecError
from explorer.inspections._followed import STEPS, Followed, Link, code, formula, in_words
from explorer.inspections._products import Passed, Products
from explorer.inspections._rehearsal import Rehearsal, frozen, in_order, like, loss_on, no_gradient, weights_in
from explorer.inspections._targets import UNITS, Move, Target, place_of, target_named
from explorer.inspections.base import INSPECTIONS, Inspection, Progress, chosen, unheard
from explorer.inspections.wording import counted
from explorer.networks.build import Network
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

BATCH = -1  # the number that stands for the next batch


@INSPECTIONS.register("backprop")
class Backprop(Inspection):
    """Follows the loss of one example, or of the next batch, back to one weight or unit, with the products of its gradient.

    In evaluation mode and with 64-bit numbers. Arrays: out, into (layers on the way, from the loss back): norms of d loss / d output and of
    d loss / d input of each layer, NaN where it is fed tokens; left, right (n,): the factors whose products add up to the gradient; steps,
    differences, errors (10,): central differences of the same loss, and how far they are from the gradient, relative to the larger.
    """

    group: ClassVar[str] = "Gradients"

    target: str = Field("", max_length=120, description="the weights, or the units of a layer, of which one is followed")
    place: str = Field(
        "",
        max_length=60,
        description="which weight: its row, column, ... in the tensor, counted from 0 and separated by commas, as in 3, 0; which unit: its "
        "number; empty takes the one with the largest gradient",
    )
    example: int = Field(
        0,
        ge=BATCH,
        le=10_000_000,
        description="number of the training example whose loss is followed, counted from 0; -1: the mean loss of the batch that the run's "
        "next step is made with",
    )

    @classmethod
    def title(cls) -> str:
        return "Backpropagation"

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return no_gradient(training)

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        network = training.networks["model"]
        weights = [one.name for one in weights_in(network)]
        return {"target": weights + [f"{layer}.{UNITS}" for layer in network.layer_ids]}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        network = frozen(training, double=True)
        target = target_named(network, chosen("weight or unit", self.target, self.choices(training)["target"]))
        x, y = self._examples(training, network)
        way = Way(training, network, target, x, y)
        index = place_of(self.place, target.name, way.gradient)
        steps = np.array(STEPS) * target.scale(index)
        found = Followed(
            called=target.called(index),
            value=target.value(index),
            whose=f"training example {self.example}" if self.example != BATCH else f"the next batch of {counted(len(x), 'example')}",
            loss=way.loss,
            gradient=way.gradient[index].item(),
            links=way.links,
            terms=terms_of(target, index, way.passed),
            steps=steps,
            differences=differences(target.nudge(index), lambda: loss_on(training, network, x, y).item(), steps),
        )
        depths = {"words": in_words(found), "formula": formula(found), "code": code(network, target, index, found)}
        facts = {**found.facts(), "example": self.example, "target": target.name, "place": list(index), **depths}
        return Inspected(self.kind, training.step, tuple(depths["words"]), facts, found.arrays())

    def _examples(self, training: Training, network: Network) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = training.state.x_train, training.state.y_train
        if self.example >= len(x):
            raise SpecError(f"There is no training example {self.example}. There are {len(x)}, counted from 0.")
        chosen = Rehearsal(training).next_batch().to(x.device) if self.example == BATCH else [self.example]
        x = like(network, x[chosen])
        return x.requires_grad_(x.is_floating_point()), like(network, y[chosen])


def terms_of(target: Target, index: tuple[int, ...], passed: Passed) -> Products | None:
    """The products for one example, or those of every example of a batch, one after another; None where no rule gives them."""
    count = len(passed.delta)
    if count == 1:
        return target.terms(index, passed)
    if len(passed.a) != count or len(passed.z) != count:
        return None
    each = [target.terms(index, passed.only(number)) for number in range(count)]
    terms = [one for one in each if one is not None]
    if len(terms) < count:
        return None
    over = "example" if len(terms[0].left) == 1 else terms[0].over
    left, right = (torch.cat([one.left for one in terms]), torch.cat([one.right for one in terms]))
    return replace(terms[0], left=left, right=right, over=over, code="")


class Way:
    """One pass forward and back for one example or some.

    Attributes:
        loss: of the example, or the mean of all.
        passed: what went through the module that holds the target.
        gradient: of the target's whole tensor, or of all units of its layer.
        links: the layers from the loss back to the target.
    """

    def __init__(self, training: Training, network: Network, target: Target, x: torch.Tensor, y: torch.Tensor) -> None:
        self.network = network
        self._calls: dict[nn.Module, tuple[torch.Tensor, torch.Tensor]] = {}
        with ExitStack() as hooks:
            for module in {target.module, *(module for _, module in in_order(network))}:
                hooks.callback(module.register_forward_hook(self._keep).remove)
            loss = loss_on(training, network, x, y)
        self.loss = loss.item()
        a, z = self._calls[target.module]
        self.passed = Passed(a.detach(), z.detach(), _slope(loss, z))
        self.gradient = target.gradient(loss, z)
        self.links = [*self._back(loss, target, z), *self._inside(target)]

    def _keep(self, module: nn.Module, inputs: tuple, output: Any) -> None:
        self._calls[module] = inputs[0], output[0] if isinstance(output, tuple) else output

    def _back(self, loss: torch.Tensor, target: Target, z: torch.Tensor) -> list[Link]:
        """The layers through which the target reaches the loss, from the loss back; blocks around the target are left out."""
        layers = {module: layer for layer, module in in_order(self.network)}
        links: list[Link] = []
        blocks: set[nn.Module] = set()
        for module in reversed([module for module in self._calls if module in layers]):
            held = set(module.modules()) - {module}
            slopes = None if target.module in held and layers[module] != target.layer else self._slopes(loss, module, z)
            if slopes is not None:
                shape = tuple(self._calls[module][1].shape[1:])
                links.append(Link(layers[module], layers[module], shape, *slopes, inside=module in blocks))
                blocks |= held
        return links

    def _slopes(self, loss: torch.Tensor, module: nn.Module, z: torch.Tensor) -> tuple[float, float | None] | None:
        """Norms of d loss / d output and d loss / d input of a module; None where the target does not reach the loss through it."""
        a, out = self._calls[module]
        delta = _slope(loss, out)
        if out is not z and torch.autograd.grad(out, z, delta, retain_graph=True, allow_unused=True)[0] is None:
            return None
        into = torch.autograd.grad(out, a, delta, retain_graph=True, allow_unused=True)[0] if a.requires_grad else None
        return delta.norm().item(), None if into is None else into.norm().item()

    def _inside(self, target: Target) -> list[Link]:
        """The part of a layer that holds the target, where it is not the layer's whole module."""
        if target.module is self.network.module_of(target.layer):
            return []
        path = target.name.removeprefix(f"{target.layer}.").rpartition(".")[0]
        name = f"{target.layer}.{path}"
        return [Link(target.layer, name, tuple(self.passed.z.shape[1:]), self.passed.delta.norm().item())]


def _slope(loss: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """d loss / d values, 0 where the loss does not depend on them."""
    return torch.autograd.grad(loss, values, retain_graph=True, allow_unused=True, materialize_grads=True)[0]


def differences(move: Move, loss: Callable[[], float], steps: np.ndarray) -> np.ndarray:
    """Central differences of the loss, one for each of `steps`."""

    def moved(by: float) -> float:
        back = move(by)
        try:
            return loss()
        finally:
            back()

    with torch.no_grad():
        return np.array([(moved(step) - moved(-step)) / (2 * step) for step in steps])
