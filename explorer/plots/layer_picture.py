"""What a layer does to a small example, as a picture for the catalogue: what goes in, an arrow, what comes out; or a curve.

Decided: one path for all cells of one colour and strength, and clear where a number is 0.
Because: a picture then has some kilobytes, and fits light and dark pages alike.
Instead of: a rectangle for every number, of which there may be thousands.
"""

from __future__ import annotations

from collections import defaultdict
from xml.sax.saxutils import escape

import numpy as np

from explorer.plots.palette import BLUE, ORANGE, SKY
from explorer.plots.svg import FONT, TIMES
from explorer.results.shape import Shape
from explorer.results.specimen import Specimen

WIDTH, HEIGHT = 240, 110  # px
ROOM = (96.0, 70.0)  # px for each of the two tensors
CENTRES, TOP = (52.0, 188.0), 5.0
GAP, LARGEST, LONGEST = 3.0, 12.0, 3.0  # px between channels, px of a cell, and how many times longer than wide a cell may be
LEVELS = 12  # strengths of a colour
SIZE, SMALL = 8.5, 7.5  # px of the letters
ALIKE = 2.5  # both sides share one scale of colours if their largest numbers differ by no more than this factor
INKS = {"light": ("#1C2730", BLUE), "dark": ("#E4EAEF", SKY)}  # theme -> colour of lines and letters, and of numbers above 0


def layer_picture(specimen: Specimen, theme: str = "") -> str:
    """An SVG of 240 x 110 px.

    Args:
        theme: "light" or "dark" where the picture stands alone; "" takes the colour of the text around it.
    """
    ink, positive = INKS.get(theme, ("", BLUE))
    parts = _curve(specimen, positive) if specimen.curve else _before_and_after(specimen, positive)
    style = f' style="color:{ink}"' if ink else ""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            f'role="img" font-family="{FONT}" font-size="{SIZE}"{style}>',
            f"<title>{escape(in_words(specimen))}</title>",
            *parts,
            "</svg>",
        ]
    )


def in_words(specimen: Specimen) -> str:
    """What the picture shows, as a sentence or two."""
    low, high = specimen.output.min(), specimen.output.max()
    if specimen.curve:
        return (
            f"{specimen.title}: every number x from {specimen.input.min():g} to {specimen.input.max():g} becomes a number y "
            f"from {low:.3g} to {high:.3g}. The shape stays."
        )
    return (
        f"{specimen.title}: {specimen.input_shape} goes in, {specimen.output_shape} comes out, "
        f"with numbers from {low:.3g} to {high:.3g}. Blue is above 0, orange below."
    )


def _before_and_after(specimen: Specimen, positive: str) -> list[str]:
    limits = _limits(specimen)
    sides = zip(CENTRES, (specimen.input, specimen.output), (specimen.input_shape, specimen.output_shape), limits, strict=True)
    parts = [part for centre, values, shape, limit in sides for part in _tensor(values, shape, centre, limit, positive)]
    middle = TOP + ROOM[1] / 2
    return [*parts, f'<path d="M108 {middle}h20m-5 -4l5 4l-5 4" fill="none" stroke="currentColor" stroke-width="1.5"/>']


def _limits(specimen: Specimen) -> tuple[float, float]:
    """The number that gets the full colour, on each side."""
    before, after = (float(np.abs(values).max(initial=0)) or 1.0 for values in (specimen.input, specimen.output))
    if specimen.input_shape.vocabulary or not 1 / ALIKE <= before / after <= ALIKE:
        return before, after
    return max(before, after), max(before, after)


def _tensor(values: np.ndarray, shape: Shape, centre: float, limit: float, positive: str) -> list[str]:
    words = [_caption(line, centre, TOP + ROOM[1] + 13 + 11 * number) for number, line in enumerate(_sizes(shape))]
    if shape.vocabulary:
        return [*_tokens(values, centre), *words]
    return [*_grids(_panels(values, shape), centre, limit, positive, square=shape.is_image), *words]


def _panels(values: np.ndarray, shape: Shape) -> np.ndarray:
    """(panels, rows, columns): a panel for each channel; time runs to the right; a vector is a column."""
    if shape.is_image:
        return values
    return values.T[None] if values.ndim == 2 else values[None, :, None]


def _sizes(shape: Shape) -> list[str]:
    """The sizes with the names of their axes, in at most two lines."""
    words = [f"{axis} {size}" for axis, size in zip(shape.axes, shape.sizes, strict=True)]
    if shape.vocabulary:
        return [*words, f"tokens below {shape.vocabulary}"]
    lines = [words[:1], words[1:]] if shape.is_image else [words]
    return [f" {TIMES} ".join(line) for line in lines]


def _caption(said: str, centre: float, y: float) -> str:
    return f'<text x="{centre:g}" y="{y:g}" text-anchor="middle" fill="currentColor">{escape(said)}</text>'


def _tokens(values: np.ndarray, centre: float) -> list[str]:
    side = ROOM[0] / len(values)
    left, top = centre - ROOM[0] / 2, TOP + (ROOM[1] - side) / 2
    boxes = "".join(f"M{left + i * side:.2f} {top:.2f}h{side:.2f}v{side:.2f}h{-side:.2f}z" for i in range(len(values)))
    numbers = [_caption(str(int(value)), left + (i + 0.5) * side, top + side / 2 + 3) for i, value in enumerate(values)]
    return [f'<path d="{boxes}" fill="none" stroke="currentColor" stroke-opacity="0.4"/>', *numbers]


def _grids(panels: np.ndarray, centre: float, limit: float, positive: str, square: bool) -> list[str]:
    count, rows, columns = panels.shape
    across = max(range(1, count + 1), key=lambda n: _cell(n, panels.shape, square)[0])
    wide, high = _cell(across, panels.shape, square)
    down = -(-count // across)
    step_x, step_y = columns * wide + GAP, rows * high + GAP
    left, top = centre - (across * step_x - GAP) / 2, TOP + (ROOM[1] - (down * step_y - GAP)) / 2
    paths: dict[tuple[str, int], list[str]] = defaultdict(list)
    frames = []
    for number, panel in enumerate(panels):
        x, y = left + number % across * step_x, top + number // across * step_y
        frames.append(f"M{x:.2f} {y:.2f}h{columns * wide:.2f}v{rows * high:.2f}h{-columns * wide:.2f}z")
        for row, column, length, level in _runs(panel, limit):
            strokes = paths[(positive if level > 0 else ORANGE, abs(level))]
            strokes.append(f"M{x + column * wide:.2f} {y + row * high:.2f}h{length * wide:.2f}v{high:.2f}h{-length * wide:.2f}z")
    cells = [
        f'<path d="{"".join(strokes)}" fill="{colour}" fill-opacity="{level / LEVELS:.2f}" shape-rendering="crispEdges"/>'
        for (colour, level), strokes in paths.items()
    ]
    return [*cells, f'<path d="{"".join(frames)}" fill="none" stroke="currentColor" stroke-opacity="0.4" stroke-width="0.8"/>']


def _cell(across: int, shape: tuple[int, ...], square: bool) -> tuple[float, float]:
    """Width and height of a cell, px, when `across` panels stand side by side."""
    count, rows, columns = shape
    down = -(-count // across)
    wide = min(LARGEST, (ROOM[0] - GAP * (across - 1)) / (across * columns))
    high = min(LARGEST, (ROOM[1] - GAP * (down - 1)) / (down * rows))
    if square:
        return min(wide, high), min(wide, high)
    return min(wide, max(LARGEST, LONGEST * high)), min(high, max(LARGEST / 2, LONGEST * wide))


def _runs(panel: np.ndarray, limit: float) -> list[tuple[int, int, int, int]]:
    """(row, first column, length, level) of neighbours of one colour; level runs from -LEVELS to LEVELS, and 0 is left out."""
    levels = np.rint(np.clip(panel / limit, -1, 1) * LEVELS).astype(int)
    found = []
    for row, line in enumerate(levels):
        cuts = np.flatnonzero(np.diff(line)) + 1
        for first, end in zip([0, *cuts], [*cuts, len(line)], strict=True):
            if line[first]:
                found.append((row, int(first), int(end - first), int(line[first])))
    return found


def _curve(specimen: Specimen, positive: str) -> list[str]:
    x, y = specimen.input, specimen.output
    step = next(step for step in (0.5, 1.0, 2.0, 5.0, 10.0, 100.0) if np.ptp(y) / step <= 5)
    low, high = min(0.0, np.floor(y.min() / step + 0.01) * step), max(0.0, np.ceil(y.max() / step - 0.01) * step)
    left, right, top, bottom = 44.0, 204.0, 10.0, 92.0

    def across(value: float) -> float:
        return left + (value - x[0]) / (x[-1] - x[0]) * (right - left)

    def down(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    points = "L".join(f"{across(a):.1f} {down(b):.1f}" for a, b in zip(x, y, strict=True))
    axes = f"M{left} {down(0):.1f}H{right}M{across(0):.1f} {top}V{bottom}"
    ticks_x = [x[0] * share for share in (1, 0.5, -0.5, -1)]
    ticks_y = [value for value in np.arange(low, high + step / 2, step) if abs(value) > step / 2]
    marks = "".join(f"M{across(v):.1f} {down(0) - 2:.1f}v4" for v in ticks_x) + "".join(
        f"M{across(0) - 2:.1f} {down(v):.1f}h4" for v in ticks_y
    )
    words = [_tick(f"{v:g}", across(v), down(0) + 10, "middle") for v in ticks_x]
    words += [
        _tick(f"{v:g}", across(0) + (-5 if v > 0 else 5), down(v) + 2.7, "end" if v > 0 else "start") for v in ticks_y
    ]  # off the curve
    return [
        f'<path d="{axes}{marks}" fill="none" stroke="currentColor" stroke-opacity="0.55" stroke-width="0.8"/>',
        *words,
        _caption("x", right + 8, down(0) + 3),
        _caption("y", across(0) + 8, top + 3),
        f'<path d="M{points}" fill="none" stroke="{positive}" stroke-width="2" stroke-linejoin="round"/>',
    ]


def _tick(said: str, x: float, y: float, anchor: str) -> str:
    said = said.replace("-", "\N{MINUS SIGN}")
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{SMALL}" text-anchor="{anchor}" fill="currentColor" fill-opacity="0.8">{said}</text>'
