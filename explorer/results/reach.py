"""How far one number of a layer's output looks along one axis of the layer's input."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """Output p sees the inputs from floor((stride p - before) / per) to ceil((stride p - before + window) / per) - 1.

    With `per` 1 that is a window that slides; `per` 2 is a layer that makes the axis twice as long.

    Attributes:
        window, stride, before: in parts of a position, `per` of which make a whole one.
        everything: it sees all positions, and the other numbers count for nothing.
        so_far: it sees its own position and all before it, likewise.
    """

    window: int = 1
    stride: int = 1
    before: int = 0
    per: int = 1
    everything: bool = False
    so_far: bool = False


OWN = Reach()  # its own position only
EVERYTHING = Reach(everything=True)
SO_FAR = Reach(so_far=True)
