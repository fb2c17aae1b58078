"""What a field of a record asks of a widget: its words, its range and its steps. Pure functions, no Streamlit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from explorer.experiment import Record, Spec
from explorer.registry import Registry

Kind = Literal["toggle", "choice", "choices", "count", "number", "steps", "text", "variant", "variants"]

SMALLEST = 1e-5  # where a logarithmic scale starts when its lower bound is 0
MOST_TICKS = 200  # widest range of whole numbers that gets a plain slider
WIDEST_STEPS = 1_000_000  # above this a whole number is typed in, not slid


@dataclass(frozen=True)
class Question:
    """One field, as a widget has to ask for it.

    Attributes:
        kind: toggle (bool), choice (one of `options`), choices (any of `options`), count (int slider), number (typed int),
            steps (a slider over `steps_of`), text, variant (one of `registry`), variants (a list of them).
        low, high: bounds a value may reach; infinite when the field has none. `open_low`, `open_high`: the bound itself is not allowed.
    """

    name: str
    label: str
    help: str
    kind: Kind
    default: Any = None
    live: bool = False
    whole: bool = False
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    options: tuple[str, ...] = ()
    registry: Registry | None = None


def questions(record: type[Record], names: Iterable[str] | None = None, runs: bool = True) -> list[Question]:
    """The questions a form asks for `record`, in field order; what is edited elsewhere (painted points) or not at all (ids) is left out."""
    wanted = record.model_fields if names is None else names
    found = (question(name, record.model_fields[name], runs) for name in wanted if name != "id")
    return [one for one in found if one]


def question(name: str, field: FieldInfo, runs: bool = True) -> Question | None:
    """How to ask for one field; None for a type that no widget shows, and for a field that says of itself that nobody is asked for it.

    Args:
        runs: whether a change reaches a run, and the help says how.
    """
    found, marks = _kind_of(field), field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    if not found or not marks.get("asked", True):
        return None
    is_live = bool(marks.get("live"))
    registry = found.get("registry")
    return Question(
        name=name,
        label=field.title or label_of(registry.noun if registry and found["kind"] == "variant" else name),
        help=_help_of(field.description or "", is_live, runs),
        default=field.get_default(call_default_factory=True),
        live=is_live,
        whole=field.annotation is int,
        **found,
        **_bounds_of(field),
    )


def label_of(name: str) -> str:
    """A field's name for people: "learning_rate" -> "Learning rate"."""
    return name.replace("_", " ").capitalize()


def steps_of(question: Question, value: float) -> list[float]:
    """The values a slider offers, ascending: round numbers, the default and always `value` itself."""
    low = question.low if math.isfinite(question.low) else min(-10.0, value)
    high = question.high if math.isfinite(question.high) else max(10.0, 10 * abs(value))
    if question.whole:
        grid = _decades(max(low, 1), high, (1, 2, 5))
    elif low == 0 and high == 1 and question.open_high:
        grid = [*_even(0, 0.9, 0.1), 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999]
    elif _spans_decades(question, low, high):
        grid = _decades(low if low > 0 else SMALLEST, high, (1, 3))
    else:
        grid = _even(low, high, _round_step((high - low) / 50))
    default = question.default if isinstance(question.default, (int, float)) else value
    cast = int if question.whole else float
    allowed = {cast(v) for v in (low, *grid, high, default) if _within(question, v)} | {cast(value)}
    return sorted(allowed)


def _spans_decades(question: Question, low: float, high: float) -> bool:
    small_default = isinstance(question.default, (int, float)) and 0 < question.default < high / 100
    return low >= 0 and (high >= 10 or small_default)


def _within(question: Question, value: float) -> bool:
    above = value > question.low if question.open_low else value >= question.low
    below = value < question.high if question.open_high else value <= question.high
    return above and below


def _decades(low: float, high: float, digits: tuple[int, ...]) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [v for p in powers for d in digits if low <= (v := float(f"{d}e{p}")) <= high]


def _even(low: float, high: float, step: float) -> list[float]:
    """Multiples of `step` counted from `low`, rounded so that 0.1 * 3 is 0.3."""
    return [round(low + i * step, 10) for i in range(round((high - low) / step) + 1)]


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(d * power for d in (1, 2, 5, 10) if d * power >= step * 0.999)


def _help_of(description: str, is_live: bool, runs: bool) -> str:
    words = f"{description[:1].upper()}{description[1:]}." if description else ""
    then = "Changes while it trains." if is_live else "A change starts the run anew."
    return f"{words} {then}".strip() if runs else words


def _kind_of(field: FieldInfo) -> dict[str, Any]:
    """The kind of widget with its options or registry; empty when there is none for this type."""
    annotation = field.annotation
    if registry := registry_in(field.metadata):
        return {"kind": "variant", "registry": registry}
    if get_origin(annotation) is Literal:
        return {"kind": "choice", "options": get_args(annotation)} if len(get_args(annotation)) > 1 else {}
    if get_origin(annotation) is tuple:
        return _kind_of_tuple(get_args(annotation)[0])
    if annotation is int:
        return {"kind": _kind_of_whole(_bounds_of(field))}
    return {bool: {"kind": "toggle"}, float: {"kind": "steps"}, str: {"kind": "text"}}.get(annotation, {})


def _kind_of_tuple(item: Any) -> dict[str, Any]:
    if registry := registry_in(getattr(item, "__metadata__", ())):
        return {"kind": "variants", "registry": registry}
    if item is str:  # the page knows what can be chosen
        return {"kind": "choices"}
    return {"kind": "choices", "options": get_args(item)} if get_origin(item) is Literal else {}


def _kind_of_whole(bounds: dict[str, Any]) -> Kind:
    width = bounds.get("high", math.inf) - bounds.get("low", -math.inf)
    return "count" if width <= MOST_TICKS else "steps" if width <= WIDEST_STEPS else "number"


def registry_in(metadata: Iterable[Any]) -> Registry | None:
    """The registry that `any_of` left in a field's metadata."""
    return next((one for one in metadata if isinstance(one, Registry)), None)


def _bounds_of(field: FieldInfo) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    for rule in field.metadata:
        for name, side, is_open in (("ge", "low", False), ("gt", "low", True), ("le", "high", False), ("lt", "high", True)):
            limit = getattr(rule, name, None)
            if isinstance(limit, (int, float)):
                bounds |= {side: float(limit), f"open_{side}": is_open}
    return bounds


def own_fields(spec: type[Spec], base: type[Spec]) -> list[str]:
    """Names of the fields a variant adds to its base class."""
    return [name for name in spec.model_fields if name not in base.model_fields]
