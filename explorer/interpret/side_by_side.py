from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from explorer.inspections.wording import listed
from explorer.interpret.agreement import agreements, two_digits
from explorer.interpret.base import EXPLANATIONS, Explanation, Progress, unheard
from explorer.interpret.of_many import reason_without_maps
from explorer.interpret.on_trial import maps, method_of, quick_methods
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.results.attribution import Attribution, together
from explorer.results.inspected import Inspected

FIRST = ("saliency", "integrated_gradients", "occlusion", "grad_cam", "deep_lift", "shapley_sampling")  # what is compared at first
MOST = 12  # maps


@EXPLANATIONS.register("side_by_side")
class SideBySide(Explanation):
    """Shows the maps of several methods beside each other, and how far they agree about which parts matter.

    Agreement is the rank correlation of the sizes: 1 the same order of importance, 0 none. That methods agree does not make them right:
    they may share a blind spot; where they do not agree at most one of them can be right. Facts: "maps", one for each method; arrays:
    "n/..." those of the n-th map, and `agreement` (methods, methods).
    Source: Krishna et al., "The Disagreement Problem in Explainable Machine Learning", 2022.
    """

    group: ClassVar[str] = "Side by side"

    methods: tuple[str, ...] = Field(
        FIRST, max_length=MOST, description="the methods that are compared, with their fields as they are at first"
    )

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or reason_without_maps(subject)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"methods": list(maps(subject))}

    def passes(self, subject: Subject) -> int:
        return sum(method_of(subject, name).passes(subject) for name in self._compared(subject))

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        names, found = self._compared(subject), []
        for number, name in enumerate(names, 1):
            found.append(method_of(subject, name).attribution(subject, selection))
            progress(number / len(names))
        facts, arrays = together(found)
        arrays["agreement"] = agreements([one.values for one in found]).astype("float32")
        return Inspected(self.kind, subject.step, _words(found, arrays["agreement"]), facts, arrays)

    def _compared(self, subject: Subject) -> list[str]:
        """Those of the methods that fit; where none does, one that does."""
        return [name for name in self.methods if name in maps(subject)] or quick_methods(subject)[:1]


def _words(found: list[Attribution], agreement: np.ndarray) -> tuple[str, ...]:
    titles = [EXPLANATIONS[one.method].title() for one in found]
    said = [f"{listed(titles)}, for {found[0].example} and the answer {found[0].target!r}."]
    pairs = [(float(agreement[i, j]), titles[i], titles[j]) for i in range(len(found)) for j in range(i)]
    if pairs:
        mean, least, most = sum(one[0] for one in pairs) / len(pairs), min(pairs), max(pairs)
        said.append(f"Rank agreement of every two of them: {two_digits(mean)} in the mean (1: the same order of importance, 0: none).")
    if len(pairs) > 1:
        said.append(
            f"Closest are {most[1]} and {most[2]} ({two_digits(most[0])}), farthest {least[1]} and {least[2]} ({two_digits(least[0])})."
        )
    if pairs:
        said.append("Agreement is no proof: put a map on trial. Where two disagree, at most one of them tells what the network goes by.")
    return tuple(said)
