"""What rules of backpropagation ask of a network, and where it does not give it.

Decided: while DeepLift runs, every layer with a rule is fed a copy of what the layer before gave.
Because: Captum (0.9) hangs both layers' hooks on the one tensor between them, and the first then passes on what the second had not
changed yet: of a ReLU with max pooling behind it the numbers miss the difference of the scores by as much as half. So they meet it.
Instead of: not offering it where two such layers follow each other, which is every convolutional network.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import nn

from explorer.interpret.bends import Step, holds, way
from explorer.interpret.subject import Subject

POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
# bends that DeepLift can share out exactly; Captum's rule for a softmax does not keep the sum
DEEP_LIFT = (nn.ReLU, nn.ELU, nn.LeakyReLU, nn.Sigmoid, nn.Tanh, nn.Softplus, *POOLS)


def lacks_deep_lift(subject: Subject) -> str:
    """Why DeepLift is not right for a network, in a sentence; "" where it is."""
    lacking, again = way(subject).lacking(*DEEP_LIFT), way(subject).reused(*DEEP_LIFT)
    if lacking:
        return no_rule(lacking)
    if again is not None:
        return used_again(again)
    if any(isinstance(module, POOLS) and _overlaps(module) for module in way(subject).calls):
        return "Its rule for the largest of a window needs windows that do not overlap, and those of this network do."
    return ""


def lacks_relu(subject: Subject) -> str:
    """Why methods that change the way back through ReLU are not worth asking, in a sentence; "" where they are."""
    bends = [step for step in way(subject).bends if step.what == "Relu"]
    outside = [step for step in bends if not isinstance(step.module, nn.ReLU)]
    if outside:
        return f"It changes the way back through ReLU layers, and here ReLU is computed {told(outside[0])} without being a layer."
    return "" if bends else "It changes the way back through ReLU, and this network has none: it would be the plain gradient. Use Saliency."


def no_rule(step: Step) -> str:
    """That a bend has no rule, and what to do."""
    if step.module is None or holds(step.module):
        return (
            f"It has no rule for {step.what}, which is computed outside of the layers. Use Integrated gradients, make it a layer, "
            "or explain the score where a probability is explained."
        )
    kind = type(step.module).__name__
    return f"It has no rule for what {step.where} does ({kind}). Use Integrated gradients, or a network without it."


def used_again(module: nn.Module) -> str:
    """That a layer is used more than once, and what to do."""
    return (
        f"Its rule sees each layer once, and one of type {type(module).__name__} is used more than once in one pass. Make each use a layer."
    )


def told(step: Step) -> str:
    """Where a step happens."""
    return step.where if step.module is None else f"in {step.where}"


def _overlaps(pool: Any) -> bool:
    sizes = [value if isinstance(value, tuple) else (value,) for value in (pool.kernel_size, pool.stride, pool.dilation)]
    width = max(len(size) for size in sizes)
    windows, strides, spread = (size * (width // len(size)) for size in sizes)
    return any(stride < window or apart > 1 for window, stride, apart in zip(windows, strides, spread, strict=True))


@contextmanager
def apart(model: nn.Module) -> Generator[None]:
    """While the block runs, no two layers that DeepLift has a rule for share a tensor; Captum's warning of hooks is silent."""
    with hooks_expected(), ExitStack() as stack:
        for module in model.modules():
            if type(module) in DEEP_LIFT:
                stack.callback(module.register_forward_pre_hook(lambda _module, given: given[0].clone()).remove)
        yield


@contextmanager
def hooks_expected() -> Generator[None]:
    """While the block runs, Captum does not warn that it sets hooks, which it takes away again."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Setting (forward, )?backward hooks", UserWarning)
        yield
