"""Source text of the project's own functions and modules, so that it stands alone in an exported file."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from types import FunctionType, ModuleType
from typing import Any

from torch import nn

from explorer.export.modules import is_literal


class Surroundings:
    """What copied text needs around it.

    Attributes:
        imports: import lines.
        definitions: name -> source of functions and constants of the project that the text uses.
    """

    def __init__(self) -> None:
        self.imports = {"import torch", "from torch import nn"}
        self.definitions: dict[str, str] = {}

    def need(self, text: str, module_name: str) -> None:
        """Find every name that `text`, from the module of that name, takes from outside.

        Raises:
            ValueError: a name stands for something that cannot be copied.
        """
        tree, around = ast.parse(text), vars(sys.modules[module_name])
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        for name in sorted(names & around.keys()):
            self._need(name, around[name])

    def _need(self, name: str, value: Any) -> None:
        home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
        if isinstance(value, ModuleType):
            self.imports.add(_import_of(name, home))
        elif home and not home.startswith("explorer"):
            self.imports.add(f"from {home} import {name}")
        elif isinstance(value, FunctionType):
            self._copy(name, value)
        elif is_literal(value):
            self.definitions[name] = f"{name} = {value!r}"
        else:
            raise ValueError(f"it uses {name}, which belongs to the explorer")

    def _copy(self, name: str, function: FunctionType) -> None:
        if name not in self.definitions:
            self.definitions[name] = text = textwrap.dedent(inspect.getsource(function)).rstrip()
            self.need(text, function.__module__)


def method_as_function(owner: Any, method: str, around: Surroundings, name: str = "") -> str:
    """A method as a function of its own: `self.field` becomes the field's value.

    Args:
        owner: the record whose method it is.
        around: what the text needs is added to it.
        name: of the function; the method's own by default.
    """
    text = textwrap.dedent(inspect.getsource(getattr(type(owner), method)))
    around.need(text, type(owner).__module__)
    head = ast.parse(text).body[0]
    assert isinstance(head, ast.FunctionDef)
    text = _with_values(text, head, owner)
    text = text.replace(f"def {method}(self, ", f"def {name or method}(", 1)
    return text.rstrip()


def module_class(module: nn.Module, name: str, around: Surroundings) -> str:
    """A class whose constructor takes the parts and settings of `module` by name, with `forward` copied from its source.

    Raises:
        ValueError: a part or an attribute that `forward` reads cannot be given to a constructor.
    """
    bodies: list[str] = []
    written = _Written(type(module))
    for method in written.reached():
        bodies.append(written.text(method))
        around.need(textwrap.dedent(bodies[-1]), written.homes[method])
    doc = (type(module).__doc__ or type(module).__mro__[1].__doc__ or "").strip().splitlines()[:1]
    head = [f"class {name}(nn.Module):", *(part for line in doc for part in (f'    """{line}"""', ""))]
    return "\n".join([*head, *_constructor(module), *(f"\n{body}" for body in bodies)]).replace("\n\n\n", "\n\n")


class _Written:
    """The methods of a module class of the project as they are written, inherited ones too.

    Attributes:
        homes: method name -> name of the Python module it is written in.
    """

    def __init__(self, cls: type[nn.Module]) -> None:
        self.homes: dict[str, str] = {}
        self._nodes: dict[str, ast.FunctionDef] = {}
        self._lines: dict[str, list[str]] = {}
        for base in reversed(cls.__mro__):
            if issubclass(base, nn.Module) and base.__module__.startswith("explorer"):
                self._read(base)

    def _read(self, base: type[nn.Module]) -> None:
        text = textwrap.dedent(inspect.getsource(base))
        tree = ast.parse(text).body[0]
        assert isinstance(tree, ast.ClassDef)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self._nodes[node.name], self._lines[node.name] = node, text.splitlines()
                self.homes[node.name] = base.__module__

    def reached(self) -> list[str]:
        """`forward` and the methods it calls, directly or not, in the order they stand in."""
        found, todo = {"forward"}, ["forward"]
        while todo:
            for node in ast.walk(self._nodes[todo.pop()]):
                if isinstance(node, ast.Attribute) and _is_self(node.value) and node.attr in self._nodes and node.attr not in found:
                    found.add(node.attr)
                    todo.append(node.attr)
        return [name for name in self._nodes if name in found]

    def text(self, method: str) -> str:
        """Its source, decorators included, indented as in a class."""
        node = self._nodes[method]
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        return "\n".join(self._lines[method][first - 1 : node.end_lineno])


def _constructor(module: nn.Module) -> list[str]:
    names = list(parts_of(module))
    buffers = [
        f'        self.register_buffer("{name}", {name})' if name in module._buffers else f"        self.{name} = {name}" for name in names
    ]
    return [f"    def __init__(self, {', '.join(names)}):", "        super().__init__()", *buffers] if names else []


def parts_of(module: nn.Module) -> dict[str, Any]:
    """Name -> child module, parameter, buffer or plain setting: all that makes one instance differ from another.

    Raises:
        ValueError: it holds something that has no source text.
    """
    plain = {name: value for name, value in vars(module).items() if not name.startswith("_") and name != "training"}
    odd = [name for name, value in plain.items() if not is_literal(value)]
    odd += sorted(module._non_persistent_buffers_set)
    if odd:
        raise ValueError(f"its {odd[0]} has no source text")
    return {**module._parameters, **module._buffers, **module._modules, **plain}


def _with_values(text: str, tree: ast.FunctionDef, owner: Any) -> str:
    lines = [line.encode() for line in text.splitlines(keepends=True)]  # columns count bytes
    reads = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_self(node.value)]
    for node in sorted(reads, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        value = getattr(owner, node.attr)
        if not is_literal(value):
            raise ValueError(f"its {node.attr} has no source text")
        line = lines[node.lineno - 1]
        lines[node.lineno - 1] = line[: node.col_offset] + repr(value).encode() + line[node.end_col_offset :]
    return b"".join(lines).decode()


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _import_of(name: str, home: str) -> str:
    parent, _, last = home.rpartition(".")
    if not parent:
        return f"import {home}" if name == home else f"import {home} as {name}"
    return f"from {parent} import {last}" if name == last else f"from {parent} import {last} as {name}"
