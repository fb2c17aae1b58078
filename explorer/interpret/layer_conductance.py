from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import LayerConductance as Conductance
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.baselines import Baseline, baseline_field, said, smooth_baseline
from explorer.interpret.layered import Layer
from explorer.interpret.of_layer import OfLayer
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("layer_conductance")
class LayerConductance(OfLayer):
    """How much of the answer flows through each unit of a layer, on the way from a baseline to the input.

    The numbers add up to the score less the baseline's, where everything passes the layer.
    Source: Dhamdhere et al., "How Important Is a Neuron?", 2019.
    """

    label: ClassVar[str] = "Conductance of a layer"
    meaning: ClassVar[str] = "A number is the share of the difference between the score and the baseline's that flows through this unit."

    baseline: Baseline = baseline_field()
    steps: int = Field(50, ge=2, le=300, description="steps of the walk: more come closer to the integral and take longer")

    def passes(self, subject: Subject) -> int:
        return self.steps + 1

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor:
        return smooth_baseline(subject, x, self.baseline)

    def compared(self, subject: Subject) -> str:
        return said(subject, self.baseline)

    def of_outputs(self, subject: Subject, layer: Layer, x: torch.Tensor, target: int) -> torch.Tensor:
        return Conductance(subject.path, layer.module).attribute(
            subject.leaf(x),
            baselines=self.reference(subject, x),
            target=target,
            n_steps=self.steps,
            internal_batch_size=max(subject.piece, 2 * len(x)),
        )
