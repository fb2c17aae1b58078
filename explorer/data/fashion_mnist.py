"""Pieces of clothing."""

from __future__ import annotations

from typing import ClassVar

from explorer.data._openml import OnlinePictures
from explorer.experiment.data import DATASETS
from explorer.experiment.record import live
from explorer.ingest.online import Source


@DATASETS.register("fashion_mnist")
class FashionMnist(OnlinePictures):
    """Clothes in 28 x 28 pixels: shirt or pullover, sandal or sneaker? Harder than digits of the same size.

    70,000 pictures of a shop's articles. They are fetched from openml.org once, when they are asked for.
    Source: Xiao, Rasul & Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms", 2017.
    """

    source: ClassVar[Source] = Source("Fashion-MNIST", "Fashion-MNIST", 1, 70_000, packed=35, plain=150)
    image_shape: ClassVar[tuple[int, int, int] | None] = (1, 28, 28)
    names: ClassVar[tuple[str, ...]] = (
        "T-shirt",
        "trousers",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    )
    asked: ClassVar[str] = "article"

    size: int = live(10_000, ge=40, le=70_000, description="pictures used of the 70,000 there are, all parts together")
