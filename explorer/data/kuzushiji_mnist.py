"""Handwritten Japanese characters."""

from __future__ import annotations

from typing import ClassVar

from explorer.data._openml import OnlinePictures
from explorer.experiment.data import DATASETS
from explorer.experiment.record import live
from explorer.ingest.online import Source


@DATASETS.register("kuzushiji_mnist")
class KuzushijiMnist(OnlinePictures):
    """Old Japanese handwriting in 28 x 28 pixels: which of ten characters? Each is written in several ways.

    70,000 pictures from books of the 18th and 19th century. They are fetched from openml.org once, when they are asked for.
    Source: Clanuwat et al., "Deep Learning for Classical Japanese Literature", 2018.
    """

    source: ClassVar[Source] = Source("Kuzushiji-MNIST", "Kuzushiji-MNIST", 1, 70_000, packed=20, plain=130)
    image_shape: ClassVar[tuple[int, int, int] | None] = (1, 28, 28)
    names: ClassVar[tuple[str, ...]] = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    asked: ClassVar[str] = "character, as it is read"

    size: int = live(10_000, ge=40, le=70_000, description="pictures used of the 70,000 there are, all parts together")
