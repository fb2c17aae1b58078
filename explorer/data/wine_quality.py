"""How good a wine is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from explorer.data._openml import OnlineTable
from explorer.experiment.data import DATASETS
from explorer.experiment.record import live
from explorer.ingest.online import Source
from explorer.results.dataset import Problem


@DATASETS.register("wine_quality")
class WineQuality(OnlineTable):
    """How good is a wine, by what is in it? Portuguese wines, red and white, judged by at least three tasters.

    Fetched from openml.org once, when it is asked for.
    Source: Cortez et al., "Modeling Wine Preferences by Data Mining from Physicochemical Properties", 2009.
    """

    source: ClassVar[Source] = Source("Wine quality", "wine_quality", 1, 6497, packed=0.1, plain=0.4)
    problem: ClassVar[Problem] = "regression"
    numbers: ClassVar[Mapping[str, str]] = {
        "fixed.acidity": "fixed acidity (g/l)",
        "volatile.acidity": "volatile acidity (g/l)",
        "citric.acid": "citric acid (g/l)",
        "residual.sugar": "sugar (g/l)",
        "chlorides": "salt (g/l)",
        "free.sulfur.dioxide": "free sulphur dioxide (mg/l)",
        "total.sulfur.dioxide": "sulphur dioxide (mg/l)",
        "density": "density (kg/l)",
        "pH": "pH",
        "sulphates": "sulphates (g/l)",
        "alcohol": "alcohol (percent)",
    }
    target: ClassVar[str] = "quality"
    told: ClassVar[str] = "quality (points of 10)"

    size: int = live(6497, ge=40, le=6497, description="wines used of the 6,497 there are, all parts together")
