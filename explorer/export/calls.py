"""The calls in pasted text, read with `ast`: names and literal arguments, each with its place."""

from __future__ import annotations

import ast
import difflib
import math
import re
from dataclasses import dataclass
from typing import Any, TypeGuard

import torch

from explorer.errors import SpecError
from explorer.experiment import LAYERS
from explorer.export.torch_names import torch_layers

MAX_TEXT = 20_000  # characters
MAX_DEPTH = 50  # brackets inside brackets
MAX_NUMBER = 10**9
CONTAINER = "Sequential"
PASSED_OVER = ("torch", "collections", "__future__")  # modules whose imports may stand before the network
WANTED = "nn.Sequential(...) with layers of torch.nn in it"
LITERAL = "a number, True, False, None, a text in quotes, or a tuple of numbers"
LINE_END = re.compile(r"\r\n|\r|\n")  # as Python's own parser counts lines
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


class Text:
    """Pasted text, and errors that point into it. Raises SpecError when it is too long or its brackets too deep."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_TEXT:
            raise SpecError(f"Line 1, column 1: the text has {len(text):,} characters; at most {MAX_TEXT:,} are read.")
        lines = LINE_END.split(text)
        first = next(filter(str.strip, lines), "")
        self.margin = len(first) - len(first.lstrip())  # of text copied out of a class
        self.text = "\n".join(line[self.margin :] if line[: self.margin].isspace() else line for line in lines)
        self._require_flat()

    def tree(self) -> ast.Module:
        """The text as syntax. Raises SpecError where it is not Python."""
        try:
            return ast.parse(self.text)
        except UNREADABLE as error:
            line, column = getattr(error, "lineno", None) or 1, (getattr(error, "offset", None) or 1) + self.margin
            said = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply or has a sign no Python text has"
            raise SpecError(f"Line {line}, column {column}: this is not complete Python ({said}); expected {WANTED}.") from None

    def refusal(self, node: ast.AST, found: str, expected: str) -> SpecError:
        """The error for a place: found "layer 201", expected "at most 200 layers"."""
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        column = len(self.text.split("\n")[line - 1].encode()[:offset].decode(errors="ignore")) + 1 + self.margin
        return SpecError(f"Line {line}, column {column}: found {found}; expected {expected}{'' if expected.endswith('?') else '.'}")

    def quoted(self, node: ast.AST) -> str:
        """The first characters of what stands there."""
        part = " ".join((ast.get_source_segment(self.text, node) or type(node).__name__).split())
        return repr(part if len(part) <= 40 else f"{part[:37]}...")

    def _require_flat(self) -> None:
        """Before the parser sees it: its own stack is not deep."""
        depth = 0
        for place, sign in enumerate(self.text):
            depth += (sign in "([{") - (sign in ")]}")
            if depth > MAX_DEPTH:
                before = self.text[:place]
                line, column = before.count("\n") + 1, place - before.rfind("\n") + self.margin
                raise SpecError(f"Line {line}, column {column}: brackets are nested deeper than {MAX_DEPTH}; expected {WANTED}.")


@dataclass(frozen=True)
class Call:
    """One layer of the text.

    Attributes:
        name: of the class in torch.nn.
        node: where it stands.
        positional, named: values of the arguments.
    """

    name: str
    node: ast.Call
    positional: tuple[Any, ...]
    named: dict[str, Any]


def calls_of(source: Text) -> list[Call]:
    """The layers of the text, Sequentials inside the first one opened up. Raises SpecError."""
    statements = [node for node in source.tree().body if not _is_import(node)]
    if not statements:
        raise SpecError(f"Line 1, column 1: the text is empty; expected {WANTED}.")
    first = statements[0]
    if len(statements) > 1:
        raise source.refusal(statements[1], f"a second statement, {source.quoted(statements[1])}", "one network and nothing after it")
    node: ast.AST = (first.value if isinstance(first, ast.Expr) or _is_plain_assignment(first) else None) or first
    if not isinstance(node, ast.Call) or _name(node.func) != CONTAINER:
        raise source.refusal(node, source.quoted(node), WANTED)
    found = _opened(node, source)
    if not found:
        raise source.refusal(node, "an empty Sequential", "at least one layer in it")
    return found


def _opened(container: ast.Call, source: Text) -> list[Call]:
    if container.keywords:
        value = container.keywords[0].value
        raise source.refusal(value, f"a named argument of {CONTAINER}", "layers, one after another")
    found = []
    for node in _named_layers(container, source) or container.args:
        if not isinstance(node, ast.Call):
            raise source.refusal(node, source.quoted(node), "a layer such as nn.Linear(2, 8)")
        found += _opened(node, source) if _name(node.func) == CONTAINER else [_call(node, source)]
    return found


def _named_layers(container: ast.Call, source: Text) -> list[ast.expr]:
    """The layers in Sequential(OrderedDict([("name", layer), ...])); none where it is not that."""
    held = container.args[0] if len(container.args) == 1 else None
    if not isinstance(held, ast.Call) or not _is_ordered_dict(held.func):
        return []
    listed = held.args[0] if len(held.args) == 1 and not held.keywords else None
    pairs = listed.elts if isinstance(listed, ast.List | ast.Tuple) else []
    layers = [pair.elts[1] for pair in pairs if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 and _is_name(pair.elts[0])]
    if not layers or len(layers) != len(pairs):
        raise source.refusal(held, source.quoted(held), 'OrderedDict([("name", nn.Linear(2, 8)), ...])')
    return layers


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_ordered_dict(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "collections" else ""
    return name == "OrderedDict" or (isinstance(node, ast.Name) and node.id == "OrderedDict")


def _call(node: ast.Call, source: Text) -> Call:
    name = _name(node.func)
    if name not in torch_layers():
        raise source.refusal(node, source.quoted(node.func), _instead_of(name))
    named = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise source.refusal(keyword.value, f"**{source.quoted(keyword.value)}", "arguments written out one by one")
        named[keyword.arg] = _literal(keyword.value, source)
    return Call(name, node, tuple(_literal(value, source) for value in node.args), named)


def _instead_of(name: str) -> str:
    """What could stand where a class does that cannot be pasted."""
    alike = next((layer.title() for layer in LAYERS.values() if layer.title().replace(" ", "").lower() == name.lower()), "")
    if alike:
        return f"it to be left out: {alike} is a layer of its own here, with other settings. Add it from the list of layers"
    known = [*torch_layers(), CONTAINER]
    close = [] if hasattr(torch.nn, name) else difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"a layer, did you mean nn.{close[0]}?" if close else f"one of nn.{', '.join(sorted(torch_layers()))}"


def _literal(node: ast.expr, source: Text) -> Any:
    if isinstance(node, ast.Tuple | ast.List) and len(node.elts) <= 8:
        return tuple(_number(item, source) for item in node.elts)
    return _number(node, source)


def _number(node: ast.expr, source: Text) -> Any:
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    constant = node.operand if isinstance(node, ast.UnaryOp) and minus else node
    value = constant.value if isinstance(constant, ast.Constant) else ...
    number = type(value) in (int, float)
    if not (number or (not minus and (value is None or type(value) in (bool, str)))):
        raise source.refusal(node, source.quoted(node), LITERAL)
    if isinstance(value, int | float) and (not math.isfinite(value) or abs(value) > MAX_NUMBER):
        raise source.refusal(node, source.quoted(node), f"a number of at most {MAX_NUMBER:,}")
    return -value if minus else value  # ty: ignore[unsupported-operator]


def _name(node: ast.expr) -> str:
    """ "Linear" for Linear, nn.Linear and torch.nn.Linear; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if not isinstance(node, ast.Attribute):
        return ""
    owner = node.value
    direct = isinstance(owner, ast.Name) and owner.id == "nn"
    full = isinstance(owner, ast.Attribute) and owner.attr == "nn" and isinstance(owner.value, ast.Name) and owner.value.id == "torch"
    return node.attr if direct or full else ""


def _is_import(node: ast.stmt) -> bool:
    """An import that text copied from a program begins with; it is passed over, not carried out."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in PASSED_OVER
    return isinstance(node, ast.Import) and all(alias.name.partition(".")[0] in PASSED_OVER for alias in node.names)


def _is_plain_assignment(node: ast.stmt) -> TypeGuard[ast.Assign | ast.AnnAssign]:
    """ "model = ..." or "self.model = ...", with or without a type."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return len(targets) == 1 and (isinstance(targets[0], ast.Name) or _is_of_self(targets[0]))


def _is_of_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
