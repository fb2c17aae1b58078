"""Passengers of the Titanic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from explorer.data._openml import OnlineTable
from explorer.experiment.data import DATASETS
from explorer.experiment.record import live
from explorer.ingest.online import Source


@DATASETS.register("titanic")
class Titanic(OnlineTable):
    """Who survived the Titanic? Passengers by age, sex, ticket and family: one input tells most of it.

    Of 1,309 passengers, those are used whose age, fare and port are known. Fetched from openml.org once, when it is asked for.
    Source: Harrell & Cason, "Titanic", Vanderbilt University, 2002; after the Encyclopedia Titanica.
    """

    source: ClassVar[Source] = Source("Titanic", "titanic", 1, 1309, packed=0.05, plain=0.1)
    numbers: ClassVar[Mapping[str, str]] = {
        "age": "age (years)",
        "sibsp": "brothers, sisters and spouses aboard",
        "parch": "parents and children aboard",
        "fare": "fare (pounds)",
    }
    words: ClassVar[Mapping[str, str]] = {
        "pclass": "class of the ticket",
        "sex": "sex",
        "embarked": "port, by its first letter",
    }
    target: ClassVar[str] = "survived"
    answers: ClassVar[Mapping[str, str]] = {"0": "died", "1": "survived"}
    told: ClassVar[str] = "fate"

    size: int = live(
        1309,
        ge=40,
        le=1309,
        description="passengers used of the 1,309 there are, all parts together; those of whom something is not known are left out",
    )
