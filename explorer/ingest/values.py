"""What a cell says: a number, a point in time, nothing at all."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

NOTHING = frozenset({"", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "?", "."})  # among numbers these mean that there is none
ENDLESS = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE | re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
PADDED = re.compile(r"[+-]?0\d", re.ASCII)  # 01234 is a postcode or an article, not 1234
DAY_FIRST = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
LARGEST = 1e30  # what is larger is no measurement, and float32 soon cannot hold it


def as_number(text: str) -> float:
    """The number a cell holds; NaN when it holds none, or one without an end."""
    plain = text.strip()
    if not NUMBER.fullmatch(plain) or PADDED.match(plain):
        return math.nan
    value = float(plain)
    return value if abs(value) <= LARGEST else math.nan


def says_nothing(text: str) -> bool:
    """Whether a cell of a column of numbers means that the number is missing."""
    return text.strip().lower() in NOTHING


def is_endless(text: str) -> bool:
    """Whether a cell holds infinity, or a number too large to be one."""
    plain = text.strip()
    return bool(ENDLESS.fullmatch(plain)) or (bool(NUMBER.fullmatch(plain)) and not abs(float(plain)) <= LARGEST)


def as_time(text: str) -> float:
    """Seconds since 1970 of a date, as 2024-05-31, 2024-05-31 12:00 or 31.05.2024; numbers as they are; NaN for anything else."""
    number = as_number(text)
    return number if math.isfinite(number) else as_date(text)


def as_date(text: str) -> float:
    """Seconds since 1970; NaN when the text is no date. A date without a time zone is taken to be in UTC."""
    plain = text.strip()
    if len(plain) < 8 or not plain[0].isdigit():
        return math.nan
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        found = _day_first(plain)
    return math.nan if found is None else _seconds(found)


def _seconds(moment: datetime) -> float:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError, OSError):
        return math.nan


def _day_first(text: str) -> datetime | None:
    for form in DAY_FIRST:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def written(value: float) -> str:
    """A number as people write it: 3.0 -> "3"."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
