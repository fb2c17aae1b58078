"""A running run takes over new settings without losing its weights."""

from __future__ import annotations

from typing import Any

import torch
from pydantic import BaseModel
from torch import nn

from explorer.experiment import Experiment, OptimizerSpec, differences
from explorer.training.setup import build_optimizers
from explorer.training.state import TrainingState


def adopt(state: TrainingState, experiment: Experiment) -> None:
    """Put live settings into force: optimiser, layers, and whatever is read from the record at every step."""
    before, after = state.experiment.training.optimizer, experiment.training.optimizer
    state.experiment = experiment
    if type(before) is not type(after):
        state.optimizers = build_optimizers(experiment, state.networks)
    elif before != after:
        for optimizer in state.optimizers.values():
            _retune(optimizer, after)
    for role, network in experiment.networks.items():
        state.networks[role].adjust(network)


def describe_changes(before: Experiment, after: Experiment) -> list[str]:
    """A few words for each change: "learning rate 0.03 -> 0.1"."""
    return [f"{_name(path)} {_show(_at(before, path))} \u2192 {_show(value)}" for path, value in differences(before, after).items()]


def _retune(optimizer: torch.optim.Optimizer, spec: OptimizerSpec) -> None:
    """New hyper-parameters into the old optimiser, whose moments stay."""
    fresh = spec.build([nn.Parameter(torch.zeros(1))])
    for group in optimizer.param_groups:
        group.update(fresh.defaults)


def _name(path: str) -> str:
    parts = [part for part in path.split(".") if not part.isdigit()]
    return (parts[-1] if parts[-1] != "kind" else parts[-2]).replace("_", " ")


def _show(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("kind", "changed")).replace("_", " ")
    if isinstance(value, float):
        return f"{value:g}"
    return f"{len(value)} items" if isinstance(value, (list, tuple)) else str(value)


def _at(node: Any, path: str) -> Any:
    for step in path.split("."):
        node = getattr(node, step) if isinstance(node, BaseModel) else node[int(step)] if isinstance(node, tuple) else node[step]
    return node.model_dump() if isinstance(node, BaseModel) else node
