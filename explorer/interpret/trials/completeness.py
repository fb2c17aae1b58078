from __future__ import annotations

from explorer.inspections.wording import brief, share
from explorer.interpret.base import Map, Progress, unheard
from explorer.interpret.subject import Subject
from explorer.interpret.trials.base import TRIALS, Case, Trial
from explorer.results.verdict import Verdict

CLOSE = 0.05  # of the difference between the scores, up to which a gap counts as none
NONE = 1e-6  # difference of the scores below which there is nothing to share out


@TRIALS.register("completeness")
class Completeness(Trial):
    """Do the numbers add up to the difference between the score and the baseline's, as this method promises?

    Source: Sundararajan et al., "Axiomatic Attribution for Deep Networks", 2017.
    """

    @classmethod
    def reason_not(cls, method: Map, subject: Subject) -> str:
        return "" if method.adds_up else "Its numbers do not claim to add up to anything."

    def judge(self, case: Case, progress: Progress = unheard) -> Verdict:
        found = case.found
        if found.gap is None or found.baseline_output is None:
            return self.verdict(None, "There is no baseline whose score could be compared.", {}, {})
        difference = found.output - found.baseline_output
        numbers = {"gap": found.gap, "difference": difference}
        if abs(difference) < NONE:
            words = f"The score and the baseline's are the same ({brief(found.output)}), so that there is nothing to share out."
            return self.verdict(None, words, numbers, {})
        missed = abs(found.gap / difference)
        words = (
            f"The numbers add up to {brief(difference + found.gap)}; the scores differ by {brief(difference)}. They miss it by "
            f"{share(missed)}: {'they keep their promise' if missed <= CLOSE else 'they do not keep their promise'} (up to {share(CLOSE)})."
        )
        return self.verdict(missed <= CLOSE, words, {**numbers, "missed": missed}, {})
