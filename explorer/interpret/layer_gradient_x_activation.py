from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import LayerGradientXActivation as Product

from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.layered import Layer
from explorer.interpret.of_layer import OfLayer
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("layer_gradient_x_activation")
class LayerGradientXActivation(OfLayer):
    """What each unit of a layer gives, times how steeply the answer follows it.

    Of the layer before a linear answer it is exactly what each unit adds to the score.
    Source: Shrikumar et al., "Not Just a Black Box", 2016.
    """

    label: ClassVar[str] = "Gradient x activation of a layer"
    meaning: ClassVar[str] = "A number is what the unit gives times the slope of the score by it: what it adds, as far as the slope holds."

    def of_outputs(self, subject: Subject, layer: Layer, x: torch.Tensor, target: int) -> torch.Tensor:
        return Product(subject.path, layer.module).attribute(subject.leaf(x), target=target)
