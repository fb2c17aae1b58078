"""Examples beside an explanation, as they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from explorer.interpret.subject import Subject


def shown_examples(subject: Subject, numbers: Sequence[int] | np.ndarray) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Facts and arrays that `plots/explanations/_examples.py` draws, of these examples of a subject."""
    numbers = np.asarray(numbers, np.int64)
    truths = [subject.truths[n].removeprefix("class ") if n < len(subject.truths) else "" for n in numbers.tolist()]
    facts = described_examples(subject, subject.x[numbers].cpu().numpy() if subject.vocabulary else np.zeros(0), numbers, truths)
    return facts, {"example_inputs": subject.raw[numbers]}


def described_examples(subject: Subject, tokens: np.ndarray, numbers: np.ndarray, truths: Sequence[str]) -> dict[str, Any]:
    """What is known of examples besides their numbers: tokens (n, T) of texts, truths by name, names of features, what is usual."""
    usual = subject.raw.reshape(len(subject.raw), -1)
    plain = subject.kind in ("table", "points")
    return {
        "input": subject.kind,
        "numbers": numbers.tolist(),
        "truths": list(truths),
        "names": list(subject.names),
        "tokens": [_written(subject, row) for row in tokens.tolist()] if subject.vocabulary else [],
        "means": usual.mean(0).tolist() if plain else [],
        "deviations": usual.std(0).tolist() if plain else [],
    }


def _written(subject: Subject, row: list[int]) -> list[str]:
    """A text without what fills it up."""
    while len(row) > 1 and row[-1] == subject.blank:
        row = row[:-1]
    return [subject.vocabulary[token] for token in row]
