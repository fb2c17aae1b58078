from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from explorer.inspections.base import INSPECTIONS, Inspection, Progress, unheard
from explorer.inspections.places import Place, layer_field, pick, places, sees_data, shown_of, spread
from explorer.inspections.wording import brief, counted
from explorer.layers.conv1d import ConvOverTime
from explorer.layers.conv_transpose2d import Stamp
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

MOST_CHANNELS = 16  # of one filter that are drawn
MOST_ROWS = 256  # of a table of embeddings
MOST_COLUMNS = 512  # of what a filter or a row is drawn with


@dataclass(frozen=True)
class Drawn:
    """What a layer's weights look like: (units, channels, height, width), and the form they are drawn in."""

    pictures: torch.Tensor
    form: str  # "filters", "rows" (linear units that see a picture), "steps" (filters over time) or "table" (of embeddings)
    said: str


@INSPECTIONS.register("filters")
class Filters(Inspection):
    """The weights of a layer as pictures: what each filter or unit looks for.

    Convolution kernels, the rows of a Linear layer that sees a picture, filters over time, tables of embeddings.
    Arrays: `pictures` (shown units, shown channels, height, width); `units` and `channels` which are shown.
    """

    group: ClassVar[str] = "Weights"

    layer: str = layer_field()

    @classmethod
    def reason_not(cls, training: Training) -> str:
        if drawable(training):
            return ""
        return (
            "No layer here has weights that make a picture: there is no convolution, no embedding, and no Linear layer that sees a picture."
        )

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(drawable(training))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        there = drawable(training)
        place = pick("layer with filters", self.layer, there)
        drawn = drawn_of(training, place.module)
        pictures = drawn.pictures.detach().float().cpu()
        units = spread(len(pictures), MOST_ROWS if drawn.form == "table" else 64)
        channels = spread(pictures.shape[1], MOST_CHANNELS)
        shown = pictures[torch.from_numpy(units)][:, torch.from_numpy(channels)].numpy()
        facts = {
            "layer": place.name,
            "form": drawn.form,
            "units": len(pictures),
            "channels": pictures.shape[1],
            "names": list(training.state.dataset.vocabulary)[: len(pictures)] if drawn.form == "table" else [],
        }
        arrays = {"pictures": shown, "units": units, "channels": channels}
        return Inspected(self.kind, training.step, _words(place, drawn, pictures, arrays), facts, arrays)


def drawable(training: Training) -> dict[str, Place]:
    """Places whose weights make a picture."""
    everything = places(training, nn.Conv2d, ConvOverTime, Stamp, nn.Embedding, nn.Linear)
    return {name: place for name, place in everything.items() if not isinstance(place.module, nn.Linear) or _sees_picture(training, place)}


def _sees_picture(training: Training, place: Place) -> bool:
    """Whether a Linear layer is fed the pixels of the input themselves: only a Flatten and the like lie between."""
    shape = training.state.dataset.input_shape
    if not (sees_data(training, place.role) and shape.is_image):
        return False
    network = training.state.networks[place.role]
    before = network.layer_ids[: network.layer_ids.index(place.layer)]
    plain = all(isinstance(network.module_of(one), nn.Flatten) for one in before)
    return plain and isinstance(place.module, nn.Linear) and place.module.in_features == shape.numel


def drawn_of(training: Training, module: nn.Module) -> Drawn:
    """The weights of a module as pictures."""
    kind = next(kind for kind in DRAWN if isinstance(module, kind))
    return DRAWN[kind](training, module)


def _filters(training: Training, module: nn.Module) -> Drawn:
    weight = module.weight
    assert isinstance(weight, torch.Tensor)
    said = f"{weight.shape[0]} filters of {weight.shape[2]} x {weight.shape[3]} pixels, each with {counted(weight.shape[1], 'channel')}"
    return Drawn(weight, "filters", said)


def _over_time(training: Training, module: nn.Module) -> Drawn:
    weight = module.weight
    assert isinstance(weight, torch.Tensor)
    said = f"{weight.shape[0]} filters over {weight.shape[2]} steps of {weight.shape[1]} features"
    return Drawn(weight[:, None], "steps", said)


def _rows(training: Training, module: nn.Module) -> Drawn:
    assert isinstance(module, nn.Linear)
    shape = training.state.dataset.input_shape
    said = f"{module.out_features} units, each with a weight for every pixel of the picture"
    return Drawn(module.weight.unflatten(1, shape.sizes), "rows", said)


def _table(training: Training, module: nn.Module) -> Drawn:
    assert isinstance(module, nn.Embedding)
    said = f"{module.num_embeddings} tokens, each standing for {module.embedding_dim} numbers"
    return Drawn(module.weight[:, None, None, :MOST_COLUMNS], "table", said)


DRAWN: dict[type[nn.Module], Callable[[Training, nn.Module], Drawn]] = {
    nn.Conv2d: _filters,
    Stamp: _filters,
    ConvOverTime: _over_time,
    nn.Linear: _rows,
    nn.Embedding: _table,
}


def _words(place: Place, drawn: Drawn, pictures: torch.Tensor, arrays: dict[str, np.ndarray]) -> tuple[str, ...]:
    sizes = pictures.flatten(1).norm(dim=1)
    most, least = int(sizes.argmax()), int(sizes.argmin())
    said = [
        f"{place.name} has {drawn.said}.",
        f"Number {most} has the largest weights (norm {brief(sizes[most])}), number {least} the smallest (norm {brief(sizes[least])}).",
        shown_of(len(arrays["units"]), len(pictures), "filters" if drawn.form != "table" else "tokens"),
        shown_of(len(arrays["channels"]), pictures.shape[1], "channels"),
    ]
    return tuple(sentence for sentence in said if sentence)
