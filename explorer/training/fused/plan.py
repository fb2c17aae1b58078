"""From modules, losses and optimisers to the numbers the kernel reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from explorer.experiment import LossSpec
from explorer.layers.sine import Sin
from explorer.training.fused import codes

# activation module -> its code, and the attribute that is its setting
ACTIVATIONS: dict[type[nn.Module], tuple[int, str]] = {
    nn.ReLU: (codes.RELU, ""),
    nn.LeakyReLU: (codes.LEAKY_RELU, "negative_slope"),
    nn.ELU: (codes.ELU, "alpha"),
    nn.SELU: (codes.SELU, ""),
    nn.CELU: (codes.CELU, "alpha"),
    nn.GELU: (codes.GELU, ""),
    nn.SiLU: (codes.SILU, ""),
    nn.Mish: (codes.MISH, ""),
    nn.Softplus: (codes.SOFTPLUS, "beta"),
    nn.Softsign: (codes.SOFTSIGN, ""),
    nn.Tanh: (codes.TANH, ""),
    nn.Sigmoid: (codes.SIGMOID, ""),
    nn.Hardtanh: (codes.HARD_TANH, ""),
    nn.ReLU6: (codes.RELU6, ""),
    nn.Hardsigmoid: (codes.HARD_SIGMOID, ""),
    nn.Hardswish: (codes.HARD_SWISH, ""),
    nn.Tanhshrink: (codes.TANHSHRINK, ""),
    Sin: (codes.SINE, "frequency"),
}

# loss -> its code for one output and for one output per class, and the field that is its setting
LOSSES: dict[str, tuple[int, int, str]] = {
    "cross_entropy": (codes.BINARY_CROSS_ENTROPY, codes.CROSS_ENTROPY, ""),
    "focal": (codes.BINARY_FOCAL, codes.FOCAL, "gamma"),
    "hinge": (codes.BINARY_HINGE, codes.HINGE, ""),
    "squared_error": (codes.BINARY_SQUARED_ERROR, codes.SQUARED_ERROR, ""),
    "mse": (codes.MSE, codes.MSE, ""),
    "mae": (codes.MAE, codes.MAE, ""),
    "huber": (codes.HUBER, codes.HUBER, "delta"),
    "log_cosh": (codes.LOG_COSH, codes.LOG_COSH, ""),
}


@dataclass(frozen=True)
class Rule:
    """How the kernel makes the updates of one of torch's optimisers.

    Attributes:
        memories: names in `optimizer.state` of what it remembers of every weight, at most two.
        counts: whether it keeps the number of steps; product: name of NAdam's product of momenta, or "".
    """

    code: int
    memories: tuple[str, ...] = ()
    counts: bool = True
    product: str = ""


RULES: dict[type[torch.optim.Optimizer], Rule] = {
    torch.optim.SGD: Rule(codes.SGD, ("momentum_buffer",), counts=False),
    torch.optim.Adagrad: Rule(codes.ADAGRAD, ("sum",)),
    torch.optim.RMSprop: Rule(codes.RMSPROP, ("square_avg",)),
    torch.optim.Adadelta: Rule(codes.ADADELTA, ("square_avg", "acc_delta")),
    torch.optim.Adam: Rule(codes.ADAM, ("exp_avg", "exp_avg_sq")),
    torch.optim.AdamW: Rule(codes.ADAMW, ("exp_avg", "exp_avg_sq")),
    torch.optim.NAdam: Rule(codes.NADAM, ("exp_avg", "exp_avg_sq"), product="mu_product"),
    torch.optim.RAdam: Rule(codes.RADAM, ("exp_avg", "exp_avg_sq")),
    torch.optim.Adamax: Rule(codes.ADAMAX, ("exp_avg", "exp_inf")),
}


@dataclass(frozen=True)
class Program:
    """A network as the kernel's table of operations.

    Attributes:
        ops: int64 (operations, codes.COLUMNS); settings: float64 (operations,).
        rows: numbers that flow through the network for one example, its input included.
        outputs: width of the last operation.
        drops: (width, p) of every dropout in forward order; mask_size: their numbers for one batch.
        spans: int64 (weights, 2), where each weight matrix begins and ends among the parameters.
    """

    ops: np.ndarray
    settings: np.ndarray
    rows: int
    outputs: int
    drops: tuple[tuple[int, float], ...]
    mask_size: int
    spans: np.ndarray


def leaves(network: nn.Module) -> list[nn.Module]:
    """The modules that compute something, in forward order (of a network without blocks)."""
    return [module for module in network.modules() if not list(module.children()) and not isinstance(module, nn.Flatten | nn.Identity)]


def dropped(network: nn.Module) -> tuple[float, ...]:
    """p of every dropout: what can change in a program while it runs."""
    return tuple(module.p for module in leaves(network) if isinstance(module, nn.Dropout))


def compile_program(network: nn.Module, inputs: int, batch_size: int) -> Program:
    """The table of operations of a plain multi-layer perceptron fed with `inputs` numbers per example."""
    offsets = _offsets(network)
    ops, settings, drops, row, width, mask = [], [], [], 0, inputs, 0
    for module in leaves(network):
        if isinstance(module, nn.Dropout) and module.p == 0:
            continue
        out, weight, bias = width, -1, -1
        if isinstance(module, nn.Linear):
            code, setting, out, weight = codes.LINEAR, 0.0, module.out_features, offsets[module.weight]
            bias = offsets[module.bias] if module.bias is not None else -1
        elif isinstance(module, nn.Dropout):
            code, setting = codes.DROPOUT, 1 / (1 - module.p)
            drops.append((width, module.p))
        else:
            code, attribute = ACTIVATIONS[type(module)]
            setting = getattr(module, attribute) if attribute else 0.0
        ops.append((code, row, row + width, width, out, weight, bias, mask))
        settings.append(setting)
        mask += batch_size * width * (code == codes.DROPOUT)
        row, width = row + width, out
    spans = [(offsets[p], offsets[p] + p.numel()) for p in network.parameters() if p.dim() >= 2]
    return Program(
        np.array(ops, np.int64).reshape(-1, codes.COLUMNS),
        np.array(settings, np.float64),
        row + width,
        width,
        tuple(drops),
        mask,
        np.array(spans, np.int64).reshape(-1, 2),
    )


def _offsets(network: nn.Module) -> dict[nn.Parameter, int]:
    """Where each parameter begins when all lie one behind the other."""
    offsets, at = {}, 0
    for parameter in network.parameters():
        offsets[parameter] = at
        at += parameter.numel()
    return offsets


def loss_code(loss: LossSpec, outputs: int) -> tuple[int, float]:
    """(code, setting) of a loss for a network with this many outputs."""
    single, several, field = LOSSES[loss.kind]
    return (single if outputs == 1 else several), float(getattr(loss, field)) if field else 0.0


def rule_settings(group: dict) -> np.ndarray:
    """The settings in one of torch's parameter groups, where the kernel looks for them."""
    settings = np.zeros(codes.SETTINGS)
    beta1, beta2 = group.get("betas", (0.0, 0.0))
    found = {
        codes.WEIGHT_DECAY: group["weight_decay"],
        codes.MOMENTUM: group.get("momentum", 0.0),
        codes.NESTEROV: group.get("nesterov", False),
        codes.BETA1: beta1,
        codes.BETA2: beta2,
        codes.EPS: group.get("eps", 0.0),
        codes.RHO: group.get("rho", group.get("alpha", 0.0)),
        codes.MOMENTUM_DECAY: group.get("momentum_decay", 0.0),
    }
    settings[list(found)] = list(found.values())
    return settings
