from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS, AnyLayer, LayerSpec
from explorer.experiment.record import live
from explorer.layers.asking import MEMORY, AskingBlock
from explorer.layers.chain import Chain, build_chain, seeded
from explorer.layers.self_attention import Attention
from explorer.results.reach import EVERYTHING, SO_FAR, Reach
from explorer.results.shape import Shape


class DecoderBlock(nn.Module):
    """(B, T, F) -> (B, T, F): x + attention(norm(x)), then x + asking(norm(x), memory), then x + mlp(norm(x))."""

    def __init__(self, memory: Chain, attention: Attention, asking: Attention, mlp: nn.Sequential, p: float) -> None:
        super().__init__()
        features = attention.query.in_features
        self.memory = memory
        self.attention_norm, self.asking_norm, self.mlp_norm = (nn.LayerNorm(features) for _ in range(3))
        self.attention, self.asking, self.mlp = attention, asking, mlp
        self.attention_dropout, self.asking_dropout, self.mlp_dropout = (nn.Dropout(p) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        memory = self.memory(x)
        x = x + self.attention_dropout(self.attention(self.attention_norm(x)))
        x = x + self.asking_dropout(self.asking(self.asking_norm(x), memory))
        return x + self.mlp_dropout(self.mlp(self.mlp_norm(x)))


@LAYERS.register("transformer_decoder")
class TransformerDecoder(AskingBlock):
    """Self-attention to the steps so far, then attention to a memory made of the input, then two linear layers for each step.

    Each of the three stands beside a shortcut and begins with LayerNorm. (T, features) stays.
    Source: Vaswani et al., "Attention Is All You Need", 2017; Xiong et al., "On Layer Normalization", 2020.
    """

    formula: ClassVar[str] = (
        r"h = x + \mathrm{Att}(\mathrm{LN}(x)),\quad g = h + \mathrm{Att}(\mathrm{LN}(h),\, m),\quad "
        r"y = g + W_2\, \mathrm{GELU}(W_1\, \mathrm{LN}(g)),\quad m = f(x)"
    )
    use: ClassVar[str] = (
        "In translators, whose memory is a stack of Transformer blocks that read the sentence. "
        "To continue a text, causal Transformer blocks without a memory are enough, as in GPT."
    )

    heads: int = Field(1, ge=1, le=64, description="how many times each attention looks, each time with a part of the features")
    expansion: int = Field(4, ge=1, le=16, description="how many times more units the layer in the middle has than there are features")
    causal: bool = Field(True, description="whether a step sees only itself and the steps before it; it always sees the whole memory")
    p: float = live(
        0.0, title="Share dropped", ge=0, le=0.95, description="share of what each part adds that is set to 0 in each training step"
    )
    memory: tuple[AnyLayer, ...] = Field(default_factory=lambda: (LAYERS["transformer_block"](),), description=MEMORY)

    def output_shape(self, shape: Shape) -> Shape:
        super().output_shape(shape)
        self.memory_shape(shape)
        return shape

    def build(self, shape: Shape) -> nn.Module:
        memory, features, asked = build_chain(self.memory, shape), shape.sizes[1], self.memory_shape(shape).sizes[1]
        with seeded(f"{self.id} own"):
            attention = Attention(features, self.heads, self.causal)
            asking = Attention(features, self.heads, causal=False, memory_features=asked)
            hidden = self.expansion * features
            mlp = nn.Sequential(nn.Linear(features, hidden), nn.GELU(), nn.Linear(hidden, features))
            return DecoderBlock(memory, attention, asking, mlp, self.p)

    def adjust(self, module: nn.Module) -> None:
        assert isinstance(module, DecoderBlock)
        module.attention_dropout.p = module.asking_dropout.p = module.mlp_dropout.p = self.p

    def asks(self) -> int:
        return self.heads

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (SO_FAR if self.causal else EVERYTHING, EVERYTHING)

    def bodies(self) -> tuple[tuple[LayerSpec, ...], ...]:
        return (self.memory,)

    def with_bodies(self, bodies: tuple[tuple[LayerSpec, ...], ...]) -> LayerSpec:
        return self.model_copy(update={"memory": bodies[0]})
