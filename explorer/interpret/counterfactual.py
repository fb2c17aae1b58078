from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from explorer.inspections.wording import counted as several
from explorer.interpret.aims import Aim, aim_of
from explorer.interpret.base import EXPLANATIONS, Explanation, Progress, counted, described, unheard
from explorer.interpret.disturbing import before_and_after
from explorer.interpret.groups import MARK, column_name, grouped
from explorer.interpret.nearest import BLIND, Nearest, nearest
from explorer.interpret.ranges import ranges_of
from explorer.interpret.replacing import TRIED, replaced
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.results.inspected import Inspected

NAMED = 12  # changes that are listed, the largest first
SAID = 4  # ... and that are put into the sentence


@EXPLANATIONS.register("counterfactual")
class Counterfactual(Explanation):
    """Looks for an input as near as possible to this one that the network answers otherwise: what would have to be different.

    The answer that is selected is what it is after; selected is the answer that is given, it is after any other. A network that answers
    numbers is to answer another one. Numbers stay within their range in the data, columns of words change by whole words, texts by whole
    tokens. Distance is the sum of all moves, each as a share of its range; a change of word counts as one. It is searched for, so that a
    nearer one may exist.
    Source: Wachter et al., "Counterfactual Explanations Without Opening the Black Box", 2018.
    """

    group: ClassVar[str] = "What if"
    label: ClassVar[str] = "Counterfactual"

    moves: int = Field(500, ge=10, le=3000, description="moves before the search is given up")
    words: int = Field(4, ge=1, le=20, description="for texts: how many tokens may be replaced")
    way: Literal["up", "down"] = Field("up", description="for networks that answer a number: which way it is to go")
    spread: float = Field(
        1.0,
        gt=0,
        le=10,
        description="for networks that answer a number: how far, in standard deviations of its answers in training",
    )

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        parts = subject.x[0].numel() if len(subject.x) else 0
        if not subject.differentiable and (subject.vocabulary or parts > BLIND):
            return (
                f"It follows gradients, and of this network only the answers can be had; without, it tries inputs of up to {BLIND} numbers."
            )
        if subject.vocabulary and subject.entry is None:
            return "It takes gradients, and this network turns tokens into numbers without an embedding that could be found."
        return super().reason_not(subject)

    def passes(self, subject: Subject) -> int:
        if subject.vocabulary:
            return self.words * (TRIED + 2)
        return self.moves * (2 if subject.differentiable else 2 * subject.x[0].numel() + 2)

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        x = subject.example(selection.example)
        scores = subject.scores(x)[0]
        aim = aim_of(subject, selection, scores, self.spread if self.way == "up" else -self.spread)
        search, most = (replaced, self.words) if subject.vocabulary else (nearest, self.moves)
        with counted(subject, self.passes(subject), unheard) as count:
            end = search(aim, x, most, lambda share: progress(0.99 * share))
            after = subject.scores(end.x)[0]
        ranges = None if subject.vocabulary else ranges_of(subject, x)
        arrays = before_and_after(subject, x, end.x, ranges)
        changes = changed_parts(subject, x, end.x, arrays)
        facts = {
            **described(subject, selection.example, scores),
            "input": subject.kind,
            "found": end.found,
            "unit": subject.unit,
            "after": [list(one) for one in subject.answers(after)],
            "changes": changes[:NAMED],
            "changed": len(changes),
            "parts": parts_of(subject).tolist(),
            "distance": sum(change["size"] for change in changes),
            "passes": count(),
        }
        if subject.vocabulary:
            facts["tokens_after"] = [subject.vocabulary[token] for token in end.x[0].tolist()]
        words = self._words(subject, subject.name_of(selection.example), aim, (scores, after), end, changes)
        return Inspected(self.kind, subject.step, words, facts, {**arrays})

    def _words(
        self, subject: Subject, name: str, aim: Aim, answers: tuple[torch.Tensor, torch.Tensor], end: Nearest, changes: list[dict]
    ) -> tuple[str, ...]:
        before, after = (aim.told(scores) for scores in answers)
        first = f"{self.title()}, for {name}: the network answers {before}. An input is wanted so near to it as can be that {aim.words()}."
        total = len(parts_of(subject).unique())
        what = "token" if subject.vocabulary else "part"
        if not end.found:
            return (
                first,
                f"None was found: after {several(end.moves, 'move')} the search went no further, and the answer was {after}.",
                "Allow more moves, choose another answer, or take it as a sign that this answer stands firm here.",
            )
        if not changes:
            return first, f"It is that already: the answer is {after}."
        told = "; ".join(f"{change['name']}: {change['from']} → {change['to']}" for change in changes[:SAID])
        more = f"; and {len(changes) - SAID} more" if len(changes) > SAID else ""
        far = "" if subject.vocabulary else f", in all by {sum(change['size'] for change in changes):.3g} times a range"
        return (
            first,
            f"Where {several(len(changes), what)} of {total} changed{far}, it answers {after}.",
            f"{told}{more}.",
            "It was searched for step by step: a nearer one may exist.",
        )


def parts_of(subject: Subject) -> torch.Tensor:
    """Number of the part that each place of an input belongs to: columns of words are one, everything else is its own."""
    return grouped(subject) if subject.kind == "table" else torch.arange(subject.x[0].numel()).reshape(subject.x.shape[1:])


def changed_parts(subject: Subject, x: torch.Tensor, end: torch.Tensor, arrays: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """What changed, the largest first: "name", "from" and "to" in words, "size" in shares of its range; a word counts as 1."""
    parts, moved = parts_of(subject), whole(end[0]) != whole(x[0])
    found = []
    for part in parts[torch.from_numpy(moved)].unique().tolist():
        places = np.argwhere(parts.numpy() == part)
        found.append(_change(subject, [tuple(place) for place in places.tolist()], arrays))
    return sorted(found, key=lambda change: -change["size"])


def _change(subject: Subject, places: list[tuple[int, ...]], arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    before, after = ([array[place] for place in places] for array in (arrays["before"], arrays["after"]))
    if subject.vocabulary:
        ends = (repr(subject.vocabulary[int(before[0])]), repr(subject.vocabulary[int(after[0])]))
        return {"name": f"token {places[0][0]}", "from": ends[0], "to": ends[1], "size": 1.0}
    if len(places) > 1:
        said = [column_name(subject, place[0]).split(MARK, 1) for place in places]
        ends = (said[int(np.argmax(before))][1], said[int(np.argmax(after))][1])
        return {"name": said[0][0], "from": ends[0], "to": ends[1], "size": 1.0}
    size = float(abs(arrays["moved"][places[0]]))
    return {"name": place_name(subject, places[0]), "from": f"{before[0]:.4g}", "to": f"{after[0]:.4g}", "size": size}


def place_name(subject: Subject, place: tuple[int, ...]) -> str:
    """A place of an input in words: "row 3, column 5", "age", "step 4 of price", "440 Hz at 0.2 s"; counted from 0, steps from 1."""
    if subject.hearing is not None:
        return f"{subject.hearing.hertz[place[1]]:.0f} Hz at {subject.hearing.seconds[place[2]]:.2f} s"
    if subject.kind in ("image", "audio"):
        channel = f" of channel {place[0]}" * (subject.x.shape[1] > 1)
        return f"row {place[1]}, column {place[2]}{channel}"
    if subject.kind == "series":
        return f"step {place[0] + 1} of {column_name(subject, place[1])}"
    return column_name(subject, place[0])
