"""Maps over points: a bar for each number the network is fed."""

from __future__ import annotations

from explorer.plots.explanations._table import ACROSS, BELOW, FOOT, figures, many, numbers, tall

__all__ = ["ACROSS", "BELOW", "FOOT", "figures", "many", "numbers", "tall"]
