"""What people earn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from explorer.data._openml import OnlineTable
from explorer.experiment.data import DATASETS
from explorer.experiment.record import live
from explorer.ingest.online import Source


@DATASETS.register("census_income")
class CensusIncome(OnlineTable):
    """Who earns more than 50,000 dollars a year? People of the United States census of 1994, one a row.

    Of 48,842 people, those are used of whom everything asked is known. What was unfair in 1994 a network learns with the rest:
    leave out sex or race in a table of your own, and see what stays. Fetched from openml.org once, when it is asked for.
    Source: Kohavi & Becker, "Adult", UCI repository, 1996.
    """

    source: ClassVar[Source] = Source("Census income", "adult", 2, 48_842, packed=0.8, plain=5)
    numbers: ClassVar[Mapping[str, str]] = {
        "age": "age (years)",
        "education-num": "education (years)",
        "capital-gain": "gain from capital (US dollars)",
        "capital-loss": "loss of capital (US dollars)",
        "hours-per-week": "work (hours a week)",
    }
    words: ClassVar[Mapping[str, str]] = {
        "workclass": "employer",
        "marital-status": "married",
        "occupation": "occupation",
        "race": "race",
        "sex": "sex",
    }
    target: ClassVar[str] = "class"
    answers: ClassVar[Mapping[str, str]] = {"<=50K": "up to 50,000", ">50K": "more than 50,000"}
    told: ClassVar[str] = "income (US dollars a year)"

    size: int = live(
        10_000,
        ge=40,
        le=48_842,
        description="people used of the 48,842 there are, all parts together; those of whom something is not known are left out",
    )
