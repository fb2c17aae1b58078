from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from explorer.inspections.base import INSPECTIONS
from explorer.inspections.glass import Cell, Glass, Opened, Tensors, scalar
from explorer.inspections.places import Place, steps_of
from explorer.inspections.wording import ADDED, aligned, below, brief, latex
from explorer.layers.recurrent import Recurrent
from explorer.training.loop import Training

SIGMOID = """\
def sigmoid(v):
    return 1 / (1 + np.exp(-v))

"""
SUMS = """\
# a row of weights for each gate of this unit; before: what all units gave a step earlier
"""


class _Kind(ABC):
    """One kind of recurrent layer: its gates in torch's order, and what they make."""

    gates: ClassVar[tuple[str, ...]]
    code: ClassVar[str]  # {} stands for the number of the unit

    @abstractmethod
    def values(self, fed: np.ndarray, kept: np.ndarray, before: float, cell: float) -> dict[str, float]:
        """The gates and what they make.

        Args:
            fed: what the input sends into each gate, bias included.
            kept: the same of the outputs before.
            before: what the unit gave a step earlier.
            cell: what its memory was.
        """

    @abstractmethod
    def formula(self, v: dict[str, float], before: float, cell: float) -> str:
        """LaTeX of the last step, with today's numbers."""

    @abstractmethod
    def words(self, v: dict[str, float], before: float, cell: float) -> str:
        """The last step in words."""


class _Lstm(_Kind):
    gates = ("input", "forget", "candidate", "output")
    code = (
        SIGMOID
        + SUMS
        + """\
sums = input_weights @ x + input_bias + hidden_weights @ before + hidden_bias
i, f, g, o = sigmoid(sums[0]), sigmoid(sums[1]), np.tanh(sums[2]), sigmoid(sums[3])
cell = f * cell_before + i * g
y = o * np.tanh(cell)"""
    )

    def values(self, fed: np.ndarray, kept: np.ndarray, before: float, cell: float) -> dict[str, float]:
        i, f, g, o = fed + kept
        i, f, g, o = _sigmoid(i), _sigmoid(f), float(np.tanh(g)), _sigmoid(o)
        return {"input": i, "forget": f, "candidate": g, "output": o, "cell": f * cell + i * g}

    def formula(self, v: dict[str, float], before: float, cell: float) -> str:
        numbers = rf"{latex(v['forget'])} \cdot {latex(cell)}{ADDED}{latex(v['input'])} \cdot {latex(v['candidate'])}"
        memory = aligned("c", r"f\, c_{t-1} + i\, g", numbers, latex(v["cell"], last=True))
        squeezed = float(np.tanh(v["cell"]))
        given = aligned("h", r"o \tanh(c)", rf"{latex(v['output'])} \cdot {latex(squeezed)}", latex(v["output"] * squeezed, last=True))
        return below(memory, given)

    def words(self, v: dict[str, float], before: float, cell: float) -> str:
        kept = f"The forget gate keeps {brief(v['forget'])} of the memory {brief(cell)}"
        new = f"the input gate lets {brief(v['input'])} of the candidate {brief(v['candidate'])} in"
        return f"{kept}; {new}: the memory is now {brief(v['cell'])}. The output gate gives out {brief(v['output'])} of its tanh."


class _Gru(_Kind):
    gates = ("reset", "update", "candidate")
    code = (
        SIGMOID
        + SUMS
        + """\
fed, kept = input_weights @ x + input_bias, hidden_weights @ before + hidden_bias
r, z = sigmoid(fed[0] + kept[0]), sigmoid(fed[1] + kept[1])
n = np.tanh(fed[2] + r * kept[2])
y = (1 - z) * n + z * before[{}]"""
    )

    def values(self, fed: np.ndarray, kept: np.ndarray, before: float, cell: float) -> dict[str, float]:
        r, z = _sigmoid(fed[0] + kept[0]), _sigmoid(fed[1] + kept[1])
        return {"reset": r, "update": z, "candidate": float(np.tanh(fed[2] + r * kept[2]))}

    def formula(self, v: dict[str, float], before: float, cell: float) -> str:
        z, n = v["update"], v["candidate"]
        numbers = rf"{latex(1 - z)} \cdot {latex(n)}{ADDED}{latex(z)} \cdot {latex(before)}"
        return aligned("h", r"(1 - z)\, n + z\, h_{t-1}", numbers, latex((1 - z) * n + z * before, last=True))

    def words(self, v: dict[str, float], before: float, cell: float) -> str:
        return (
            f"The reset gate lets {brief(v['reset'])} of the old outputs into the candidate, which is {brief(v['candidate'])}. "
            f"The update gate keeps {brief(v['update'])} of the unit's old output {brief(before)} and takes the rest from the candidate."
        )


class _Rnn(_Kind):
    gates = ("sum",)
    code = SUMS + "y = np.tanh(input_weights @ x + input_bias + hidden_weights @ before + hidden_bias)[0]"

    def values(self, fed: np.ndarray, kept: np.ndarray, before: float, cell: float) -> dict[str, float]:
        return {"sum": float((fed + kept)[0])}

    def formula(self, v: dict[str, float], before: float, cell: float) -> str:
        numbers = rf"\tanh({latex(v['sum'], last=True)})"
        return aligned("h", r"\tanh(W x_t + U h_{t-1} + b)", numbers, latex(np.tanh(v["sum"]), last=True))

    def words(self, v: dict[str, float], before: float, cell: float) -> str:
        return f"All of it adds up to {brief(v['sum'])}; the tanh of it is given out."


class _ReluRnn(_Rnn):
    code = SUMS + "y = np.maximum(input_weights @ x + input_bias + hidden_weights @ before + hidden_bias, 0)[0]"

    def formula(self, v: dict[str, float], before: float, cell: float) -> str:
        numbers = rf"\max(0, {latex(v['sum'], last=True)})"
        return aligned("h", r"\max(0, W x_t + U h_{t-1} + b)", numbers, latex(max(v["sum"], 0)))

    def words(self, v: dict[str, float], before: float, cell: float) -> str:
        return f"All of it adds up to {brief(v['sum'])}; what is below 0 is cut off."


CELLS: Mapping[str, _Kind] = {"LSTM": _Lstm(), "GRU": _Gru(), "RNN_TANH": _Rnn(), "RNN_RELU": _ReluRnn()}


@INSPECTIONS.register("glass_lstm")
class GlassLstm(Glass):
    """One number of an LSTM, GRU or RNN: the gates, the candidate, the memory and what is given out.

    Arrays: `x` (features,) the input of the step; `before` (hidden,) what the units gave a step earlier; `input_weights` (gates,
    features), `hidden_weights` (gates, hidden), `input_bias` and `hidden_bias` (gates,) of this unit; `cell_before` () its memory.
    Facts: `gates` their names in order; `values` name -> number of the gates and the memory; `step` the name of the step.
    """

    kinds: ClassVar[tuple[type[nn.Module], ...]] = (Recurrent,)
    what: ClassVar[str] = "recurrent layer"

    @classmethod
    def title(cls) -> str:
        return "Recurrent cell under the glass"

    def _open(self, training: Training, place: Place, entered: Tensors, cell: Cell) -> Opened:
        layer = place.module
        assert isinstance(layer, Recurrent)
        kind = CELLS[layer.cell.mode]
        arrays = _parts(layer, entered[0], cell, len(kind.gates))
        unit = cell.unit % layer.cell.hidden_size
        fed = arrays["input_weights"] @ arrays["x"] + arrays["input_bias"]
        kept = arrays["hidden_weights"] @ arrays["before"] + arrays["hidden_bias"]
        before, memory = float(arrays["before"][unit]), float(arrays["cell_before"])
        values = kind.values(fed, kept, before, memory)
        step = steps_of(training, place.role, self.example, entered[0].shape[1])[cell.at[0]]
        words = (
            f"{place.name}, {cell} ({step!r}): the input has {len(arrays['x'])} numbers; {len(arrays['before'])} units gave theirs before.",
            kind.words(values, before, memory),
            f"The unit gives {brief(cell.value)}; a step earlier it gave {brief(before)}.",
        )
        facts = {"gates": list(kind.gates), "values": values, "step": step, "cell": layer.cell.mode}
        return Opened(words, kind.formula(values, before, memory), kind.code.format(unit), arrays, facts)


@torch.no_grad()
def _parts(layer: Recurrent, entered: torch.Tensor, cell: Cell, gates: int) -> dict[str, np.ndarray]:
    """What makes one unit's number at one step."""
    hidden, step = layer.cell.hidden_size, cell.at[0]
    backward, unit = divmod(cell.unit, hidden)
    way = "l0_reverse" if backward else "l0"
    weights = {name: layer.cell.get_parameter(f"{name}_{way}").float().cpu() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    rows = [gate * hidden + unit for gate in range(gates)]
    x = entered.to(next(layer.parameters()).device)
    outputs = layer.cell(x)[0][0, :, backward * hidden : (backward + 1) * hidden].float().cpu()
    memory = layer.gates(x, bool(backward)).get("cell")
    earlier = step + 1 if backward else step - 1
    begins = not 0 <= earlier < len(outputs)
    return {
        "x": entered[0, step].numpy().copy(),
        "before": (torch.zeros(hidden) if begins else outputs[earlier]).numpy().copy(),
        "input_weights": weights["weight_ih"][rows].numpy(),
        "hidden_weights": weights["weight_hh"][rows].numpy(),
        "input_bias": weights["bias_ih"][rows].numpy(),
        "hidden_bias": weights["bias_hh"][rows].numpy(),
        "cell_before": scalar(0.0 if begins or memory is None else memory[0, earlier, unit]),
    }


def _sigmoid(v: float) -> float:
    return float(1 / (1 + np.exp(-v)))
