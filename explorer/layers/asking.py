"""The base of the blocks that ask with their input and take from what their own layers make of it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from explorer.errors import ShapeError
from explorer.experiment.network import LayerSpec, shapes_through
from explorer.layers.over_time import SEQUENCE
from explorer.layers.self_attention import require_heads
from explorer.results.reach import EVERYTHING, Reach
from explorer.results.shape import Shape

MEMORY = "layers that look at the same input; what they return is the memory that is asked"


class AskingBlock(LayerSpec):
    """A block with attention: queries from its input, keys and values from the memory, which its layers make of the same input."""

    group: ClassVar[str] = "attention"
    mixes: ClassVar[bool] = True
    edge_weights: ClassVar[bool] = False
    joins: ClassVar[str] = "attend"

    def output_shape(self, shape: Shape) -> Shape:
        return require_heads(self, shape, self.asks())

    @abstractmethod
    def asks(self) -> int:
        """Number of heads."""

    def memory_shape(self, shape: Shape) -> Shape:
        """What is asked. Raises ShapeError where it is no sequence."""
        last = shapes_through(self.bodies()[0], shape)[-1]
        if last.axes != ("time", "features"):
            raise ShapeError(
                f"{self.title()} takes layers that end in {SEQUENCE}, but its own end in {last}. Leave out the one that gives up the steps."
            )
        return last

    def memory_reach(self, shape: Shape) -> tuple[Reach, ...]:
        """How far an answer looks along each axis of the memory."""
        return (EVERYTHING, EVERYTHING)
