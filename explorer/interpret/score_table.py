"""A table of methods against a truth that is known: where the shortcut lies that the network goes by.

Decided: marked examples of other classes are called the class that is given away, so that the mark alone decides. The network that does
not go by the mark has seen it as well, on examples of all classes alike, with their own labels.
Because: where the class can be seen without the mark, a network hardly goes by it (of the digits it moves 4 answers in 100), and nobody
knows how much of a map ought to lie there; and a network that never saw a mark answers it as its first weights will have it.
Instead of: marks added to one class, and training without any, as a truth that the network itself does not keep to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field

from explorer.errors import SpecError
from explorer.experiment import Experiment, changed
from explorer.experiment.data import DataSpec, Numbers
from explorer.experiment.shortcuts import carriers, mark_of
from explorer.inspections.wording import counted, listed, share
from explorer.interpret.base import EXPLANATIONS, Explanation, Map, Progress, unheard
from explorer.interpret.of_training import subject_of
from explorer.interpret.on_trial import maps, method_of, quick_methods
from explorer.interpret.retraining import not_trained_here, reseeded, retrained
from explorer.interpret.selection import NAME, Selection
from explorer.interpret.subject import Subject, whole
from explorer.interpret.trials.base import part_of
from explorer.results.dataset import Dataset
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

LARGEST = 0.5  # share of an input that a mark may cover: of a larger one every map lies on it
BY_CHANCE = 0.5  # share of all examples that carry the mark where it gives nothing away
TAKEN, LEFT = 0.5, 0.15  # by how much the mark moves answers, from which on a network goes by it, and up to which it does not
TELLS, BLIND = 0.9, 0.65  # share of pairs told apart, from which on a method tells, and up to which it does not
TRAINING = 0.8  # share of the time that training takes, about
Marks = Callable[
    [np.ndarray, np.ndarray, np.ndarray], np.ndarray
]  # (classes, numbers of a part, a random number for each) -> who is marked
NETWORKS = ("goes by the mark", "does not go by it")


@dataclass(frozen=True)
class Planted:
    """The same examples with the mark in the training part, and in the test part on all of them or on none.

    Attributes:
        experiment: trained with its mark.
        label: the class that is to be given away.
    """

    experiment: Experiment
    label: int
    marked: Dataset
    clean: Dataset


@dataclass(frozen=True)
class Answered:
    """What a network does with the mark.

    Attributes:
        given: share of the examples of other classes that are taken for the class, with the mark and without it.
        right: share of all test examples that are answered right, without the mark and with it.
    """

    given: tuple[float, float]
    right: tuple[float, float]


@EXPLANATIONS.register("score_table")
class ScoreTable(Explanation):
    """Plants a shortcut, trains networks that go by it and networks that do not, and sees which methods tell them apart.

    The mark of the Data page is planted into most training examples of one class, and into some others that are called that class too; or
    into half of all alike. This network is trained anew on each, with several seeds. On test examples of other classes that all carry the
    mark, a method says how much of its map for the class lies on it. Arrays: `mass` (methods, 2, seeds, examples), the network that goes by
    the mark first; `auc` (methods, seeds): share of pairs of an example of either network with more on the mark where the network goes by
    it; `given`, `right` (2, seeds, 2): shares answered as the class, and answered right, with the mark and without it.
    Source: Zhou et al., "Do Feature Attribution Methods Correctly Attribute Features?", 2022; Adebayo et al., "Post hoc Explanations may be
    Ineffective for Detecting Unknown Spurious Correlation", 2022.
    """

    group: ClassVar[str] = "On trial"
    label: ClassVar[str] = "Score table of methods"
    slow: ClassVar[bool] = True

    methods: tuple[str, ...] = Field((), max_length=60, description="which methods; empty: all that are quick and fit")
    seeds: int = Field(3, ge=1, le=20, description="networks of each kind; bands go from the least to the most")
    steps: int = Field(400, ge=1, le=100_000, description="updates that each network is trained for")
    examples: int = Field(12, ge=2, le=200, description="test examples of other classes that are explained")
    strength: float = Field(0.9, ge=0.1, le=1, description="share of the training examples of the class that carry the mark")
    relabelled: float = Field(
        0.3, ge=0, le=0.9, description="share of the training examples of other classes that carry it too and are called the class; 0: none"
    )
    giveaway: str = Field("", max_length=NAME, description="the class that the mark gives away; empty: the first")

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        if subject.training is None:
            return not_trained_here(subject)
        return _no_mark(subject.training) or ("" if quick_methods(subject) else "No method of attribution fits this network.")

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"methods": list(maps(subject)), "giveaway": list(subject.targets)}

    def passes(self, subject: Subject) -> int:
        each = sum(method_of(subject, name).passes(subject) for name in self.methods or quick_methods(subject))
        return 2 * self.seeds * self.examples * each

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        reason = self.reason_not(subject)
        if reason or subject.training is None:
            raise SpecError(reason)
        methods = [method_of(subject, name) for name in self.methods or quick_methods(subject)]
        both = plant(subject.training.experiment, self._label(subject), self.strength, self.relabelled)
        kinds: list[list[tuple[Answered, dict[str, np.ndarray]]]] = []
        for at, planted in enumerate(both):
            told = partial(part_of, progress, at, len(both))
            kinds.append([self._measured(planted, methods, seed, told) for seed in range(self.seeds)])
        names = [method.kind for method in methods if all(method.kind in found for kind in kinds for _, found in kind)]
        mass = np.array([[[found[name] for _, found in kind] for kind in kinds] for name in names])
        if not names:
            raise SpecError("None of the methods gave numbers for these networks: train them for fewer steps, or choose other methods.")
        answered = [[one for one, _ in kind] for kind in kinds]
        return self._told((both[0], subject.step), [method for method in methods if method.kind in names], mass, answered)

    def _label(self, subject: Subject) -> int:
        wanted = self.giveaway or subject.targets[0]
        if wanted not in subject.targets:
            raise SpecError(f"giveaway: there is no class named {wanted[:40]!r}. There are: {listed(subject.targets)}.")
        return subject.targets.index(wanted)

    def _measured(self, planted: Planted, methods: Sequence[Map], seed: int, progress: Progress) -> tuple[Answered, dict[str, np.ndarray]]:
        """What one network does with the mark; method -> how much lies on it (examples,), for those that give numbers."""
        told = partial(part_of, progress, seed, self.seeds)
        twin = reseeded(planted.experiment, planted.experiment.seed + seed)
        training = retrained(twin, self.steps, planted.marked, lambda share: told(TRAINING * share))
        answered = _answers(training, planted)
        subject = subject_of(training, Selection())
        others = np.flatnonzero(planted.marked.test.y != planted.label)[: self.examples]
        found: dict[str, np.ndarray] = {}
        for at, method in enumerate(methods):
            mass = _mass(subject, method, others, planted.label)
            if mass is not None:
                found[method.kind] = mass
            told(TRAINING + (1 - TRAINING) * (at + 1) / len(methods))
        return answered, found

    def _told(
        self, about: tuple[Planted, int], methods: Sequence[Map], mass: np.ndarray, answered: Sequence[Sequence[Answered]]
    ) -> Inspected:
        """Of what was planted, and the step of the run that was looked at."""
        planted, step = about
        auc = np.array([[told_apart(one[0, seed], one[1, seed]) for seed in range(self.seeds)] for one in mass])
        dataset = planted.marked
        assert dataset.test.planted is not None
        covers = float(dataset.test.planted[dataset.test.y != planted.label].mean())
        given = np.array([[one.given for one in kind] for kind in answered])
        right = np.array([[one.right for one in kind] for kind in answered])
        taken_up = went_by(given)
        order = np.argsort(-auc.mean(1), kind="stable")
        methods, mass, auc = [methods[i] for i in order], mass[order], auc[order]
        verdicts = [verdict(row) if taken_up else None for row in auc]
        facts = {
            "methods": [method.kind for method in methods],
            "titles": [method.title() for method in methods],
            "networks": list(NETWORKS),
            "mark": dataset.shortcut.what if dataset.shortcut else "",
            "giveaway": dataset.class_names[planted.label],
            "covers": covers,
            "taken_up": taken_up,
            "steps": self.steps,
            "outcomes": verdicts,
            "table": _table(methods, mass, auc, verdicts),
        }
        words = (*_about(facts, given, right), _measured_on(facts, mass), *_each(facts, mass, auc))
        return Inspected(self.kind, step, words, facts, {"mass": mass, "auc": auc, "given": given, "right": right})


def plant(experiment: Experiment, label: int, strength: float, relabelled: float) -> tuple[Planted, Planted]:
    """The experiment with a mark that decides about a class, and with the same mark where it gives nothing away. Raises ExplorerError."""
    for path, value in (("data.shortcut", strength), ("data.shortcut_class", label)):
        experiment = changed(experiment, path, value)

    def deciding(y: np.ndarray, train: np.ndarray, rank: np.ndarray) -> np.ndarray:
        return carriers(y[train], label, strength, rank[train]) | ((y[train] != label) & (rank[train] < relabelled))

    return _planted(experiment, label, deciding, True), _planted(experiment, label, lambda y, train, rank: rank[train] < BY_CHANCE, False)


def _planted(experiment: Experiment, label: int, marks: Marks, decides: bool) -> Planted:
    data: DataSpec = experiment.data

    def carried(in_test: bool, y: np.ndarray, parts: Numbers, rank: np.ndarray) -> np.ndarray:
        carries = np.full(len(y), in_test)
        for part in parts[:2]:
            carries[part] = marks(y, part, rank)
        return carries

    marked, clean = (data.load(partial(carried, in_test)) for in_test in (True, False))
    return Planted(experiment, label, _renamed(marked, label) if decides else marked, clean)


def _renamed(dataset: Dataset, label: int) -> Dataset:
    """The same, where every marked training example is called the class."""
    train = dataset.train
    return replace(dataset, train=replace(train, y=np.where(train.carries, label, train.y)))


def _no_mark(training: Training) -> str:
    """Why no mark can be planted that would say something, in a sentence; "" where one can."""
    data, task = training.experiment.data, training.experiment.task
    if mark_of(type(data)) is None or task.problem != "classification":
        return "It plants a shortcut that gives a class away, and these examples have no class, or no room beside what they are about."
    shape = training.state.dataset.input_shape
    if "time" in shape.axes and not shape.vocabulary and training.state.x_test.shape[-1] == 1:
        return "A shortcut in these series would lie over all of their numbers, so that every map would lie on it."
    return ""


def _answers(training: Training, planted: Planted) -> Answered:
    """What the network answers with the mark and without it; the test part is the marked one afterwards."""
    given, right = [], []
    for dataset in (planted.clean, planted.marked):
        training.state.put(dataset)
        subject = subject_of(training, Selection())
        answers, truths = subject.scores(subject.x).argmax(1).cpu().numpy(), dataset.test.y
        given.append(float((answers[truths != planted.label] == planted.label).mean()))
        right.append(float((answers == truths).mean()))
    return Answered((given[1], given[0]), (right[1], right[0]))


def _mass(subject: Subject, method: Map, numbers: np.ndarray, label: int) -> np.ndarray | None:
    """The share of the sizes of each map that lies on the mark (examples,); None where the method gives no numbers."""
    assert subject.planted is not None
    rows = subject.x[torch.from_numpy(numbers)]
    most = max(subject.piece // max(method.passes(subject), 1), 1)
    try:
        values = np.concatenate([whole(method.checked(subject.at(part), part, label)) for part in rows.split(most)])
    except SpecError:
        return None
    return mass_on(values, subject.planted[numbers])


def mass_on(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The share (n,) of the sizes of maps (n, *shape) that lies on masks of the same shape; of maps of zeros what the mask covers."""
    axes = tuple(range(1, values.ndim))
    size = np.abs(values).astype(float)
    everything, on = size.sum(axes), (size * mask).sum(axes)
    return np.where(everything > 0, on / np.where(everything > 0, everything, 1.0), mask.mean(axes))


def told_apart(first: np.ndarray, second: np.ndarray) -> float:
    """Share of the pairs of a number of the first and one of the second in which the first is larger; of equal ones half (AUC)."""
    difference = first[:, None] - second[None, :]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def went_by(given: np.ndarray) -> bool:
    """Whether the first network goes by the mark and the second does not, by what they answer (2, seeds, with and without it)."""
    moved = given[..., 0] - given[..., 1]
    return bool(moved[0].min() >= TAKEN and moved[1].max() <= LEFT)


def verdict(auc: np.ndarray) -> bool | None:
    """Whether a method tells the networks apart, by the share of pairs (seeds,); None in between."""
    return True if auc.min() >= TELLS else False if auc.mean() <= BLIND else None


def _about(facts: dict, given: np.ndarray, right: np.ndarray) -> Iterator[str]:
    name = repr(facts["giveaway"])
    yield (
        f"The mark is {facts['mark']}; in {counted(facts['steps'], 'step')} of training it gave {name} away. Of test examples of other "
        f"classes the network that goes by it takes {_band(given[0, :, 0])} for {name} when they are marked and {_band(given[0, :, 1])} "
        f"when they are not; the other network takes {_band(given[1, :, 0])} and {_band(given[1, :, 1])}."
    )
    yield (
        f"Answered right without the mark and with it: {_band(right[0, :, 1])} and {_band(right[0, :, 0])} by the network that goes by it, "
        f"{_band(right[1, :, 1])} and {_band(right[1, :, 0])} by the other."
    )
    if not facts["taken_up"]:
        yield (
            "The first network did not take the mark up, or the second did: what the methods say of them has no truth to be held against. "
            "Train for more steps, or mark more examples."
        )


def _each(facts: dict, mass: np.ndarray, auc: np.ndarray) -> Iterator[str]:
    """Which methods tell, and the numbers of the best and the last of them; those of all are in the table."""
    if facts["taken_up"]:
        for outcome, said in ((True, "Tell the two networks apart"), (None, "Tell them apart in part"), (False, "Do not tell them apart")):
            names = [title for title, verdict in zip(facts["titles"], facts["outcomes"], strict=True) if verdict is outcome]
            if names:
                yield f"{said}: {', '.join(names)}."
    most = int(mass[:, 0].mean((1, 2)).argmax())
    for row in dict.fromkeys((most, len(mass) - 1)):
        yield (
            f"{facts['titles'][row]}: {_band(mass[row, 0].mean(1))} of its maps lies on the mark where the network goes by it, "
            f"{_band(mass[row, 1].mean(1))} where it does not; {_band(auc[row])} of pairs are told apart."
        )


def _measured_on(facts: dict, mass: np.ndarray) -> str:
    return (
        f"The mark covers {share(facts['covers'])} of the input. Measured on {counted(mass.shape[3], 'example')} and "
        f"{counted(mass.shape[2], 'network')} of each kind; 50 % of pairs is chance, {share(TELLS)} with every seed is telling."
    )


def _band(values: np.ndarray) -> str:
    """The mean over seeds, and from the least to the most where they differ: "93 % (90 % to 97 %)"."""
    low, middle, high = share(values.min()), share(values.mean()), share(values.max())
    return middle if low == high else f"{middle} ({low} to {high})"


def _table(methods: Sequence[Map], mass: np.ndarray, auc: np.ndarray, verdicts: Sequence[bool | None]) -> list[dict]:
    """A row for each method, best first, as plain data: means over seeds, and the least and the most."""
    rows = []
    for method, one, row, outcome in zip(methods, mass, auc, verdicts, strict=True):
        on, off = one[0].mean(1), one[1].mean(1)
        numbers = {"mass": on, "mass without": off, "told apart": row}
        spread = {name: [float(part.mean()), float(part.min()), float(part.max())] for name, part in numbers.items()}
        rows.append({"method": method.title(), **spread, "tells": outcome})
    return rows
