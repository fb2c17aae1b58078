"""Texts of one's own."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from explorer.data._own import OwnRows, in_time, roles_of, target_of
from explorer.data._own_table import with_examples
from explorer.errors import DataError
from explorer.experiment.data import DATASETS
from explorer.ingest.about import About, Notes, Role
from explorer.ingest.content import Table
from explorer.ingest.formats.texts import table_of, with_role
from explorer.ingest.roles import about_table
from explorer.results.dataset import Samples

NOTHING, UNKNOWN = "<nothing>", "<unknown>"  # before a text that is too short; for a token the training part does not have
WORD = re.compile(r"\w+|[^\w\s]")
MOST_CLASSES = 200
THINGS = ("film", "book", "meal", "song", "game", "trip", "show", "play")
WORDS = {"good": ("lovely", "great", "superb", "charming", "perfect"), "bad": ("dull", "awful", "boring", "poor", "terrible")}
FRAMES = ("the {0} was {1}", "what a {1} {0}", "i found this {0} {1}", "a {1} {0} , i think", "we thought that the {0} was really {1}")


@DATASETS.register("own_text")
class OwnText(OwnRows):
    """Texts you bring: of which class is each, by its words or its characters? They are read in small letters.

    The vocabulary is that of the training part; what it does not hold is read as unknown. Texts that are too short have nothing before
    them, so that they end where the network stops reading.
    """

    tokens: ClassVar[bool] = True
    asks: ClassVar[str] = "the class of each text"
    fed: ClassVar[tuple[Role, ...]] = ("text",)

    unit: Literal["words", "characters"] = Field("words", description="what a text is taken apart into")
    length: int = Field(16, ge=2, le=256, description="words or characters of a text that are read, from its beginning")
    most_tokens: int = Field(
        2_000, ge=4, le=20_000, description="different words or characters that are known at most, the most frequent ones"
    )

    @classmethod
    def suits(cls, about: About) -> int:
        return super().suits(about) * (5 if any(one.role == "text" for one in about.columns) else 1)

    def sample(self, rng: np.random.Generator) -> Samples:
        table, about = self.held(Table, opinions)
        columns = {column.name: column for column in table.columns}
        roles = roles_of(about, self.roles)
        target = target_of(roles, about)
        (codes, texts), (labels, names) = columns[text_of(roles, about)].words, columns[target].words
        if len(names) > MOST_CLASSES:
            raise DataError(
                f"“{target}” has {len(names):,} different values; at most {MOST_CLASSES} can be told apart. Choose another target."
            )
        order = in_time(columns, roles) if self.split == "in_order" else np.arange(len(labels))
        rows = order[(codes[order] >= 0) & (labels[order] >= 0)]
        self.require(len(rows), f"with a text and {target} known")
        y, names = with_examples(labels[rows].astype(np.int64), names)
        chosen = self._some(y, len(names), rng)
        y = y[chosen]
        taken = [taken_apart(texts[code], self.unit)[: self.length] for code in codes[rows[chosen]]]
        vocabulary = vocabulary_of([taken[number] for number in self._parts(y, len(names)).train], self.most_tokens)
        return Samples(numbered(taken, vocabulary, self.length), y, names, target_name=target, vocabulary=vocabulary)


def text_of(roles: dict[str, Role], about: About) -> str:
    """The column of texts. Raises DataError when there is none, or more than one."""
    found = [name for name, role in roles.items() if role == "text"]
    if len(found) != 1:
        some = f"columns {', '.join(found)} are texts" if found else "no column is a text"
        raise DataError(f"In “{about.name}” {some}; exactly one is read. Give one column the role text.")
    return found[0]


def taken_apart(text: str, unit: str) -> list[str]:
    """The words and marks of a text, or its characters, in small letters."""
    small = text.lower()
    return WORD.findall(small) if unit == "words" else list(small)


def vocabulary_of(texts: list[list[str]], most: int) -> tuple[str, ...]:
    """The most frequent tokens in order of the alphabet, behind those for nothing and for unknown."""
    counts = Counter(token for text in texts for token in text)
    return (NOTHING, UNKNOWN, *sorted(token for token, _ in counts.most_common(most)))


def numbered(texts: list[list[str]], vocabulary: tuple[str, ...], length: int) -> np.ndarray:
    """int64 (n, length): the number of each token, nothing before the texts that are shorter."""
    place = {token: number for number, token in enumerate(vocabulary)}
    rows = [[0] * (length - len(text)) + [place.get(token, 1) for token in text] for text in texts]
    return np.array(rows, np.int64)


@cache
def opinions() -> tuple[Table, About]:
    """400 short opinions, made up."""
    rng = np.random.default_rng(4)
    found = []
    for number in range(400):
        label = ("bad", "good")[number % 2]
        thing, word, frame = (rng.choice(some) for some in (THINGS, WORDS[label], FRAMES))
        found.append((str(frame).format(thing, word), label))
    table = table_of(found)
    about = about_table("an example: opinions", "made up", table, Notes())
    return table, about.model_copy(update={"columns": tuple(map(with_role, about.columns))})
