"""What houses cost in California."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from explorer.data._openml import OnlineTable
from explorer.experiment.data import DATASETS
from explorer.experiment.record import live
from explorer.ingest.online import Source
from explorer.results.dataset import Problem


@DATASETS.register("california_houses")
class CaliforniaHouses(OnlineTable):
    """What does a house cost, by where it stands and who lives around it? Neighbourhoods of California in 1990.

    Prices above 500,000 dollars were all written down as 500,001. Fetched from openml.org once, when it is asked for.
    Source: Pace & Barry, "Sparse Spatial Autoregressions", 1997.
    """

    source: ClassVar[Source] = Source("California houses", "houses", 1, 20_640, packed=0.8, plain=2)
    problem: ClassVar[Problem] = "regression"
    numbers: ClassVar[Mapping[str, str]] = {
        "median_income": "income (10,000 US dollars a year)",
        "housing_median_age": "age of the houses (years)",
        "total_rooms": "rooms",
        "total_bedrooms": "bedrooms",
        "population": "people",
        "households": "households",
        "latitude": "latitude (degrees)",
        "longitude": "longitude (degrees)",
    }
    target: ClassVar[str] = "median_house_value"
    told: ClassVar[str] = "price (US dollars)"

    size: int = live(20_640, ge=40, le=20_640, description="neighbourhoods used of the 20,640 there are, all parts together")
