from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit, with_field

STAND_INS = {  # what does the same to data of another shape, where the name does not say it; the likeliest first
    "adaptive_avg_pool2d": ("mean_over_time",),
    "batch_norm1d": ("layer_norm",),
    "batch_norm2d": ("layer_norm",),
    "conv1d": ("linear",),
    "conv2d": ("linear",),
    "conv_transpose2d": ("linear",),
    "depthwise_conv2d": ("conv1d", "linear"),
    "embedding": ("linear",),
    "global_avg_pool2d": ("mean_over_time",),
    "global_max_pool2d": ("max_over_time",),
    "group_norm": ("layer_norm",),
    "gru": ("linear",),
    "instance_norm2d": ("layer_norm",),
    "linear": ("conv2d",),
    "lstm": ("linear",),
    "max_over_time": ("global_max_pool2d",),
    "mean_over_time": ("global_avg_pool2d",),
    "pixels_to_sequence": ("reshape",),
    "rnn": ("linear",),
    "spatial_dropout2d": ("dropout",),
}


@FIXES.register("swap")
class Swap(Fix):
    """Put the layer's sibling for this kind of shape in its place, with the settings that both have."""

    change: ClassVar[int] = 24

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        layer = misfit.layer
        if layer is None:
            return
        namesake = 6  # "Conv2d" and "Conv1d": the name itself says that they belong together
        for kind in _namesakes(layer.kind):
            yield _edit(layer, kind, self.change - namesake)
        for extra, kind in enumerate(STAND_INS.get(layer.kind, ())):
            if kind in LAYERS:
                yield _edit(layer, kind, self.change + extra)


def _edit(layer: LayerSpec, kind: str, change: int) -> Edit:
    other = like(layer, LAYERS[kind])
    return Edit(f"Replace it by {other.title()}", layer.id, (other,), kind, change)


def like(layer: LayerSpec, variant: type[LayerSpec]) -> LayerSpec:
    """A fresh layer of another type, with the number of units and every other setting of `layer` that it can hold."""
    other = variant()
    if "kernel_size" not in type(layer).model_fields:  # a window of one is what a layer without a window does
        other = with_field(other, kernel_size=1) if variant.mixes and "kernel_size" in variant.model_fields else None
    for name, value in _settings(layer, variant).items():
        other = with_field(other or variant(), **{name: value}) or other
    return other or variant()


def _settings(layer: LayerSpec, variant: type[LayerSpec]) -> dict[str, object]:
    shared = (set(type(layer).model_fields) & set(variant.model_fields)) - {"id"}
    settings = {name: getattr(layer, name) for name in sorted(shared)}
    if layer.unit_field and variant.unit_field:
        settings[variant.unit_field] = getattr(layer, layer.unit_field)
    return settings


def _namesakes(kind: str) -> list[str]:
    stem = _stem(kind)
    return [other for other in LAYERS if other != kind and _stem(other) == stem]


def _stem(kind: str) -> str:
    """ "max_pool2d" -> "max_pool"."""
    return re.sub(r"_?[123]d$", "", kind)
