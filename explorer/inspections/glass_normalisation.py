from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from explorer.inspections.base import INSPECTIONS
from explorer.inspections.glass import Cell, Glass, Opened, Tensors, scalar
from explorer.inspections.places import Place, passing, spread, units_first
from explorer.inspections.wording import ADDED, aligned, brief, counted, latex
from explorer.training.loop import Training

BESIDE = 2000  # numbers of those that are taken along, evenly spread
BATCH = 64  # training examples whose own numbers are told of beside the running mean and variance
RUNNING = """\
# mean, variance: of this unit, collected while training; scale, shift: learned
y = (x - mean) / np.sqrt(variance + epsilon) * scale + shift"""
OWN = """\
# group: the numbers that are normalised together; x: one of them; scale, shift: learned
mean, variance = group.mean(), group.var()
y = (x - mean) / np.sqrt(variance + epsilon) * scale + shift"""
ROOT = """\
# group: the numbers that are normalised together; x: one of them; scale: learned
mean_square = (group ** 2).mean()
y = x / np.sqrt(mean_square + epsilon) * scale"""


@INSPECTIONS.register("glass_normalisation")
class GlassNormalisation(Glass):
    """One number of a normalisation layer: the numbers it is compared with, their mean and variance, scale and shift.

    Arrays: `x`, `epsilon`, `scale`, `shift` (); `group` (n,) the numbers normalised together, or, where running values are used,
    `mean` and `variance` (), and `batch` (n,) numbers of the same unit for training examples.
    """

    kinds: ClassVar[tuple[type[nn.Module], ...]] = (
        nn.BatchNorm1d,
        nn.BatchNorm2d,
        nn.LayerNorm,
        nn.GroupNorm,
        nn.InstanceNorm2d,
        nn.RMSNorm,
    )
    what: ClassVar[str] = "normalisation layer"

    def _open(self, training: Training, place: Place, entered: Tensors, cell: Cell) -> Opened:
        opener = next(OPENERS[kind] for kind in OPENERS if isinstance(place.module, kind))
        return opener(training, place, entered[0], cell)


def _learned(module: Any, index: tuple[int, ...]) -> dict[str, np.ndarray]:
    """`scale` and `shift` of a number; 1 and 0 where none are learned."""
    bias = getattr(module, "bias", None)
    return {
        "scale": scalar(1.0 if module.weight is None else module.weight[index].detach()),
        "shift": scalar(0.0 if bias is None else bias[index].detach()),
    }


def _running(training: Training, place: Place, entered: torch.Tensor, cell: Cell) -> Opened:
    """BatchNorm, as it answers questions: with the mean and variance it has collected."""
    module: Any = place.module
    x = units_first(entered)[(0, cell.unit, *cell.at)]
    arrays = {
        "x": scalar(x),
        "mean": scalar(module.running_mean[cell.unit]),
        "variance": scalar(module.running_var[cell.unit]),
        "epsilon": scalar(module.eps),
        **_learned(module, (cell.unit,)),
    }
    (batch,), _ = passing(training, place, training.state.x_train[:BATCH])
    own = units_first(batch)[:, cell.unit]
    arrays["batch"] = own.flatten()[spread(own.numel(), BESIDE)].numpy()
    words = (
        f"{place.name}, {cell}: {brief(x)} entered. Over the batches of the training so far this unit had the mean "
        f"{brief(arrays['mean'])} and the variance {brief(arrays['variance'])}.",
        _shifted(arrays, float(arrays["mean"]), float(arrays["variance"]), cell),
        f"In training the batch's own values are used instead: over the first {len(batch)} training examples the mean is "
        f"{brief(own.mean())} and the variance {brief(own.var(correction=0))}.",
    )
    return Opened(words, _formula(arrays, float(arrays["mean"]), float(arrays["variance"]), cell), RUNNING, arrays)


def _within(training: Training, place: Place, entered: torch.Tensor, cell: Cell) -> Opened:
    """LayerNorm, GroupNorm, InstanceNorm and RMSNorm: with what stands beside the number in the same example."""
    module: Any = place.module
    group, index = next(GROUPS[kind] for kind in GROUPS if isinstance(module, kind))(module, entered[0], cell)
    x = units_first(entered)[(0, cell.unit, *cell.at)]
    epsilon = torch.finfo(entered.dtype).eps if module.eps is None else module.eps
    arrays = {"x": scalar(x), "group": group.flatten().numpy().copy(), "epsilon": scalar(epsilon), **_learned(module, index)}
    mean, variance = float(group.mean()), float(group.var(correction=0))
    begin = f"{place.name}, {cell}: {brief(x)} entered, one of {counted(group.numel(), 'number')} that are normalised together."
    if isinstance(module, nn.RMSNorm):
        return _by_root(begin, arrays, float(group.square().mean()), cell)
    words = (f"{begin} Their mean is {brief(mean)}, their variance {brief(variance)}.", _shifted(arrays, mean, variance, cell))
    return Opened(words, _formula(arrays, mean, variance, cell), OWN, arrays)


def _by_root(begin: str, arrays: dict[str, np.ndarray], square: float, cell: Cell) -> Opened:
    """RMSNorm: no mean is taken away, and there is no shift."""
    scale, x, under = latex(arrays["scale"]), latex(arrays["x"]), rf"\sqrt{{{latex(square)} + {latex(arrays['epsilon'])}}}"
    numbers = rf"{scale} \cdot \frac{{{x}}}{{{under}}}"
    formula = aligned("y", r"\gamma \frac{x}{\sqrt{\overline{x^2} + \epsilon}}", numbers, latex(cell.value, last=True))
    end = f"divided by its root and times the scale {brief(arrays['scale'])} it is {brief(cell.value)}."
    return Opened((begin, f"Their mean square is {brief(square)}; {end}"), formula, ROOT, arrays)


def _shifted(arrays: dict[str, np.ndarray], mean: float, variance: float, cell: Cell) -> str:
    normal = (float(arrays["x"]) - mean) / (variance + float(arrays["epsilon"])) ** 0.5
    return (
        f"Less the mean and divided by the standard deviation it is {brief(normal)}; times the scale {brief(arrays['scale'])}, "
        f"plus the shift {brief(arrays['shift'])}: {brief(cell.value)}."
    )


def _formula(arrays: dict[str, np.ndarray], mean: float, variance: float, cell: Cell) -> str:
    scale, shift, x, epsilon = (latex(arrays[name]) for name in ("scale", "shift", "x", "epsilon"))
    numbers = rf"{scale} \cdot \frac{{{x} - {latex(mean)}}}{{\sqrt{{{latex(variance)} + {epsilon}}}}}{ADDED}{shift}"
    return aligned("y", r"\gamma \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta", numbers, latex(cell.value, last=True))


Grouped = tuple[torch.Tensor, tuple[int, ...]]  # the numbers normalised together, and where the scale of one of them is


def _of_layer(module: Any, x: torch.Tensor, cell: Cell) -> Grouped:
    """Over the last axes, as many as the layer has scales along."""
    index = (cell.unit, *cell.at) if x.dim() == 3 and len(cell.at) == 2 else (*cell.at, cell.unit)
    kept = len(index) - len(module.normalized_shape)
    return x[index[:kept]], index[kept:]


def _of_group(module: Any, x: torch.Tensor, cell: Cell) -> Grouped:
    size = module.num_channels // module.num_groups
    first = cell.unit // size * size
    return x[first : first + size], (cell.unit,)


def _of_channel(module: Any, x: torch.Tensor, cell: Cell) -> Grouped:
    return x[cell.unit], (cell.unit,)


GROUPS: Mapping[type[nn.Module], Callable[[Any, torch.Tensor, Cell], Grouped]] = {
    nn.LayerNorm: _of_layer,
    nn.RMSNorm: _of_layer,
    nn.GroupNorm: _of_group,
    nn.InstanceNorm2d: _of_channel,
}
OPENERS: Mapping[type[nn.Module], Callable[[Training, Place, torch.Tensor, Cell], Opened]] = {
    nn.BatchNorm1d: _running,
    nn.BatchNorm2d: _running,
    **dict.fromkeys(GROUPS, _within),
}
