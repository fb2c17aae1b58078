"""Figures of explanations: one file per kind, named as it, with a function `figures`; all maps over inputs share `attribution`."""

from __future__ import annotations

import importlib

import plotly.graph_objects as go

from explorer.results.inspected import Inspected


def figures(found: Inspected, **look: float) -> dict[str, go.Figure]:
    """Title -> figure, in the order they are read; every axis has a unit.

    Args:
        found: what an explanation found.
        look: how it is to look, where there is a choice: of maps `alpha` and `threshold`.
    """
    module = importlib.import_module(f"explorer.plots.explanations.{found.facts.get('drawn', found.kind)}")
    return module.figures(found, **look)
