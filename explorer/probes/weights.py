"""Weights and biases, one number per drawn edge."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.probes.base import PROBES, Look, Measured, Probe
from explorer.results.diagram import Edge


@PROBES.register("weights")
class Weights(Probe):
    """The weights the edges of the diagram stand for, and the biases of the columns."""

    def measure(self, look: Look) -> Measured:
        arrays = {}
        for number, edge in enumerate(look.edges):
            if look.weighted(edge):
                arrays[f"edge/{number}"] = edge_weights(look, edge)
        for number, column in enumerate(look.columns):
            module = weight_module(look, number)
            if module is not None and getattr(module, "bias", None) is not None:
                arrays[f"bias/{number}"] = module.bias.detach().float().cpu().numpy()[: column.shown]
        return {}, arrays


def edge_weights(look: Look, edge: Edge) -> np.ndarray:
    """float32 (to.shown, from.shown): each weight, or the mean of the weights that lead from a channel to a unit."""
    source, target = look.columns[edge.source], look.columns[edge.target]
    module = weight_module(look, edge.target)
    weight = module.weight.detach().float().cpu()
    if weight.dim() == 2 and weight.shape[1] != source.units:  # a Flatten lies between: undo it, units first
        weight = weight.view(weight.shape[0], *source.shape.sizes).movedim(1 + source.shape.unit_axis, 1)
    if weight.dim() > 2:
        weight = weight.flatten(2).mean(2)
    return weight[: target.shown, : source.shown].contiguous().numpy()


def weight_module(look: Look, number: int) -> Any:
    """The module whose weights lead into a column; None where none does."""
    column = look.columns[number]
    return look.training.module_of(column.role, column.weight_id) if column.weight_id else None
