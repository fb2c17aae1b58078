"""Where between an input and its scores a network is no straight line, and in which of its modules.

Decided: it is read from the graph that a forward pass leaves behind, not from a list of modules that are known.
Because: rules of backpropagation are right only where every bend lies in a module they have a rule for; what a network written by hand
computes between its modules (a ReLU as a function, a product of two activations) is found in the same way as what our own layers do.
Instead of: a list of harmless modules, which says nothing of what their `forward` does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from explorer.interpret.subject import Subject

Node = Any  # a step of torch's graph of gradients
# Steps that are straight lines as long as only one of the things they join depends on the input; named as torch names their gradients.
MOVES = {
    *("View", "UnsafeView", "ReshapeAlias", "Alias", "AsStrided", "T", "Transpose", "Permute", "Movedim", "Unsqueeze", "Squeeze", "Expand"),
    "UnsafeSplit",
    *(
        "Select",
        "Slice",
        "Index",
        "IndexSelect",
        "Gather",
        "Split",
        "UnsafeSplit",
        "SplitWithSizes",
        "Unbind",
        "Cat",
        "Stack",
        "Repeat",
        "Flip",
        "Roll",
    ),
    *("Clone", "Copy", "ToCopy", "ConstantPadNd", "ReflectionPad1D", "ReflectionPad2D", "ReplicationPad1D", "ReplicationPad2D"),
}
SUMS = {
    *("Add", "Sub", "Neg", "Mean", "Sum", "Cumsum", "MaskedFill", "AvgPool2D", "AvgPool3D", "AdaptiveAvgPool2D", "AdaptiveAvgPool3D"),
    *("MkldnnAdaptiveAvgPool2D", "UpsampleNearest1D", "UpsampleNearest2D", "UpsampleLinear1D", "UpsampleBilinear2D", "UpsampleBicubic2D"),
}
PRODUCTS = {"Mul", "Mm", "Mv", "Dot", "Bmm", "Addmm", "Addmv", "Baddbmm", "Convolution", "MkldnnConvolution", "CudnnConvolution", "Linear"}
QUOTIENTS = {"Div"}
NORMS = {"NativeBatchNorm", "CudnnBatchNorm", "MiopenBatchNorm"}
ADDITIVE = {"Addmm": 1, "Addmv": 1, "Baddbmm": 1, "Convolution": 0}  # operands in front that are added, not multiplied
Noted = list[tuple[nn.Module, list[Node], torch.Tensor]]  # a module that was used, steps its inputs came from, what it gave


@dataclass(frozen=True)
class Step:
    """A step between an input and the scores.

    Attributes:
        what: torch's name of it: "Relu", "Softmax", "Mul".
        module: the innermost module it happens in; None where that is the subject's answer as a whole.
        where: that module in words: "lstm_1", "outside of its layers".
    """

    what: str
    module: nn.Module | None
    where: str


@dataclass(frozen=True)
class Way:
    """What lies between an input and the scores.

    Attributes:
        bends: steps that are no straight line.
        loose: steps that weigh or add up in a module that holds others, or outside of all.
        calls: how often each module is used for one input.
        shapes: of what each of them gives for it, (1, ...).
    """

    bends: tuple[Step, ...]
    loose: tuple[Step, ...]
    calls: Counter[nn.Module]
    shapes: dict[nn.Module, tuple[int, ...]]

    def lacking(self, *ruled: type[nn.Module]) -> Step | None:
        """The first bend that lies in no module of these very types."""
        return next((step for step in self.bends if type(step.module) not in ruled), None)

    def reused(self, *kinds: type[nn.Module]) -> nn.Module | None:
        """A module of these types that is used more than once."""
        return next((module for module, count in self.calls.items() if count > 1 and isinstance(module, kinds)), None)


_WAYS: WeakKeyDictionary[nn.Module, Way] = WeakKeyDictionary()  # by the subject's answer; nothing in them holds it


def way(subject: Subject) -> Way:
    """What one forward pass of the first example goes through; remembered as long as its answer is there."""
    if subject.answer not in _WAYS:
        _WAYS[subject.answer] = _walked(subject)
    return _WAYS[subject.answer]


def _walked(subject: Subject) -> Way:
    calls: Noted = []
    handles = [
        module.register_forward_hook(_noting(calls), with_kwargs=True)
        for module in subject.answer.modules()
        if module is not subject.answer
    ]
    try:
        with torch.enable_grad():
            leaf = subject.leaf(subject.x[:1])
            scores = subject.at(subject.x[:1]).path(leaf)
    finally:
        for handle in handles:
            handle.remove()
    return _found(subject, scores.grad_fn, leaf, calls)


def _noting(calls: Noted) -> Any:
    def note(module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any], output: Any) -> None:
        given = [one.grad_fn for one in (*inputs, *named.values()) if isinstance(one, torch.Tensor) and one.grad_fn is not None]
        for one in output if isinstance(output, tuple) else (output,):
            if isinstance(one, torch.Tensor):
                calls.append((module, given, one))

    return note


def _found(subject: Subject, last: Node, leaf: torch.Tensor, calls: Noted) -> Way:
    moved = _depending(last, leaf)
    owner: dict[Node, nn.Module] = {}
    for module, given, made in calls:  # inner modules are through before those that hold them
        for node in _between(made.grad_fn, set(given)):
            owner.setdefault(node, module)
    steps = {node: Step(_name(node), owner.get(node), _where(subject, owner.get(node))) for node in moved if not _is_leaf(node)}
    bends = tuple(step for node, step in steps.items() if _bends(node, moved))
    loose = tuple(step for node, step in steps.items() if not _bends(node, moved) and step.what not in MOVES and holds(step.module))
    used = [(module, made) for module, _, made in calls if made is leaf or made.grad_fn in moved]
    return Way(bends, loose, Counter(module for module, _ in used), {module: tuple(made.shape) for module, made in used})


def holds(module: nn.Module | None) -> bool:
    """Whether a module has others inside."""
    return module is None or any(True for _ in module.children())


def _where(subject: Subject, module: nn.Module | None) -> str:
    names = [name for name, layer in subject.layers.items() if any(module is inner for inner in layer.modules())]
    return names[-1] if names else "outside of its layers" if module is None else f"a module of type {type(module).__name__}"


def _name(node: Node) -> str:
    return re.sub(r"Backward\d*$", "", node.name())


def _is_leaf(node: Node) -> bool:
    return hasattr(node, "variable")


def _between(last: Node, firsts: Collection[Node]) -> Iterator[Node]:
    """Every step from `last` back to `firsts`, those left out."""
    open_, seen = [last], set(firsts)
    while open_:
        node = open_.pop()
        if node is not None and node not in seen:
            seen.add(node)
            yield node
            open_ += [before for before, _ in node.next_functions]


def _depending(last: Node, leaf: torch.Tensor) -> dict[Node, None]:
    """Steps of the graph that end in `last` and depend on `leaf`, roughly in forward order."""
    after: dict[Node, list[Node]] = {}
    ends = []
    for node in _between(last, ()):
        if _is_leaf(node) and node.variable is leaf:
            ends.append(node)
        for before, _ in node.next_functions:
            after.setdefault(before, []).append(node)
    moved = dict.fromkeys(ends)
    while ends:
        for node in after.get(ends.pop(0), ()):
            if node not in moved:
                moved[node] = None
                ends.append(node)
    return moved


def _bends(node: Node, moved: Collection[Node]) -> bool:
    """Whether a step is no straight line in the input."""
    name, depends = _name(node), [before in moved for before, _ in node.next_functions]
    if name in PRODUCTS:
        return sum(depends[ADDITIVE.get(name, 0) :]) > 1
    if name in QUOTIENTS:
        return len(depends) > 1 and depends[1]
    if name in NORMS:
        return bool(node._saved_training)
    return name not in MOVES and name not in SUMS
