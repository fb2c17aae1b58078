"""What layers are called where people read of them: by the titles the diagram draws, never by their ids.

Decided: answers speak of layers by their ids, and the page puts the titles in when it shows them.
Because: code, links and other questions need the ids, and whoever asks from a notebook knows no diagram.
Instead of: two names in every answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np
from plotly.graph_objects import Figure

from explorer.experiment import LAYERS, Experiment
from explorer.networks.build import resolve
from explorer.networks.diagram import diagram
from explorer.results.diagram import Column
from explorer.ui.apply import dataset_of

Titles = Mapping[str, str]  # name of a layer, as answers have it -> its title
NUMBERED = re.compile(r"_\d+(#\d+)?$")  # how the ids of layers end


@lru_cache(maxsize=64)
def titles_of(experiment: Experiment) -> Titles:
    """The title of every layer and block; the same in several networks with the network before it."""
    titles: dict[str, str] = {}
    for role in experiment.task.roles:
        shape, end = experiment.task.shapes(role, dataset_of(experiment.data))
        spec = resolve(experiment.networks[role], end)
        drawn, _ = diagram(spec, shape, role)
        found = dict(_of_columns(drawn))
        found |= _numbered({layer.id: LAYERS[layer.kind].title() for layer in spec.walk() if layer.id not in found})
        several = len(experiment.task.roles) > 1
        titles |= {f"{role}/{name}": f"{role.capitalize()}: {title}" for name, title in found.items()} if several else found
    return titles


def _of_columns(columns: tuple[Column, ...]) -> Iterator[tuple[str, str]]:
    """Columns as the diagram numbers them, and what is drawn as a part of one."""
    for column, title in zip(columns, column_titles(columns), strict=True):
        yield column.id, title
        marks = [*column.badges, *([column.activation] if column.activation else [])]
        yield from _numbered({mark.id: f"{mark.title} of {title}" for mark in marks}).items()


def column_titles(columns: tuple[Column, ...]) -> list[str]:
    """ "Input", "Linear 1", "Linear 2", "Output": numbered where a number helps to tell them apart, as in the picture itself."""
    total, seen = Counter(column.title for column in columns), Counter[str]()
    titles = []
    for column in columns:
        seen[column.title] += 1
        numbered = total[column.title] > 1 or (column.editable and not column.title[-1].isdigit())
        titles.append(f"{column.title} {seen[column.title]}" if numbered else column.title)
    return titles


def _numbered(titles: dict[str, str]) -> dict[str, str]:
    """The same, those that are there more than once with a number."""
    total, seen = Counter(titles.values()), Counter[str]()
    named = {}
    for name, title in titles.items():
        seen[title] += 1
        named[name] = f"{title} {seen[title]}" if total[title] > 1 else title
    return named


def titled(text: str, titles: Titles) -> str:
    """A text in which layers have their titles: "linear_1.weight" becomes "Linear 1 (weight)"."""

    def title(hit: re.Match[str]) -> str:
        inside = hit[2].strip(".").replace(".", ", ").replace("_", " ")
        return titles[hit[1]] + (f" ({inside})" if inside else "")

    return _pattern(tuple(titles)).sub(title, text)


@lru_cache(maxsize=64)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Where one of the names stands, and which of its parts is named after it. Names that are plain words stand for themselves."""
    known = sorted(filter(NUMBERED.search, names), key=len, reverse=True)
    return re.compile(rf"(?<![\w/])({'|'.join(map(re.escape, known)) or '(?!)'})((?:\.[a-z]\w*)*)(?![\w#])")


def with_titles(figure: Figure, titles: Titles) -> Figure:
    """The figure, in whose legend, axes and captions layers have their titles."""
    said = partial(titled, titles=titles)
    for trace in figure.data:
        if trace.name:
            trace.name = said(trace.name)
        for axis in {"x", "y", "text"} & set(trace):
            if isinstance(trace[axis], tuple | list | np.ndarray) and all(isinstance(one, str) for one in trace[axis]):
                trace[axis] = [said(one) for one in trace[axis]]
    for one in figure.layout.annotations:
        _reword(one, "text", said)
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        _reword(axis.title, "text", said)
        if axis.ticktext is not None:
            axis.ticktext = [said(str(one)) for one in axis.ticktext]
    return figure


def _reword(part: Any, name: str, said: Callable[[str], str]) -> None:
    """Put other words into a part of a figure where they are other words: each change costs a figure its while."""
    text = part[name]
    if text and said(text) != text:
        part[name] = said(text)
