from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.inspections.base import INSPECTIONS, Inspection, Progress, unheard
from explorer.inspections.binning import bin_edges
from explorer.inspections.places import Place, by_unit, inputs_of, numbers_up_to, outputs_at, places, spread
from explorer.inspections.wording import counted, listed, plainly, share
from explorer.layers.ends import MOSTLY, NEAR, cuts_at_0, ends_of
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

BINS = 40
ROWS = 20_000  # positions of all examples together that a layer is measured on; of more, evenly spread ones
NUMBERS = 2_000_000  # outputs of a layer that are looked at; a layer of very many units is measured on some of them


@dataclass
class _Measured:
    """One layer's outputs, every position of every example a row; `active` and `saturated`: shares of each unit's, NaN where it cannot."""

    values: np.ndarray
    active: np.ndarray
    saturated: np.ndarray
    low: float
    high: float

    @property
    def dead(self) -> np.ndarray:
        return np.flatnonzero(self.active == 0)

    @property
    def stuck(self) -> np.ndarray:
        return np.flatnonzero(self.saturated >= MOSTLY)


@INSPECTIONS.register("activation_histogram")
class ActivationHistogram(Inspection):
    """How the outputs of every layer are spread, and which units are dead or saturated.

    Dead: 0 on every example, where negative sums are cut off (ReLU). Saturated: within 0.03 of an end of what the activation can
    give (Tanh, Sigmoid, recurrent layers) in nine of ten outputs or more; there the gradient is small.
    Arrays: `edges/<layer>` (41,), `counts/<layer>` (40,), `active/<layer>` and `saturated/<layer>` (units,) shares, NaN where a
    unit cannot be dead or saturated.
    """

    group: ClassVar[str] = "Activations"

    examples: int = Field(500, ge=1, le=5000, description="on how many test examples units are judged, from the first on")

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        rows, arrays, looked_at = [], {}, 0
        for number, role in enumerate(training.state.networks):
            examples = numbers_up_to(training, role, self.examples)
            looked_at = max(looked_at, len(examples))
            x = inputs_of(training, role, examples)
            there = [place for place in places(training).values() if place.role == role]
            found = outputs_at(training, there, x, _sampled(len(x)), sound=False)
            widths = {name: by_unit(output).shape[1] for name, output in outputs_at(training, there, x[:1], sound=False).items()}
            for place in there:
                measured = _measure(place.module, by_unit(found[place.name]))
                arrays |= _arrays(place, measured)
                rows.append({**_row(place, measured), "of": widths[place.name]})
            progress((number + 1) / len(training.state.networks))
        return Inspected(self.kind, training.step, _words(rows, looked_at), {"layers": rows, "examples": looked_at}, arrays)


def _sampled(examples: int) -> Any:
    """What is kept of an output (n, ...): every position, or of too many, evenly spread ones; (n, positions, units)."""

    def keep(output: torch.Tensor) -> torch.Tensor:
        rows = by_unit(output).unflatten(0, (len(output), -1))
        units = torch.from_numpy(spread(rows.shape[2], max(NUMBERS // examples, 1))).to(rows.device)
        every = -(-rows.shape[1] * examples // min(ROWS, max(NUMBERS // len(units), examples)))
        return rows[:, ::every][:, :, units]

    return keep


def _measure(module: nn.Module, values: torch.Tensor) -> _Measured:
    """Source of the names: "dead" ReLU units as in Lu et al., "Dying ReLU and Initialization", 2019."""
    nothing = np.full(values.shape[1], np.nan, np.float32)
    active = (values > 0).float().mean(0).numpy() if cuts_at_0(module) else nothing
    ends = ends_of(module)
    saturated = ((values < ends[0] + NEAR) | (values > ends[1] - NEAR)).float().mean(0).numpy() if ends else nothing
    low, high = ends or (np.nan, np.nan)
    return _Measured(values.numpy(), active, saturated, low, high)


def _arrays(place: Place, measured: _Measured) -> dict[str, np.ndarray]:
    edges = bin_edges(measured.values, BINS)
    return {
        f"edges/{place.name}": edges,
        f"counts/{place.name}": np.histogram(measured.values[np.isfinite(measured.values)], edges)[0],
        f"active/{place.name}": measured.active,
        f"saturated/{place.name}": measured.saturated,
    }


def _row(place: Place, measured: _Measured) -> dict[str, Any]:
    finite = measured.values[np.isfinite(measured.values)].astype(float)
    values, can_die, can_stick = measured.values, np.isfinite(measured.active).any(), np.isfinite(measured.saturated).any()
    return {
        "layer": place.name,
        "units": values.shape[1],
        "outputs": len(values),
        "broken": 1 - len(finite) / values.size,
        "mean": plainly(finite.mean()) if len(finite) else None,
        "deviation": plainly(finite.std()) if len(finite) else None,
        "zero": plainly((values == 0).mean()),
        "dead": measured.dead.tolist() if can_die else None,
        "saturated": measured.stuck.tolist() if can_stick else None,
        "saturated_share": plainly(np.nanmean(measured.saturated)) if can_stick else None,
    }


def _words(rows: list[dict[str, Any]], examples: int) -> tuple[str, ...]:
    broken = [f"{row['layer']} ({share(row['broken'])})" for row in rows if row["broken"]]
    said = [sentence for row in rows for sentence in _of_layer(row, examples)]
    if broken:
        said.insert(0, f"Outputs that are not finite: in {listed(broken)}. They are left out of everything else.")
    if not said:
        if any(row["dead"] is not None or row["saturated"] is not None for row in rows):
            said.append(f"No unit is dead or saturated, measured on {counted(examples, 'test example')}.")
        else:
            said.append(
                f"No layer here can have dead or saturated units. Spread of outputs measured on {counted(examples, 'test example')}."
            )
    widest = max(rows, key=lambda row: row["deviation"] or 0.0)
    said.append(f"Outputs are spread widest in {widest['layer']}: standard deviation {widest['deviation'] or 0:.3g}.")
    return tuple(said)


def _of_layer(row: dict[str, Any], examples: int) -> list[str]:
    """What is wrong with the units of one layer."""
    some = f"{row['units']} (evenly spread) of {row['of']} units" if row["of"] > row["units"] else counted(row["units"], "unit")
    said, of = [], f"of {some} of {row['layer']}"
    if row["dead"]:
        which = f"0 on all of {counted(examples, 'test example')} (unit {listed(row['dead'])})"
        said.append(f"{len(row['dead'])} {of} {_are(row['dead'])} dead: {which}.")
    if row["saturated"]:
        said.append(f"{len(row['saturated'])} {of} {_are(row['saturated'])} saturated: in {share(MOSTLY)} of the outputs or more.")
    elif row["saturated_share"]:
        part = share(row["saturated_share"])
        said.append(f"{part} of the outputs of {row['layer']} lie within {NEAR} of an end, but no unit's nearly always.")
    return said


def _are(units: list[int]) -> str:
    return "is" if len(units) == 1 else "are"
