"""Maps over inputs, whatever the method: one file for each kind of input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.explanations import _audio, _image, _points, _series, _table, _text
from explorer.plots.explanations._scale import TOP, Look, add_meaning, common, cut
from explorer.results.attribution import Attribution
from explorer.results.inspected import Inspected

KINDS = {"image": _image, "audio": _audio, "table": _table, "text": _text, "series": _series, "points": _points}


def figures(found: Inspected, alpha: float = Look.alpha, threshold: float = Look.threshold) -> dict[str, go.Figure]:
    """Title -> figure.

    Args:
        found: an attribution.
        alpha: of maps over pictures: how much of the picture they hide, 0 to 1.
        threshold: of maps over pictures: numbers smaller than this share of the largest are left out, 0 to 1.
    """
    one = Attribution.from_inspected(found)
    return KINDS[one.input].figures(one, Look(alpha, threshold))


def row(maps: Sequence[Attribution], scale: Literal["shared", "own"] = "shared", captions: Sequence[str] = ()) -> go.Figure:
    """Maps of one input beside each other, in one meaning of colours. No maps give an empty figure.

    Args:
        maps: of the same example.
        scale: "shared": numbers keep their unit where all have the same; "own": each is divided by its own largest size, which is
            also done where units differ; the figure then says so.
        captions: one for each; without them the names of their methods.
    """
    if not maps:
        return go.Figure().update_layout(height=120)
    kind = KINDS[maps[0].input]
    values, one_scale = common(maps, [kind.numbers(one) for one in maps], scale == "own")
    across = min(len(maps), kind.ACROSS)
    down, tall = -(-len(maps) // across), kind.tall(maps)
    titles = [cut(caption, 100 // across) for caption in captions or [one.method.replace("_", " ").capitalize() for one in maps]]
    between = 30 + kind.BELOW  # px
    height = TOP + down * tall + (down - 1) * between + kind.FOOT
    gaps = {"horizontal_spacing": 0.05, "vertical_spacing": between / (height - TOP - kind.FOOT) if down > 1 else 0}
    figure = make_subplots(down, across, subplot_titles=titles, **gaps)
    planted = maps[0].arrays.get("planted")
    add_meaning(figure, one_scale, planted is not None and bool(planted.any()))
    kind.many(figure, maps, values, one_scale, [{"row": i // across + 1, "col": i % across + 1} for i in range(len(maps))])
    figure.update_annotations(font_size=12)
    margin = {"t": TOP, "r": 10, "b": kind.FOOT, "l": 10}
    return figure.update_layout(coloraxis=one_scale.lying(kind.BELOW), height=height, margin=margin)
