from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import nn

from explorer.errors import ShapeError
from explorer.experiment.network import LAYERS, AnyLayer, LayerSpec
from explorer.layers.asking import MEMORY, AskingBlock
from explorer.layers.chain import Chain, build_chain, seeded
from explorer.layers.self_attention import Attention
from explorer.results.reach import EVERYTHING, OWN, SO_FAR, Reach
from explorer.results.shape import Shape


class AskMemory(nn.Module):
    """(B, T, F) -> (B, T, F): every step asks what `memory` makes of all of them, and gets an answer of its own."""

    def __init__(self, memory: Chain, attention: Attention) -> None:
        super().__init__()
        self.memory = memory
        self.attention = attention

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.attention(x, self.memory(x))


@LAYERS.register("cross_attention")
class CrossAttention(AskingBlock):
    """Lets every step ask a memory, which layers of its own have made of the same input, and take what it finds relevant.

    Queries come from the input, keys and values from the memory. (T, features) stays, however long the memory is.
    Source: Vaswani et al., "Attention Is All You Need", 2017.
    """

    formula: ClassVar[str] = r"y = W_o\, \mathrm{softmax}\!\left(\frac{Q(x)\, K(m)^{\top}}{\sqrt{d}}\right) V(m),\quad m = f(x)"
    use: ClassVar[str] = (
        "Where one thing consults another: in a translator the text being written asks the text that was read. "
        "Without layers of its own it is self-attention."
    )

    heads: int = Field(1, ge=1, le=64, description="how many times it looks, each time with a part of the features")
    causal: bool = Field(False, description="whether a step sees only the memory up to its own place")
    body: tuple[AnyLayer, ...] = Field(default_factory=lambda: (LAYERS["linear"](),), description=MEMORY)

    def output_shape(self, shape: Shape) -> Shape:
        super().output_shape(shape)
        memory = self.memory_shape(shape)
        if self.causal and memory.sizes[0] != shape.sizes[0]:
            raise ShapeError(
                f"Cross attention that is causal takes a memory with a step for each of its own, but its input has shape {shape} "
                f"and its layers end in {memory}. Let them keep the number of steps, or turn causal off."
            )
        return shape

    def build(self, shape: Shape) -> nn.Module:
        memory = build_chain(self.body, shape)
        with seeded(f"{self.id} own"):
            return AskMemory(memory, Attention(shape.sizes[1], self.heads, self.causal, self.memory_shape(shape).sizes[1]))

    def asks(self) -> int:
        return self.heads

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (OWN, EVERYTHING)

    def memory_reach(self, shape: Shape) -> tuple[Reach, ...]:
        return (SO_FAR if self.causal else EVERYTHING, EVERYTHING)

    def bodies(self) -> tuple[tuple[LayerSpec, ...], ...]:
        return (self.body,)

    def with_bodies(self, bodies: tuple[tuple[LayerSpec, ...], ...]) -> LayerSpec:
        return self.model_copy(update={"body": bodies[0]})
