"""Dates as people write them, to be written as the standard has them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import numpy as np

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

FIRST, DAYS = date(1950, 1, 1), 36_525  # a hundred years: two digits of a year leave no doubt
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
FORMS = (
    lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
    lambda d: f"{MONTHS[d.month - 1]} {d.day}, {d.year}",
    lambda d: f"{d.day}.{d.month}.{d.year % 100:02d}",
    lambda d: f"{MONTHS[d.month - 1][:3]} {d.day} {d.year}",
)
EMPTY = "·"
LENGTH = len("September 30, 1998")
CHARACTERS = (EMPTY, *sorted({letter for month in MONTHS for letter in month} | set("0123456789 .,")))
ANSWERS = (*"0123456789-", EMPTY)


@DATASETS.register("date_translation")
class DateTranslation(DataSpec):
    """Write a date as the standard does: "30 September 1998" becomes "1998-09-30". The year, read last, comes first.

    Four ways of writing take turns at random; rows are filled up with dots. Days lie between 1950 and 2049, so that
    "30.9.98" leaves no doubt. The standard is ISO 8601.
    """

    problem: ClassVar[Problem] = "tagging"
    tokens: ClassVar[bool] = True

    size: int = live(3000, ge=4, le=20_000, description="dates, all parts together")

    def sample(self, rng: np.random.Generator) -> Samples:
        days = [FIRST + timedelta(int(number)) for number in rng.integers(0, DAYS, self.size)]
        forms = rng.integers(0, len(FORMS), self.size)
        x = [_numbers(FORMS[form](day), CHARACTERS) for day, form in zip(days, forms, strict=True)]
        y = [_numbers(day.isoformat(), ANSWERS) for day in days]
        return Samples(np.array(x), np.array(y), ANSWERS, target_name="character of the date", vocabulary=CHARACTERS)


def _numbers(text: str, characters: tuple[str, ...]) -> list[int]:
    """Number of each character, the row filled up to LENGTH."""
    return [characters.index(character) for character in text.ljust(LENGTH, EMPTY)]
