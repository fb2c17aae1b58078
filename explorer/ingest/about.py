"""What is told of a file that was read: its columns or classes, and what is wrong with it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from explorer.experiment.record import Record

Role = Literal["feature", "category", "target", "text", "time", "ignore"]
ROLES: dict[str, str] = {
    "feature": "a number the network is fed",
    "category": "one of a few words the network is fed",
    "target": "what the network has to tell",
    "text": "sentences the network is fed",
    "time": "when this row was measured",
    "ignore": "not used",
}
MOST_PROBLEMS = 200


class Problem(Record):
    """Something about a file that somebody should know before it is used.

    Attributes:
        where: file, row or column.
        what: what is wrong there, in words.
        count: how many times.
        way_out: what was done about it, and what to do if that is not right.
    """

    where: str = Field(max_length=200)
    what: str = Field(max_length=600)
    count: int = 1
    way_out: str = Field("", max_length=600)


class ColumnAbout(Record):
    """One column of a table.

    Attributes:
        stored: "number" (every value is one, or missing), or "text".
        role, reason: what the column is likely to be for, and why it seems so.
        distinct: different values, the missing ones not counted.
        common: the most frequent values with their counts.
        low, high, mean: of a column of numbers; None where there are none.
    """

    name: str
    stored: Literal["number", "text"]
    role: Role
    reason: str
    missing: int = 0
    distinct: int = 0
    common: tuple[tuple[str, int], ...] = ()
    low: float | None = None
    high: float | None = None
    mean: float | None = None


class About(Record):
    """Everything of a content but the content itself.

    Attributes:
        kind: "table", "pictures" or "sounds".
        name: what the file was called.
        source: the format it was read from, as people call it.
        rows: rows, pictures or recordings.
        classes: of pictures and sounds: name and count of each class, in the order of their numbers.
        side: pixels each way of pictures. rate: samples in a second of sounds. seconds: of all sounds together.
    """

    schema_version: Literal[1] = 1
    kind: Literal["table", "pictures", "sounds"]
    name: str = Field(max_length=120)
    source: str
    rows: int
    columns: tuple[ColumnAbout, ...] = ()
    classes: tuple[tuple[str, int], ...] = ()
    side: int = 0
    rate: int = 0
    seconds: float = 0.0
    problems: tuple[Problem, ...] = Field((), max_length=MOST_PROBLEMS)


class Notes:
    """Problems found while a file is read, those of one kind counted together."""

    def __init__(self) -> None:
        self._found: dict[str, Problem] = {}

    def add(self, where: str, what: str, way_out: str = "", count: int = 1) -> None:
        """Note a problem; the same words again only count on from where they were first found."""
        known = self._found.get(what)
        if known:
            self._found[what] = known.model_copy(update={"count": known.count + count})
        elif len(self._found) < MOST_PROBLEMS:
            self._found[what] = Problem(where=shown(where, 200), what=shown(what, 600), count=count, way_out=shown(way_out, 600))

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._found.values())


def shown(text: object, longest: int = 40) -> str:
    """Something of a file in a sentence: without control characters, and cut."""
    plain = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in str(text)[: longest + 1])
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
