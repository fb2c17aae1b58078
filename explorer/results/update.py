"""What one step of an optimiser did to one weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SLOPE, SQUARE = "loss per unit of weight", "loss per unit of weight, squared"
STEP, STEPS_SQUARED = "units of the weight", "units of the weight, squared"
FACTOR = "step per unit of gradient"


@dataclass(frozen=True)
class Moment:
    """One weight around one step.

    Attributes:
        weight: before the step.
        gradient: as the optimiser got it, with penalties and after clipping.
        rate: learning rate of the step.
        before, after: what torch's optimiser remembered of the weight then, by torch's names; empty where nothing.
    """

    weight: float
    gradient: float
    rate: float
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Quantity:
    """A number on the way from a gradient to a change.

    Attributes:
        name: in words.
        sign: LaTeX, as in the optimiser's formula.
        unit: one of SLOPE, SQUARE, STEP, STEPS_SQUARED, FACTOR.
    """

    name: str
    sign: str
    unit: str
    value: float
