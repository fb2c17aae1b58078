from __future__ import annotations

from typing import ClassVar

import torch

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.grad_cam import GradCam, cam
from explorer.interpret.guided_backprop import GuidedBackprop
from explorer.interpret.maps_of_layers import laid_over, mapped
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("guided_grad_cam")
class GuidedGradCam(Map):
    """Guided backpropagation where Grad-CAM looks, and nothing elsewhere: the sharp picture times the coarse one.

    Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-Based Localization", 2017.
    """

    group: ClassVar[str] = "Layers and units"
    label: ClassVar[str] = "Guided Grad-CAM"
    gradients: ClassVar[bool] = True
    fits: ClassVar[tuple[str, ...]] = ("image", "audio", "text", "series")
    wants: ClassVar[tuple[str, ...]] = ("layer",)
    meaning: ClassVar[str] = (
        "A number is what guided backpropagation gives this part, times what Grad-CAM gives its surroundings, on no scale."
    )

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or GradCam.reason_not(subject) or GuidedBackprop.reason_not(subject)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"layer": list(mapped(subject))}

    def passes(self, subject: Subject) -> int:
        return 2

    def unit(self, subject: Subject) -> str:
        return ""

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        return GuidedBackprop().attribute(subject, x, target) * laid_over(subject, cam(subject, x, target), x)
