from __future__ import annotations

import torch
from captum.metrics import infidelity as captum_infidelity
from pydantic import Field

from explorer.inspections.wording import counted, share
from explorer.interpret.base import Map, Progress, unheard
from explorer.interpret.subject import Subject
from explorer.interpret.trials.base import TRIALS, Case, Trial
from explorer.interpret.trials.hiding import Hiding
from explorer.results.verdict import Verdict

HALF = 0.5  # share of the changes that may stay unexplained
NONE = 1e-12  # mean square of changes that are none
SEED = 0  # of what is taken away


@TRIALS.register("infidelity")
class Infidelity(Trial):
    """Do the numbers say how far the score falls when random parts of the input are taken away?

    The mean squared error of that prediction, as a share of the mean square of the falls themselves: 0 predicts them exactly, 1 is no
    better than predicting that nothing happens. Maps that do not add up to the score are scaled to fit best first.
    Source: Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", 2019.
    """

    samples: int = Field(40, ge=4, le=1000, description="times that random parts are taken away")

    @classmethod
    def reason_not(cls, method: Map, subject: Subject) -> str:
        if not method.is_signed(subject):
            return "Its numbers have no sign, so that they do not say whether the score falls or rises."
        return ""

    def passes(self, method: Map, subject: Subject) -> int:
        return method.passes(subject) + 4 * self.samples + 2

    def judge(self, case: Case, progress: Progress = unheard) -> Verdict:
        hiding = Hiding(case)
        values = case.values
        if case.method.rates:
            values = values * (hiding.whole - hiding.nothing)
        wrong = self._mean_square(hiding, values, case, fitted=not case.method.adds_up)
        progress(0.5)
        fall = self._mean_square(hiding, torch.zeros_like(values), case, fitted=False)
        numbers = {"error": wrong, "fall": fall}
        if fall < NONE:
            return self.verdict(None, "Whatever is taken away, the score stays the same: there is nothing to predict.", numbers, {})
        left = wrong / fall
        words = (
            f"Taking random parts away {counted(self.samples, 'time')}, the numbers leave {share(left)} of the change of the score "
            "unexplained (0 % is exact, 100 % is no better than saying that nothing happens): "
            f"{'they say' if left <= HALF else 'they do not say'} what the network does."
        )
        return self.verdict(left <= HALF, words, {**numbers, "unexplained": left}, {})

    def _mean_square(self, hiding: Hiding, values: torch.Tensor, case: Case, fitted: bool) -> float:
        """The mean squared error of `values` (1, *shape) as predictions of falls; the same parts are taken away every time."""
        rng, groups = torch.Generator().manual_seed(SEED), hiding.groups
        count = int(groups.max()) + 1

        def without(kept: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            rate = torch.rand(len(kept), 1, generator=rng)  # few parts as often as many
            away = (torch.rand(len(kept), count, generator=rng) < rate).to(kept.device)[:, groups].to(kept.dtype)
            return away, kept - away

        error = captum_infidelity(
            hiding,
            without,
            torch.ones_like(values),
            values,
            target=case.target,
            n_perturb_samples=self.samples,
            max_examples_per_batch=min(case.subject.piece, self.samples),
            normalize=fitted,
        )
        return float(error[0])
