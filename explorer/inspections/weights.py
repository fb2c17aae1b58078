from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.inspections.base import INSPECTIONS, Inspection, Progress, chosen, unheard
from explorer.inspections.binning import bin_edges
from explorer.inspections.places import layer_field
from explorer.inspections.wording import brief, plainly, share
from explorer.networks.build import Network
from explorer.results.inspected import Inspected
from explorer.training.loop import Training
from explorer.training.setup import build_networks

BINS = 60  # at most; of few weights the root of how many there are
EXACT = 600  # rows or columns of the smaller side up to which every singular value is computed
ESTIMATED = 16  # the largest ones, of larger matrices


@INSPECTIONS.register("weights")
class Weights(Inspection):
    """How large the weights of every layer are now, and how far they are from where they began.

    They are compared with the first weights that the seed of the experiment gives. Weights with more than two axes count as a
    matrix with a row for each unit. Arrays, of the chosen layer: `edges` (bins + 1,), `counts` and `first_counts` (bins,), `singular` and
    `first_singular` values, the largest first.
    """

    group: ClassVar[str] = "Weights"

    layer: str = layer_field()
    moved: float = Field(0.1, ge=0, le=100, description="how far a weight has to be from its first value to count as moved")

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return "" if weights_of(training.state.networks) else "This network has no weights."

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(weights_of(training.state.networks))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        now = weights_of(training.state.networks)
        first = weights_of(build_networks(training.experiment, training.state.dataset))
        name = chosen("weights", self.layer, list(now))
        rows = []
        for number, (layer, weight) in enumerate(now.items(), 1):
            rows.append(self._row(layer, weight, first[layer]))
            progress(number / len(now))
        return Inspected(
            self.kind, training.step, self._words(rows, training), {"layer": name, "weights": rows}, _arrays(now[name], first[name])
        )

    def _row(self, layer: str, weight: torch.Tensor, first: torch.Tensor) -> dict[str, Any]:
        """The numbers of one layer, now and at first."""
        distance, length = (weight - first).norm(), first.norm()
        values, before = singular_values(weight), singular_values(first)
        return {
            "layer": layer,
            "shape": list(weight.shape),
            "count": weight.numel(),
            "norm": plainly(weight.norm()),
            "first_norm": plainly(length),
            "spectral": plainly(values[0]),
            "first_spectral": plainly(before[0]),
            "stable_rank": plainly(weight.norm() ** 2 / max(float(values[0]) ** 2, 1e-30)),
            "distance": plainly(distance),
            "relative": plainly(distance / length) if length > 0 else None,
            "moved": plainly(((weight - first).abs() > self.moved).float().mean()),
            "zero": plainly((weight == 0).float().mean()),
        }

    def _words(self, rows: list[dict[str, Any]], training: Training) -> tuple[str, ...]:
        far = max(rows, key=lambda row: row["relative"] or 0.0)
        whole = sum(row["count"] for row in rows)
        moved = sum((row["moved"] or 0.0) * row["count"] for row in rows) / whole
        said = [
            f"{far['layer']} is farthest from its first weights: {brief(far['distance'] or 0)} away after {training.step} steps, "
            f"{share(far['relative'] or 0)} of their length {brief(far['first_norm'] or 0)}.",
            f"{share(moved)} of all {whole} weights are more than {self.moved:g} from their first values.",
        ]
        strong = max(rows, key=lambda row: row["spectral"] or 0.0)
        said.append(f"{strong['layer']} can lengthen what enters it most: its largest singular value is {brief(strong['spectral'] or 0)}.")
        if any(min(row["shape"][0], row["count"] // row["shape"][0]) > EXACT for row in rows):
            said.append(f"Of matrices with more than {EXACT} rows and columns only the {ESTIMATED} largest singular values are estimated.")
        return tuple(said)


def weights_of(networks: dict[str, Network]) -> dict[str, torch.Tensor]:
    """Name of a layer (and of its part) -> weights (units, ...), float32 on the CPU; biases and norms are left out."""
    found = {}
    for role, network in networks.items():
        before = f"{role}/" if len(networks) > 1 else ""
        for layer_id in network.layer_ids:
            for name, weight in _own_weights(network, layer_id):
                found[before + name] = weight
    return found


def _own_weights(network: Network, layer_id: str) -> list[tuple[str, torch.Tensor]]:
    layer = network.module_of(layer_id)
    inside = {id(p) for other in network.layer_ids if other != layer_id for p in _held(layer, network.module_of(other))}
    own = [(name, p) for name, p in layer.named_parameters() if p.dim() >= 2 and id(p) not in inside]
    short = len(own) == 1
    return [(layer_id if short else f"{layer_id}.{name}", p.detach().float().cpu()) for name, p in own]


def _held(block: nn.Module, layer: nn.Module) -> list[nn.Parameter]:
    """The parameters of a layer, where a block holds it."""
    return list(layer.parameters()) if any(module is layer for module in block.modules()) else []


def singular_values(weight: torch.Tensor) -> torch.Tensor:
    """Of the matrix with a row for each unit, the largest first; of a large one estimates of the largest.

    Source: Halko, Martinsson and Tropp, "Finding Structure with Randomness", 2011.
    """
    matrix = weight.reshape(len(weight), -1)
    if not matrix.isfinite().all():
        return torch.full((1,), torch.nan)
    if min(matrix.shape) <= EXACT:
        return torch.linalg.svdvals(matrix)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return torch.svd_lowrank(matrix, q=ESTIMATED, niter=4)[1]


def _arrays(weight: torch.Tensor, first: torch.Tensor) -> dict[str, np.ndarray]:
    both = torch.cat([weight.flatten(), first.flatten()]).numpy()
    edges = bin_edges(both, int(np.clip(round(weight.numel() ** 0.5), 8, BINS)))
    return {
        "edges": edges,
        "counts": np.histogram(weight[weight.isfinite()].numpy(), edges)[0],
        "first_counts": np.histogram(first.numpy(), edges)[0],
        "singular": singular_values(weight).numpy(),
        "first_singular": singular_values(first).numpy(),
    }
