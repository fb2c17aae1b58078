"""Questions about how a run came to be as it is: they look at many of its recorded steps, one after the other.

Decided: such a question is about the steps up to the one that is looked at, evenly spread over the slider.
Because: what was recorded before a step does not change any more while the run goes on, so that an answer stays true and is kept
under that step alone, as every other; and moving the slider shows what was known then.
Instead of: all steps there are, whose answer would be out of date with every new one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from pydantic import Field

from explorer.errors import RunError
from explorer.inspections.base import Inspection, Progress, unheard
from explorer.inspections.places import spread
from explorer.inspections.wording import listed
from explorer.results.inspected import Inspected
from explorer.training.loop import Training


class Moments:
    """The recorded steps of a run up to the one that is looked at.

    Args:
        steps: which, in order; the last is the one looked at.
        at: step -> the run as it was then, which stays so until another is asked for. Raises RunError where it cannot be read.

    Attributes:
        missing: steps that could not be read, as far as they were asked for.
    """

    def __init__(self, steps: Sequence[int], at: Callable[[int], Training]) -> None:
        self._steps, self._at = list(steps), at
        self.missing: list[int] = []

    @classmethod
    def only(cls, training: Training) -> Moments:
        """One step, without any before it."""
        return cls([training.step], lambda step: training)

    def __len__(self) -> int:
        return len(self._steps)

    def now(self) -> Training:
        """The run at the step that is looked at."""
        return self._at(self._steps[-1])

    def each(self, most: int, progress: Progress = unheard) -> Iterator[Training]:
        """The run at `most` of the steps, in order, the first and the last among them; what cannot be read is left out.

        All are the same training, put from one step to the next: take what is needed before the next is asked for.
        """
        chosen = [self._steps[place] for place in spread(len(self._steps), most)]
        for number, step in enumerate(chosen, 1):
            try:
                training = self._at(step)
            except RunError:
                self.missing.append(step)
                continue
            yield training
            progress(number / len(chosen))

    def words(self, steps: Sequence[int]) -> tuple[str, ...]:
        """Which steps were looked at, and which could not be."""
        if len(self) == 1:
            said = [f"Nothing was recorded before step {steps[0]:,}: let the run make some steps, or move the slider on, and look again."]
        else:
            said = [f"Looked at {len(steps)} of {len(self):,} recorded steps, from {steps[0]:,} to {steps[-1]:,}, evenly over the slider."]
        if self.missing:
            what = "The snapshot of step" if len(self.missing) == 1 else "The snapshots of steps"
            said.append(f"{what} {listed(self.missing)} cannot be read and {'is' if len(self.missing) == 1 else 'are'} left out.")
        return tuple(said)


class OverTime(Inspection):
    """A question about many recorded steps."""

    slow: ClassVar[bool] = True

    moments: int = Field(40, ge=2, le=200, description="how many recorded steps are looked at, evenly over the slider; more take longer")

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        return self.look_over(Moments.only(training), progress)

    @abstractmethod
    def look_over(self, recorded: Moments, progress: Progress = unheard) -> Inspected:
        """Answer the question.

        Raises:
            SpecError: a field names what this network or these data do not have: says what there is.
        """
