r"""Of what products the gradient of one weight is the sum, layer by layer.

Decided: a rule for each kind of torch module, found by its class; a module without one shows its gradient only.
Because: the same few modules (Linear, Conv, norms, ...) do the work inside every layer and block.
Instead of: a method of every layer, which would say the same thing again for each block that holds a Linear.

In every rule delta is d loss / d output of the module, for one example, and a is what the module was fed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch

import torch
from torch import nn
from torch.nn import functional as F

from explorer.layers.positional_encoding_learned import AddPositions

Index = tuple[int, ...]


@dataclass(frozen=True)
class Passed:
    """What went through a module with n examples: a (n, ...) in, z (n, ...) out, delta (n, ...) = d loss / d z. Rules take n = 1."""

    a: torch.Tensor
    z: torch.Tensor
    delta: torch.Tensor

    def only(self, number: int) -> Passed:
        """What went through with one of the examples."""
        one = slice(number, number + 1)
        return Passed(self.a[one], self.z[one], self.delta[one])


@dataclass(frozen=True)
class Products:
    """The gradient of a weight as a sum.

    Attributes:
        left, right: (n,) each, whose products add up to the gradient.
        signs: LaTeX of one of each.
        names: what they are, in words.
        over: what the n are: "position", "time step", ...
        code: an expression of `delta` and `a` in torch that gives the gradient; "" where that is no short one.
    """

    left: torch.Tensor
    right: torch.Tensor
    signs: tuple[str, str]
    names: tuple[str, str]
    over: str
    code: str = ""


@singledispatch
def products(module: nn.Module, name: str, index: Index, passed: Passed) -> Products | None:
    """The products for the weight at `index` of the module's parameter `name`; None where there is no rule."""
    return None


def alone(left: torch.Tensor, sign: str, meaning: str, over: str, code: str) -> Products:
    """A sum of derivatives that nothing is multiplied with."""
    left = left.flatten()
    return Products(left, torch.ones_like(left), (sign, ""), (meaning, ""), over, code)


def _slope(unit: int) -> tuple[str, str]:
    return rf"\delta_{{{unit}}}", f"d loss / d output of unit {unit}"


@products.register
def _linear(module: nn.Linear, name: str, index: Index, passed: Passed) -> Products:
    sign, meaning = _slope(index[0])
    left = passed.delta[..., index[0]].flatten()
    if name == "bias":
        return alone(left, sign, meaning, "position", f"delta[..., {index[0]}].sum()")
    right = passed.a[..., index[1]].flatten()
    names = (meaning, f"what comes in from {index[1]}")
    code = f"(delta[..., {index[0]}] * a[..., {index[1]}]).sum()"
    return Products(left, right, (sign, f"a_{{{index[1]}}}"), names, "position", code)


@products.register(nn.Conv1d)
@products.register(nn.Conv2d)
def _conv(module: nn.Conv1d | nn.Conv2d, name: str, index: Index, passed: Passed) -> Products:
    sign, meaning = _slope(index[0])
    left = passed.delta[0, index[0]]
    if name == "bias":
        return alone(left, sign, meaning, "position", f"delta[0, {index[0]}].sum()")
    channel = index[0] // (module.out_channels // module.groups) * module.weight.shape[1] + index[1]
    border = module._reversed_padding_repeated_twice
    cut = _cut(index[2:], module.dilation, module.stride, left.shape)
    right = F.pad(passed.a, border)[(0, channel, *cut)]
    names = (meaning, f"what the place of the weight in the filter sees of channel {channel}")
    code = f"(delta[0, {index[0]}] * torch.nn.functional.pad(a, {border})[0, {channel}, {_written(cut)}]).sum()"
    return Products(left.flatten(), right.flatten(), (sign, f"a_{{{channel}}}"), names, "position", code)


@products.register
def _stamp(module: nn.ConvTranspose2d, name: str, index: Index, passed: Passed) -> Products:
    if name == "bias":
        sign, meaning = _slope(index[0])
        return alone(passed.delta[0, index[0]], sign, meaning, "position", f"delta[0, {index[0]}].sum()")
    unit = index[0] // (module.in_channels // module.groups) * module.weight.shape[1] + index[1]
    sign, meaning = _slope(unit)
    border = [int(size) for padding in reversed(module.padding) for size in (padding, padding)]
    cut = _cut(index[2:], module.dilation, module.stride, passed.a.shape[2:])
    left, right = F.pad(passed.delta, border)[(0, unit, *cut)], passed.a[0, index[0]]
    names = (f"{meaning} where the weight is stamped", f"the pixel of channel {index[0]} that stamps it")
    code = f"(torch.nn.functional.pad(delta, {border})[0, {unit}, {_written(cut)}] * a[0, {index[0]}]).sum()"
    return Products(left.flatten(), right.flatten(), (sign, f"a_{{{index[0]}}}"), names, "position", code)


def _cut(place: Index, dilation: tuple[int, ...], stride: tuple[int, ...], counts: tuple[int, ...]) -> tuple[slice, ...]:
    """Along each axis, the numbers that one place of a filter meets as the filter takes `counts` positions."""
    starts = [at * apart for at, apart in zip(place, dilation, strict=True)]
    return tuple(slice(at, at + (n - 1) * by + 1, by) for at, n, by in zip(starts, counts, stride, strict=True))


def _written(cut: tuple[slice, ...]) -> str:
    return ", ".join(f"{one.start}:{one.stop}:{one.step}" for one in cut)


@products.register
def _embedding(module: nn.Embedding, name: str, index: Index, passed: Passed) -> Products:
    sign, meaning = _slope(index[1])
    left = passed.delta[..., index[1]][passed.a == index[0]]
    return alone(left, sign, f"{meaning} where token {index[0]} stands", "place", f"delta[..., {index[1]}][a == {index[0]}].sum()")


@products.register
def _positions(module: AddPositions, name: str, index: Index, passed: Passed) -> Products:
    sign, meaning = _slope(index[1])
    return alone(passed.delta[0][index], sign, f"{meaning} at step {index[0]}", "position", f"delta[0, {index[0]}, {index[1]}]")


# -- normalisation


@products.register(nn.BatchNorm1d)
@products.register(nn.BatchNorm2d)
def _batch_norm(module: nn.BatchNorm1d | nn.BatchNorm2d, name: str, index: Index, passed: Passed) -> Products:
    call = "batch_norm(a, layer.running_mean, layer.running_var, eps=layer.eps)"
    return _of_channel(name, index, passed, F.batch_norm(passed.a, module.running_mean, module.running_var, eps=module.eps), call)


@products.register
def _instance_norm(module: nn.InstanceNorm2d, name: str, index: Index, passed: Passed) -> Products:
    return _of_channel(name, index, passed, F.instance_norm(passed.a, eps=module.eps), "instance_norm(a, eps=layer.eps)")


@products.register
def _group_norm(module: nn.GroupNorm, name: str, index: Index, passed: Passed) -> Products:
    normal = F.group_norm(passed.a, module.num_groups, eps=module.eps)
    return _of_channel(name, index, passed, normal, "group_norm(a, layer.num_groups, eps=layer.eps)")


@products.register
def _layer_norm(module: nn.LayerNorm, name: str, index: Index, passed: Passed) -> Products:
    normal = F.layer_norm(passed.a, module.normalized_shape, eps=module.eps)
    return _of_number(name, index, passed, normal, "layer_norm(a, layer.normalized_shape, eps=layer.eps)")


@products.register
def _rms_norm(module: nn.RMSNorm, name: str, index: Index, passed: Passed) -> Products:
    normal = F.rms_norm(passed.a, module.normalized_shape, eps=module.eps)
    return _of_number(name, index, passed, normal, "rms_norm(a, layer.normalized_shape, eps=layer.eps)")


def _of_channel(name: str, index: Index, passed: Passed, normal: torch.Tensor, call: str) -> Products:
    """Scale or shift of a channel: all its positions have the same one."""
    return _of_norm(name, index[0], (passed.delta[0, index[0]], normal[0, index[0]]), f"[0, {index[0]}]", call)


def _of_number(name: str, index: Index, passed: Passed, normal: torch.Tensor, call: str) -> Products:
    """Scale or shift of a number of the vector or picture that is normalised."""
    written = f"[..., {', '.join(map(str, index))}]"
    return _of_norm(name, index[-1], (passed.delta[(..., *index)], normal[(..., *index)]), written, call)


def _of_norm(name: str, unit: int, pair: tuple[torch.Tensor, torch.Tensor], at: str, call: str) -> Products:
    sign, meaning = _slope(unit)
    if name == "bias":
        return alone(pair[0], sign, meaning, "position", f"delta{at}.sum()")
    names = (meaning, "what comes in, normalised")
    code = f"(delta{at} * torch.nn.functional.{call}{at}).sum()"
    return Products(pair[0].flatten(), pair[1].flatten(), (sign, rf"\hat a_{{{unit}}}"), names, "position", code)


# -- recurrent layers


@products.register
def _recurrent(module: nn.RNNBase, name: str, index: Index, passed: Passed) -> Products:
    """The same weight acts at every step: its gradient is a sum over time."""
    backward, remembers, size = name.endswith("_reverse"), "_hh_" in name, module.hidden_size
    order = -1 if backward else 1
    walk = Walk(module, _turned(passed.a.detach(), order), "l0_reverse" if backward else "l0")
    delta = _turned(passed.delta[..., size:] if backward else passed.delta[..., :size], order)
    slopes = torch.autograd.grad(walk.outputs, walk.remembered if remembers else walk.entered, delta)
    left = torch.stack(slopes[::order])[:, 0, index[0]]
    sign, meaning = rf"\delta_{{{index[0]}}}[t]", _gate(module, index[0])
    if "bias" in name:
        return alone(left, sign, meaning, "time step", "")
    source = torch.stack(walk.before[::order])[:, 0] if remembers else passed.a[0]
    word = f"the output of unit {index[1]} at the step read before" if remembers else f"input {index[1]}"
    signs = (sign, rf"h_{{{index[1]}}}[t-1]" if remembers else rf"x_{{{index[1]}}}[t]")
    return Products(left, source[:, index[1]].detach(), signs, (meaning, word), "time step")


def _gate(cell: nn.RNNBase, row: int) -> str:
    """What the sum in a row of a recurrent module's weights is for."""
    gate = GATES[cell.mode][row // cell.hidden_size]
    return f"d loss / d sum of {f'the {gate} of ' if gate else ''}unit {row % cell.hidden_size}"


def _turned(x: torch.Tensor, order: int) -> torch.Tensor:
    """Steps (1, T, ...) from the first on, or from the last on where `order` is -1."""
    return x.flip(1) if order < 0 else x


class Walk:
    """A recurrent module computed step by step, so that every step's sums can be asked for their gradient.

    Attributes:
        fed: (1, T, features).
        entered, remembered: at each step what the input, and what the last output, send into the sums of all gates, (1, gates * hidden).
        before: the output of the step before, (1, hidden).
        outputs: (1, T, hidden), equal to torch's own.
    """

    def __init__(self, cell: nn.RNNBase, fed: torch.Tensor, which: str) -> None:
        self.fed = fed
        self.entered: list[torch.Tensor] = []
        self.remembered: list[torch.Tensor] = []
        self.before: list[torch.Tensor] = []
        step, h = STEPS[cell.mode], fed.new_zeros(1, cell.hidden_size)
        memory, outputs = h, []
        with torch.enable_grad():
            for now in fed.unbind(1):
                self.before.append(h)
                self.entered.append(F.linear(now, cell.get_parameter(f"weight_ih_{which}"), cell.get_parameter(f"bias_ih_{which}")))
                self.remembered.append(F.linear(h, cell.get_parameter(f"weight_hh_{which}"), cell.get_parameter(f"bias_hh_{which}")))
                h, memory = step(self.entered[-1], self.remembered[-1], h, memory)
                outputs.append(h)
            self.outputs = torch.stack(outputs, 1)


Step = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def _lstm(entered: torch.Tensor, remembered: torch.Tensor, h: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    i, f, g, o = (entered + remembered).chunk(4, 1)
    memory = f.sigmoid() * memory + i.sigmoid() * g.tanh()
    return o.sigmoid() * memory.tanh(), memory


def _gru(entered: torch.Tensor, remembered: torch.Tensor, h: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    (r, z, n), (hr, hz, hn) = entered.chunk(3, 1), remembered.chunk(3, 1)
    z = (z + hz).sigmoid()
    return (1 - z) * (n + (r + hr).sigmoid() * hn).tanh() + z * h, memory


STEPS: dict[str, Step] = {
    "RNN_TANH": lambda entered, remembered, h, memory: ((entered + remembered).tanh(), memory),
    "RNN_RELU": lambda entered, remembered, h, memory: ((entered + remembered).relu(), memory),
    "LSTM": _lstm,
    "GRU": _gru,
}
GATES = {
    "RNN_TANH": ("",),
    "RNN_RELU": ("",),
    "LSTM": ("input gate", "forget gate", "candidate", "output gate"),
    "GRU": ("reset gate", "update gate", "candidate"),
}
