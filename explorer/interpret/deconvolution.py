from __future__ import annotations

from typing import ClassVar

import torch
from captum.attr import Deconvolution as Deconvolved

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.rules import hooks_expected, lacks_relu
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("deconvolution")
class Deconvolution(Map):
    """Runs the answer backwards through the network, with every ReLU applied to what comes back instead of to what went in.

    Units that were silent pass on as much as those that spoke, so that the map hangs less on the input than it looks: put it on trial.
    Source: Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2014.
    """

    group: ClassVar[str] = "Rules of backpropagation"
    gradients: ClassVar[bool] = True
    rates: ClassVar[bool] = True
    meaning: ClassVar[str] = (
        "A number is what comes back here when only what is above 0 is passed back at every ReLU: no slope of the score."
    )

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or lacks_relu(subject)

    def unit(self, subject: Subject) -> str:
        return subject.slope

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        with hooks_expected():
            return subject.lengths(Deconvolved(subject.path).attribute(subject.leaf(x), target=target))
