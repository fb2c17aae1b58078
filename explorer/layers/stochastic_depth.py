from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, AnyLayer, LayerSpec
from explorer.experiment.record import live
from explorer.layers.chain import Chain, build_chain
from explorer.layers.residual import require_kept_shape
from explorer.results.shape import Shape


class AddSometimes(nn.Module):
    """x + body(x); while training, the body counts for a random part of the examples only, and for more there."""

    def __init__(self, body: Chain, p: float) -> None:
        super().__init__()
        self.body = body
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.body(x)
        if self.training and self.p:
            kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= self.p
            y = y * kept / (1 - self.p)
        return x + y


@LAYERS.register("stochastic_depth")
class StochasticDepth(LayerSpec):
    """A Residual whose layers are left out for some examples at random while training.

    Where they count they are divided by 1 - p, which keeps the mean; when it is not training, they always count.
    Source: Huang et al., "Deep Networks with Stochastic Depth", 2016.
    """

    group: ClassVar[str] = "block"
    formula: ClassVar[str] = r"y = x + \frac{m}{1 - p}\, f(x),\quad m \sim \mathrm{Bernoulli}(1 - p)"
    use: ClassVar[str] = "In very deep residual networks, with a p that grows towards the end. A network of a few layers only loses by it."
    specimen: ClassVar[str] = "features"
    joins: ClassVar[str] = "skip"

    p: float = live(
        0.2,
        title="Share left out",
        ge=0,
        le=0.95,
        description="share of the examples in each training step for which the layers are left out",
    )
    body: tuple[AnyLayer, ...] = Field(
        default_factory=lambda: (LAYERS["relu"](),),
        min_length=1,
        description="layers on the way beside the shortcut; together they keep the shape",
    )

    def output_shape(self, shape: Shape) -> Shape:
        return require_kept_shape(self, self.body, shape)

    def build(self, shape: Shape) -> nn.Module:
        return AddSometimes(build_chain(self.body, shape), self.p)

    def adjust(self, module: nn.Module) -> None:
        assert isinstance(module, AddSometimes)
        module.p = self.p

    def bodies(self) -> tuple[tuple[LayerSpec, ...], ...]:
        return (self.body,)

    def with_bodies(self, bodies: tuple[tuple[LayerSpec, ...], ...]) -> LayerSpec:
        return self.model_copy(update={"body": bodies[0]})
