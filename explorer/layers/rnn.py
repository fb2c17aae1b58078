from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.recurrent import Recurrent, RecurrentSpec
from explorer.results.shape import Shape


@LAYERS.register("rnn")
class Rnn(RecurrentSpec):
    """Reads a sequence step by step; each answer depends on the step and on the answer before it.

    (T, features) -> (T, hidden_size), twice that if it is bidirectional. What lies many steps back fades.
    Source: Elman, "Finding Structure in Time", 1990.
    """

    label: ClassVar[str] = "RNN"
    formula: ClassVar[str] = r"h_t = \tanh(W x_t + U h_{t-1} + b)"
    use: ClassVar[str] = (
        "For short sequences, and to see how memory works. "
        "For more than some ten steps use LSTM or GRU: here gradients vanish on the way back."
    )

    nonlinearity: Literal["tanh", "relu"] = Field("tanh", description="activation of the units")

    def build(self, shape: Shape) -> nn.Module:
        cell = nn.RNN(shape.sizes[1], self.hidden_size, nonlinearity=self.nonlinearity, batch_first=True, bidirectional=self.bidirectional)
        return Recurrent(cell)
