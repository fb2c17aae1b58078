from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.layers.over_time import require_sequence
from explorer.results.reach import EVERYTHING, SO_FAR, Reach
from explorer.results.shape import Shape


class Attention(nn.Module):
    """(B, T, F) -> (B, T, F), as torch.nn.MultiheadAttention; the four matrices have names of their own.

    Asks its input itself, or a memory (B, M, memory features) that comes with it.

    Attributes:
        keep_weights: set it to True to have the next forward passes leave their attention in `weights`.
        through_weights: set it to True to have them computed through these weights, so that gradients reach them.
        weights: (B, heads, steps asking, steps asked), each row adding up to 1; None until it was kept.
    """

    def __init__(self, features: int, heads: int, causal: bool, memory_features: int = 0) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.keep_weights = False
        self.through_weights = False
        self.weights: torch.Tensor | None = None
        self.query = nn.Linear(features, features)
        self.key = nn.Linear(memory_features or features, features)
        self.value = nn.Linear(memory_features or features, features)
        self.output = nn.Linear(features, features)

    def forward(self, x: torch.Tensor, memory: torch.Tensor | None = None) -> torch.Tensor:
        asked = x if memory is None else memory
        q, k, v = (self._by_head(part) for part in (self.query(x), self.key(asked), self.value(asked)))
        if self.through_weights:
            self.weights = self._shares(q, k)
            return self.output((self.weights @ v).transpose(1, 2).flatten(2))
        if self.keep_weights:
            self.weights = self._shares(q, k).detach()
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.output(y.transpose(1, 2).flatten(2))

    def _by_head(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, F) -> (B, heads, T, F / heads)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _shares(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        scores = q @ k.mT / q.shape[-1] ** 0.5
        if self.causal:
            later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
            scores = scores.masked_fill(later, -torch.inf)
        return scores.softmax(-1)


def require_heads(layer: LayerSpec, shape: Shape, heads: int) -> Shape:
    """The same shape. Raises ShapeError where it is no sequence, or its features cannot be shared out evenly among the heads."""
    _, features = require_sequence(layer, shape)
    if features % heads:
        fix = f"Use a number of heads that divides {features}, or a Linear layer of {-(-features // heads) * heads} units before it."
        raise layer.misfit(f"a number of features that {heads} heads can share evenly", shape, fix)
    return shape


@LAYERS.register("self_attention")
class SelfAttention(LayerSpec):
    """Lets every step look at all the others and take what it finds relevant, however far away.

    Each step asks with a query, offers a key, and gives a value; it gets the values whose keys fit its query. (T, features) stays.
    Source: Vaswani et al., "Attention Is All You Need", 2017.
    """

    group: ClassVar[str] = "attention"
    formula: ClassVar[str] = r"y = W_o\, \mathrm{softmax}\!\left(\frac{Q K^{\top}}{\sqrt{d}}\right) V"
    use: ClassVar[str] = (
        "The heart of every transformer. "
        "Its cost grows with the square of the number of steps, and it needs positions added to tell their order."
    )
    mixes: ClassVar[bool] = True
    edge_weights: ClassVar[bool] = False

    heads: int = Field(1, ge=1, le=64, description="how many times it looks, each time with a part of the features")
    causal: bool = Field(False, description="whether a step sees only itself and the steps before it")

    def output_shape(self, shape: Shape) -> Shape:
        return require_heads(self, shape, self.heads)

    def build(self, shape: Shape) -> nn.Module:
        return Attention(shape.sizes[1], self.heads, self.causal)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (SO_FAR if self.causal else EVERYTHING, EVERYTHING)
