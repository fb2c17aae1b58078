"""Which depths and activations let the gradient through, before any training."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.experiment.network import LAYERS
from explorer.experiment.stack import Stack, stack_of
from explorer.inspections._rehearsal import SEVERAL
from explorer.inspections.base import INSPECTIONS, MODEL, Inspection, Progress, probe_batch, unheard
from explorer.inspections.through_depth import Flow, beside, flow_of
from explorer.networks.build import build_network
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

DEPTHS = (2, 4, 8, 12, 20, 30)
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "gelu", "selu")  # the run's own is added to them
NO_STACK = "Only networks whose hidden layers are all alike can be built again with other depths and activations."


@INSPECTIONS.register("depth_map")
class DepthMap(Inspection):
    """What stacks of other depths and activations would do to the gradient and the signal at their first weights.

    Each is built and measured on these data, with this run's width, first weights, normalisation and shortcuts. Arrays, both
    (activations, depths, seeds): ratio, the first layer's gradient in units of the last one's; kept, how far examples differ before the
    last layer in units of how far after the first.
    """

    group: ClassVar[str] = "Gradients"
    slow: ClassVar[bool] = True

    seeds: int = Field(3, ge=1, le=20, description="networks with different first weights that each field is the median of")
    examples: int = Field(64, ge=2, le=2000, description="training examples whose mean loss the gradient is of, from the first on")

    @classmethod
    def reason_not(cls, training: Training) -> str:
        if MODEL not in training.networks:
            return SEVERAL
        return "" if stack_of(training.experiment.networks[MODEL]) else NO_STACK

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        own = stack_of(training.experiment.networks[MODEL])
        assert own is not None
        activations = tuple(dict.fromkeys((*ACTIVATIONS, own.activation)))
        shape = (len(activations), len(DEPTHS), self.seeds)
        ratio, kept = np.full(shape, np.nan), np.full(shape, np.nan)
        for number, place in enumerate(np.ndindex(shape)):
            stack = own.model_copy(update={"activation": activations[place[0]], "depth": DEPTHS[place[1]]})
            flow = self._flow(training, stack, seed=place[2])
            ratio[place], kept[place] = flow.ratio, flow.kept
            progress((number + 1) / ratio.size)
        titles = [LAYERS[kind].title() for kind in activations]
        facts = {"activations": list(activations), "titles": titles, "depths": list(DEPTHS), "own": own.model_dump(), "seeds": self.seeds}
        return Inspected(self.kind, training.step, _words(titles, ratio), facts, {"ratio": ratio, "kept": kept})

    def _flow(self, training: Training, stack: Stack, seed: int) -> Flow:
        experiment = training.experiment
        layers = experiment.networks[MODEL]
        spec = stack.network(layers.initialisation, pictures=layers.layers[0].kind == "flatten")
        network = build_network(spec, *experiment.task.shapes(MODEL, training.state.dataset), seed=seed)
        return flow_of(network, experiment.task.objective, *probe_batch(training, self.examples))


def _words(titles: list[str], ratio: np.ndarray) -> tuple[str, ...]:
    """ratio: (activations, depths, seeds)."""
    middle = np.median(ratio, 2)
    seeds = f"Medians over {ratio.shape[2]} networks with first weights of their own, before any training."
    if np.isnan(middle).all():
        return "In none of these networks the gradients can be compared: the numbers in them are too large or too small.", seeds
    least, most = (np.unravel_index(find(middle), middle.shape) for find in (np.nanargmin, np.nanargmax))
    words = [f"{beside(middle[at])} with {titles[at[0]]} in {DEPTHS[at[1]]} layers" for at in (least, most)]
    return f"The first layer's gradient is smallest, {words[0]}, and largest, {words[1]}.", seeds
