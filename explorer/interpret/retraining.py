"""The same experiment trained again from its first weights, for trials that ask what another training would have shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.interpret.base import Progress, unheard
from explorer.interpret.subject import Subject
from explorer.results.dataset import Dataset
from explorer.training.loop import Training, train
from explorer.training.setup import build_engine

STRETCHES = 20  # times that progress is told


def retrained(experiment: Experiment, steps: int, dataset: Dataset | None = None, progress: Progress = unheard) -> Training:
    """The experiment after so many updates, whatever rules would end the run; nothing is measured on the way.

    Args:
        dataset: trained on instead of the experiment's own; of the same shapes, with as many training examples.
    """
    training = train(experiment)
    if dataset is not None:
        training.state.put(dataset)
        training.engine = build_engine(training.state)
    made = 0
    for stretch in range(1, STRETCHES + 1):
        count = steps * stretch // STRETCHES - made
        if count:
            training.make_steps(count)
            made += count
        progress(stretch / STRETCHES)
    return training


def reseeded(experiment: Experiment, seed: int) -> Experiment:
    """The same experiment on the same data with other first weights and another order of the batches."""
    return experiment.model_copy(update={"seed": seed})


def with_shuffled_labels(dataset: Dataset, rng: np.random.Generator) -> Dataset:
    """The same training examples with the answers of other training examples."""
    order = rng.permutation(len(dataset.train))
    return replace(dataset, train=replace(dataset.train, y=dataset.train.y[order]))


def not_trained_here(subject: Subject) -> str:
    """Why nothing can be trained again, in a sentence; "" where it can."""
    return "" if subject.training is not None else "It trains the network again, and this network was not trained here."


def trained(subject: Subject) -> Training:
    """The training of a subject. Raises SpecError where there is none, or it has not begun."""
    if subject.training is None:
        raise SpecError(not_trained_here(subject))
    if not subject.training.step:
        raise SpecError("The network has not been trained yet: what it shows comes from its first weights alone. Train it first.")
    return subject.training
