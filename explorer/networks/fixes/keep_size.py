from __future__ import annotations

from typing import ClassVar

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import FIXES, with_field
from explorer.networks.fixes.bodies import BodyFix, Row
from explorer.networks.fixes.units_inside import UnitsInside
from explorer.results.shape import Shape


@FIXES.register("keep_size")
class KeepSize(BodyFix):
    """Move every window in a block by 1 and pad it by half its kernel, so that images and sequences keep their size there.

    Where the number of units differs too, the last layer that has units gets the right one.
    """

    change: ClassVar[int] = 14

    def toward(self, body: Row, shape: Shape, target: Shape) -> tuple[str, Row] | None:
        kept = tuple(_same_size(layer) for layer in body)
        if kept == body:
            return None
        done = [
            f"{name} to {getattr(new, name)}"
            for name in ("kernel_size", "stride", "padding")
            for old, new in zip(body, kept, strict=True)
            if hasattr(old, name) and getattr(old, name) != getattr(new, name)
        ]
        said = f"set {', '.join(dict.fromkeys(done)).replace('_', ' ')}"
        more = UnitsInside().toward(kept, shape, target) if shape.axes == target.axes else None
        return (f"{said}, {more[0].removeprefix('set ')}", more[1]) if more else (said, kept)


def _same_size(layer: LayerSpec) -> LayerSpec:
    """The layer with stride 1, an odd kernel and the padding that makes up for it; itself if it pads nothing."""
    if not all(hasattr(layer, name) for name in ("kernel_size", "stride", "padding")):
        return layer
    kernel = layer.kernel_size | 1  # ty: ignore[missing-attribute]
    padding = getattr(layer, "dilation", 1) * (kernel - 1) // 2
    return with_field(layer, kernel_size=kernel, stride=1, padding=padding) or layer
