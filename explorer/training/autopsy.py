"""Where a run left the finite numbers: which layer, at which step."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack

import torch
from torch import nn

from explorer.networks.build import Network
from explorer.training.state import TrainingState


def broken_weights(state: TrainingState) -> str:
    """Words naming the first weight that is not finite; "" when all are."""
    for role, network in state.networks.items():
        for layer_id in network.layer_ids:
            if not all(parameter.isfinite().all() for parameter in network.module_of(layer_id).parameters()):
                return f"the update made the weights of {_of(state, role)}{name_of(network, layer_id)} infinite or not a number"
    return ""


def broken_output(state: TrainingState, batch: torch.Tensor) -> str:
    """Words naming the first layer whose output on these training examples is not finite; "" when all are."""
    for name, largest in _largest_outputs(state, batch):
        if not math.isfinite(largest):
            return f"what comes out of {name} became infinite or not a number"
    return ""


def too_large_output(state: TrainingState, batch: torch.Tensor) -> str:
    """Words for a loss that overflowed although every output is finite: the layer that grew most."""
    name, largest = max(_largest_outputs(state, batch), key=lambda found: found[1])
    return f"what comes out of {name} grew to {largest:.1e}, and the loss of numbers that large is not finite"


def _largest_outputs(state: TrainingState, batch: torch.Tensor) -> list[tuple[str, float]]:
    """(layer, largest |output|) of every layer in the order data flow through them; NaN counts as infinite."""
    found: list[tuple[str, float]] = []
    with torch.no_grad(), ExitStack() as hooks:
        for role, network in state.networks.items():
            for layer_id in network.layer_ids:
                hook = network.module_of(layer_id).register_forward_hook(_watcher(_of(state, role) + name_of(network, layer_id), found))
                hooks.callback(hook.remove)
            shape, _ = state.experiment.task.shapes(role, state.dataset)
            own = shape == state.dataset.input_shape
            network(state.x_train[batch] if own else torch.zeros(len(batch), *shape.sizes, device=state.device))
    return found


def name_of(network: Network, layer_id: str) -> str:
    """What the picture calls a layer: "Linear 2"; "Output", where there is one only; "Linear 1, copy 2" in a Repeat."""
    plain, _, copy = layer_id.partition("#")
    layers = list(network.spec.walk())
    layer = network.spec.layer(plain)
    same = [other.id for other in layers if other.title() == layer.title()]
    numbered = len(same) > 1 or (layer.unit_field and not layer.title()[-1].isdigit())
    name = f"{layer.title()} {same.index(plain) + 1}" if numbered else layer.title()
    return f"{name}, copy {copy}" if copy else name


def _of(state: TrainingState, role: str) -> str:
    return f"{role}: " if len(state.networks) > 1 else ""


def _watcher(name: str, found: list[tuple[str, float]]) -> Callable[[nn.Module, tuple, torch.Tensor], None]:
    def look(_module: nn.Module, _inputs: tuple, output: torch.Tensor) -> None:
        found.append((name, output.abs().max().nan_to_num(math.inf, math.inf).item()))

    return look
