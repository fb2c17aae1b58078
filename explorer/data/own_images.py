"""Pictures of one's own."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.data._own import Kind, OwnData
from explorer.experiment.data import DATASETS
from explorer.ingest.about import About
from explorer.ingest.content import Pictures
from explorer.results.dataset import Samples

BRIGHTNESS = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue; ITU-R BT.601
AT_ONCE = 512  # pictures


@DATASETS.register("own_images")
class OwnImages(OwnData):
    """Pictures you bring: what is on them? They are made equally large, in colours or in shades of grey."""

    takes: ClassVar[Kind] = "pictures"
    asks: ClassVar[str] = "the class of each picture"
    image_shape: ClassVar[tuple[int, int, int] | None] = (1, 28, 28)  # with the default choices

    side: int = Field(28, ge=8, le=64, description="height and width of the pictures in pixels; they are made that large")
    colour: bool = Field(False, description="whether the network is fed red, green and blue, or brightness only")

    def sample(self, rng: np.random.Generator) -> Samples:
        pictures, _ = self.held(Pictures, blobs)
        self.require(len(pictures), "in all")
        y = pictures.labels.astype(np.int64)
        chosen = self._some(y, len(pictures.class_names), rng)
        x = np.concatenate([self._fed(pictures.pixels[part]) for part in np.array_split(chosen, len(chosen) // AT_ONCE + 1)])
        return Samples(x, y[chosen], pictures.class_names, target_name="class")

    def _fed(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 (n, 3, ...) -> float32 (n, channels, side, side), from 0 to 1."""
        shown = pixels.astype(np.float32) / 255
        shown = shown if self.colour else np.tensordot(shown, BRIGHTNESS, ([1], [0]))[:, None]
        weights = overlaps(pixels.shape[-1], self.side)
        return np.ascontiguousarray(weights @ shown @ weights.T).clip(0, 1)


def overlaps(before: int, after: int) -> np.ndarray:
    """float32 (after, before): how much of each new pixel along a line comes from each old one, by the length they share."""
    edges = np.arange(after + 1) * before / after
    starts, ends = edges[:-1, None], edges[1:, None]
    shared = np.minimum(ends, np.arange(before) + 1) - np.maximum(starts, np.arange(before))
    return (shared.clip(0) / (ends - starts)).astype(np.float32)


@cache
def blobs() -> tuple[Pictures, About]:
    """240 small pictures, made up: a spot, a ring or a cross, of some colour and somewhere near the middle."""
    rng = np.random.default_rng(4)
    labels = (np.arange(240) % 3).astype(np.int32)
    row, column = np.mgrid[0:32, 0:32] - 15.5
    x, y = column - rng.uniform(-4, 4, (240, 1, 1)), row - rng.uniform(-4, 4, (240, 1, 1))
    radius = np.hypot(x, y)
    shapes = np.stack([radius < 7, np.abs(radius - 9) < 1.5, np.minimum(np.abs(x), np.abs(y)) < 1.5])
    drawn = shapes[labels, np.arange(240)]
    colours = rng.uniform(140, 255, (240, 3, 1, 1))
    pixels = (drawn[:, None] * colours + rng.uniform(0, 30, (240, 3, 32, 32))).clip(0, 255).astype(np.uint8)
    names = ("spot", "ring", "cross")
    about = About(kind="pictures", name="an example: shapes", source="made up", rows=240, classes=tuple((n, 80) for n in names), side=32)
    return Pictures(pixels, labels, names), about
