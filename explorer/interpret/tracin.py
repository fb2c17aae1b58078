"""Which training examples made a prediction.

Decided: the gradients of every single example are taken here, with all weights, at recorded steps of the run itself.
Because: Captum's TracInCP reads its checkpoints from files of its own form and its examples from data loaders; a run that was recorded
has both already. That the numbers are the same is tested against it.
Instead of: the last layer alone, which is faster and does not see what an example did to the layers before.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import TaskSpec
from explorer.inspections.moments import Moments
from explorer.inspections.places import spread
from explorer.inspections.wording import brief, counted, listed
from explorer.interpret.base import EXPLANATIONS, OverRun, Progress, described, pictured, unheard
from explorer.interpret.examples import described_examples
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

PLAIN = "sgd"  # the optimiser whose steps the formula is of


@dataclass
class Traced:
    """What has been added up over the steps that were looked at.

    Attributes:
        scores: (n,) influence of each training example.
        own: influence of the explained example on itself.
    """

    scores: np.ndarray
    own: float = 0.0
    steps: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)


@EXPLANATIONS.register("tracin")
class Tracin(OverRun):
    """Which training examples made this prediction: those whose steps made the network answer so, and those that worked against it.

    The influence of a training example is the sum over recorded steps of the learning rate times the product of two gradients of the
    loss: its own, and that of the explained example with the answer that is asked about. Above 0: learning from it pushed towards the
    answer. Arrays: `scores` (looked at,), `looked` their numbers in the training part, `flipped` which labels are noise;
    `order` (shown,) places in these of what is drawn, proponents first; `example_inputs` (shown, ...), `input` the explained one.
    Source: Pruthi et al., "Estimating Training Data Influence by Tracing Gradient Descent", 2020.
    """

    group: ClassVar[str] = "Concepts and examples"
    gradients: ClassVar[bool] = True

    moments: int = Field(8, ge=1, le=50, description="how many recorded steps are looked at, evenly over the slider; more take longer")
    examples: int = Field(300, ge=2, le=5000, description="how many training examples are looked at, evenly over the part")
    shown: int = Field(6, ge=1, le=16, description="how many examples for and against the answer are shown")

    @classmethod
    def title(cls) -> str:
        return "TracIn"

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        if subject.training is None:
            return "It looks at the recorded steps of a run and its training examples, and this network was not trained here."
        if type(subject.training.experiment.task).objective is TaskSpec.objective:
            return "These networks are trained against each other: there is no one loss whose gradients could be followed."
        return ""  # gradients are of the weights: tokens need no embedding that could be found

    def passes(self, subject: Subject) -> int:
        return self.moments * (self.examples + 1)

    def explain_over(self, recorded: Moments, selection: Selection, progress: Progress = unheard) -> Inspected:
        subject = subject_of(recorded.now(), selection)
        reason = self.reason_not(subject)
        if reason:
            raise SpecError(reason)
        training = recorded.now()
        scores = subject.scores(subject.example(selection.example))[0]
        target, facts = subject.target(selection, scores), described(subject, selection.example, scores)
        learned = np.asarray(training.experiment.task.learned(training.state.dataset))
        looked = learned[spread(len(learned), self.examples)]
        wanted = wanted_answer(training, selection, target)
        traced = Traced(np.zeros(len(looked)))
        for done, moment in enumerate(recorded.each(self.moments)):
            start = done / min(self.moments, len(recorded))
            trace(moment, looked, wanted, traced, lambda part, start=start: progress(start + part / min(self.moments, len(recorded))))
        return self._told(recorded, replace(subject, training=recorded.now()), (looked, traced), selection, (target, facts))

    def _told(
        self, recorded: Moments, subject: Subject, found: tuple[np.ndarray, Traced], selection: Selection, asked: tuple[int, dict]
    ) -> Inspected:
        looked, traced = found
        assert subject.training is not None
        dataset = subject.training.state.dataset
        order = strongest(traced.scores, self.shown)
        shown = looked[order]
        tokens = dataset.train.x[shown] if subject.vocabulary else np.zeros(0)
        truths = [dataset.class_names[y] if dataset.classes and dataset.train.y.ndim == 1 else "" for y in _labels(dataset.train.y[shown])]
        facts = {
            **asked[1],
            "target": subject.targets[asked[0]],
            "example": subject.name_of(selection.example),
            "about": _about(subject, selection, asked[0]),
            "steps": traced.steps,
            "rates": traced.rates,
            "own": traced.own,
            "input": subject.kind,
            "shown": described_examples(subject, tokens, shown, truths),
        }
        arrays = {
            **pictured(subject, selection.example),
            "scores": traced.scores.astype(np.float32),
            "looked": looked,
            "flipped": dataset.train.flipped[looked].astype(np.uint8),
            "order": order,
            "example_inputs": _drawable(dataset.train)[shown],
        }
        if subject.kind == "points":
            arrays["points"] = dataset.train.raw[looked]
        return Inspected(self.kind, subject.step, _words(recorded, subject, facts, arrays), facts, arrays)


def _about(subject: Subject, selection: Selection, target: int) -> str:
    """What is to be learned of the explained example."""
    who = subject.name_of(selection.example)
    by_class = subject.training is not None and _by_class(subject.training)
    return f"the answer {subject.targets[target]!r} for {who}" if by_class else f"what is true of {who}"


def _by_class(training: Training) -> bool:
    """Whether each example belongs to one class, and the loss is of that."""
    return training.experiment.task.problem == training.state.dataset.problem == "classification"


def _labels(y: np.ndarray) -> list[Any]:
    return y.tolist() if y.ndim == 1 else [0] * len(y)


def _drawable(part: Any) -> np.ndarray:
    return part.raw if part.raw.shape == part.x.shape else part.x


def strongest(scores: np.ndarray, most: int) -> np.ndarray:
    """Places of those that are above 0 the most, then of those that are below it the most."""
    order = np.argsort(-scores, kind="stable")
    above = [place for place in order[:most] if scores[place] > 0]
    below = [place for place in order[::-1][:most] if scores[place] < 0]
    return np.array(above + below, np.int64)


def wanted_answer(training: Training, selection: Selection, target: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The explained example (1, ...) and the answer asked about (1, ...): its class, where classes are told; else what is true of it."""
    state = training.state
    x, y = (state.x_test, state.y_test) if selection.part == "test" else (state.x_train, state.y_train)
    x, y = x[selection.example : selection.example + 1], y[selection.example : selection.example + 1]
    return x, torch.full_like(y, target) if _by_class(training) else y


def trace(
    training: Training, looked: np.ndarray, wanted: tuple[torch.Tensor, torch.Tensor], traced: Traced, progress: Progress = unheard
) -> None:
    """Add what one recorded step says: learning rate times the product of the two gradients, for each training example looked at."""
    task, state = training.experiment.task, training.state
    network = copy.deepcopy(training.networks["model"]).eval()
    rate = training.experiment.training.optimizer.learning_rate * training.experiment.training.schedule.factor(training.step)
    with torch.backends.cudnn.flags(enabled=False), torch.enable_grad():
        asked = gradient(network, task, *wanted)
        for number, example in enumerate(looked.tolist()):
            own = gradient(network, task, state.x_train[example : example + 1], state.y_train[example : example + 1])
            traced.scores[number] += rate * float(own @ asked)
            if number % 16 == 0:
                progress(number / len(looked))
    traced.own += rate * float(asked @ asked)
    traced.steps.append(training.step)
    traced.rates.append(rate)
    if not np.isfinite(traced.scores).all():
        raise SpecError(f"At step {training.step:,} the gradients are not finite, so that nothing can be traced. Choose an earlier step.")


def gradient(network: nn.Module, task: TaskSpec, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Of the loss by all weights that can be learned, as one row, float64, so that long sums stay exact."""
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    loss = task.objective(network(x), x, y)
    slopes = torch.autograd.grad(loss, weights, allow_unused=True, materialize_grads=True)
    return torch.cat([slope.flatten() for slope in slopes]).double()


def _words(recorded: Moments, subject: Subject, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> tuple[str, ...]:
    scores, looked = arrays["scores"], arrays["looked"]
    if not np.abs(scores).max(initial=0.0) > 0:
        said = ["Every influence is 0: at the recorded steps the gradients of these examples have nothing in common with this one's."]
        return (*said, *recorded.words(facts["steps"]))
    most = int(np.abs(scores).argmax())
    way = "towards" if scores[most] > 0 else "away from"
    said = [
        f"Of {counted(len(looked), 'training example')}, number {looked[most]} pushed the network most: {way} {facts['about']}, with an "
        f"influence of {brief(scores[most])} (on itself that example would have {brief(facts['own'])}). "
        f"{int((scores > 0).sum())} pushed towards it, {int((scores < 0).sum())} away from it."
    ]
    part = subject.training.state.dataset.train if subject.training else ()
    if len(looked) < len(part):
        said.append(f"{len(looked)} of {len(part):,} training examples were looked at, evenly over the part.")
    flipped = [int(looked[place]) for place in arrays["order"] if arrays["flipped"][place]]
    if flipped:
        said.append(f"Of those shown, {listed(flipped)} {'has' if len(flipped) == 1 else 'have'} a label that noise replaced.")
    return (*said, *_of_optimiser(subject.training), *recorded.words(facts["steps"]))


def _of_optimiser(training: Training | None) -> tuple[str, ...]:
    if training is None or training.experiment.training.optimizer.kind == PLAIN:
        return ()
    name = training.experiment.training.optimizer.title()
    return (
        f"The formula is that of plain gradient descent; this run used {name}, so that sizes compare examples but are no change of loss.",
    )
