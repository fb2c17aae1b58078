from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import nn

from explorer.errors import ShapeError
from explorer.experiment.network import LAYERS, AnyLayer, LayerSpec, located, shapes_through
from explorer.layers.activation import require_numbers
from explorer.layers.chain import Chain, build_chain
from explorer.results.shape import Shape


class SideBySide(nn.Module):
    """Feeds the same input to every branch and adds up, or puts side by side along `axis`, what they return."""

    def __init__(self, branches: Sequence[Chain], axis: int | None) -> None:
        super().__init__()
        self.axis = axis
        for number, branch in enumerate(branches, 1):
            self.add_module(f"branch_{number}", branch)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        outputs = [branch(x) for branch in self.children()]
        return torch.cat(outputs, self.axis) if self.axis is not None else sum(outputs[1:], outputs[0])


@LAYERS.register("parallel")
class Parallel(LayerSpec):
    """Sends its input through several branches at once and joins what they return.

    Added number by number, or put side by side along the features or channels. An empty branch passes its input on.
    Source: Szegedy et al., "Going Deeper with Convolutions", 2014.
    """

    group: ClassVar[str] = "block"
    formula: ClassVar[str] = r"y = f_1(x) + f_2(x) \quad\text{or}\quad y = (f_1(x), f_2(x))"
    use: ClassVar[str] = (
        "In Inception, whose branches look with filters of different sizes; with one empty branch, as in DenseNet, what came in stays "
        "visible. It costs as much as all branches together."
    )
    specimen: ClassVar[str] = "features"
    joins: ClassVar[str] = "merge"

    branches: tuple[tuple[AnyLayer, ...], ...] = Field(
        default_factory=lambda: ((LAYERS["relu"](),), ()),
        min_length=2,
        max_length=8,
        description="the branches, each a row of layers fed with the same input",
    )
    merge: Literal["add", "concatenate"] = Field("concatenate", description="how the branches are joined: added up, or put side by side")

    def output_shape(self, shape: Shape) -> Shape:
        require_numbers(self, shape)
        ends = [self._end(number, shape) for number in range(len(self.branches))]
        return self._added(ends) if self.merge == "add" else self._side_by_side(ends)

    def build(self, shape: Shape) -> nn.Module:
        axis = 1 + self.output_shape(shape).unit_axis if self.merge == "concatenate" else None
        return SideBySide([build_chain(branch, shape) for branch in self.branches], axis)

    def bodies(self) -> tuple[tuple[LayerSpec, ...], ...]:
        return self.branches

    def with_bodies(self, bodies: tuple[tuple[LayerSpec, ...], ...]) -> LayerSpec:
        return self.model_copy(update={"branches": bodies})

    def _end(self, number: int, shape: Shape) -> Shape:
        try:
            return shapes_through(self.branches[number], shape)[-1]
        except ShapeError as error:
            raise located(error, f"Branch {number + 1}", error.layer) from None

    def _added(self, ends: list[Shape]) -> Shape:
        if len(set(ends)) > 1:
            raise self._disagree("of one shape, to add them", ends, "Make the branches end alike, or choose merge concatenate.")
        return ends[0]

    def _side_by_side(self, ends: list[Shape]) -> Shape:
        axis = ends[0].unit_axis
        rest = {(end.axes, end.sizes[:axis], end.sizes[axis + 1 :]) for end in ends}
        if len(rest) > 1:
            raise self._disagree(
                f"that differ in {ends[0].axes[axis]} only",
                ends,
                "Give kernels of 3 a padding of 1 and of 5 a padding of 2, with one stride.",
            )
        return ends[0].resized(sum(end.sizes[axis] for end in ends))

    def _disagree(self, what: str, ends: list[Shape], fix: str) -> ShapeError:
        given = "; ".join(f"branch {number} in {end}" for number, end in enumerate(ends, 1))
        return ShapeError(f"Parallel takes branches {what}, but they end differently: {given}. {fix}")
