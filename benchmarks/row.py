"""One measured number and the goal it is held against."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict


class Row(TypedDict):
    """A line of `results.json`."""

    name: str
    value: float
    unit: str
    goal: str
    holds: bool


def at_least(name: str, value: float, goal: float, unit: str) -> Row:
    """A number that should be large."""
    return Row(name=name, value=round(value, 3), unit=unit, goal=f">= {goal:g}", holds=value >= goal)


def below(name: str, value: float, goal: float, unit: str) -> Row:
    """A number that should be small."""
    return Row(name=name, value=round(value, 3), unit=unit, goal=f"< {goal:g}", holds=value < goal)


Measure = Callable[[], list[Row]]
