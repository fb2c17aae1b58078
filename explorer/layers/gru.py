from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import nn

from explorer.experiment.network import LAYERS
from explorer.layers.recurrent import Recurrent, RecurrentSpec
from explorer.results.shape import Shape


class GruOverTime(Recurrent):
    kept_per_unit: ClassVar[int] = 8

    def _gates(self, inputs: torch.Tensor, remembered: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, torch.Tensor]:
        """ "reset" and "update" from 0 to 1 (update 1 keeps the old answer), "candidate" from -1 to 1."""
        h = inputs.new_zeros(len(inputs), self.cell.hidden_size)
        steps = []
        for now in inputs.unbind(1):
            (r, z, n), (hr, hz, hn) = now.chunk(3, 1), remembered(h).chunk(3, 1)
            r, z = (r + hr).sigmoid(), (z + hz).sigmoid()
            n = (n + r * hn).tanh()
            h = (1 - z) * n + z * h
            steps.append((r, z, n))
        names = ("reset", "update", "candidate")
        return {name: torch.stack(values, 1) for name, values in zip(names, zip(*steps, strict=True), strict=True)}


@LAYERS.register("gru")
class Gru(RecurrentSpec):
    """Reads a sequence step by step; gates decide how much of the answer before is kept. Simpler than LSTM.

    (T, features) -> (T, hidden_size), twice that if it is bidirectional.
    Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014.
    """

    label: ClassVar[str] = "GRU"
    formula: ClassVar[str] = r"h_t = (1 - z_t) \tanh\big(W x_t + b + r_t (U h_{t-1} + b')\big) + z_t\, h_{t-1}"
    use: ClassVar[str] = (
        "Where LSTM would do, with a quarter fewer weights; worth trying first. "
        "Long sequences train slowly, because each step has to wait for the one before."
    )

    def build(self, shape: Shape) -> nn.Module:
        return GruOverTime(nn.GRU(shape.sizes[1], self.hidden_size, batch_first=True, bidirectional=self.bidirectional))
