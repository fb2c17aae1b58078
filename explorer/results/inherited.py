"""What a run took over from another one when it began."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Inherited:
    """Which layers began with the weights of an earlier run, and which with new ones.

    Layers are named by their ids: "linear_1", its second copy in a Repeat "linear_1#2"; where an experiment has several
    networks their role is in front, "generator/linear_1". Only layers that have weights are named.

    Attributes:
        kept, fresh: ids of the layers, in the order of the record, copies together.
        text: the same in words.
        of: id of the earlier run; "" where it was given by hand.
    """

    kept: tuple[str, ...]
    fresh: tuple[str, ...]
    text: str = ""
    of: str = ""
