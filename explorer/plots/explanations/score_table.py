"""Methods held against a planted truth: how much of each map lies on the mark, and how well that tells two networks apart."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import LEGEND, MARGIN
from explorer.plots.palette import BLUE, GREEN, GREY, ORANGE, RED
from explorer.results.inspected import Inspected

ROW, REST = 26, 130  # px: height of a method, and of what is around them
COLOURS = (BLUE, ORANGE)
OUTCOMES = {True: ("tells", GREEN), None: ("tells in part", ORANGE), False: ("does not tell", RED)}


def figures(found: Inspected) -> dict[str, go.Figure]:
    """Best method first; points are means over the seeds, lines go from the least to the most of them."""
    return {
        f"How much of each map lies on {found.facts['mark']}": _mass(found),
        "How well each method tells the two networks apart": _apart(found),
        "What the two networks do with the mark": _answers(found),
    }


def _mass(found: Inspected) -> go.Figure:
    figure, facts = go.Figure(), found.facts
    for number, (name, colour) in enumerate(zip(facts["networks"], COLOURS, strict=True)):
        shares = 100 * found.arrays["mass"][:, number].mean(2)  # (methods, seeds)
        figure.add_trace(_points(shares, facts["titles"], f"network that {name}", colour, 0.15 - 0.3 * number))
    covers = 100 * facts["covers"]
    figure.add_vline(x=covers, line={"color": GREY, "dash": "dash"}, annotation_text=f"the mark covers {covers:.2g} %")
    figure.update_xaxes(title="share of the map that lies on the mark (%)", rangemode="tozero")
    return _rows(figure, facts["titles"])


def _apart(found: Inspected) -> go.Figure:
    figure, facts, auc = go.Figure(), found.facts, 100 * found.arrays["auc"]
    for outcome, (words, colour) in OUTCOMES.items():
        rows = [row for row, verdict in enumerate(facts["outcomes"]) if verdict is outcome]
        name = words if facts["taken_up"] else "not judged"
        if rows:
            figure.add_trace(_points(auc[rows], [facts["titles"][row] for row in rows], name, colour, 0.0, rows))
    figure.add_vline(x=50, line={"color": GREY, "dash": "dash"}, annotation_text="chance")
    figure.update_xaxes(title="pairs of examples told apart (%)", range=[-2, 104])
    return _rows(figure, facts["titles"])


def _points(values: np.ndarray, names: list[str], called: str, colour: str, shift: float, rows: list[int] | None = None) -> go.Scatter:
    """The mean over seeds of values (methods, seeds), with a line from the least to the most."""
    mean = values.mean(1)
    spread = {"symmetric": False, "array": values.max(1) - mean, "arrayminus": mean - values.min(1), "thickness": 2, "width": 4}
    return go.Scatter(
        x=mean,
        y=np.array(range(len(names)) if rows is None else rows) - shift,
        error_x=spread,
        mode="markers",
        marker={"color": colour, "size": 10},
        name=called,
        text=names,
        customdata=np.stack([values.min(1), values.max(1)], 1),
        hovertemplate="%{text}: %{x:.3g} % (%{customdata[0]:.3g} to %{customdata[1]:.3g})<extra></extra>",
    )


def _rows(figure: go.Figure, titles: list[str]) -> go.Figure:
    ticks = {"tickmode": "array", "tickvals": list(range(len(titles))), "ticktext": titles}
    figure.update_yaxes(range=[len(titles) - 0.4, -0.6], zeroline=False, **ticks)
    return figure.update_layout(
        height=REST + ROW * len(titles),
        margin={**MARGIN, "t": 50},
        legend={**LEGEND, "y": 1, "yref": "container", "yanchor": "top"},
        showlegend=True,
    )


def _answers(found: Inspected) -> go.Figure:
    """Bars for the examples of other classes that are taken for the class, with the mark and without it."""
    figure, names = go.Figure(), [f"network that {name}" for name in found.facts["networks"]]
    for column, (called, colour) in enumerate((("with the mark", BLUE), ("without it", GREY))):
        shares = 100 * found.arrays["given"][:, :, column]  # (2, seeds)
        mean = shares.mean(1)
        spread = {"symmetric": False, "array": shares.max(1) - mean, "arrayminus": mean - shares.min(1), "color": ORANGE}
        figure.add_bar(x=names, y=mean, error_y=spread, name=called, marker={"color": colour}, hovertemplate="%{y:.3g} %")
    figure.update_yaxes(title=f"others taken for {found.facts['giveaway']!r} (%)", range=[0, 105])
    return figure.update_layout(height=320, barmode="group", margin=MARGIN, legend=LEGEND)
