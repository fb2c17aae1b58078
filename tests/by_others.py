"""Networks and functions as somebody else writes them, without a thought for being explained."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional


class Rows(nn.Module):
    """A table's classifier, with a layer that works in place."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(8, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)


class Pictures(nn.Module):
    """A convolutional classifier that uses one ReLU twice, and another as a function."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3)
        self.norm, self.act, self.head = nn.BatchNorm2d(4), nn.ReLU(), nn.Linear(16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.act(self.norm(self.first(x)))
        x = functional.max_pool2d(functional.relu(self.second(x)), 2)
        return self.act(self.head(x.flatten(1))) - 0.1


class Sentences(nn.Module):
    """A recurrent classifier of tokens that changes what its embedding gives in place."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.lstm, self.head = nn.Embedding(20, 6), nn.LSTM(6, 8, batch_first=True), nn.Linear(8, 2)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embed(tokens)
        x *= 2.0
        return self.head(self.lstm(x)[0][:, -1])


class Attending(nn.Module):
    """A transformer that hides token 0, knows positions, and answers at every place."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.places, self.head = nn.Embedding(20, 8), nn.Embedding(10, 8), nn.Linear(8, 20)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embed(tokens) + self.places(torch.arange(tokens.shape[1], device=tokens.device)[None])
        return self.head(self.body(x, src_key_padding_mask=tokens == 0))


class Waves(nn.Module):
    """A regression of a series that is (features, time) to it; one number for each, without an axis of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv1d(2, 4, 3), nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.tanh(self.conv(x)).mean(-1))[:, 0]


def modules() -> dict[str, tuple[nn.Module, torch.Tensor]]:
    """Kind of input -> a module and inputs for it."""
    torch.manual_seed(0)
    tokens = torch.randint(1, 20, (6, 7))
    tokens[:, -2:] = 0
    return {
        "table": (Rows(), torch.randn(9, 4)),
        "image": (Pictures(), torch.rand(6, 1, 8, 8)),
        "text": (Sentences(), torch.randint(0, 20, (6, 7))),
        "language": (Attending(), tokens),
        "series": (Waves(), torch.randn(6, 2, 12)),
    }


def chances(x: np.ndarray) -> np.ndarray:
    """A function that only predicts: probabilities of two classes, from the first two columns."""
    yes = 1 / (1 + np.exp(-(2 * x[:, 0] - 3 * x[:, 1])))
    return np.stack([1 - yes, yes], 1)
