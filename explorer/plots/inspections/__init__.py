"""Figures of what inspections found: one file per kind, named as it, with a function `figures`."""

from __future__ import annotations

import importlib

import plotly.graph_objects as go

from explorer.results.inspected import Inspected


def figures(found: Inspected) -> dict[str, go.Figure]:
    """Title -> figure, in the order they are read; every axis has a unit."""
    module = importlib.import_module(f"explorer.plots.inspections.{found.kind}")
    return module.figures(found)
