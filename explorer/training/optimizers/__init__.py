"""How gradients become updates: torch's own optimisers, one record each."""

from __future__ import annotations

from typing import Any

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OptimizerSpec
from explorer.results.update import FACTOR, SLOPE, SQUARE, STEP, Moment, Quantity

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


# -- one step of one weight, taken apart


def gradient(moment: Moment) -> Quantity:
    return Quantity("gradient", "g", SLOPE, moment.gradient)


def decayed(spec: OptimizerSpec, moment: Moment) -> tuple[float, list[Quantity]]:
    """The gradient that the rule works with, weight decay added where there is some; and what to say of it."""
    if not spec.weight_decay:
        return moment.gradient, [gradient(moment)]
    g = moment.gradient + spec.weight_decay * moment.weight
    return g, [gradient(moment), Quantity("gradient with weight decay", r"g + \lambda w", SLOPE, g)]


def corrected(spec: Any, moment: Moment) -> tuple[float, float, list[Quantity]]:
    """Adam's two averages, freed of their start at 0: of the gradient, and of its square; and what to say of them."""
    t, m, s = moment.after["step"], moment.after["exp_avg"], moment.after["exp_avg_sq"]
    m_hat, s_hat = m / (1 - spec.beta1**t), s / (1 - spec.beta2**t)
    said = [
        Quantity("average gradient", "m", SLOPE, m),
        Quantity("average gradient, corrected", r"\hat m", SLOPE, m_hat),
        Quantity("average square", "s", SQUARE, s),
        Quantity("average square, corrected", r"\hat s", SQUARE, s_hat),
    ]
    return m_hat, s_hat, said


def scaled(factor: float) -> Quantity:
    """What this weight's gradient, or average gradient, is multiplied with: its own learning rate."""
    return Quantity("own learning rate", r"\eta_w", FACTOR, factor)


def change(value: float) -> Quantity:
    """What is added to the weight; always the last of a step's quantities."""
    return Quantity("change of the weight", r"\Delta w", STEP, value)
