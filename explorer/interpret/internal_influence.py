from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import InternalInfluence as Influence
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.baselines import Baseline, baseline_field, smooth_baseline
from explorer.interpret.layered import Layer
from explorer.interpret.of_layer import OfLayer
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("internal_influence")
class InternalInfluence(OfLayer):
    """How steeply the answer follows each unit of a layer, on the average over the way from a baseline to the input.

    A slope: how much a unit gives does not count, only what would happen if it gave more.
    Source: Leino et al., "Influence-Directed Explanations for Deep Convolutional Networks", 2018.
    """

    label: ClassVar[str] = "Internal influence of a layer"
    meaning: ClassVar[str] = "A number is how fast the score grows when this unit gives more, the mean over the way; a slope, not a share."

    baseline: Baseline = baseline_field()
    steps: int = Field(50, ge=2, le=300, description="steps of the walk: more come closer to the integral and take longer")

    def passes(self, subject: Subject) -> int:
        return self.steps

    def unit(self, subject: Subject) -> str:
        return f"{subject.unit} per unit of activation"

    def of_outputs(self, subject: Subject, layer: Layer, x: torch.Tensor, target: int) -> torch.Tensor:
        return Influence(subject.path, layer.module).attribute(
            subject.leaf(x),
            baselines=smooth_baseline(subject, x, self.baseline),
            target=target,
            n_steps=self.steps,
            internal_batch_size=max(subject.piece, len(x)),
        )
