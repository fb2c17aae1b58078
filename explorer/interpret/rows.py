"""Inputs that a method multiplies inside: tokens have to be known row by row."""

from __future__ import annotations

import torch

from explorer.interpret.base import Map
from explorer.interpret.subject import Subject


def each_alone(method: Map, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
    """What `method` says of inputs `x` (n, *shape), asked about one after the other."""
    return torch.cat([method.attribute(subject.at(one), one, target) for one in x.split(1)])
