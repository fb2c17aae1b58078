from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.experiment.record import live
from explorer.layers.self_attention import Attention, require_heads
from explorer.results.reach import EVERYTHING, SO_FAR, Reach
from explorer.results.shape import Shape


class PreNormBlock(nn.Module):
    """(B, T, F) -> (B, T, F): x + attention(norm(x)), then x + mlp(norm(x))."""

    def __init__(self, attention: Attention, features: int, hidden: int, p: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(features)
        self.attention = attention
        self.attention_dropout = nn.Dropout(p)
        self.mlp_norm = nn.LayerNorm(features)
        self.mlp = nn.Sequential(nn.Linear(features, hidden), nn.GELU(), nn.Linear(hidden, features))
        self.mlp_dropout = nn.Dropout(p)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention_dropout(self.attention(self.attention_norm(x)))
        return x + self.mlp_dropout(self.mlp(self.mlp_norm(x)))


@LAYERS.register("transformer_block")
class TransformerBlock(LayerSpec):
    """Self-attention, in which steps look at each other, then two linear layers for each step, both beside a shortcut.

    LayerNorm comes first in each half. Not causal it is a block of an encoder, causal of a decoder like GPT. (T, features) stays.
    Source: Vaswani et al., "Attention Is All You Need", 2017; Xiong et al., "On Layer Normalization", 2020.
    """

    group: ClassVar[str] = "attention"
    formula: ClassVar[str] = r"h = x + \mathrm{Att}(\mathrm{LN}(x)),\quad y = h + W_2\, \mathrm{GELU}(W_1\, \mathrm{LN}(h))"
    use: ClassVar[str] = (
        "Twelve in a row make the small GPT-2 if they are causal, and nearly BERT if not. "
        "On little data an LSTM or a convolution often does better."
    )
    mixes: ClassVar[bool] = True
    edge_weights: ClassVar[bool] = False

    heads: int = Field(1, ge=1, le=64, description="how many times the attention looks, each time with a part of the features")
    expansion: int = Field(4, ge=1, le=16, description="how many times more units the layer in the middle has than there are features")
    causal: bool = Field(False, description="whether a step sees only itself and the steps before it")
    p: float = live(
        0.0, title="Share dropped", ge=0, le=0.95, description="share of what each half adds that is set to 0 in each training step"
    )

    def output_shape(self, shape: Shape) -> Shape:
        return require_heads(self, shape, self.heads)

    def build(self, shape: Shape) -> nn.Module:
        features = shape.sizes[1]
        return PreNormBlock(Attention(features, self.heads, self.causal), features, self.expansion * features, self.p)

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (SO_FAR if self.causal else EVERYTHING, EVERYTHING)

    def adjust(self, module: nn.Module) -> None:
        assert isinstance(module, PreNormBlock)
        module.attention_dropout.p = module.mlp_dropout.p = self.p
