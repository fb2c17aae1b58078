"""The base of every explanation: something asked about one answer of a subject, told as a record."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.experiment.record import Spec
from explorer.inspections.moments import Moments
from explorer.interpret.audible import SHARE, highlighted, pointed_at
from explorer.interpret.groups import grouped
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.interpret.wording import map_words
from explorer.registry import Registry
from explorer.results.attribution import Attribution
from explorer.results.inspected import Inspected

EXPLANATIONS: Registry[Explanation] = Registry("explanation", "explorer.interpret")
KINDS = ("image", "audio", "table", "text", "series", "points")

OF_TOKENS = " The part is the vector that stands for a token: the sizes of the slopes along its numbers are added up."

Progress = Callable[[float], None]  # told the share that is done, 0 to 1


def unheard(share: float) -> None:
    """Progress nobody listens to."""


class Explanation(Spec):
    """One way of asking why. Its fields say how; which example, answer, layer and unit is said by the selection.

    The first line of the docstring is what the learner reads; "Source:" names the paper. `explain` leaves the subject as it found it.
    """

    group: ClassVar[str] = ""  # the heading it is offered under
    label: ClassVar[str] = ""  # name for people where `kind` does not make a good one, e.g. "LIME"
    slow: ClassVar[bool] = False  # takes more than a moment: it is started by hand and can be cancelled
    fits: ClassVar[tuple[str, ...]] = KINDS  # kinds of input it is made for
    gradients: ClassVar[bool] = False  # needs a network that gradients can be taken of
    answered: ClassVar[bool] = True  # explains the answer that is selected, at the place that is; else those choices mean nothing to it
    wants: ClassVar[tuple[str, ...]] = ()  # fields of the selection it uses besides example and target: "layer", "unit"

    @classmethod
    def title(cls) -> str:
        return cls.label or super().title()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        """Why it does not fit this network or these inputs, in a sentence; "" where it does."""
        if subject.kind not in cls.fits:
            return f"It is made for {', '.join(cls.fits)}, and these inputs are {subject.kind}."
        if cls.gradients and not subject.differentiable:
            return "It takes gradients, and of this network only the answers can be had. Use a method that takes parts of the input away."
        if cls.gradients and subject.vocabulary and subject.entry is None:
            return "It takes gradients, and this network turns tokens into numbers without an embedding that could be found."
        return ""

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        """Field (of its own, or "layer" of the selection) -> what can be chosen for it here."""
        return {"layer": list(subject.layers)} if "layer" in cls.wants else {}

    def passes(self, subject: Subject) -> int:
        """Rows that will go forward through the network to explain one example: what it costs, said before it runs."""
        return 1

    @abstractmethod
    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        """Ask. Raises SpecError: the selection names what is not there, or there is nothing to be found; says why."""


class Map(Explanation):
    """An explanation that gives every part of the input a number: a method of attribution.

    A variant writes `attribute`, and says in its class attributes how its numbers are to be read.
    """

    signed: ClassVar[bool] = True  # numbers below 0 speak against the target
    meaning: ClassVar[str] = ""  # what one number is, in a sentence
    adds_up: ClassVar[bool] = False  # the numbers ought to add up to the score less the baseline's
    perturbs: ClassVar[bool] = False  # changes inputs as they are, tokens too, instead of taking gradients
    rates: ClassVar[bool] = False  # numbers are slopes: they have to be multiplied with a change of the input to be one of the score

    @abstractmethod
    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        """A number for every part of each input.

        Args:
            x: inputs (n, *shape).
            target: number of the answer.

        Returns:
            (n, *shape), detached.
        """

    def reference(self, subject: Subject, x: torch.Tensor) -> torch.Tensor | None:
        """What inputs are compared with: smooth inputs, or inputs as they are where it `perturbs`. None: with nothing."""
        return None

    def compared(self, subject: Subject) -> str:
        """What inputs are compared with, in words."""
        return ""

    def is_signed(self, subject: Subject) -> bool:
        """Whether the numbers are signed with the fields as they are; those of slopes for tokens are not, see `Subject.lengths`."""
        return self.signed and not (self.rates and subject.entry is not None)

    def unit(self, subject: Subject) -> str:
        """Of the numbers."""
        return subject.unit

    def means(self, subject: Subject, x: torch.Tensor) -> str:
        """What one number is, in a sentence, for inputs (1, *shape)."""
        return self.meaning + OF_TOKENS * (self.rates and subject.entry is not None)

    def about(self, subject: Subject) -> str:
        """What the numbers are of, in words, where that is not the answer; else ""."""
        return ""

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        return self.attribution(subject, selection, progress).to_inspected()

    def attribution(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Attribution:
        """The map for the example and the answer that are selected. Raises SpecError."""
        x = subject.example(selection.example)
        scores = subject.scores(x)[0]
        target, subject = subject.target(selection, scores), looking(subject.at(x), selection)
        with counted(subject, self.passes(subject), progress) as count:
            values = self.checked(subject, x, target)
        base = self._base_score(subject, x, target)
        gap = float(values.sum()) - (float(scores[target]) - base) if self.adds_up and base is not None else None
        found = Attribution(
            method=self.kind,
            step=subject.step,
            input=subject.kind,
            values=whole(values[0]),
            axes=subject.axes,
            signed=self.is_signed(subject),
            meaning=self.means(subject, x),
            unit=self.unit(subject),
            target=subject.targets[target],
            example=subject.name_of(selection.example),
            output=float(scores[target]),
            score_unit=subject.unit,
            baseline=self.compared(subject),
            baseline_output=base,
            gap=gap,
            passes=count(),
            facts={
                "title": self.title(),
                "about": self.about(subject),
                **described(subject, selection.example, scores),
                **placed(subject, selection),
            },
            arrays={**pictured(subject, selection.example), **audible(subject, selection.example, whole(values[0]))},
        )
        return map_words(found, self.title())

    def checked(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        """`attribute`, with what it must keep to. Raises SpecError where a number is not finite."""
        without = torch.backends.cudnn.flags(enabled=False) if x.is_cuda else nullcontext()
        with without, torch.enable_grad():  # cuDNN has no gradient of recurrent layers in evaluation
            values = self.attribute(subject, x, target).detach()
        assert values.shape == x.shape, f"{self.kind} gave {tuple(values.shape)} for inputs {tuple(x.shape)}"
        if not bool(values.isfinite().all()):
            raise SpecError(
                f"{self.title()} found numbers that are not finite for this network: its weights or gradients have left their healthy "
                f"range. Choose {'an earlier step, or ' * (subject.training is not None)}a method that takes no gradients."
            )
        return values

    def _base_score(self, subject: Subject, x: torch.Tensor, target: int) -> float | None:
        reference = self.reference(subject, x)
        if reference is None:
            return None
        answer = subject.answer if self.perturbs else subject.path
        with torch.no_grad():  # of several references the mean
            return float(subject.sound(torch.cat([answer(part) for part in reference.split(subject.piece)]))[:, target].mean())


def looking(subject: Subject, selection: Selection) -> Subject:
    """The subject as it is while that place inside is looked at."""
    there = (subject.chosen, subject.chosen_unit) == (selection.layer, selection.unit)
    return subject if there else replace(subject, **inside(selection))


def inside(selection: Selection) -> dict[str, Any]:
    """What a subject knows of where to look inside."""
    return {"chosen": selection.layer, "chosen_unit": selection.unit}


def described(subject: Subject, number: int, scores: torch.Tensor) -> dict:
    """Plain facts about an example that its drawing needs."""
    facts: dict = {"answers": [list(one) for one in subject.answers(scores)], "names": list(subject.names), "number": number}
    facts["answered_in"] = subject.unit
    if subject.vocabulary:
        facts["tokens"] = [subject.vocabulary[token] for token in subject.x[number].tolist()]
    if subject.kind == "table":
        facts["parts"] = grouped(subject).tolist()
    if subject.hearing is not None:
        seconds, hertz = subject.hearing.seconds, subject.hearing.hertz
        facts["heard"] = {"rate": subject.hearing.rate, "share": SHARE, "seconds": seconds.tolist(), "hertz": hertz.tolist()}
    return facts


def placed(subject: Subject, selection: Selection) -> dict:
    """Which place of a text is answered, counted from 0, where that is chosen."""
    return {"place": selection.place % subject.x.shape[1]} if subject.placed else {}


def pictured(subject: Subject, number: int) -> dict:
    """The example as it is drawn, and where a planted shortcut lies in it."""
    arrays = {"input": subject.raw[number]}
    if subject.planted is not None:
        arrays["planted"] = subject.planted[number].astype("uint8")
    return arrays


def audible(subject: Subject, number: int, values: np.ndarray) -> dict:
    """What a map says in sound: "whole" sound and the part "heard", int16 (samples,), and the places of it that are "played"."""
    if subject.sounds is None or subject.hearing is None:
        return {}
    mask, sound = pointed_at(values), subject.sounds[number]
    return {"whole": sound, "heard": highlighted(sound, mask, subject.hearing), "played": mask.astype("uint8")}


class OverRun(Explanation):
    """An explanation that looks at many recorded steps of a run, not at one."""

    slow: ClassVar[bool] = True

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        raise SpecError(f"{self.title()} looks at the recorded steps of a run, and this network was not trained here.")

    @abstractmethod
    def explain_over(self, recorded: Moments, selection: Selection, progress: Progress = unheard) -> Inspected:
        """Ask about all recorded steps up to the one that is looked at. Raises SpecError."""


@contextmanager
def counted(subject: Subject, expected: int, progress: Progress) -> Generator[Callable[[], int]]:
    """While the block runs, rows that go forward through the network are counted, and progress is told their share of `expected`."""
    rows = 0

    def see(_module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        nonlocal rows
        rows += len(inputs[0])
        progress(min(rows / max(expected, 1), 0.99))

    handle = subject.answer.register_forward_pre_hook(see)
    try:
        yield lambda: rows
    finally:
        handle.remove()
