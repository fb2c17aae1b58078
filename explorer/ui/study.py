"""Looking closer at a run: its curves, its mistakes, its numbers, and the experiment itself to take away."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.experiment import LAYERS, Experiment
from explorer.plots.confusion_matrix import confusion_matrix
from explorer.plots.loss_curve import label_of, loss_curve
from explorer.plots.residuals import residuals
from explorer.results.frame import unpack
from explorer.runs.frames import FrameReader
from explorer.ui import apply, session
from explorer.ui.controls import show_problem
from explorer.ui.film_to_take import film_to_take
from explorer.ui.live_page import FILE, LivePage


@st.fragment
def study(page: LivePage) -> None:
    """An area that opens below the picture; what is closed costs nothing."""
    area = st.expander("Study this run", key=f"{page.name}.study", on_change="rerun", icon=":material/query_stats:")
    if not area.open:
        return
    with area:
        parts: dict[str, Callable[[LivePage], None]] = {
            "Curves": _curves,
            "Mistakes": _mistakes,
            "Layers": _layers,
            "Experiment": _experiment,
            "Share": _share,
        }
        tabs = st.tabs(list(parts), key=f"{page.name}.study.tab", on_change="rerun")
        for tab, draw in zip(tabs, parts.values(), strict=True):
            if tab.open:
                with tab:
                    draw(page)


def newest_frame(run_id: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Head and arrays of a run's newest picture; both empty while there is none."""
    reader = FrameReader(session.client().frame_path(run_id))
    try:
        data = reader.read()
    finally:
        reader.close()
    return unpack(data) if data else ({}, {})


def history_of(rows: list[tuple[int, dict[str, float | None]]]) -> dict[str, np.ndarray]:
    """Stored metrics as "step" and one array per metric, NaN where one was not measured."""
    names = sorted({name for _, metrics in rows for name in metrics})
    table = {name: [np.nan if metrics.get(name) is None else metrics[name] for _, metrics in rows] for name in names}
    return {"step": np.array([step for step, _ in rows], float), **{name: np.array(values, float) for name, values in table.items()}}


def _again(page: LivePage, name: str) -> None:
    st.button("Read again", key=f"{page.name}.study.{name}.again", icon=":material/refresh:", help="Take the newest numbers of the run.")


def _curves(page: LivePage) -> None:
    head, _ = newest_frame(page.state.run_id)
    history = history_of(session.client().metrics(page.state.run_id))
    families = families_of([name for name in history if name != "step"])
    if not families:
        st.info("Nothing has been measured yet. Press Play, then read again.")
        _again(page, "curves")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Curve",
            list(families),
            default=next(iter(families)),
            required=True,
            key=f"{page.name}.study.curve",
            help="What the chart shows.",
        )
        log = st.toggle("Logarithmic", key=f"{page.name}.study.log", help="Equal distances stand for equal factors: small values get room.")
        _again(page, "curves")
    names = families.get(chosen) or next(iter(families.values()))
    unit = head.get("units", {}).get(names[0], "")
    figure = loss_curve(history, unit, head.get("marks", ()), names, log)
    last = ", ".join(f"{label_of(name)} {history[name][-1]:.4g}" for name in names)
    st.plotly_chart(figure, key=f"{page.name}.study.curves", alt=f"Curves over {history['step'][-1]:.0f} steps. At the end: {last}.")
    table = pd.DataFrame({label_of(name): values for name, values in history.items()})
    st.dataframe(table, height=220, hide_index=True, key=f"{page.name}.study.table")


def families_of(names: list[str]) -> dict[str, list[str]]:
    """Metrics that share an axis, by what they measure: "loss" -> ["train_loss", "test_loss"]; losses first."""
    families: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda name: (not name.endswith("loss"), name)):
        families.setdefault(name.rpartition("_")[2].capitalize(), []).append(name)
    return families


def _mistakes(page: LivePage) -> None:
    head, arrays = newest_frame(page.state.run_id)
    _again(page, "mistakes")
    if "confusion" in arrays:
        counts = arrays["confusion"]
        right = int(np.trace(counts))
        st.plotly_chart(
            confusion_matrix(counts, head["classes"]),
            key=f"{page.name}.study.confusion",
            alt=f"{right} of {int(counts.sum())} test examples are answered right.",
        )
    elif "residuals" in arrays:
        pairs = arrays["residuals"]
        error = float(np.abs(pairs[:, 0] - pairs[:, 1]).mean()) if len(pairs) else 0.0
        words = f"{len(pairs)} test examples; on average a prediction is off by {error:.3g}."
        st.plotly_chart(residuals(pairs, head.get("target", "")), key=f"{page.name}.study.residuals", alt=words)
    else:
        st.info("No mistakes have been counted yet. Press Play, then read again.")


def _layers(page: LivePage) -> None:
    """What every layer costs, by the same estimate that decides whether a run may start."""
    experiment = page.state.experiment or page.experiment  # what trains; a draft may have no cost yet
    for role, cost in apply.admit(experiment).items():
        if len(experiment.networks) > 1:
            st.markdown(f"**{role.capitalize()}**")
        rows = [
            {
                "layer": LAYERS[layer.kind].title(),
                "name": layer.id,
                "output": str(layer.output),
                "parameters": layer.parameters,
                "FLOPs per example": layer.flops,
                "activation memory (bytes)": layer.activation_bytes,
            }
            for layer in cost.layers
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key=f"{page.name}.study.layers.{role}")
        total = f"{cost.parameters:,} parameters. One training step needs about {size(cost.training_bytes)}"
        st.caption(f"{total}: weights, gradients, the optimiser's memory and activations.")


def _experiment(page: LivePage) -> None:
    text = pretty(page.experiment)
    st.caption("Everything that was chosen, as data. The same record and seed give the same numbers.")
    st.download_button(
        "Download",
        text,
        "experiment.json",
        "application/json",
        help="Save the experiment as a file.",
        on_click="ignore",
        icon=":material/download:",
    )
    st.code(text, "json", height=260)
    file = st.file_uploader(
        "Open a file", type="json", max_upload_size=1, key=f"{page.name}.study.file", help="An experiment saved before."
    )
    pasted = st.text_area("Or paste one", key=f"{page.name}.study.paste", help="The text of an experiment's file.")
    given = file.getvalue().decode("utf-8", "replace") if file else pasted
    if st.button("Use it", disabled=not given, help="Replace data, network and training with those of the file."):
        page.load_json(given)
        st.rerun()
    show_problem(FILE, page.sheet())


def _share(page: LivePage) -> None:
    query = "&".join(f"{name}={value}" for name, value in zip(("x", "run"), page.state.written, strict=True) if value)
    st.caption("Whoever opens this link sees the same run while it lives, and the same experiment afterwards.")
    st.code(f"{(st.context.url or '').split('?')[0]}?{query}", None, wrap_lines=True)
    film_to_take(page)


def size(amount: float) -> str:
    """Bytes for people: 2,500 -> "2.5 kB"."""
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if amount >= factor:
            return f"{amount / factor:.3g} {unit}"
    return f"{amount:.0f} bytes"


def pretty(experiment: Experiment) -> str:
    """The experiment's JSON, indented for people."""
    return json.dumps(json.loads(experiment.to_json()), indent=1)
