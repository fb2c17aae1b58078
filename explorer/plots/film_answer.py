"""What the whole network says, as part of an SVG: over the plane, along a line, for one picture, or how often it is wrong.

Decided: what is drawn is found by what the frame holds, the first that fits of a short list.
Because: kinds of tasks come and go; a frame with an answer of a new kind still has its network and its curves.
Instead of: a drawing for each task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from explorer.plots.film_network import MIDDLE, SMALL, TINY, Area
from explorer.plots.network_picture import LOOKS
from explorer.plots.palette import CATEGORIES, GREY, PURPLE
from explorer.plots.raster import SIGNS, Theme, as_colours, by_table, diverging, hexed, image, inks, rgb
from explorer.plots.svg import box, shortened, text

Head, Arrays = Mapping[str, Any], Mapping[str, np.ndarray]
PALER = 1.75  # the surface keeps to the paler part of the palette, so that the data stand out on it
POINTS = 500  # that are drawn
BARS = 12  # classes that are drawn


def answer(head: Head, arrays: Arrays, area: Area, theme: Theme) -> list[str]:
    """Parts of an SVG; none where the frame holds nothing that could be drawn here."""
    return next((parts for draw in WAYS if (parts := draw(head, arrays, area, theme))), [])


def _plane(head: Head, arrays: Arrays, area: Area, theme: Theme) -> list[str]:
    """The surface over the square, and the examples on it."""
    if head["coordinates"] != 2:
        return []
    look, square = LOOKS[theme], _square(area)
    place = (square.left, square.top, square.width, square.height)
    draw = SURFACES.get(head["surface"]["kind"])
    parts = [image(draw(head, arrays["surface"], theme), *place)] if draw else []
    parts += [*_points(head, arrays, square, theme), box(place[:2], place[2:], "none", look.line, 1, 0)]
    x, y = [*head["inputs"], "x", "y"][:2]
    parts.append(text((square.left + square.width / 2, square.top + square.height + 15), x, SMALL, look.soft, **MIDDLE))
    left, middle = square.left - 8, square.top + square.height / 2
    parts.append(text((left, middle), y, SMALL, look.soft, **MIDDLE, transform=f"rotate(-90 {left:.0f} {middle:.0f})"))
    return [*parts, *_legend(head, square, theme)]


def _scalar(head: Head, surface: np.ndarray, theme: Theme) -> str:
    low, high = head["surface"]["low"], head["surface"]["high"]
    return by_table(surface, diverging(theme, low, high, _centre(head), PALER), sharp=False)


def _classes(head: Head, surface: np.ndarray, theme: Theme) -> str:
    """The colour of the winning class, paler the less probable it is."""
    colours, count = class_colours(len(head["classes"]), theme), len(head["classes"])
    certain = ((surface[1] / 255 - 1 / count) / (1 - 1 / count)).clip(0)[..., None]
    return as_colours((rgb(LOOKS[theme].paper) * (0.9 - 0.6 * certain) + colours[surface[0]] * (0.1 + 0.6 * certain)).astype(np.uint8))


SURFACES: dict[str, Callable[[Head, np.ndarray, Theme], str]] = {"scalar": _scalar, "classes": _classes}


def _centre(head: Head) -> float:
    """What is drawn in the neutral middle: half way for probabilities, zero where zero lies inside."""
    low, high = head["surface"]["low"], head["surface"]["high"]
    return 0.0 if head["problem"] == "regression" and low < 0 < high else (low + high) / 2


def class_colours(count: int, theme: Theme) -> np.ndarray:
    """float (count, 3). Two classes wear the colours of the value scale."""
    names = (SIGNS[theme][0], SIGNS[theme][-1]) if count == 2 else [CATEGORIES[i % len(CATEGORIES)] for i in range(max(count, 1))]
    return np.array([rgb(name) for name in names])


def _points(head: Head, arrays: Arrays, square: Area, theme: Theme) -> list[str]:
    look, parts = LOOKS[theme], []
    if "generated/points" in arrays:
        parts += [_dot(x, y, 3, PURPLE, look.paper) for x, y in _placed(arrays["generated/points"], square)]
    if "train/points" in arrays and "train/labels" in arrays:
        colours = _colours_of(head, arrays["train/labels"][:POINTS], theme)
        parts += [_dot(x, y, 3.2, one, look.paper) for (x, y), one in zip(_placed(arrays["train/points"], square), colours, strict=False)]
    return parts


def _colours_of(head: Head, labels: np.ndarray, theme: Theme) -> list[str]:
    if head["answers"] == "real":
        return [GREY] * len(labels)
    if head["problem"] == "regression":
        low, high = head["surface"].get("low", -1), head["surface"].get("high", 1)
        table = diverging(theme, low, high, _centre(head)) if "low" in head["surface"] else diverging(theme, -1, 1)
        return [hexed(table[at]) for at in ((labels - low) / (high - low) * 255).clip(0, 255).astype(int)]
    colours = class_colours(len(head["classes"]) or 2, theme)
    return [hexed(colours[int(label) % len(colours)]) for label in labels]


def _placed(points: np.ndarray, square: Area) -> list[tuple[float, float]]:
    """Packed points at their places on the picture; the first number goes to the right, the second up."""
    shares = points[:POINTS].astype(float) / 65535
    return [(square.left + x * square.width, square.top + (1 - y) * square.height) for x, y in shares.tolist()]


def _dot(x: float, y: float, radius: float, fill: str, edge: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{edge}" stroke-width="0.8"/>'


def _legend(head: Head, square: Area, theme: Theme) -> list[str]:
    """What the colours stand for, below the square."""
    look, y = LOOKS[theme], square.top + square.height + 36
    if head["surface"]["kind"] == "scalar":
        said = f"{head['surface']['label']}: {head['surface']['low']:.3g} (orange) to {head['surface']['high']:.3g} (blue)"
        return [text((square.left, y), shortened(said, square.width, SMALL), SMALL, look.soft)]
    names = head["classes"] if head["surface"]["kind"] == "classes" else ()
    each = square.width / max(len(names), 1)
    parts = []
    for i, (name, colour) in enumerate(zip(names, class_colours(len(names), theme), strict=True)):
        parts.append(_dot(square.left + each * i + 5, y - 4, 4, hexed(colour), look.paper))
        parts.append(text((square.left + each * i + 13, y), shortened(name, each - 16, SMALL), SMALL, look.soft))
    return parts


def _line(head: Head, arrays: Arrays, area: Area, theme: Theme) -> list[str]:
    """The predicted number along the line, and the examples."""
    if head["coordinates"] != 1 or "surface" not in arrays:
        return []
    look, square, points = LOOKS[theme], _square(area), arrays.get("train/points", np.zeros((0, 2)))[:POINTS]
    values = np.concatenate([points[:, 1], arrays["surface"][1][np.isfinite(arrays["surface"][1])]]) if not len(points) else points[:, 1]
    low, high = float(values.min(initial=0)), float(values.max(initial=1e-9))
    margin = 0.1 * (high - low)

    def place(x: float, y: float) -> tuple[float, float]:
        share = (y - low + margin) / (high - low + 2 * margin)
        return square.left + (x + 1) / 2 * square.width, square.top + (1 - min(max(share, 0.0), 1.0)) * square.height

    curve = "L".join("{:.1f} {:.1f}".format(*place(x, y)) for x, y in arrays["surface"].T.tolist() if np.isfinite(y))
    return [
        *(_dot(*place(x, y), 3, GREY, look.paper) for x, y in points.tolist()),
        f'<path d="M{curve}" fill="none" stroke="{SIGNS[theme][7]}" stroke-width="2.5"/>' if curve else "",
        box((square.left, square.top), (square.width, square.height), "none", look.line, 1, 0),
        text((square.left, square.top + square.height + 16), f"{head['surface']['label']}: {low:.3g} to {high:.3g}", SMALL, look.soft),
    ]


def _square(area: Area) -> Area:
    side = min(area.width - 30, area.height - 60)
    return Area(area.left + (area.width - side) / 2 + 8, area.top + (area.height - side - 44) / 2, side, side)


def _example(head: Head, arrays: Arrays, area: Area, theme: Theme) -> list[str]:
    """One picture and the probability of each class."""
    example = head["example"] or {}
    if "examples/images" not in arrays or "probabilities" not in example:
        return []
    look, side = LOOKS[theme], 120.0
    left, top = area.left + (area.width - side) / 2, area.top + 18
    parts = [
        text(
            (area.left + area.width / 2, area.top + 6),
            "One test example and the answer for it",
            SMALL,
            look.ink,
            **MIDDLE,
            font_weight="600",
        ),
        image(by_table(arrays["examples/images"][example["index"]], inks(theme)), left, top, side, side),
        box((left, top), (side, side), "none", look.line, 1, 0),
    ]
    return [*parts, *_bars(head, example, Area(area.left, top + side + 14, area.width, area.height - side - 32), theme)]


def _bars(head: Head, example: Mapping[str, Any], area: Area, theme: Theme) -> list[str]:
    look, shares = LOOKS[theme], np.nan_to_num(np.array(example["probabilities"], float))
    chosen = sorted(np.argsort(-shares, kind="stable")[:BARS].tolist())
    height, most, start = min(area.height / len(chosen), 24.0), area.width - 150, area.left + 100
    parts = []
    for row, i in enumerate(chosen):
        y, truth = area.top + row * height, head["classes"][i] == example["label"]
        name = shortened(head["classes"][i], 84, SMALL, bold=truth)
        weight = {"font_weight": "600"} if truth else {}
        parts.append(text((start - 8, y + height * 0.65), name, SMALL, look.ink if truth else look.soft, text_anchor="end", **weight))
        fill = SIGNS[theme][7] if truth else GREY
        parts.append(box((start, y + 2), (max(most * shares[i], 0.5), height - 5), fill, "none", 0, 2))
        parts.append(text((start + most * shares[i] + 5, y + height * 0.65), f"{shares[i]:.2f}", TINY, look.soft))
    return parts


def _confusion(head: Head, arrays: Arrays, area: Area, theme: Theme) -> list[str]:
    """How often each class was called what."""
    if "confusion" not in arrays or not 1 < len(arrays["confusion"]) <= 30:
        return []
    counts, square, look = arrays["confusion"], _square(area), LOOKS[theme]
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    middle, side = square.left + square.width / 2, square.width / len(counts)
    said = f"{int(np.trace(counts)):,} of {int(counts.sum()):,} test examples are answered right"
    parts = [
        image(by_table((shares * 255).astype(np.uint8), inks(theme)), square.left, square.top, square.width, square.height),
        box((square.left, square.top), (square.width, square.height), "none", look.line, 1, 0),
        text((middle, square.top - 6), "rows: the class; columns: the answer", SMALL, look.soft, **MIDDLE),
        text((middle, square.top + square.height + 34), said, SMALL, look.soft, **MIDDLE),
    ]
    if len(counts) <= BARS:
        parts += _class_names(head["classes"], square, look.soft)
        at = [(row, column) for row in range(len(counts)) for column in range(len(counts))]
        parts += [
            text(
                (square.left + (column + 0.5) * side, square.top + (row + 0.5) * side + 4),
                f"{counts[row, column]}",
                TINY,
                look.paper if shares[row, column] > 0.5 else look.ink,
                **MIDDLE,
            )
            for row, column in at
        ]
    return parts


def _class_names(names: Sequence[str], square: Area, colour: str) -> list[str]:
    """Beside the rows and below the columns."""
    side = square.width / len(names)
    parts = []
    for i, name in enumerate(names):
        left, low, at = square.left - 6, square.top + square.height + 15, (i + 0.5) * side
        parts.append(text((left, square.top + at + 4), shortened(name, 34, TINY), TINY, colour, text_anchor="end"))
        parts.append(text((square.left + at, low), shortened(name, side - 4, TINY), TINY, colour, **MIDDLE))
    return parts


def _residuals(head: Head, arrays: Arrays, area: Area, theme: Theme) -> list[str]:
    """Predicted against true numbers."""
    pairs = arrays.get("residuals", np.zeros((0, 2)))
    pairs = pairs[np.isfinite(pairs).all(1)]
    if not len(pairs):
        return []
    square, look = _square(area), LOOKS[theme]
    low, high = float(pairs[:, 1].min()), float(pairs[:, 1].max())
    shares = ((pairs - low) / ((high - low) or 1.0)).clip(0, 1)
    ends = (square.left, square.top + square.height, square.left + square.width, square.top)
    return [
        box((square.left, square.top), (square.width, square.height), "none", look.line, 1, 0),
        '<path d="M{:.1f} {:.1f}L{:.1f} {:.1f}" stroke="{}" stroke-dasharray="4 4"/>'.format(*ends, look.soft),
        *(
            _dot(square.left + x * square.width, square.top + (1 - y) * square.height, 3, SIGNS[theme][7], look.paper)
            for y, x in shares.tolist()
        ),
        text((square.left, square.top + square.height + 16), f"right: the true number, {low:.3g} to {high:.3g}", SMALL, look.soft),
        text((square.left, square.top - 6), f"up: the answer, {low:.3g} to {high:.3g}", SMALL, look.soft),
    ]


WAYS = (_plane, _line, _example, _confusion, _residuals)
