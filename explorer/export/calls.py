"""The calls in pasted text, read with `ast`: names and literal arguments, each with its place."""

from __future__ import annotations

import ast
import difflib
import math
from dataclasses import dataclass
from typing import Any

from explorer.errors import SpecError
from explorer.export.torch_names import torch_layers

MAX_TEXT = 20_000  # characters
MAX_DEPTH = 50  # brackets inside brackets
MAX_NUMBER = 10**9
CONTAINER = "Sequential"
WANTED = "nn.Sequential(...) with layers of torch.nn in it"
LITERAL = "a number, True, False, None, a text in quotes, or a tuple of numbers"
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


class Text:
    """Pasted text, and errors that point into it. Raises SpecError when it is too long or its brackets too deep."""

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > MAX_TEXT:
            raise SpecError(f"Line 1, column 1: the text has {len(text):,} characters; at most {MAX_TEXT:,} are read.")
        self._require_flat()

    def tree(self) -> ast.Module:
        """The text as syntax. Raises SpecError where it is not Python."""
        try:
            return ast.parse(self.text)
        except UNREADABLE as error:
            line, column = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
            said = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply or has a sign no Python text has"
            raise SpecError(f"Line {line}, column {column}: this is not complete Python ({said}); expected {WANTED}.") from None

    def refusal(self, node: ast.AST, found: str, expected: str) -> SpecError:
        """The error for a place: found "layer 201", expected "at most 200 layers"."""
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        column = len(self.text.split("\n")[line - 1].encode()[:offset].decode(errors="ignore")) + 1
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
                line, column = before.count("\n") + 1, place - before.rfind("\n")
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
    node = first.value if isinstance(first, ast.Expr) or (isinstance(first, ast.Assign) and _plain_target(first)) else first
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
    for node in container.args:
        if not isinstance(node, ast.Call):
            raise source.refusal(node, source.quoted(node), "a layer such as nn.Linear(2, 8)")
        found += _opened(node, source) if _name(node.func) == CONTAINER else [_call(node, source)]
    return found


def _call(node: ast.Call, source: Text) -> Call:
    name = _name(node.func)
    if name not in torch_layers():
        close = difflib.get_close_matches(name or "", [*torch_layers(), CONTAINER], n=1, cutoff=0.5)
        there = f"a layer, did you mean nn.{close[0]}?" if close else f"one of nn.{', '.join(sorted(torch_layers()))}"
        raise source.refusal(node, source.quoted(node.func), there)
    named = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise source.refusal(keyword.value, f"**{source.quoted(keyword.value)}", "arguments written out one by one")
        named[keyword.arg] = _literal(keyword.value, source)
    return Call(name, node, tuple(_literal(value, source) for value in node.args), named)


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
    """An import of torch, which text copied from a program begins with; it is passed over, not carried out."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in ("torch", "__future__")
    return isinstance(node, ast.Import) and all(alias.name.partition(".")[0] == "torch" for alias in node.names)


def _plain_target(node: ast.Assign) -> bool:
    return len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
