from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import NeuronGradient as Gradient

from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.layered import Layer, layer_named, unit_of
from explorer.interpret.of_neuron import OfNeuron, Place
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("neuron_gradient")
class NeuronGradient(OfNeuron):
    """How much one unit inside the network would change if a part of the input changed a little.

    It is about the unit alone: whichever answer is chosen, the map is the same.
    Source: Simonyan et al., "Deep Inside Convolutional Networks", 2014.
    """

    rates: ClassVar[bool] = True
    meaning: ClassVar[str] = "A number says how fast {} grows with this part of the input; it does not depend on the answer."

    def unit(self, subject: Subject) -> str:
        return f"activation per {subject.measure}"

    def about(self, subject: Subject) -> str:
        layer = layer_named(subject, subject.chosen)
        return f"unit {unit_of(layer, subject.chosen_unit)} of {layer.name}"

    def passes(self, subject: Subject) -> int:
        return 3

    def of_place(self, subject: Subject, layer: Layer, place: Place, one: torch.Tensor, target: int) -> torch.Tensor:
        return Gradient(subject.path, layer.module).attribute(subject.leaf(one), place)
