from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import NeuronConductance as Conductance
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.baselines import Baseline, baseline_field, said, smooth_baseline
from explorer.interpret.layered import Layer
from explorer.interpret.of_neuron import OfNeuron, Place
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("neuron_conductance")
class NeuronConductance(OfNeuron):
    """Which parts of the input count for the answer by way of one unit inside the network.

    The numbers add up to what layer conductance gives that unit at this place, not to the whole score.
    Source: Dhamdhere et al., "How Important Is a Neuron?", 2019.
    """

    meaning: ClassVar[str] = "A number is what this part of the input adds to the answer by way of {}."

    baseline: Baseline = baseline_field()
    steps: int = Field(50, ge=2, le=300, description="steps of the walk: more come closer to the integral and take longer")

    def passes(self, subject: Subject) -> int:
        return self.steps + 2

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return smooth_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline)

    def of_place(self, subject: Subject, layer: Layer, place: Place, one: torch.Tensor, target: int) -> torch.Tensor:
        return Conductance(subject.path, layer.module).attribute(
            subject.leaf(one),
            place,
            baselines=self.reference(subject, one),
            target=target,
            n_steps=self.steps,
            internal_batch_size=subject.piece,
        )
