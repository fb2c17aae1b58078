"""The kinds of words in small sentences."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

TAGS = ("determiner", "adjective", "noun", "verb", "pronoun", "adverb", "preposition", "particle", "full stop")
NAMING_OR_DESCRIBING = "light cold square orange secret"  # adjective before a noun, else a noun
NAMING_OR_DOING = "watch fish duck play walk"  # noun after "the", verb after "they" or "to"
WORDS = {
    "DET": "the a every this",
    "ADJ": f"{NAMING_OR_DESCRIBING} old small red",
    "NOUN": f"{NAMING_OR_DESCRIBING} {NAMING_OR_DOING} box dog child boat house",
    "DOES": "falls stops sleeps appears",
    "SEES": "sees finds likes carries",
    "DO": f"{NAMING_OR_DOING} sleep sing",
    "SEE": f"{NAMING_OR_DOING} see find like",
    "WANT": "want try hope",
    "THEY": "they we you",
    "ADV": "slowly often today here",
    "PREP": "near under behind",
    "TO": "to",
    "STOP": ".",
}
TAG_OF = {
    **{"DET": "determiner", "ADJ": "adjective", "NOUN": "noun", "THEY": "pronoun", "ADV": "adverb", "PREP": "preposition"},
    **dict.fromkeys(("DOES", "SEES", "DO", "SEE", "WANT"), "verb"),
    **{"TO": "particle", "STOP": "full stop"},
}
RULES = (
    "THING DOES",
    "THING DOES ADV",
    "THING DOES PREP THING",
    "THING SEES THING",
    "THING SEES THING ADV",
    "THEY DO ADV",
    "THEY DO PREP THING",
    "THEY SEE THING",
    "THEY SEE THING ADV",
    "THEY WANT TO DO",
    "THEY WANT TO SEE THING",
    "THEY WANT THING",
)
THING = ("DET NOUN", "DET ADJ NOUN")
VOCABULARY = tuple(dict.fromkeys(word for words in WORDS.values() for word in words.split()))


def sentences() -> list[list[str]]:
    """Every sentence of the grammar as its parts, each THING written out in both ways."""
    found = list(RULES)
    while any("THING" in rule for rule in found):
        found = [rule.replace("THING", thing, 1) for rule in found for thing in (THING if "THING" in rule else ("",))]
    return [[*rule.split(), "STOP"] for rule in found]


SENTENCES = sentences()
SHORTEST = min(map(len, SENTENCES))


@DATASETS.register("part_of_speech")
class PartOfSpeech(DataSpec):
    """Noun, verb or adjective? Some words are several of them, and only the words before and after tell which.

    In "the light box falls" the word "light" is an adjective, in "the light falls" a noun: the word after it decides.
    In "they want to fish" the word "fish" is a verb, in "they want the fish" a noun: the word before it decides.
    Sentences are made by a small grammar and put in a row until it is full.
    """

    problem: ClassVar[Problem] = "tagging"
    tokens: ClassVar[bool] = True

    size: int = live(1500, ge=4, le=20_000, description="rows of words, all parts together")
    length: int = Field(12, ge=8, le=64, description="words in a row, full stops counted")

    def sample(self, rng: np.random.Generator) -> Samples:
        rows = [self._row(rng) for _ in range(self.size)]
        x = np.array([[VOCABULARY.index(_word(part, rng)) for part in row] for row in rows], np.int64)
        y = np.array([[TAGS.index(TAG_OF[part]) for part in row] for row in rows], np.int64)
        return Samples(x, y, TAGS, target_name="kind of word", vocabulary=VOCABULARY)

    def _row(self, rng: np.random.Generator) -> list[str]:
        """Parts of sentences, `length` of them: whole sentences that fill the row."""
        row: list[str] = []
        while len(row) < self.length:
            left = self.length - len(row)
            fitting = [parts for parts in SENTENCES if left - len(parts) == 0 or left - len(parts) >= SHORTEST]
            row += fitting[rng.integers(len(fitting))]
        return row


def _word(part: str, rng: np.random.Generator) -> str:
    words = WORDS[part].split()
    return words[rng.integers(len(words))]
