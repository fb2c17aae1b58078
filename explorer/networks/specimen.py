"""Every layer of the catalogue at work on one small example, always the same one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache

import torch

from explorer.errors import ShapeError
from explorer.experiment.network import LAYERS, LayerSpec
from explorer.results.shape import Shape
from explorer.results.specimen import Specimen

BATCH = 8  # the example and others like it, for layers that look at the whole batch
CURVES = {"": (-4.0, 4.0, 161), "wide": (-8.0, 8.0, 321)}  # from, to, points
SEED = 2  # spatial dropout leaves out one channel of the four
WANTED = Shape.features(3)  # the answer of a task, for a layer whose width follows from it

DIGIT = ("00387000", "06999600", "05200940", "00049700", "00078930", "00000790", "04103990", "02899700")  # grey levels, 0 to 9
FEATURES = (1.5, -0.8, 0.3, -1.9, 0.9, 2.0, -0.4, -1.2)
TOKENS, VOCABULARY = (3, 1, 4, 1, 5, 9, 2, 6), 10

_drawing = threading.Lock()  # torch has one source of random numbers for the whole process


@cache
def specimen(kind: str) -> Specimen | None:
    """The layer with its defaults at work, as in training; None if it takes none of the examples.

    Raises:
        SpecError: there is no such layer.
    """
    layer = LAYERS[kind]().resolved(WANTED)
    x, shape = next(_fitting(layer), (None, None))
    if x is None or shape is None:
        return None
    with _drawing, torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.default_generator.manual_seed(SEED)
        y = layer.build(shape).train()(x)
    return Specimen(kind, layer.title(), x[0].numpy(), y[0].numpy(), shape, layer.output_shape(shape), layer.elementwise)


def _fitting(layer: LayerSpec) -> Iterator[tuple[torch.Tensor, Shape]]:
    """The batches it takes: first the one it asks for."""
    if layer.elementwise:
        low, high, points = CURVES[layer.specimen]
        yield torch.linspace(low, high, points)[None], Shape.features(points)
    examples = _examples()
    for name in sorted(examples, key=lambda name: name != layer.specimen):
        x, shape = examples[name]
        try:
            layer.output_shape(shape)
        except ShapeError:
            continue
        yield x, shape


@cache
def _examples() -> dict[str, tuple[torch.Tensor, Shape]]:
    """Name -> batch (BATCH, *sizes) and the shape of an example, in the order they are tried."""
    digit = torch.tensor([[int(level) for level in row] for row in DIGIT]) / 9  # (8, 8)
    maps = torch.stack([digit, digit - digit.roll(1, 1), digit - digit.roll(1, 0), 0.5 - digit])
    time = torch.arange(8.0)
    series = 2 * torch.stack([torch.sin(time * 0.9), torch.cos(time * 0.45), time / 3.5 - 1, torch.where(time == 3, 1.5, -0.3)], 1)
    return {
        "digit": (_varied(digit[None]), Shape.image(1, 8, 8)),
        "maps": (_varied(maps), Shape.image(4, 8, 8)),
        "features": (_varied(torch.tensor(FEATURES)), Shape.features(8)),
        "series": (_varied(series), Shape.sequence(8, 4)),
        "tokens": (torch.tensor(TOKENS).repeat(BATCH, 1), Shape.tokens(len(TOKENS), VOCABULARY)),
    }


def _varied(x: torch.Tensor) -> torch.Tensor:
    """The example first, then others like it, (BATCH, *sizes)."""
    others = torch.randn(BATCH - 1, *x.shape, generator=torch.Generator().manual_seed(0))
    return torch.cat([x[None], x + 0.5 * others])
