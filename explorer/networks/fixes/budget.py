"""Whether a network is within the limits, asked quickly: what would fit instead is not searched for."""

from __future__ import annotations

from explorer.errors import ExplorerError
from explorer.experiment.network import NetworkSpec
from explorer.networks.cost import describe
from explorer.networks.fixes.misfit import Misfit
from explorer.networks.limits import MAX_BYTES, MAX_PARAMETERS, MAX_STEP_FLOPS

LIMITS = (MAX_BYTES, MAX_PARAMETERS, MAX_STEP_FLOPS)


def totals(spec: NetworkSpec, misfit: Misfit) -> tuple[int, ...]:
    """Bytes of memory, weights, and floating-point operations of one training step. Raises ShapeError."""
    cost = describe(spec, misfit.input, misfit.wanted, misfit.batch_size)
    return cost.run_bytes, cost.parameters, cost.step_flops


def small_enough(spec: NetworkSpec, misfit: Misfit) -> bool:
    """Whether a network fits and its totals are within the limits."""
    try:
        return within(totals(spec, misfit))
    except (ExplorerError, RuntimeError):  # or too large even for the sizes that torch can count
        return False


def within(amounts: tuple[float, ...]) -> bool:
    """Whether each of the totals is within its limit."""
    return all(amount <= limit for amount, limit in zip(amounts, LIMITS, strict=True))
