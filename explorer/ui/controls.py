"""Widgets from records: one form for every variant there is or will be.

Decided: a widget shows what the record holds and reports a change as (path, new value); it owns no value of its own.
Because: the same record is also changed by the diagram, the link, a preset and a pasted file; and a change that is refused must leave
    the widget where it was.
Instead of: widgets that keep their value, from which the record is put together anew on every rerun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from explorer.experiment import Record, Spec
from explorer.experiment.data import formula_of
from explorer.registry import Registry
from explorer.ui.fields import Question, question, questions, steps_of

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Sheet:
    """What the widgets of one page have in common.

    Attributes:
        key: first part of every widget key.
        change: called with (path, plain value) when somebody moves a widget, before the page is drawn again.
        problem: (path, sentence) of the last change that was refused; shown beside the control of that path.
        offer: (path, options) -> those to offer there and their order, for a page that shows some of the variants only.
        exact: whole numbers are typed in, not slid.
        runs: whether a change reaches a run; the help then says how.
        named: what an option is called that is chosen by its name.
    """

    key: str
    change: Callable[[str, Any], None] = lambda path, value: None
    problem: tuple[str, str] = ("", "")
    offer: Callable[[str, list[str]], list[str]] = lambda path, kinds: kinds
    exact: bool = False
    runs: bool = True
    named: Callable[[str], str] = formula_of

    def widget_key(self, path: str) -> str:
        return f"{self.key}.{path}"


def form(record: R, path: str, sheet: Sheet, names: Iterable[str] | None = None) -> R:
    """Draw a widget for each field (or only for `names`) and return the record as the widgets show it."""
    asked = questions(type(record), names, sheet.runs)
    shown = {one.name: _ask(one, getattr(record, one.name), f"{path}.{one.name}", sheet) for one in asked}
    return record.model_copy(update=shown)


def ask(record: Record, name: str, sheet: Sheet, path: str = "", names: Callable[[Any], Sequence[str]] | None = None) -> Any:
    """Draw one field of `record`, whose own path is `path`, and return its value as the widgets show it.

    Args:
        names: for a field that holds a variant: variant class -> its fields to ask for; all when left out.
    """
    where = f"{path}.{name}".lstrip(".")
    asked = question(name, type(record).model_fields[name], sheet.runs)
    assert asked, f"no widget asks for {where}"
    if asked.kind == "variant":
        return _ask_variant(asked, getattr(record, name), where, sheet, names)
    return _ask(asked, getattr(record, name), where, sheet)


def _choose_variant(asked: Question, registry: Registry, spec: Spec, place: tuple[str, Sheet]) -> None:
    path, sheet = place
    kinds = sheet.offer(path, list(registry))
    kinds = kinds if spec.kind in kinds else [spec.kind, *kinds]
    words = f"{asked.help}\n\n**{spec.title()}**: {spec.summary()}"
    widget(
        partial(st.selectbox, asked.label, kinds, format_func=lambda kind: registry[kind].title(), help=words),
        f"{path}.kind",
        spec.kind,
        sheet,
        report=(path, lambda kind: {"kind": kind}),
    )


def widget(draw: Callable, path: str, value: Any, sheet: Sheet, report: tuple[str, Callable[[Any], Any]] | None = None) -> Any:
    """A widget that shows `value` whatever it showed before, and reports what somebody makes of it."""
    key = sheet.widget_key(path)
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    to, convert = report or (path, lambda shown: shown)
    shown = draw(key=key, on_change=_report, args=(sheet, key, to, convert))
    show_problem(path, sheet)
    return shown


def show_problem(path: str, sheet: Sheet) -> None:
    """The sentence about a refused change, beside the control that caused it."""
    if sheet.problem[1] and sheet.problem[0] == path:
        st.error(sheet.problem[1])


def _ask(asked: Question, value: Any, path: str, sheet: Sheet) -> Any:
    return _ASK[asked.kind](asked, value, path, sheet)


def _ask_toggle(asked: Question, value: bool, path: str, sheet: Sheet) -> bool:
    return widget(partial(st.toggle, asked.label, help=asked.help), path, value, sheet)


def _ask_choice(asked: Question, value: str, path: str, sheet: Sheet) -> str:
    words = {option: str(option).replace("_", " ") for option in asked.options}
    short = sum(len(word) + 3 for word in words.values()) <= 24  # fits one row of the sidebar
    draw = st.segmented_control if short else st.selectbox
    return widget(partial(draw, asked.label, list(asked.options), format_func=words.__getitem__, help=asked.help), path, value, sheet)


def _ask_choices(asked: Question, value: tuple, path: str, sheet: Sheet) -> tuple:
    options = sheet.offer(path, list(asked.options))

    def in_order(chosen: Sequence[str]) -> tuple[str, ...]:
        return tuple(option for option in asked.options or options if option in chosen)

    draw = partial(st.pills, asked.label, options, selection_mode="multi", format_func=sheet.named, help=asked.help)
    shown = widget(draw, path, [one for one in value if one in options], sheet, report=(path, in_order))
    return value if set(shown) == set(value) else in_order(shown)


def _ask_count(asked: Question, value: int, path: str, sheet: Sheet) -> int:
    if sheet.exact:
        return _ask_number(asked, value, path, sheet)
    low, high = int(asked.low) + asked.open_low, int(asked.high) - asked.open_high
    return widget(partial(st.slider, asked.label, low, high, step=1, help=asked.help), path, value, sheet)


def _ask_number(asked: Question, value: int, path: str, sheet: Sheet) -> int:
    """A box without bounds: a number outside them is refused by the record, in words, where the box would only turn red."""
    draw = partial(st.number_input, asked.label, value=None, step=1, help=asked.help)  # emptied, it goes back to what it showed
    return widget(draw, path, value, sheet)


def _ask_steps(asked: Question, value: float, path: str, sheet: Sheet) -> float:
    if sheet.exact and asked.whole:
        return _ask_number(asked, int(value), path, sheet)
    draw = partial(st.select_slider, asked.label, steps_of(asked, value), format_func=_number, help=asked.help)
    return widget(draw, path, value, sheet)


def _ask_text(asked: Question, value: str, path: str, sheet: Sheet) -> str:
    """A box to write in; where the page knows what can be written, a choice of that, the first standing for nothing."""
    options = sheet.offer(path, [])
    if options:
        shown = value if value in options else options[0]
        return widget(partial(st.selectbox, asked.label, options, format_func=sheet.named, help=asked.help), path, shown, sheet)
    return widget(partial(st.text_input, asked.label, help=asked.help), path, value, sheet)


def _ask_variant(asked: Question, value: Spec, path: str, sheet: Sheet, names: Callable | None = None) -> Spec:
    assert asked.registry is not None
    _choose_variant(asked, asked.registry, value, (path, sheet))
    show_problem(path, sheet)
    return form(value, path, sheet, names(type(value)) if names else None)


def _ask_variants(asked: Question, value: tuple[Spec, ...], path: str, sheet: Sheet) -> tuple[Spec, ...]:
    """A list of variants: each with its form and a button that takes it away, and a box that adds one."""
    registry = asked.registry
    assert registry is not None
    shown = []
    for number, spec in enumerate(value):
        with st.container(border=True):
            _heading_of_item(spec, number, value, (path, sheet))
            shown.append(form(spec, f"{path}.{number}", sheet))
    st.selectbox(
        f"{registry.noun.capitalize()}s",
        sheet.offer(path, list(registry)),
        index=None,
        format_func=lambda kind: registry[kind].title(),
        placeholder="Add one",
        help=asked.help,
        key=sheet.widget_key(f"{path}.add"),
        on_change=_add,
        args=(sheet, path, value),
    )
    show_problem(path, sheet)
    return tuple(shown)


def _heading_of_item(spec: Spec, number: int, value: tuple[Spec, ...], place: tuple[str, Sheet]) -> None:
    path, sheet = place
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{spec.title()}**", help=spec.summary(), width="content")
        st.button(
            "Remove",
            key=sheet.widget_key(f"{path}.{number}.remove"),
            type="tertiary",
            help=f"Take {spec.title().lower()} away.",
            on_click=sheet.change,
            args=(path, [one.model_dump() for i, one in enumerate(value) if i != number]),
        )


def _add(sheet: Sheet, path: str, value: tuple[Spec, ...]) -> None:
    key = sheet.widget_key(f"{path}.add")
    kind = st.session_state[key]
    st.session_state[key] = None  # the box adds, it does not hold a choice
    if kind:
        sheet.change(path, [*(one.model_dump() for one in value), {"kind": kind}])


def _report(sheet: Sheet, key: str, path: str, convert: Callable[[Any], Any]) -> None:
    if st.session_state[key] is not None:
        sheet.change(path, convert(st.session_state[key]))


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


_ASK: dict[str, Callable[[Question, Any, str, Sheet], Any]] = {
    "toggle": _ask_toggle,
    "choice": _ask_choice,
    "choices": _ask_choices,
    "count": _ask_count,
    "number": _ask_number,
    "steps": _ask_steps,
    "text": _ask_text,
    "variant": _ask_variant,
    "variants": _ask_variants,
}
