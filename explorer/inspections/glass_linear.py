from __future__ import annotations

from typing import ClassVar

import numpy as np
from torch import nn

from explorer.inspections.base import INSPECTIONS
from explorer.inspections.glass import Cell, Glass, Opened, Tensors, scalar
from explorer.inspections.places import Place, sees_data
from explorer.inspections.wording import aligned, brief, counted, latex, latex_sum
from explorer.training.loop import Training

CODE = """\
# inputs, weights: one of each for every input; bias: one number
products = inputs * weights
y = products.sum() + bias"""


@INSPECTIONS.register("glass_linear")
class GlassLinear(Glass):
    """One number of a Linear layer: every input times its weight, their sum, the bias.

    Arrays: `inputs`, `weights` and `products` (inputs,), `bias` ().
    """

    kinds: ClassVar[tuple[type[nn.Module], ...]] = (nn.Linear,)
    what: ClassVar[str] = "Linear layer"

    def _open(self, training: Training, place: Place, entered: Tensors, cell: Cell) -> Opened:
        module = place.module
        assert isinstance(module, nn.Linear)
        inputs, weights = entered[0][0][cell.at].numpy(), module.weight[cell.unit].detach().float().cpu().numpy()
        bias = 0.0 if module.bias is None else float(module.bias[cell.unit].detach())
        products = inputs * weights
        total = float(products.sum())
        arrays = {"inputs": inputs.copy(), "weights": weights.copy(), "products": products, "bias": scalar(bias)}
        names = _names(training, place, len(inputs))
        most = int(np.abs(products).argmax())
        words = (
            f"{place.name}, {cell}: {counted(len(inputs), 'input')} times {counted(len(weights), 'weight')} add up to {brief(total)}; "
            f"with the bias {brief(bias)} that is {brief(cell.value)}.",
            f"Most comes from {names[most]}: {brief(inputs[most])} times the weight {brief(weights[most])} is {brief(products[most])}.",
        )
        added = f"{latex(bias)} + {latex_sum(weights, inputs)}"
        formula = aligned("y", r"b + \sum_i w_i x_i", added, latex(cell.value, last=True))
        return Opened(words, formula, CODE, arrays, {"names": names})


def _names(training: Training, place: Place, inputs: int) -> list[str]:
    """What the inputs are called: by name where the layer is the first and is fed the data themselves."""
    names = training.state.dataset.input_names
    first = training.state.networks[place.role].layer_ids[0] == place.layer
    if first and sees_data(training, place.role) and len(names) == inputs:
        return list(names)
    return [f"input {i}" for i in range(inputs)]
