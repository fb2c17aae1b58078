"""A training that stands still, as something that can be explained."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn

from explorer.experiment import TaskSpec
from explorer.interpret.entering import entry_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import InputKind, Subject
from explorer.networks.cost import piece
from explorer.results.dataset import Dataset, Part
from explorer.training.loop import Training
from explorer.training.tasks.supervised import unit_in

BACKGROUND = 256  # training examples that say what inputs look like


class Scored(nn.Module):
    """A network with what is made of its answers: inputs (n, *input_shape) in, scores or probabilities (n, targets) out."""

    def __init__(self, network: nn.Module, task: TaskSpec, dataset: Dataset, selection: Selection) -> None:
        super().__init__()
        self.network = network
        self._task, self._dataset, self._selection = task, dataset, selection
        self._place, self._scale = selection.place, selection.scale

    def at(self, place: int) -> Scored:
        """The same network, answering at another place of a text."""
        return Scored(self.network, self._task, self._dataset, self._selection.model_copy(update={"place": place})).eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.read(self.network(x), x)

    def read(self, output: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """What is made of the network's `output` for `x`."""
        scores = self._task.scores(self._dataset, output, x, self._place)
        chances = self._task.chances(self._dataset, scores) if self._scale == "probability" else None
        return scores if chances is None else chances


def subject_of(training: Training, selection: Selection) -> Subject:
    """What a training has come to, on a copy: weights, modes and gradients of the training itself stay as they are."""
    state, task, dataset = training.state, training.experiment.task, training.state.dataset
    network = copy.deepcopy(training.networks[task.explained]).eval()
    part, x = (dataset.test, state.x_test) if selection.part == "test" else (dataset.train, state.x_train)
    shown = task.chances(dataset, torch.zeros(1, max(len(task.targets(dataset)), 1)))
    as_chance = selection.scale == "probability" and shown is not None
    return Subject(
        kind=kind_of(dataset),
        axes=dataset.input_shape.axes,
        answer=Scored(network, task, dataset, selection).eval(),
        targets=task.targets(dataset),
        x=x,
        background=state.x_train[:BACKGROUND],
        raw=part.raw if part.raw.shape == part.x.shape else part.x,
        unit="probability" if as_chance else task.score_unit or unit_in(dataset.target_name) or dataset.target_name,
        chances=None if shown is None else (lambda scores: scores) if as_chance else (lambda scores: _chances(task, dataset, scores)),
        numbers=shown is None,
        truths=_truths(dataset, part),
        called=f"{selection.part} example",
        names=dataset.input_names,
        vocabulary=dataset.vocabulary,
        blank=_blank(dataset),
        entry=entry_of(network, x),
        layers={name: network.module_of(name) for name in network.layer_ids},
        placed=dataset.problem in ("tagging", "language") and bool(dataset.vocabulary),
        step=training.step,
        piece=piece(training.networks[task.explained]),
        planted=part.planted if part.planted is not None and part.planted.shape == part.x.shape else None,
        sounds=part.sound if dataset.hearing else None,
        hearing=dataset.hearing,
        training=training,
        chosen=selection.layer,
        standardised=training.experiment.data.standardise,
    )


def kind_of(dataset: Dataset) -> InputKind:
    """What kind of inputs a data set has."""
    if dataset.input_shape.is_image:
        return "audio" if dataset.sound_rate else "image"
    if dataset.input_shape.vocabulary:
        return "text"
    if "time" in dataset.input_shape.axes:
        return "series"
    return "points" if dataset.coordinates == 2 else "table"


def _chances(task: TaskSpec, dataset: Dataset, scores: torch.Tensor) -> torch.Tensor:
    chances = task.chances(dataset, scores)
    assert chances is not None
    return chances


def _truths(dataset: Dataset, part: Part) -> tuple[str, ...]:
    if not dataset.classes or part.y.ndim != 1:
        return ()
    return tuple(f"class {dataset.class_names[label]}" for label in part.y.tolist())


def _blank(dataset: Dataset) -> int:
    """What rows are filled up with; where they are not, the most common token."""
    if not dataset.vocabulary:
        return -1
    return dataset.filler if dataset.filler >= 0 else int(np.bincount(dataset.train.x.ravel()).argmax())
