from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.plots.inspections._drawing import LEGEND, MARGIN
from explorer.plots.palette import BLUE, GREY, RED
from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    among = "the numbers it is normalised with" if "group" in found.arrays else "this unit's numbers for training examples"
    return {f"The number among {among}": _shifted(found)}


def _shifted(found: Inspected) -> go.Figure:
    """The number among those it is compared with: as they came, and as they leave."""
    a = {name: np.asarray(values, float) for name, values in found.arrays.items()}
    group, beside = a.get("group"), a.get("group", a.get("batch"))
    mean = float(a["mean"]) if group is None else float(group.mean())
    deviation = float(a["variance"] if group is None else group.var()) ** 0.5
    figure = go.Figure()
    figure.add_histogram(x=beside, marker={"color": GREY}, nbinsx=40, hovertemplate="%{x}: %{y}<extra></extra>")
    band = {"fillcolor": BLUE, "opacity": 0.15, "line": {"width": 0}}
    figure.add_vrect(x0=mean - deviation, x1=mean + deviation, annotation_text="mean ± deviation", annotation_position="top left", **band)
    figure.add_vline(x=mean, line={"color": BLUE, "width": 2, "dash": "dot"})
    words = f"entered: {float(a['x']):.3g}<br>left: {found.facts['value']:.3g}"
    told = {"annotation_text": words, "annotation_position": "top right", "annotation_xshift": 6, "annotation_align": "left"}
    figure.add_vline(x=float(a["x"]), line={"color": RED, "width": 2}, **told)
    figure.update_xaxes(title="number that enters the layer")
    figure.update_yaxes(title="how many", rangemode="tozero")
    return figure.update_layout(height=330, margin={**MARGIN, "t": 60}, showlegend=False, legend=LEGEND, bargap=0.02)
