from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.recurrent import Recurrent, RecurrentSpec
from explorer.results.shape import Shape


class LstmOverTime(Recurrent):
    kept_per_unit: ClassVar[int] = 26

    def _gates(self, inputs: torch.Tensor, remembered: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, torch.Tensor]:
        """ "input", "forget" and "output" from 0 to 1, "candidate" from -1 to 1, and the memory "cell" after the step."""
        h = c = inputs.new_zeros(len(inputs), self.cell.hidden_size)
        steps = []
        for now in inputs.unbind(1):
            i, f, g, o = (now + remembered(h)).chunk(4, 1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            steps.append((i, f, g, o, c))
        names = ("input", "forget", "candidate", "output", "cell")
        return {name: torch.stack(values, 1) for name, values in zip(names, zip(*steps, strict=True), strict=True)}


@LAYERS.register("lstm")
class Lstm(RecurrentSpec):
    """Reads a sequence step by step with a memory that gates write to, erase and read, so that it can last long.

    (T, features) -> (T, hidden_size), twice that if it is bidirectional.
    Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; Gers et al., "Learning to Forget", 2000.
    """

    label: ClassVar[str] = "LSTM"
    formula: ClassVar[str] = r"c_t = f_t\, c_{t-1} + i_t \tanh(W x_t + U h_{t-1} + b),\quad h_t = o_t \tanh(c_t)"
    use: ClassVar[str] = (
        "For series, speech and text, where data is scarce or arrives step by step. "
        "Long sequences train slowly, because each step has to wait for the one before."
    )

    def build(self, shape: Shape) -> nn.Module:
        return LstmOverTime(nn.LSTM(shape.sizes[1], self.hidden_size, batch_first=True, bidirectional=self.bidirectional))
