"""The registries as text to look things up in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby

import streamlit as st

from explorer.experiment import AugmentationSpec, DataSpec, LayerSpec, Spec
from explorer.experiment.network import GROUPS
from explorer.registry import Registry
from explorer.ui.fields import Question, questions

STYLE = """<style>
.nx-entry { display: flow-root; max-width: 82rem; padding: 0.7rem 0 0.3rem; }
.nx-entry { border-top: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
.nx-entry img { float: right; width: 240px; height: 110px; margin: 0 0 0.4rem 1.2rem; }
.nx-entry .katex-display { text-align: left; margin: 0.3rem 0 0.5rem; overflow-x: auto; overflow-y: hidden; padding: 0.15rem 0; }
.nx-entry .katex-display > .katex { text-align: left; }
.nx-entry table { clear: both; font-size: 0.86rem; width: auto; margin-bottom: 0.4rem; }
.nx-entry p { max-width: 62rem; margin-bottom: 0.3rem; }
.nx-entry .nx-small { font-size: 0.86rem; opacity: 0.75; }
@media (max-width: 640px) { .nx-entry img { float: none; display: block; margin: 0 0 0.4rem; } }
</style>"""


@dataclass(frozen=True)
class Entry:
    """One variant, in words.

    Attributes:
        group: heading among the others of its registry; "" if they have none.
        use: where it is used and where not; "" if that is not said.
        details: the rest of its description.
        parameters: (name, default, range, meaning) of every field a form asks for.
        picture: what its picture shows; "" if it has none.
    """

    title: str
    kind: str
    group: str
    summary: str
    formula: str
    use: str
    details: str
    parameters: tuple[tuple[str, str, str, str], ...]
    picture: str


def entries(registry: Registry) -> list[Entry]:
    """Every variant of a registry that a page offers to everybody, by group and title."""
    return sorted(map(_entry, filter(is_offered, registry.values())), key=lambda entry: (_place(entry.group), entry.title.lower()))


def is_offered(cls: type[Spec]) -> bool:
    """Whether it is there for everybody: all but data that somebody has to bring first."""
    return not (issubclass(cls, DataSpec) and cls.upload)


def matching(some: Iterable[Entry], query: str) -> list[Entry]:
    """The entries in which every word of `query` occurs."""
    words = query.lower().split()
    return [one for one in some if all(word in _searched(one) for word in words)]


def show(noun: str, some: Sequence[Entry], theme: str) -> None:
    """Print the entries of one registry, group by group.

    Args:
        theme: "light" or "dark", for the pictures.
    """
    st.header(plural(noun).capitalize(), anchor=anchor(noun))
    if links := contents(some):
        st.markdown(links)
    for group, members in groupby(some, key=lambda entry: entry.group):
        if group:
            st.subheader(group.capitalize(), anchor=anchor(group))
        st.markdown("\n\n".join(text_of(one, theme) for one in members), unsafe_allow_html=True)


def contents(some: Iterable[Entry]) -> str:
    """Links to the groups; "" where there are none."""
    groups = dict.fromkeys(entry.group for entry in some if entry.group)
    return " · ".join(f"[{group}](#{anchor(group)})" for group in groups)


def plural(noun: str) -> str:
    """ "loss" -> "losses"."""
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def anchor(heading: str) -> str:
    """What a link to a heading ends in."""
    return heading.lower().replace(" ", "-")


def text_of(entry: Entry, theme: str) -> str:
    """One entry as Markdown, with HTML around it."""
    parts = ['<div class="nx-entry">', _image(entry, theme), f"**{entry.title}** `{entry.kind}`  \n{_plain(entry.summary)}"]
    if entry.formula:
        parts.append(f"$$\n{entry.formula}\n$$")
    if entry.use:
        parts.append(f"**Use.** {_plain(entry.use)}")
    if entry.details:
        parts.append(f'<p class="nx-small">{escape(entry.details)}</p>')
    if entry.parameters:
        parts.append("\n".join(["| parameter | default | range | meaning |", "|---|---|---|---|", *map(_row, entry.parameters)]))
    return "\n\n".join([*filter(None, parts), "</div>"])


def _image(entry: Entry, theme: str) -> str:
    if not entry.picture:
        return ""
    said = escape(entry.picture)
    return f'<img src="nx/layers/{entry.kind}.svg?theme={theme}" alt="{said}" title="{said}" width="240" height="110" loading="lazy">'


def _row(parameter: tuple[str, str, str, str]) -> str:
    name, *rest = parameter
    return f"| `{name}` | {' | '.join(_plain(part).replace('|', chr(92) + '|') for part in rest)} |"


def _plain(text: str) -> str:
    """Markdown in which nothing is read as a sign of Markdown or HTML."""
    for sign in ("\\", "*", "_", "$", "`"):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("<", "&lt;")


def _searched(entry: Entry) -> str:
    return f"{entry.title} {entry.kind} {entry.group} {entry.summary} {entry.use} {entry.details}".lower()


def _place(group: str) -> tuple[int, str]:
    return (GROUPS.index(group) if group in GROUPS else len(GROUPS), group)


def _use(cls: type[Spec]) -> str:
    if issubclass(cls, AugmentationSpec):
        return f"For {cls.needs}."
    return cls.use if issubclass(cls, LayerSpec) else ""


def _picture(cls: type[Spec]) -> str:
    """What the picture of a layer shows, in words; "" for anything else."""
    if not issubclass(cls, LayerSpec):
        return ""
    from explorer.networks.specimen import specimen  # imports torch, for which no page should wait that does not need it
    from explorer.plots.layer_picture import in_words

    found = specimen(cls.kind)
    return in_words(found) if found else ""


@cache
def _entry(cls: type[Spec]) -> Entry:
    asked = questions(cls)
    meanings = {one.name: str(cls.model_fields[one.name].description or "") for one in asked}
    parameters = tuple((one.name, _default(one.default), range_of(one), meanings[one.name]) for one in asked)
    summary, _, rest = (cls.__doc__ or "").strip().partition("\n")
    return Entry(
        title=cls.title(),
        kind=cls.kind,
        group=getattr(cls, "group", ""),
        summary=summary,
        formula=getattr(cls, "formula", ""),
        use=_use(cls),
        details=" ".join(rest.split()),
        parameters=parameters,
        picture=_picture(cls),
    )


def range_of(question: Question) -> str:
    """The values a field takes, in words: "1 to 31", "above 0, up to 10", "nearest or bilinear"."""
    if question.kind == "toggle":
        return "yes or no"
    if question.options:
        return " or ".join(map(str, question.options))
    if question.registry:
        return f"any {question.registry.noun}"
    low, high = (_number(end) for end in (question.low, question.high))
    if low and high and not (question.open_low or question.open_high):
        return f"{low} to {high}"
    return ", ".join(
        [f"{'above' if question.open_low else 'from'} {low}"] * bool(low)
        + [f"{'below' if question.open_high else 'up to'} {high}"] * bool(high)
    )


def _number(value: float) -> str:
    return "" if math.isinf(value) else f"{int(value):,}" if value == int(value) else f"{value:g}"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(_default, value)) or "none"
    return value.title() if isinstance(value, Spec) else f"{value}"
