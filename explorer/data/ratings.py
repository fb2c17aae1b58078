"""What people think of films, from what they thought of others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

TASTES = 2  # kinds of films that people like more or less
LOWEST, HIGHEST = 1.0, 5.0  # stars


@DATASETS.register("ratings")
class Ratings(DataSpec):
    """How many stars will somebody give a film? All that is known is who, which film, and how others rated.

    People and films are made up. Each film is better or worse for all, each person strict or kind; the rest is how well a
    person's taste, two numbers, fits the film's. No person rates a film twice; stars are whole numbers from 1 to 5.
    Source of the model: Koren, Bell & Volinsky, "Matrix Factorization Techniques for Recommender Systems", 2009.
    """

    problem: ClassVar[Problem] = "rating"
    tokens: ClassVar[bool] = True

    size: int = live(4000, ge=20, le=20_000, description="ratings, all parts together; at most as many as there are pairs")
    people: int = Field(100, ge=20, le=500, description="people who rate")
    films: int = Field(60, ge=20, le=300, description="films there are")

    def sample(self, rng: np.random.Generator) -> Samples:
        size = min(self.size, self.people * self.films)
        person, film = np.divmod(rng.choice(self.people * self.films, size, replace=False), self.films)
        stars = self._stars(rng)[person, film]
        words = (*(f"person {i + 1}" for i in range(self.people)), *(f"film {i + 1}" for i in range(self.films)))
        x = np.stack([person, self.people + film], axis=1).astype(np.int64)
        return Samples(x, stars[:, None].astype(np.float32), target_name="rating (stars)", vocabulary=words)

    def _stars(self, rng: np.random.Generator) -> np.ndarray:
        """float64 (people, films): what each would give each."""
        kind, good = 0.3 * rng.standard_normal((self.people, 1)), 0.4 * rng.standard_normal(self.films)
        tastes, traits = rng.standard_normal((self.people, TASTES)), rng.standard_normal((self.films, TASTES))
        return np.round(3 + kind + good + 0.7 * tastes @ traits.T).clip(LOWEST, HIGHEST)
