"""What a page has to know before it can ask: what there is to choose, what fits, and what the network answers."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from torch import nn

from explorer.interpret.base import EXPLANATIONS, described
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject

LOOKED_AT = 500  # examples among which those that are answered wrong are named
MOST_TARGETS = 500


def introduce(subject: Subject, selection: Selection) -> dict[str, Any]:
    """Plain data. Raises SpecError where the selected example is not there, or its answer is no number.

    Returns:
        "kind" of the inputs; "examples", how many there are; "targets" by name; "places" of a text that are answered (0: it is
        answered once); "layers"; "name" of the example; "answers" for it (name, score, probability) and "tokens" where it has some;
        "wrong", numbers of the first examples that are answered wrong; "offers": kind of explanation -> "reason" why it does not
        fit ("" where it does), "choices" of its fields, "passes" through the network that it costs with its fields as they are at first.
    """
    scores = subject.scores(subject.example(selection.example))[0]
    return {
        "kind": subject.kind,
        "step": subject.step,
        "examples": len(subject.x),
        "targets": list(subject.targets[:MOST_TARGETS]),
        "places": subject.x.shape[1] if subject.placed else 0,
        "layers": list(subject.layers),
        "name": subject.name_of(selection.example),
        "unit": subject.unit,
        **described(subject, selection.example, scores),
        **_of_all(subject),
    }


_FOUND: WeakKeyDictionary[nn.Module, dict[str, Any]] = WeakKeyDictionary()  # by the subject's answer; nothing in them holds it


def _of_all(subject: Subject) -> dict[str, Any]:
    """What hangs on no example; remembered as long as the subject's answer is there."""
    if subject.answer not in _FOUND:
        offers = {name: _offer(kind, subject) for name, kind in EXPLANATIONS.items()}
        _FOUND[subject.answer] = {"wrong": wrong(subject), "offers": offers}
    return _FOUND[subject.answer]


def wrong(subject: Subject) -> list[int]:
    """Numbers of the examples, of the first there are, that are not answered as is true; none where there is no single truth."""
    if not subject.truths:
        return []
    answered = subject.scores(subject.x[:LOOKED_AT]).argmax(1).tolist()
    there = zip(answered, subject.truths, strict=False)
    return (
        np.flatnonzero([f"class {subject.targets[answer]}" != truth for answer, truth in there]).tolist()
        if len(subject.targets) > 1
        else []
    )


def _offer(kind: Any, subject: Subject) -> dict[str, Any]:
    reason = kind.reason_not(subject)
    return {"reason": reason, "choices": {} if reason else kind.choices(subject), "passes": 0 if reason else kind().passes(subject)}
