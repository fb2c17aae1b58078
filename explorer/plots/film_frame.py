"""One picture of a film: the network, what it says, and the curves, at one step of its training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from explorer.plots.film_answer import answer
from explorer.plots.film_network import SMALL, TINY, Area, network
from explorer.plots.loss_curve import PARTS, label_of
from explorer.plots.network_picture import LOOKS
from explorer.plots.palette import GREY
from explorer.plots.raster import Theme
from explorer.plots.svg import FONT, box, line, shortened, text, text_width

WIDTH, HEIGHT, MARGIN = 1280.0, 720.0, 24.0  # px: a slide's shape
TOP, CURVES, ANSWER = 76.0, 190.0, 380.0  # px: the heading's height, that of the curves, the answer's width
HISTORY = "history/"
MOST = 400  # points of a curve: more than that cannot be told apart
STEEP = 100.0  # beyond this ratio of the largest to the smallest value a curve is logarithmic

History = Mapping[str, np.ndarray]


def film_frame(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray], history: History, title: str, theme: Theme = "light") -> str:
    """A live picture as an SVG document of 1280 x 720 px that needs nothing else.

    Args:
        head: of the live picture.
        arrays: of the live picture.
        history: "step" and one array per metric, of the whole run; the curves are bright up to this picture's step.
        title: of the run.
        theme: light or dark.
    """
    middle = Area(MARGIN, TOP, WIDTH - 2 * MARGIN, HEIGHT - TOP - CURVES)
    beside = answer(head, arrays, Area(WIDTH - MARGIN - ANSWER, middle.top, ANSWER, middle.height), theme)
    left = Area(middle.left, middle.top, middle.width - (ANSWER + MARGIN if beside else 0), middle.height)
    below = Area(MARGIN, HEIGHT - CURVES + 8, WIDTH - 2 * MARGIN, CURVES - 24)
    parts = [*_heading(head, title, theme), *network(head, arrays, left, theme), *beside, *_curves(head, history, below, theme)]
    return _document(WIDTH, HEIGHT, f"{title}, step {head['step']}", parts, theme)


def film_curves(head: Mapping[str, Any], history: History, title: str, theme: Theme = "light") -> str:
    """The curves of the whole run alone, as an SVG document of 1280 x 400 px."""
    parts = [text((MARGIN, 34), title, 18, LOOKS[theme].ink, font_weight="600")]
    return _document(WIDTH, 400, title, [*parts, *_curves(head, history, Area(MARGIN, 56, WIDTH - 2 * MARGIN, 328), theme)], theme)


def _document(width: float, height: float, said: str, parts: Sequence[str], theme: Theme) -> str:
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}">'
    paper = f'<rect width="100%" height="100%" fill="{LOOKS[theme].paper}"/>'
    return "\n".join([begin, f"<title>{escape(said)}</title>", paper, *parts, "</svg>", ""])


def _heading(head: Mapping[str, Any], title: str, theme: Theme) -> list[str]:
    """The title, the step, and the metrics at it."""
    look, step = LOOKS[theme], f"step {head['step']:,}"
    metrics = [f"{label_of(name)} {value:.4g}" for name, value in head["metrics"].items() if value is not None]
    said = " · ".join([f"epoch {head['epoch']:.4g}", *metrics])
    room = WIDTH - 2 * MARGIN
    return [
        text((MARGIN, 34), shortened(title, room - text_width(step, 22, bold=True) - 20, 18, bold=True), 18, look.ink, font_weight="600"),
        text((WIDTH - MARGIN, 36), step, 22, look.ink, text_anchor="end", font_weight="600"),
        text((MARGIN, 58), shortened(said, room, 13), 13, look.soft),
    ]


# -- curves


def _curves(head: Mapping[str, Any], history: History, area: Area, theme: Theme) -> list[str]:
    """The loss, and beside it the first other family of metrics there is."""
    families = _families(history)
    each = (area.width - MARGIN * (len(families) - 1)) / max(len(families), 1)
    boxes = [Area(area.left + i * (each + MARGIN), area.top, each, area.height) for i in range(len(families))]
    drawn = [_chart(names, head, history, one, theme) for names, one in zip(families, boxes, strict=True)]
    return [part for parts in drawn for part in parts]


def _families(history: History) -> list[list[str]]:
    """Metrics that share an axis: losses, then those of the first other kind."""
    names = sorted((name for name in history if name != "step" and np.isfinite(history[name]).any()), key=_part)
    losses = [name for name in names if name.endswith("loss") and not name.startswith("batch")]
    others = [name for name in names if "loss" not in name]
    kind = next((name.rpartition("_")[2] for name in others if name.endswith("accuracy")), others[0].rpartition("_")[2] if others else "")
    return [one for one in (losses, [name for name in others if name.endswith(kind)]) if one]


def _part(name: str) -> int:
    """Training before validation before test."""
    order, part = list(PARTS), name.partition("_")[0]
    return order.index(part) if part in order else len(order)


def _chart(names: Sequence[str], head: Mapping[str, Any], history: History, area: Area, theme: Theme) -> list[str]:
    look, steps = LOOKS[theme], history["step"]
    plot = Area(area.left + 44, area.top + 18, area.width - 44, area.height - 36)
    values = np.concatenate([history[name][np.isfinite(history[name])] for name in names])
    low, high = float(values.min()), float(values.max())
    log = low > 0 and high > STEEP * low
    last = max(float(steps.max(initial=0)), float(head["step"]), 1.0)

    def place(step: float, value: float) -> tuple[float, float]:
        ends = np.log([low, high, value]) if log else np.array([low, high, value])
        share = (ends[2] - ends[0]) / ((ends[1] - ends[0]) or 1.0)
        return plot.left + step / last * plot.width, plot.top + (1 - share) * plot.height

    parts = [box((plot.left, plot.top), (plot.width, plot.height), "none", look.frame, 1, 0)]
    parts += _axes(plot, (low, high), last, log, theme)
    for number, name in enumerate(names):
        colour, dash = PARTS.get(name.partition("_")[0], ("", GREY, "solid"))[1:]
        parts += _trace([place(*pair) for pair in _thinned(steps, history[name])], place(head["step"], low)[0], colour, dash)
        parts.append(text((plot.left + 150 * number + 16, area.top + 11), label_of(name), SMALL, look.ink))
        parts.append(f'<rect x="{plot.left + 150 * number:.0f}" y="{area.top + 5:.0f}" width="12" height="4" fill="{colour}"/>')
    now = place(head["step"], low)[0]
    return [*parts, line(now, plot.top, now, plot.top + plot.height, look.ink)]


def _axes(plot: Area, ends: tuple[float, float], last: float, log: bool, theme: Theme) -> list[str]:
    soft, low = LOOKS[theme].soft, plot.top + plot.height
    words = "step (updates of the weights)" + (", logarithmic upwards" if log else "")
    return [
        text((plot.left - 6, low), f"{ends[0]:.3g}", TINY, soft, text_anchor="end"),
        text((plot.left - 6, plot.top + 9), f"{ends[1]:.3g}", TINY, soft, text_anchor="end"),
        text((plot.left, low + 14), "0", TINY, soft),
        text((plot.left + plot.width / 2, low + 14), words, TINY, soft, text_anchor="middle"),
        text((plot.left + plot.width, low + 14), f"{last:,.0f}", TINY, soft, text_anchor="end"),
    ]


def _thinned(steps: np.ndarray, values: np.ndarray) -> list[tuple[float, float]]:
    """The measured points of a curve, at most MOST of them, the last one always."""
    there = np.flatnonzero(np.isfinite(values))
    chosen = np.unique(np.linspace(0, len(there) - 1, min(len(there), MOST)).round().astype(int)) if len(there) else there
    return [(float(steps[at]), float(values[at])) for at in there[chosen]]


def _trace(points: Sequence[tuple[float, float]], now: float, colour: str, dash: str) -> list[str]:
    """Bright up to x = now, pale behind it."""
    xs, ys = np.array(points, float).reshape(-1, 2).T
    here = (now, float(np.interp(now, xs, ys)) if len(points) else 0.0)
    past = [*(point for point in points if point[0] < now), here]
    future = [here, *(point for point in points if point[0] > now)]
    dashes = {"dash": ' stroke-dasharray="6 3"', "dot": ' stroke-dasharray="2 3"'}.get(dash, "")
    return [
        f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in part)}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-opacity="{opacity}"{dashes}/>'
        for part, opacity in ((past, 1), (future, 0.3))
        if len(part) > 1
    ]
