"""Where activations go flat: a unit that stays there passes no gradient on."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from explorer.layers.recurrent import Recurrent

NEAR = 0.03  # of its end: a number there is called saturated
MOSTLY = 0.9  # share of its outputs that are saturated in a unit that is called saturated

CUT_AT_0: tuple[type[nn.Module], ...] = (nn.ReLU, nn.ReLU6)
ENDS: Mapping[type[nn.Module], tuple[float, float]] = {
    nn.Tanh: (-1.0, 1.0),
    nn.Hardtanh: (-1.0, 1.0),
    nn.Softsign: (-1.0, 1.0),
    Recurrent: (-1.0, 1.0),
    nn.Sigmoid: (0.0, 1.0),
    nn.Hardsigmoid: (0.0, 1.0),
}


def cuts_at_0(module: nn.Module) -> bool:
    """Whether it turns everything negative into 0, so that its units can be dead."""
    return isinstance(module, CUT_AT_0) or _is_relu(module)


def ends_of(module: nn.Module) -> tuple[float, float] | None:
    """Between which numbers its outputs lie, where it is flat near both; None where it has no such ends."""
    if cuts_at_0(module):
        return None
    return next((ENDS[kind] for kind in ENDS if isinstance(module, kind)), None)


def _is_relu(module: nn.Module) -> bool:
    """Whether it is a recurrent layer whose units are cut off at 0."""
    return isinstance(module, Recurrent) and getattr(module.cell, "nonlinearity", "") == "relu"
