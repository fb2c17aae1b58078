"""Handwritten digits, in full size."""

from __future__ import annotations

from typing import ClassVar

from explorer.data._openml import OnlinePictures
from explorer.experiment.data import DATASETS
from explorer.experiment.record import live
from explorer.ingest.online import Source


@DATASETS.register("mnist")
class Mnist(OnlinePictures):
    """Handwritten digits in 28 x 28 pixels: which of 0 to 9 was written? The set most networks began with.

    70,000 pictures, by pupils and by clerks, centred and with soft edges. It is fetched from openml.org once, when it is asked for.
    Source: LeCun, Cortes & Burges, "The MNIST Database of Handwritten Digits", 1998.
    """

    source: ClassVar[Source] = Source("MNIST", "mnist_784", 1, 70_000, packed=15, plain=120)
    image_shape: ClassVar[tuple[int, int, int] | None] = (1, 28, 28)
    names: ClassVar[tuple[str, ...]] = tuple("0123456789")
    asked: ClassVar[str] = "digit"

    size: int = live(10_000, ge=40, le=70_000, description="pictures used of the 70,000 there are, all parts together")
