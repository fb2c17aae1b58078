"""Whether a network is within the limits, asked quickly: what would fit instead is not searched for."""

from __future__ import annotations

from explorer.errors import ExplorerError
from explorer.experiment.network import LayerSpec, NetworkSpec
from explorer.networks.cost import describe
from explorer.networks.fixes.misfit import Misfit
from explorer.networks.limits import MAX_BYTES, MAX_PARAMETERS, MAX_STEP_FLOPS


def small_enough(misfit: Misfit, *changes: LayerSpec) -> bool:
    """Whether the network fits and is within the limits with these layers in place of those of the same id."""
    spec = misfit.spec
    for layer in changes:
        spec = spec.replaced(layer.id, layer)
    return within_limits(spec, misfit)


def within_limits(spec: NetworkSpec, misfit: Misfit) -> bool:
    """Whether a network fits and needs no more than one run may use."""
    try:
        cost = describe(spec, misfit.input, misfit.wanted, misfit.terms.batch_size, at_once=misfit.terms.at_once)
    except (ExplorerError, RuntimeError):  # or too large even for the sizes that torch can count
        return False
    return cost.run_bytes <= MAX_BYTES and cost.parameters <= MAX_PARAMETERS and cost.step_flops <= MAX_STEP_FLOPS


def powers_of_two_below(number: int) -> list[int]:
    """The largest first: 20 -> [16, 8, 4, 2, 1], 16 -> [8, 4, 2, 1]."""
    return [1 << exponent for exponent in reversed(range(max(0, number - 1).bit_length()))]
