"""Life expectancy of countries."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from explorer.data._table import encoded
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

NUMBERS = {
    "year": "year",
    "gdpPercap": "income per person (power of ten, international dollars a year)",
    "pop": "population (power of ten, people)",
}


@DATASETS.register("gapminder")
class Gapminder(DataSpec):
    """How long do people live, by their country's income and size, continent and year? 142 countries, 1952 to 2007.

    Every country comes in every fifth year, so its years are found in both parts. Income and population, which grow
    by factors, are given as powers of ten.
    Source: Gapminder Foundation, by way of plotly.data.
    """

    problem: ClassVar[Problem] = "regression"
    standardise: ClassVar[bool] = True

    size: int = live(1704, ge=20, le=1704, description="examples used of the 1,704 there are, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        from plotly import data  # pandas with it takes a second

        frame = data.gapminder()
        powers = frame.assign(gdpPercap=np.log10(frame["gdpPercap"]), pop=np.log10(frame["pop"]))
        x, y, names = encoded(powers, NUMBERS, {"continent": "continent"}, "lifeExp")
        chosen = self._some(y[:, 0], 0, rng)
        return Samples(x[chosen], y[chosen], feature_names=names, target_name="life expectancy at birth (years)")
