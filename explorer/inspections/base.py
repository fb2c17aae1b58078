"""The base of every inspection: one question to a frozen network, answered with a record.

Decided: an inspection gets a training that stands still, restored from a snapshot for it alone, and returns plain arrays.
Because: every question can then be asked of every recorded step, and a hard one never makes the training wait.
Instead of: hooks in the running network, which see only what happens now.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import nn

from explorer.errors import SpecError
from explorer.experiment.record import Spec
from explorer.registry import Registry
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

INSPECTIONS: Registry[Inspection] = Registry("inspection", "explorer.inspections")

Progress = Callable[[float], None]  # told the share that is done, 0 to 1, as often as is convenient
MODEL = "model"  # the role of the network in tasks with one network


def unheard(share: float) -> None:
    """Progress nobody listens to."""


class Inspection(Spec):
    """One question. Its fields say about which layer, unit, example, and how.

    The first line of the docstring is what the learner reads. `look` leaves the training as it found it: weights,
    modes, gradients and random numbers.
    """

    group: ClassVar[str] = ""  # the heading it is offered under
    slow: ClassVar[bool] = False  # takes more than a moment: it is started by hand and can be cancelled

    @classmethod
    def reason_not(cls, training: Training) -> str:
        """Why this network or these data leave nothing to look at, in a sentence; "" where there is something."""
        return ""

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        """Field -> what can be chosen for it here, the most telling first; for fields whose choices depend on the network."""
        return {}

    @abstractmethod
    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        """Answer the question.

        Raises:
            SpecError: a field names what this network or these data do not have: says what there is.
        """


def layers_of(training: Training, *kinds: type[nn.Module], role: str = MODEL) -> list[str]:
    """Ids of the layers and blocks of a network whose module is one of `kinds`; of all where none is named."""
    network = training.state.networks[role]
    return [one for one in network.layer_ids if not kinds or isinstance(network.module_of(one), kinds)]


def chosen(what: str, wanted: str, there: list[str]) -> str:
    """The one of `there` that is wanted, the first where nothing is. Raises SpecError."""
    if not there:
        raise SpecError(f"This network has no {what} to look at.")
    if wanted and wanted not in there:
        raise SpecError(f"There is no {what} named {wanted[:40]!r} here. There are: {', '.join(there)}.")
    return wanted or there[0]


def probe_batch(training: Training, most: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """The first training examples, in the order the data come in: always the same ones. Returns x (n, ...), y (n, ...)."""
    return training.state.x_train[:most], training.state.y_train[:most]
