from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from explorer.errors import SpecError
from explorer.inspections.base import INSPECTIONS, Inspection, Progress, unheard
from explorer.inspections.places import (
    Place,
    called,
    example_field,
    inputs_of,
    layer_field,
    passing,
    pick,
    places,
    shown_of,
    spread,
    steps_of,
)
from explorer.inspections.wording import brief, share
from explorer.layers.recurrent import Recurrent
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

SIGMOIDS = ("input", "forget", "output", "reset", "update")  # gates from 0 to 1
OPEN, CLOSED = 0.97, 0.03


@INSPECTIONS.register("recurrent_states")
class RecurrentStates(Inspection):
    """What a recurrent layer remembers step by step, and what its gates do for it.

    Arrays: `hidden` (steps, shown units) and, as the layer has them, `input`, `forget`, `candidate`, `output`, `cell`, `reset`,
    `update`, each (steps, shown units); `units` which are shown.
    """

    group: ClassVar[str] = "Activations"

    layer: str = layer_field()
    example: int = example_field()
    direction: Literal["forward", "backward"] = Field(
        "forward", description="of a layer that reads both ways: the units that read from the start, or from the end"
    )

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return (
            "" if places(training, Recurrent) else "This network has no recurrent layer (RNN, LSTM or GRU), so that nothing is remembered."
        )

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(places(training, Recurrent))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place = pick("recurrent layer", self.layer, places(training, Recurrent))
        x = inputs_of(training, place.role, [self.example])
        (entered,), output = passing(training, place, x)
        states = self._states(place, entered.to(x.device), output)
        units = spread(states["hidden"].shape[1])
        arrays = {name: values[:, units] for name, values in states.items()} | {"units": units}
        steps = steps_of(training, place.role, self.example, len(states["hidden"]))
        facts = {"layer": place.name, "steps": steps, "units": states["hidden"].shape[1]}
        said = _words(place, called(training, place.role, self.example), steps, states)
        return Inspected(self.kind, training.step, said, facts, arrays)

    def _states(self, place: Place, entered: torch.Tensor, output: torch.Tensor) -> dict[str, np.ndarray]:
        """Name -> (steps, units) of one example."""
        layer, backward = place.module, self.direction == "backward"
        assert isinstance(layer, Recurrent)
        if backward and not layer.cell.bidirectional:
            raise SpecError(f"{place.name} reads forward only: there are no units that read from the end. Choose the direction forward.")
        hidden = layer.cell.hidden_size
        own = output[0, :, hidden:] if backward else output[0, :, :hidden]
        with torch.no_grad():
            gates = layer.gates(entered, backward)
        return {"hidden": own.numpy(), **{name: values[0].float().cpu().numpy() for name, values in gates.items()}}


def _words(place: Place, who: str, steps: list[str], states: dict[str, np.ndarray]) -> tuple[str, ...]:
    hidden = states["hidden"]
    moved = np.linalg.norm(np.diff(hidden, axis=0), axis=1) if len(hidden) > 1 else np.zeros(1)
    at = min(int(moved.argmax()) + 1, len(steps) - 1)
    said = [
        f"{place.name} reads {len(steps)} steps of {who} with {hidden.shape[1]} units. Its output changes most at step {at} "
        f"({steps[at]!r}): by {brief(moved.max())}, where {brief(moved.mean())} is the mean over the steps."
    ]
    for name in SIGMOIDS:
        if name in states:
            gate = states[name]
            ends = f"{share((gate > OPEN).mean())} of its values are above {OPEN}, {share((gate < CLOSED).mean())} below {CLOSED}"
            said.append(f"The {name} gate is at {brief(gate.mean())} on the average, from 0 (closed) to 1 (open); {ends}.")
    if "update" in states:
        said.append("An update gate of 1 keeps the old output, one of 0 replaces it.")
    rest = shown_of(len(spread(hidden.shape[1])), hidden.shape[1], "units")
    return (*said, rest) if rest else tuple(said)
