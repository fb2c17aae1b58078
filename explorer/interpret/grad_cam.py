from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import LayerGradCam
from pydantic import Field

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.maps_of_layers import NONE, laid_over, map_layer, mapped
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("grad_cam")
class GradCam(Map):
    """Adds up the maps of a convolution, each weighted by how much the answer listens to it, and lays the sum over the input.

    As coarse as the maps of that layer are; the last convolution says what was found, earlier ones where edges are.
    Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-Based Localization", 2017.
    """

    group: ClassVar[str] = "Layers and units"
    label: ClassVar[str] = "Grad-CAM"
    gradients: ClassVar[bool] = True
    fits: ClassVar[tuple[str, ...]] = ("image", "audio", "text", "series")
    wants: ClassVar[tuple[str, ...]] = ("layer",)
    meaning: ClassVar[str] = (
        "A number says how strongly the layer's maps that the answer listens to respond around here, on no scale of its own."
    )

    positive: bool = Field(
        True, description="show only what speaks for the answer, as its authors do; without, also what speaks against it"
    )

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or ("" if mapped(subject) else NONE)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"layer": list(mapped(subject))}

    def is_signed(self, subject: Subject) -> bool:
        return not self.positive

    def unit(self, subject: Subject) -> str:
        return ""

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        return laid_over(subject, cam(subject, x, target, self.positive), x)


def cam(subject: Subject, x: torch.Tensor, target: int, positive: bool = True) -> torch.Tensor:
    """The map of the layer that is looked at, (n, 1, height, width) or (n, 1, steps). Raises SpecError."""
    found = LayerGradCam(subject.path, map_layer(subject)).attribute(subject.leaf(x), target=target, relu_attributions=positive)
    return found.detach()
