"""Differences between experiments: which fields changed, and whether a running run can take them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from explorer.errors import SpecError
from explorer.experiment.experiment import Experiment
from explorer.experiment.record import explain

Path = tuple[str | int, ...]


def changed(experiment: Experiment, path: str, value: Any) -> Experiment:
    """The experiment with one field set, validated anew.

    Args:
        path: field names and indices joined by dots, e.g. "training.optimizer.learning_rate", "networks.model.layers.2.p".
        value: plain data (a variant as a mapping with its `kind`) or a record.

    Raises:
        SpecError: there is no such field, or it cannot hold this value.
    """
    steps = [int(part) if part.isdigit() else part for part in path.split(".")]
    try:
        fields = _put(experiment.model_dump(), steps, value.model_dump() if isinstance(value, BaseModel) else value)
    except (KeyError, IndexError, TypeError):
        raise SpecError(f"An experiment has no field {path[:80]!r}.") from None
    try:
        return Experiment.model_validate(fields)
    except ValidationError as error:
        raise SpecError(explain(error)) from None


def differences(before: Experiment, after: Experiment) -> dict[str, Any]:
    """Path -> new value (plain data) of every field that differs, deepest fields where both have the same variant."""
    return dict(_compare((), before, after))


def is_live(before: Experiment, after: Experiment) -> bool:
    """Whether a run of `before` can become `after` without a restart: only live fields differ."""
    return all(_live_path(before, path.split(".")) for path in differences(before, after))


def _put(node: Any, steps: list[Any], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(node, dict):
        if step not in node:
            raise KeyError(step)
        return {**node, step: _put(node[step], rest, value)}
    items = list(node)
    items[step] = _put(items[step], rest, value)
    return items


def _compare(path: Path, a: Any, b: Any) -> list[tuple[str, Any]]:
    if a == b:
        return []
    found: list[tuple[str, Any]] = []
    for step, left, right in _children(a, b):
        found += _compare((*path, step), left, right)
    if found:
        return found
    return [(".".join(map(str, path)), b.model_dump() if isinstance(b, BaseModel) else b)]


def _children(a: Any, b: Any) -> list[tuple[str | int, Any, Any]]:
    """Pairs of parts that may be compared one by one; none when the two are different things altogether."""
    if isinstance(a, BaseModel) and type(a) is type(b):
        return [(name, getattr(a, name), getattr(b, name)) for name in type(a).model_fields]
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return [(key, a[key], b[key]) for key in a]
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b) and any(isinstance(x, BaseModel) for x in a):
        return [(i, x, y) for i, (x, y) in enumerate(zip(a, b, strict=True))]
    return []


def _live_path(node: Any, steps: list[str]) -> bool:
    """Whether any field on the way is live: a live field makes everything below it live."""
    for step in steps:
        if isinstance(node, BaseModel):
            field = type(node).model_fields[step]
            if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("live"):
                return True
            node = getattr(node, step)
        else:
            node = node[int(step)] if isinstance(node, tuple) else node[step]
    return False
