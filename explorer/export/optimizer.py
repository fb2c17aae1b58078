"""The optimiser of a run as the call that makes it."""

from __future__ import annotations

import inspect

import torch

from explorer.experiment import OptimizerSpec


def optimizer_call(spec: OptimizerSpec) -> str:
    """ "torch.optim.Adam(model.parameters(), lr=0.01, foreach=False)": every setting that is not torch's own default."""
    optimizer = spec.build([torch.nn.Parameter(torch.zeros(1))])
    parameters = inspect.signature(type(optimizer).__init__).parameters
    said = [
        f"{name}={value!r}"
        for name, value in optimizer.defaults.items()
        if name in parameters and (name == "lr" or value != parameters[name].default)
    ]
    return f"torch.optim.{type(optimizer).__name__}({', '.join(['model.parameters()', *said])})"
