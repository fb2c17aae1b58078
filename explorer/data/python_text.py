"""The text of Python's own manual."""

from __future__ import annotations

import re
from functools import cache
from typing import ClassVar, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import Field

from explorer.errors import DataError
from explorer.experiment.data import DATASETS, IN_TIME, DataSpec
from explorer.experiment.record import live
from explorer.results.dataset import Problem, Samples

CHARACTERS = " abcdefghijklmnopqrstuvwxyz0123456789.,;:'\"()-_="
QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")  # curly ones, to straight ones


@DATASETS.register("python_text")
class PythonText(DataSpec):
    """Which character comes next? English sentences, taken from the manual that comes with Python.

    In lower case, without the examples of code. Examples are stretches of the text, one after another and none over another; the last
    ones are for testing. The manual differs a little from one version of Python to the next.
    Source: Python Software Foundation, The Python Language Reference, as in `pydoc_data.topics`.
    """

    problem: ClassVar[Problem] = "language"
    tokens: ClassVar[bool] = True

    split: Literal["in_order"] = IN_TIME
    size: int = live(4000, ge=20, le=4200, description="stretches of text, all parts together")
    length: int = Field(32, ge=8, le=48, description="characters the network sees at once")
    test_fraction: float = live(0.1, ge=0.05, le=0.9, description="share of the text kept for testing and never trained on: its end")

    def sample(self, rng: np.random.Generator) -> Samples:
        text, step = manual(), self.length + 1
        spare = len(text) - self.size * step
        if spare < 0:
            raise DataError(
                f"{self.title()} has {len(text):,} characters here, too few for {self.size:,} stretches of {self.length}. Use fewer."
            )
        start = int(rng.integers(0, spare + 1))
        rows = sliding_window_view(text[start:], step)[::step][: self.size]  # (size, length + 1)
        return Samples(rows[:, :-1].copy(), rows[:, 1:].copy(), target_name="next character", vocabulary=tuple(CHARACTERS))


@cache
def manual() -> np.ndarray:
    """The sentences of the manual as int64 token numbers; a paragraph that comes again is left out."""
    from pydoc_data.topics import topics

    paragraphs = [words for name in sorted(topics) for words in re.split(r"\n\s*\n", topics[name])]
    prose = [words for words in dict.fromkeys(paragraphs) if words[:3].strip() and words[0] not in "+|"]  # code and tables are set in
    text = " ".join(prose).lower().translate(QUOTES)
    text = re.sub(f"[^{re.escape(CHARACTERS)}]", " ", text)
    text = " ".join(re.sub(r"([=._-])\1{3,}", " ", text).split())  # lines under headings
    number = np.full(128, -1)
    number[[ord(character) for character in CHARACTERS]] = np.arange(len(CHARACTERS))
    return number[np.frombuffer(text.encode(), np.uint8)]
