"""Small photographs in colour."""

from __future__ import annotations

from typing import ClassVar

from explorer.data._openml import OnlinePictures
from explorer.experiment.data import DATASETS
from explorer.experiment.record import live
from explorer.ingest.online import Source


@DATASETS.register("cifar10_small")
class Cifar10Small(OnlinePictures):
    """Photographs in 32 x 32 pixels and in colour: aeroplane, cat, ship or lorry? Dense layers alone fail.

    20,000 of the 60,000 pictures of CIFAR-10. They are fetched from openml.org once, when they are asked for.
    Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
    """

    source: ClassVar[Source] = Source("CIFAR-10, small", "CIFAR_10_small", 1, 20_000, packed=70, plain=220)
    image_shape: ClassVar[tuple[int, int, int] | None] = (3, 32, 32)
    names: ClassVar[tuple[str, ...]] = ("aeroplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "lorry")
    asked: ClassVar[str] = "what is on it"

    size: int = live(10_000, ge=40, le=20_000, description="pictures used of the 20,000 there are, all parts together")
