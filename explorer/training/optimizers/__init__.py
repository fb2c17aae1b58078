"""How gradients become updates: torch's own optimisers, one record each."""

from __future__ import annotations

from typing import Any

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OptimizerSpec

PLAIN: dict[str, Any] = {"foreach": False, "fused": False}  # one tensor at a time: the rule that the formulas and the fused engine follow


def learning_rate(default: float) -> Any:
    """The field `learning_rate` with a default of its own: the bounds and the help stay those of the base."""
    return live(default, ge=0, le=100, description=OptimizerSpec.model_fields["learning_rate"].description)


def apply(spec: OptimizerSpec, optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Set a running optimiser to the settings of `spec`; what it has gathered so far (momentum, averages) stays.

    Args:
        spec: a record whose `build` makes an optimiser of the same torch class.
        learning_rate: after the schedule.

    Raises:
        TypeError: `spec` builds another class of optimiser; build a new one instead.
    """
    fresh = spec.build([torch.nn.Parameter(torch.zeros(1))])
    if type(fresh) is not type(optimizer):
        raise TypeError(f"{type(optimizer).__name__} cannot become {type(fresh).__name__}; build a new optimiser")
    settings = {name: value for name, value in fresh.param_groups[0].items() if name != "params"}
    for group in optimizer.param_groups:
        group.update(settings)
        group["lr"] = learning_rate
