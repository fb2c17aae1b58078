"""How a torch module was made, read back from the module: its class, and the arguments that make another like it."""

from __future__ import annotations

import ast
import functools
import inspect
import math
import textwrap
import warnings
from typing import Any

import torch
from torch import nn

ELSEWHERE = frozenset({"device", "dtype"})  # where it lives
NOT_SAID = ELSEWHERE | {"inplace"}  # and what does not change a number
UNBUILDABLE = (  # what torch raises
    *(TypeError, ValueError, RuntimeError, ArithmeticError, AssertionError, LookupError, AttributeError),
    FutureWarning,  # of a deprecated argument
)


def is_torch(module: nn.Module) -> bool:
    """Whether the class is one of torch.nn's own."""
    return type(module).__module__.startswith("torch.nn.")


def handed_to(module: nn.Module) -> nn.Module:
    """The torch module that a module of the project does nothing but call; the module itself where it does more."""
    children = list(module.named_children())
    if is_torch(module) or len(children) != 1 or not is_torch(children[0][1]):
        return module
    name, child = children[0]
    tree = ast.parse(textwrap.dedent(inspect.getsource(type(module).forward))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return child if ast.unparse(tree.body[-1]) == f"return self.{name}({tree.args.args[-1].arg})" and len(tree.body) == 1 else module


def is_literal(value: Any) -> bool:
    """Whether `repr(value)` is source text for it."""
    if isinstance(value, tuple | list):
        return all(is_literal(item) for item in value)
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (bool, int, str)


def settings(module: nn.Module) -> dict[str, Any]:
    """Name -> value of the plain public attributes, those of children not included."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and name not in ("training", "inplace") and is_literal(value)
    }


def collapsed(value: Any) -> Any:
    """(3, 3) -> 3: how people write sizes that are the same along all axes."""
    if isinstance(value, tuple | list) and value and len(set(value)) == 1:
        return value[0]
    return tuple(value) if isinstance(value, list) else value


def difference(one: nn.Module, other: nn.Module) -> str:
    """The first thing in which two modules differ before they have learned anything; "" when they are alike."""
    if type(one) is not type(other):
        return "class"
    if [type(child) for child in one.children()] != [type(child) for child in other.children()]:
        return "children"
    left, right = _said(one), _said(other)
    return next((name for name in {**left, **right} if left.get(name) != right.get(name)), "")


@functools.cache
def parameters_of(cls: type[nn.Module], left_out: frozenset[str] = NOT_SAID) -> dict[str, inspect.Parameter]:
    """Name -> parameter of the constructor, without those the project never sets."""
    swallowed: list[inspect.Parameter] = []
    for base in cls.__mro__:
        if base is nn.Module:
            break
        found = [p for name, p in inspect.signature(base.__init__).parameters.items() if name != "self"]
        if all(p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in found):
            unsaid = left_out if base is cls else {*left_out, "mode"}  # nn.RNN tells its base which of the three it is
            return {p.name: p for p in [*found, *swallowed] if p.name not in unsaid and not p.name.startswith("_")}
        swallowed += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in _keywords(base)]
    return {}


def _keywords(cls: type) -> list[str]:
    """Names that a constructor takes out of its **kwargs, as nn.RNN does with `nonlinearity`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls.__init__)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "kwargs.pop"]
    return [call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)]


def all_arguments(module: nn.Module) -> dict[str, Any]:
    """Name -> value of every constructor argument that the module still knows."""
    known = settings(module)
    if "bias" in module._parameters:
        known["bias"] = module._parameters["bias"] is not None
    parameters = parameters_of(type(module))
    return {name: known[name] for name in parameters if name in known}


def fewest_arguments(module: nn.Module) -> dict[str, Any]:
    """The arguments that are needed to make a module like this one, in the constructor's order.

    Raises:
        ValueError: its class and its attributes do not tell how it was made.
    """
    cls, defaults = type(module), parameters_of(type(module))
    arguments = {name: value for name, value in all_arguments(module).items() if collapsed(value) != defaults[name].default}
    if not _makes(cls, arguments, module):
        raise ValueError(f"{cls.__name__} does not keep the arguments it was made with")
    for name in reversed(list(arguments)):
        shorter = {**arguments, name: collapsed(arguments[name])}
        without = {key: value for key, value in arguments.items() if key != name}
        arguments = next((tried for tried in (without, shorter) if _makes(cls, tried, module)), arguments)
    return arguments


def made(cls: type[nn.Module], arguments: dict[str, Any]) -> nn.Module:
    """A module on the meta device: nothing is allocated. Raises one of UNBUILDABLE, a deprecated argument's warning among them."""
    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        return cls(**arguments)


def _makes(cls: type[nn.Module], arguments: dict[str, Any], module: nn.Module) -> bool:
    try:
        return not difference(made(cls, arguments), module)
    except UNBUILDABLE:
        return False


def _said(module: nn.Module) -> dict[str, Any]:
    sizes = {name: tuple(value.shape) for name, value in [*module.named_parameters(), *module.named_buffers()]}
    return {name: collapsed(value) for name, value in settings(module).items()} | sizes
