"""What depth does to the signal on its way forward and to the gradient on its way back."""

from __future__ import annotations

import copy
from typing import ClassVar

from pydantic import Field

from explorer.inspections._rehearsal import no_gradient
from explorer.inspections.base import INSPECTIONS, MODEL, Inspection, Progress, probe_batch, unheard
from explorer.inspections.through_depth import FAINT, Flow, beside, flow_of, joining, sized
from explorer.inspections.wording import plainly
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

FEW = "There are fewer than two layers with weights that join units, so that there is no depth to look through."


@INSPECTIONS.register("depth_flow")
class DepthFlow(Inspection):
    """How the gradient shrinks or grows from the last layer back to the first, and the signal from the first to the last.

    Measured as in training, where BatchNorm uses the batch itself. Arrays, both (layers,), from the input to the output: gradient, root
    mean square per weight; signal, how far a unit's number differs between examples (standard deviation) where the next layer takes it.
    """

    group: ClassVar[str] = "Gradients"

    examples: int = Field(128, ge=2, le=2000, description="training examples whose mean loss the gradient is of, from the first on")

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return no_gradient(training) or ("" if len(joining(training.networks[MODEL])) > 1 else FEW)

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        network = copy.deepcopy(training.networks[MODEL]).cpu()
        flow = flow_of(network, training.experiment.task.objective, *probe_batch(training, self.examples))
        facts = {"layers": flow.layers, "ratio": plainly(flow.ratio), "kept": plainly(flow.kept)}
        return Inspected(self.kind, training.step, _words(flow), facts, {"gradient": flow.gradient, "signal": flow.signal})


def _words(flow: Flow) -> tuple[str, ...]:
    first, last = flow.layers[0], flow.layers[-1]
    back = f"The first layer's gradient is {beside(flow.ratio)}: {sized(flow.gradient[0])} in {first}, "
    back += f"{sized(flow.gradient[-1])} in {last} (root mean square per weight)."
    forth = f"Before the last layer examples differ by {sized(flow.signal[-2])}; that is {beside(flow.kept, 'what it is after the first')}."
    return back, _verdict(flow), forth


def _verdict(flow: Flow) -> str:
    if flow.ratio < FAINT:
        return "It vanishes on the way back: the first layers hardly learn."
    if flow.ratio * FAINT > 1:
        return "It explodes on the way back: a step that suits the last layers is far too large for the first."
    if flow.kept < FAINT:
        return "The gradient arrives, but the signal does not: all examples look alike to the last layer."
    if flow.kept * FAINT > 1:
        return "The gradient is of one size, but the signal explodes on its way forward, and every gradient with it."
    return "It arrives: no layer is cut off from what the last one learns."
