"""What all maps share: one meaning of colours, said in a legend, and how they are asked to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from explorer.plots.inspections._drawing import SIGNED, UNSIGNED, visible
from explorer.plots.palette import BLUE, ORANGE
from explorer.results.attribution import Attribution

MARK, CASING = "#C2188F", "#FFFFFF"  # what lies around a planted shortcut: told from blue and orange, on light and on dark
SHARED_UNIT = "share of the largest of each map"
LONGEST = 34  # letters of a unit or an answer that a figure has room for
TOP = 62  # px above the fields: two lines of legend and a caption
SLOPE = " of input"  # how the units of slopes end


@dataclass(frozen=True)
class Look:
    """How a map lies over its picture.

    Attributes:
        alpha: how much of what is below it is hidden, 0 to 1.
        threshold: sizes below this share of the largest are left out, 0 to 1.
    """

    alpha: float = 0.75
    threshold: float = 0.0


@dataclass(frozen=True)
class Scale:
    """What colours and lengths mean.

    Attributes:
        signed: whether there are numbers below 0.
        limit: where colours are full.
        unit: of the numbers.
        above: what numbers above 0 say, in words.
        below: what those below 0 say.
    """

    signed: bool
    limit: float
    unit: str
    above: str
    below: str

    @property
    def low(self) -> float:
        return -self.limit if self.signed else 0.0

    @property
    def colours(self) -> list:
        return SIGNED if self.signed else UNSIGNED

    def axis(self, **bar: object) -> dict:
        """The colour axis, with its bar at the right."""
        title = {"text": broken(self.unit), "side": "right", "font": {"size": 12}}
        colorbar = {"title": title, "thickness": 12, "nticks": 6, "exponentformat": "power", "x": 1.0, "xanchor": "left", "xpad": 8, **bar}
        return {"colorscale": self.colours, "cmin": self.low, "cmax": self.limit, "colorbar": colorbar}

    def lying(self, below: int = 0) -> dict:
        """The colour axis, with its bar so many px below the fields."""
        title = {"text": self.unit, "side": "top", "font": {"size": 12}}
        return self.axis(title=title, orientation="h", y=0, yanchor="top", x=0.5, xanchor="center", len=0.7, ypad=below + 4)

    def painted(self, values: np.ndarray) -> list[str]:
        """The colour of each number."""
        shares = (np.asarray(values, float) - self.low) / (self.limit - self.low)
        return sample_colorscale(self.colours, shares.clip(0, 1).tolist())

    def written(self, values: np.ndarray) -> list[str]:
        """The colour of ink that can be read on the colour of each number."""
        return ["#FFFFFF" if value > 0.55 * self.limit else "#1B2733" for value in values]


def scale_of(found: Attribution, values: np.ndarray | None = None) -> Scale:
    """The scale of one map, or of numbers made of it."""
    limit = float(np.abs(found.values if values is None else values).max(initial=0.0)) or 1.0
    return Scale(found.signed, limit, found.unit or "score", *_meaning(found))


def _meaning(found: Attribution) -> tuple[str, str]:
    answers: Sequence = found.facts.get("answers", ())
    number = bool(answers) and answers[0][2] is None  # without probabilities: a number is answered, not a class
    return meaning(found.facts.get("about") or found.target, found.signed, found.unit, number)


def meaning(target: str, signed: bool, unit: str, number: bool) -> tuple[str, str]:
    """What numbers above 0 and below 0 say of an answer, in words.

    Args:
        target: name of the answer.
        signed: whether there are numbers below 0.
        unit: of the numbers.
        number: whether the answer is a number, which may be raised, and no class, which may be spoken for.
    """
    answer = f"'{visible(target, LONGEST)}'"
    if not signed:
        return f"matters to {answer}", ""
    if unit.endswith(SLOPE):
        return f"more of it raises {answer}", "lowers it"
    return (f"raises {answer}", "lowers it") if number else (f"speaks for {answer}", "speaks against it")


def common(maps: Sequence[Attribution], numbers: Sequence[np.ndarray], own: bool) -> tuple[list[np.ndarray], Scale]:
    """What is drawn of many maps on one scale; each as a share of its own largest where that is asked for, or where units differ."""
    own = own or len({(one.unit, one.signed) for one in maps}) > 1
    limits = [scale_of(one, shown).limit for one, shown in zip(maps, numbers, strict=True)]
    signed = [one for one in maps if one.signed]
    scale = scale_of((signed or maps)[0])
    if len({_meaning(one) for one in signed}) > 1:
        scale = replace(scale, above=f"for '{cut(maps[0].target)}'", below="against it")
    if own:
        return [shown / limit for shown, limit in zip(numbers, limits, strict=True)], replace(scale, limit=1.0, unit=SHARED_UNIT)
    return list(numbers), replace(scale, limit=max(limits))


def add_meaning(figure: go.Figure, scale: Scale, planted: bool = False) -> go.Figure:
    """A legend above the fields that says what colours mean."""
    entries = [(scale.above, BLUE, "square")]
    entries += [(scale.below, ORANGE, "square")] if scale.signed else []
    entries += [("planted shortcut", MARK, "square-open")] if planted else []
    for name, colour, symbol in entries:
        marker = {"color": colour, "symbol": symbol, "size": 11, "line": {"width": 2 if symbol.endswith("open") else 0}}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name=name, showlegend=True, hoverinfo="skip")
    legend = {
        "orientation": "h",
        "yref": "container",
        "y": 1,
        "yanchor": "top",
        "xref": "container",
        "x": 0.01,
        "itemclick": False,
        "itemdoubleclick": False,
    }
    return figure.update_layout(legend=legend)


def broken(name: str, longest: int = 26) -> str:
    """A name in lines that are short enough for the height of a field."""
    lines = [""]
    for word in cut(name, 3 * longest).split():
        if lines[-1] and len(lines[-1]) + len(word) >= longest:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


def cut(text: str, longest: int = LONGEST) -> str:
    """A name that fits; its end is left out where it is too long."""
    return visible(text, longest)
