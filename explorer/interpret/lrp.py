from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import ClassVar

import torch
from captum.attr import LRP as Propagation
from captum.attr._utils.lrp_rules import EpsilonRule, GammaRule
from pydantic import Field
from torch import nn

from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.bends import holds, way
from explorer.interpret.of_training import Scored
from explorer.interpret.rules import POOLS, no_rule, told, used_again
from explorer.interpret.subject import Subject
from explorer.layers.global_max_pool2d import MaxOverPixels
from explorer.layers.max_over_time import LargestOfSteps
from explorer.layers.parallel import SideBySide
from explorer.layers.residual import AddToInput
from explorer.layers.stochastic_depth import AddSometimes

PASSED = (nn.ReLU, nn.Tanh)  # relevance goes through unchanged: Captum's own rule for them
STRETCHED = (nn.LeakyReLU, *POOLS, MaxOverPixels, LargestOfSteps)  # f(a x) = a f(x) for a > 0: the epsilon rule keeps the sum
JOINED = (AddToInput, AddSometimes, SideBySide)  # our blocks in which ways part and meet
JOIN, GIVEN = "what is added up", "what comes in"
WEIGHED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


@EXPLANATIONS.register("lrp")
class Lrp(Map):
    """Hands the score back from layer to layer, to every unit in proportion to what it contributed, down to the input.

    Layer-wise relevance propagation. The numbers add up to the score, less what the biases say and what epsilon swallows. With gamma 0
    in a network of ReLUs without epsilon it is the input times the gradient; gamma favours what speaks for the answer and is calmer.
    Source: Bach et al., "On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance Propagation", 2015;
    Montavon et al., "Layer-Wise Relevance Propagation: An Overview", 2019 (gamma).
    """

    group: ClassVar[str] = "Rules of backpropagation"
    label: ClassVar[str] = "LRP (relevance, layer by layer)"
    gradients: ClassVar[bool] = True
    fits: ClassVar[tuple[str, ...]] = ("image", "audio", "table", "series", "points")
    meaning: ClassVar[str] = "A number is the part of the score that is handed back to this part of the input; biases keep a part of it."

    epsilon: float = Field(
        1e-6, ge=0, le=10, description="added to what a unit received before it is shared out: more swallows weak contributions"
    )
    gamma: float = Field(0, ge=0, le=10, description="how much more positive weights count: 0 treats all alike")

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or _lacks(subject)

    def passes(self, subject: Subject) -> int:
        return 2

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        model = nn.Sequential(subject.answer.network, Read(subject.answer, x)) if isinstance(subject.answer, Scored) else subject.answer
        with joined(model), ruled(model, self.epsilon, self.gamma):
            return Propagation(model).attribute(subject.leaf(x), target=target)


class Read(nn.Module):
    """What is made of a network's answers for inputs `x`, as a layer that has a rule of its own."""

    def __init__(self, scored: Scored, x: torch.Tensor) -> None:
        super().__init__()
        self._read, self._x = scored.read, x

    def forward(self, output: torch.Tensor) -> torch.Tensor:
        return self._read(output, self._x)


class Join(nn.Module):
    """What several ways give, added up: a sum that has a rule."""

    def forward(self, *parts: torch.Tensor) -> torch.Tensor:
        return torch.stack(parts).sum(0)


class Given(nn.Module):
    """What comes in, as a layer of its own: ways that part begin with a layer that has a rule."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.clone()


@contextmanager
def joined(model: nn.Module) -> Generator[None]:
    """While the block runs, our blocks that add ways up do so in a layer; every way that is no straight one begins with one."""
    blocks = [block for block in model.modules() if isinstance(block, JOINED)]
    for block in blocks:
        block.add_module(JOIN, Join())
        for number in range(len(_ways(block))):
            block.add_module(f"{GIVEN} {number}", Given())
        block.forward = partial(_through, block)
    try:
        yield
    finally:
        for block in blocks:
            del block.forward
            for name in [name for name, _ in block.named_children() if name == JOIN or name.startswith(GIVEN)]:
                delattr(block, name)


def _ways(block: nn.Module) -> list[nn.Module]:
    """Those that the input of a block goes, without the straight one; those of branches side by side."""
    if isinstance(block, SideBySide):
        return [branch for name, branch in block.named_children() if name != JOIN and not name.startswith(GIVEN)]
    return [block.get_submodule("body")]


def _through(block: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What a block does, with its sum as a layer."""
    made = [one(block.get_submodule(f"{GIVEN} {number}")(x)) for number, one in enumerate(_ways(block))]
    if isinstance(block, SideBySide):
        return torch.cat(made, block.axis) if block.axis is not None else block.get_submodule(JOIN)(*made)
    return block.get_submodule(JOIN)(x, *made)


@contextmanager
def ruled(model: nn.Module, epsilon: float, gamma: float) -> Generator[None]:
    """While the block runs, every module without modules inside has a rule; afterwards all traces are gone."""
    leaves = [module for module in model.modules() if not holds(module)]
    handles = [module.register_forward_hook(_of_its_own) for module in leaves]
    for module in leaves:
        if not isinstance(module, (*PASSED, nn.Dropout)):
            module.rule = _rule(module, epsilon, gamma)  # ty: ignore[invalid-assignment]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        for module in leaves:
            for left in ("rule", "activations"):
                module.__dict__.pop(left, None)


def _of_its_own(_module: nn.Module, given: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor | None:
    """A layer that gives what it was given gives a copy: Captum would hang what comes before and what comes after on one tensor."""
    return output.clone() if any(output is one for one in given) else None


def _rule(module: nn.Module, epsilon: float, gamma: float) -> EpsilonRule | GammaRule:
    if not gamma or not isinstance(module, WEIGHED):
        return EpsilonRule(epsilon)
    rule = GammaRule(gamma)
    rule.STABILITY_FACTOR = epsilon
    return rule


def _lacks(subject: Subject) -> str:
    """Why relevance cannot be handed back through a network, in a sentence; "" where it can."""
    found, own = way(subject), isinstance(subject.answer, Scored)
    lacking, again = found.lacking(*PASSED, *STRETCHED), found.reused(nn.Module)
    if lacking:
        return no_rule(lacking)
    outside = [step for step in found.loose if not (isinstance(step.module, JOINED) or (step.module is None and own))]
    if outside:
        return f"It shares relevance out layer by layer; what is added up or weighed {told(outside[0])} is no layer with a rule."
    if again is not None:
        return used_again(again)
    return ""
