from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.errors import SpecError
from explorer.inspections.base import INSPECTIONS
from explorer.inspections.glass import Cell, Glass, Opened, Tensors, scalar
from explorer.inspections.places import Place, steps_of
from explorer.inspections.wording import ADDED, aligned, below, brief, latex, share
from explorer.layers.self_attention import Attention
from explorer.training.loop import Training

CODE = """\
# query: of the step that looks (d,); keys, values: of the steps it looks at (steps, d); mask: what it may not see
scores = np.where(mask, -np.inf, keys @ query / np.sqrt(len(query)))
e = np.exp(scores - scores.max())
weights = e / e.sum()
result = weights @ values
# heads: the results of all heads in a row; this one stands from {start} to {stop}
heads = np.concatenate([heads[:{start}], result, heads[{stop}:]])
y = heads @ output_weights + output_bias"""


@INSPECTIONS.register("glass_attention")
class GlassAttention(Glass):
    """One number of an attention layer: the query, the keys it is compared with, the weights, the values they mix.

    Arrays: `query` (d,); `keys` and `values` (steps, d); `scores`, `scaled` and `weights` (steps,), `mask` (steps,) what may not be
    seen; `result` (d,) of this head; `heads` (features,) of all; `output_weights` (features,) and `output_bias` ().
    Facts: `head`, `steps` the names of the steps that are looked at.
    """

    kinds: ClassVar[tuple[type[nn.Module], ...]] = (Attention,)
    what: ClassVar[str] = "attention layer"

    head: int = Field(0, ge=0, le=64, description="number of the head whose query, keys and values are shown, counted from 0")

    def _open(self, training: Training, place: Place, entered: Tensors, cell: Cell) -> Opened:
        module = place.module
        assert isinstance(module, Attention)
        if self.head >= module.heads:
            raise SpecError(f"{place.name} has no head {self.head}: it has {module.heads}, counted from 0 to {module.heads - 1}.")
        every = [_head(module, entered, cell.at[0], number) for number in range(module.heads)]
        arrays = {**every[self.head], "heads": np.concatenate([one["result"] for one in every])}
        arrays["output_weights"] = module.output.weight[cell.unit].detach().float().cpu().numpy().copy()
        arrays["output_bias"] = scalar(module.output.bias[cell.unit].detach())
        size = len(arrays["query"])
        code = CODE.format(start=self.head * size, stop=(self.head + 1) * size)
        asked = steps_of(training, place.role, self.example, len(arrays["keys"]))
        asking = steps_of(training, place.role, self.example, entered[0].shape[1])[cell.at[0]]
        facts = {"head": self.head, "steps": asked, "asking": asking}
        return Opened(self._words(place, cell, arrays, asked), _formula(arrays), code, arrays, facts)

    def _words(self, place: Place, cell: Cell, arrays: dict[str, np.ndarray], steps: list[str]) -> tuple[str, ...]:
        weights, size = arrays["weights"], len(arrays["query"])
        best = int(weights.argmax())
        part = float(arrays["result"] @ arrays["output_weights"][self.head * size : (self.head + 1) * size])
        said = [
            f"{place.name}, {cell}, head {self.head}: the step's query fits best the key of step {best} ({steps[best]!r}): "
            f"their products add up to {brief(arrays['scores'][best])}, divided by the root of {size} to {brief(arrays['scaled'][best])}. "
            f"It gets {share(weights[best])} of the weight.",
            f"The values, mixed by these weights, and the output matrix make {brief(part)}; "
            f"with the other heads and the bias {brief(arrays['output_bias'])} that is {brief(cell.value)}.",
        ]
        if arrays["mask"].any():
            said.append(f"{int(arrays['mask'].sum())} of {len(weights)} steps come later and are hidden: their weight is 0.")
        return tuple(said)


@torch.no_grad()
def _head(module: Attention, entered: Tensors, step: int, head: int) -> dict[str, np.ndarray]:
    """The parts of one head for one step that looks."""
    device = module.query.weight.device
    x, memory = entered[0][0].to(device), entered[-1][0].to(device)
    size = module.query.out_features // module.heads
    mine = slice(head * size, (head + 1) * size)
    query, keys, values = (
        part.float().cpu().numpy().copy()
        for part in (module.query(x[step])[mine], module.key(memory)[:, mine], module.value(memory)[:, mine])
    )
    scores = keys @ query
    mask = np.arange(len(keys)) > step if module.causal else np.zeros(len(keys), bool)
    scaled = scores / np.sqrt(size)
    exponentials = np.exp(np.where(mask, -np.inf, scaled - scaled[~mask].max()))
    weights = (exponentials / exponentials.sum()).astype(np.float32)
    return {
        "query": query,
        "keys": keys,
        "values": values,
        "scores": scores,
        "scaled": scaled,
        "mask": mask,
        "weights": weights,
        "result": weights @ values,
    }


def _formula(arrays: dict[str, np.ndarray]) -> str:
    best, size = int(arrays["weights"].argmax()), len(arrays["query"])
    shown = np.argsort(-arrays["weights"], kind="stable")[:3]
    mixed = ADDED.join(rf"{latex(arrays['weights'][j])}\, v_{{{j}}}" for j in shown)
    rest = rf"{ADDED}\dots" if len(arrays["weights"]) > 3 else ""
    score = rf"\frac{{{latex(arrays['scores'][best], last=True)}}}{{{latex(size**0.5)}}}"
    return below(
        aligned(f"s_{{{best}}}", rf"\frac{{q \cdot k_{{{best}}}}}{{\sqrt{{{size}}}}}", score, latex(arrays["scaled"][best], last=True)),
        aligned(f"a_{{{best}}}", rf"\frac{{e^{{s_{{{best}}}}}}}{{\sum_j e^{{s_j}}}}", latex(arrays["weights"][best])),
        aligned(r"\sum_j a_j v_j", f"{mixed}{rest}"),
    )
