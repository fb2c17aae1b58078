"""What a layer made of one small example: the numbers behind its picture in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.results.shape import Shape


@dataclass(frozen=True, eq=False)
class Specimen:
    """One example before and after a layer.

    Attributes:
        kind, title: of the layer.
        input, output: float32 of the sizes of the shapes; token numbers are whole.
        input_shape, output_shape: of the example.
        curve: it treats every number on its own; `input` ascends, and `output` over it is its curve.
    """

    kind: str
    title: str
    input: np.ndarray
    output: np.ndarray
    input_shape: Shape
    output_shape: Shape
    curve: bool = False
