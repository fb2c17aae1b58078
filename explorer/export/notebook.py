"""A whole run as a Jupyter notebook."""

from __future__ import annotations

import json
from typing import Any

from explorer.experiment import Experiment
from explorer.export.passages import passages

PLOT = """try:
    import plotly.graph_objects as go

    figure = go.Figure(go.Scatter(x=list(range(1, len(losses) + 1)), y=losses))
    figure.update_layout(xaxis_title="step", yaxis_title="loss of the batch")
except ImportError:
    figure = "Install plotly to see the curve."
figure"""


def training_notebook(experiment: Experiment) -> str:
    """An .ipynb document (nbformat 4.5) with the text of `script.training_script` in cells, and a plot of the loss.

    Raises: as `script.training_script`.
    """
    text = passages(experiment)
    about, _, words = text.about.strip('"\n').partition("\n\n")
    cells = [
        _words(f"# {about}\n\n{words}"),
        _code(text.imports),
        _words("## Data and first weights\n\nPacked into text: this notebook needs no other file, unless a cell names one."),
        *map(_code, text.arrays),
        _words("## The network"),
        *([_code("\n\n\n".join(text.definitions))] if text.definitions else []),
        _code(text.model),
        _words("## Loss, batches and training"),
        *map(_code, text.functions),
        _words("## Train"),
        _code("losses = train(STEPS)"),
        _code(PLOT),
    ]
    return json.dumps(
        {
            "cells": [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, 1)],
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    )


def _words(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": text.splitlines(keepends=True)}
