"""A run as it was at one of its recorded steps, in this process, for looking only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from explorer.errors import ExplorerError, RunError, SpecError
from explorer.experiment import Experiment, is_live
from explorer.experiment.record import validated
from explorer.inspections import INSPECTIONS
from explorer.inspections.moments import Moments, OverTime
from explorer.interpret.base import EXPLANATIONS, OverRun
from explorer.interpret.introducing import introduce
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection, selected
from explorer.interpret.subject import Subject
from explorer.probes.base import View
from explorer.probes.frame import Camera
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train


class Past:
    """One training that is put back to whichever step is asked for."""

    def __init__(self) -> None:
        self._training: Training | None = None
        self._kept: tuple[Selection, Subject] | None = None  # what was last explained of this moment, and the copy it was explained on

    @property
    def training(self) -> Training:
        """The training at the step it was last put to."""
        assert self._training is not None
        return self._training

    def go(self, tensors: dict[str, torch.Tensor], meta: dict[str, Any]) -> None:
        """Be at the moment of this snapshot. Raises RunError when it does not belong to its own experiment."""
        self._kept = None
        try:
            self._become(Experiment.from_json(meta["experiment"]))
            self.training.restore(tensors, meta)
        except (ExplorerError, KeyError, ValueError) as error:
            raise RunError(f"This snapshot cannot be opened: {error}") from None

    def _become(self, experiment: Experiment) -> None:
        """A training of this experiment; the one there is, where only what may change while training differs."""
        if self._training is None or not is_live(self._training.experiment, experiment):
            self._training = train(experiment)
        elif self._training.experiment != experiment:
            self._training.change(experiment)
        else:
            return
        self._camera = Camera(self._training)

    def frame(self, view: dict[str, Any], fields: dict[str, Any]) -> bytes:
        """The bytes of the live picture of this moment, without the curves, which the run itself still has."""
        column, unit = view["column"], view["unit"]
        focus = None if column is None or unit is None else (column, unit)
        return self._camera.take(View(focus, max(view["example"], 0)), fields)

    def inspect(self, ask: dict[str, Any], recorded: Moments, progress: Callable[[float], None]) -> bytes:
        """The packed record of an inspection. Raises SpecError when there is none such, or it does not fit.

        Args:
            ask: "kind" and its fields; of an explanation also "selection", what is to be explained.
            recorded: the steps up to this moment, for questions about all of them; they move what is here.
            progress: told the share that is done.
        """
        if "selection" in ask:
            return self._explain(ask, recorded, progress).pack()
        kind = INSPECTIONS[str(ask.get("kind"))]
        fields = {name: value for name, value in ask.items() if name != "kind"}
        reason = kind.reason_not(self.training)
        if reason:
            raise SpecError(reason)
        question = validated(kind(), fields)
        found = question.look_over(recorded, progress) if isinstance(question, OverTime) else question.look(self.training, progress)
        return found.pack()

    def _explain(self, ask: dict[str, Any], recorded: Moments, progress: Callable[[float], None]) -> Inspected:
        """The record of an explanation. Raises SpecError when there is none such, or it does not fit."""
        kind = EXPLANATIONS[str(ask.get("kind"))]
        fields = {name: value for name, value in ask.items() if name not in ("kind", "selection")}
        selection = selected(ask["selection"])
        question = validated(kind(), fields)
        if isinstance(question, OverRun):
            return question.explain_over(recorded, selection, progress)
        subject = self._subject(selection)
        reason = kind.reason_not(subject)
        if reason:
            raise SpecError(reason)
        return question.explain(subject, selection, progress)

    def offers(self) -> dict[str, Any]:
        """Kind of inspection -> why it is not for this network ("" where it is), and what can be chosen for its fields."""
        offers = {}
        for name, kind in INSPECTIONS.items():
            reason = kind.reason_not(self.training)
            offers[name] = {"reason": reason, "choices": {} if reason else kind.choices(self.training)}
        return offers

    def explained(self, selection: dict[str, Any]) -> dict[str, Any]:
        """What can be explained of this moment, and how. Raises SpecError where the selection names what is not there."""
        wanted = selected(selection)
        return introduce(self._subject(wanted), wanted)

    def _subject(self, selection: Selection) -> Subject:
        """What can be explained of this moment, whichever example of it."""
        wanted = selection.model_copy(update={"example": 0, "target": "", "unit": 0})
        if self._kept is None or self._kept[0] != wanted:
            self._kept = (wanted, subject_of(self.training, wanted))
        return self._kept[1]
