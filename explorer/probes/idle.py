"""Which units have stopped: dead ones, that give 0 for everything, and saturated ones, that stay at an end.

Decided: only where the activation makes the word true: cut off at 0, or flat towards two ends.
Because: a unit behind a Leaky ReLU that gives small numbers still learns.
Instead of: a threshold on the size of the output, for every activation.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from explorer.layers.ends import MOSTLY, NEAR, cuts_at_0, ends_of
from explorer.probes.base import PROBES, Look, Measured, Probe
from explorer.results.diagram import Column

DEAD = "Dead: 0 for every input it is shown here. No gradient passes it, so it does not learn."
SATURATED = "Saturated: nearly always close to an end of what its activation can give. Hardly any gradient passes it there."


@PROBES.register("idle")
class Idle(Probe):
    """The dead and the saturated units of every column, on the inputs the pictures show."""

    share = 0.02

    def measure(self, look: Look) -> Measured:
        judged = {number: _judged(look, number, column) for number, column in enumerate(look.columns)}
        return {"idle": {number: found for number, found in judged.items() if found}}, {}


def _judged(look: Look, number: int, column: Column) -> dict[str, Any] | None:
    """{"word", "count" of all units, "help", "units": number of each such unit that is drawn -> why}; None where there is none."""
    module = _deciding(look, column)
    if module is None or number not in look.outputs:
        return None
    outputs, where = look.outputs[number], _where(look, number, column)
    if cuts_at_0(module):
        units = (outputs == 0).all(_others(outputs)).nonzero().flatten().tolist()
        return _found("dead", units, column, dict.fromkeys(units, f"dead: 0 {where}"), DEAD)
    low, high = ends_of(module) or (0.0, 0.0)
    shares = at_an_end(outputs, low, high)
    units = (shares >= MOSTLY).nonzero().flatten().tolist()
    ends = f"of its outputs within {NEAR:g} of {low:g} or {high:g} {where}"
    return _found("saturated", units, column, {unit: f"saturated: {100 * shares[unit]:.0f} % {ends}" for unit in units}, SATURATED)


def _found(word: str, units: list[int], column: Column, why: dict[int, str], meaning: str) -> dict[str, Any] | None:
    if not units:
        return None
    shown = {unit: text for unit, text in why.items() if unit < column.shown}
    return {"word": word, "count": len(units), "units": shown, "help": f"{len(units)} of {column.units} units are {word}. {meaning}"}


def _deciding(look: Look, column: Column) -> nn.Module | None:
    """The module between whose ends the outputs of a column lie; None where its units can neither be dead nor saturated."""
    if not column.output_id:
        return None
    network = look.training.state.networks[column.role]
    first, last = (network.layer_ids.index(one) for one in (column.activation.id if column.activation else column.id, column.output_id))
    if last < first or not all(_passes_all(network, one) for one in network.layer_ids[first + 1 : last + 1]):
        return None
    module = network.module_of(network.layer_ids[first])
    return module if cuts_at_0(module) or ends_of(module) else None


def _passes_all(network: Any, layer_id: str) -> bool:
    """Whether a layer changes nothing where the network is only looked at, as dropout."""
    return network.spec.layer(layer_id.partition("#")[0]).group == "regularisation"


def at_an_end(outputs: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """(units,) share of the outputs (n, ...) that lie near `low` or `high`."""
    return ((outputs < low + NEAR) | (outputs > high - NEAR)).float().mean(_others(outputs)).cpu()


def _others(outputs: torch.Tensor) -> tuple[int, ...]:
    """All axes but the one that counts the units: channels of pictures, else the last."""
    units = 1 if outputs.dim() == 4 else outputs.dim() - 1
    return tuple(axis for axis in range(outputs.dim()) if axis != units)


def _where(look: Look, number: int, column: Column) -> str:
    """ "on all 40 probe examples"."""
    inputs, dataset = look.inputs[column.role], look.training.state.dataset
    shape, _ = look.training.experiment.task.shapes(column.role, dataset)
    places = {0: "probe examples", 1: "points of the line", 2: "points of the square"}
    what = places[dataset.coordinates] if shape == dataset.input_shape else "draws of noise"
    positions = look.outputs[number][0].numel() > column.units
    return f"{'at every position ' if positions else ''}{'of' if positions else 'on'} all {len(inputs):,} {what}"
