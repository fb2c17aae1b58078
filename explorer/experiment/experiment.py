"""The one record everything follows from: what was chosen, all of it."""

from __future__ import annotations

import base64
import binascii
import functools
import json
import zlib
from abc import abstractmethod
from importlib import resources
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator

from explorer.errors import SpecError
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.network import NetworkSpec
from explorer.experiment.record import Record, Spec, any_of, explain
from explorer.experiment.training import TrainingSpec
from explorer.registry import Registry
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape

if TYPE_CHECKING:
    import torch

    from explorer.training.state import TrainingState

SCHEMA_VERSION = 1
MAX_URL = 60_000  # characters of a token that are read at all
MAX_JSON = 1_000_000  # bytes of JSON that are parsed

TASKS: Registry[TaskSpec] = Registry("task", "explorer.training.tasks")


class TaskSpec(Spec):
    """What the networks are asked to do: which networks there are, what one step does, what is measured.

    A supervised task has the one role "model"; a GAN has "generator" and "discriminator".
    """

    roles: ClassVar[tuple[str, ...]] = ("model",)
    problem: ClassVar[str] = ""  # of the data it is made for; "" if it asks something else of them
    losses: ClassVar[str] = ""  # the problem whose losses it can be trained on; "" if its losses are its own
    answers: ClassVar[str] = "classes"  # what `predict` returns: "classes", "values", "tokens", "inputs" (seen again), "real" (is it?),
    # "boxes", "labels" or "scores"
    explained: ClassVar[str] = "model"  # the role of the network whose answers are explained
    score_unit: ClassVar[str] = ""  # of `scores`; "" where it is the target's own

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        """Whether it can be asked of this kind of data."""
        return cls.problem == data.problem

    @abstractmethod
    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        """(input shape, output shape) of the network that plays `role`. Raises DataError if the data do not suit."""

    def doubt(self, network: NetworkSpec, input_shape: Shape) -> str:
        """Why the metrics of this network would say nothing, in words; "" where there is no reason for doubt."""
        return ""

    def learned(self, dataset: Dataset) -> np.ndarray:
        """Numbers of the training examples that are trained on, int64 (n,): all of them, where a task does not say otherwise."""
        return np.arange(len(dataset.train))

    @abstractmethod
    def step(self, state: TrainingState, batch: Any) -> dict[str, Any]:
        """One training step on the training examples numbered `batch` (B,): forward, backward, update of all roles.

        Returns:
            Name -> scalar tensor (detached): the losses of this step.
        """

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """What training makes small, penalties aside, for what the network "model" gave for examples; with its gradient.

        Args:
            output: (n, *output_shape), before any softmax.
            x: what the network was fed, (n, *input_shape).
            y: what is to be answered, (n, ...).

        Raises:
            SpecError: the task trains several networks against each other, and there is no one loss.
        """
        raise SpecError(f"{self.title()} has no single loss: its networks are trained against each other, each on a loss of its own.")

    @abstractmethod
    def evaluate(self, state: TrainingState) -> dict[str, float]:
        """Metrics of the networks as they are now, in evaluation mode."""

    @abstractmethod
    def units(self) -> dict[str, str]:
        """Metric or loss name -> its unit, for axes and tables; every name `step` and `evaluate` can return."""

    @abstractmethod
    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """What the task's predicting network answers for inputs (n, *input_shape), in words of the task.

        Returns:
            Probabilities (n, classes), or values (n, targets) in the target's own unit; of tokens probabilities
            (n, T, classes), one row for each place. No gradient.
        """

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        """A name for each of the `scores`: classes, labels, tokens, or what is measured."""
        return (dataset.target_name or "the number",)

    def scores(self, dataset: Dataset, output: torch.Tensor, x: torch.Tensor, place: int) -> torch.Tensor:
        """What can be explained of the answers, with its gradient: scores before any softmax, or values in their own unit.

        Args:
            dataset: what the network was made for.
            output: (n, *output_shape), what the network `explained` gave.
            x: (n, *input_shape), what it was fed.
            place: where a text is answered at every place, the one that is meant; -1 is the last.

        Returns:
            (n, targets).
        """
        return output.flatten(1)

    def chances(self, dataset: Dataset, scores: torch.Tensor) -> torch.Tensor | None:
        """Probabilities (n, targets) made of `scores`; None where they are values."""
        return None

    @abstractmethod
    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What the network answers for one example of the test part, beside the truth.

        Returns:
            Plain JSON data whose "kind" says how to draw it, with None for what is not finite; and arrays named
            "example/...". ({}, {}) where there is no single answer.
        """


def own_task(problem: str) -> type[TaskSpec]:
    """The task that is made for data with this problem."""
    return next(task for task in TASKS.values() if task.problem == problem)


class Experiment(Record):
    """Data, task, networks, training and seed. The same record, seed and engine give the same numbers.

    Example:
        >>> experiment = Experiment.preset("spiral")
        >>> Experiment.from_url(experiment.to_url()) == experiment
        True
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    data: any_of(DATASETS)
    task: any_of(TASKS)
    networks: dict[str, NetworkSpec]
    training: TrainingSpec = Field(default_factory=TrainingSpec)
    seed: int = Field(0, ge=0, le=2**31 - 1, description="decides the first weights, the order of the batches and every mask of dropout")

    @model_validator(mode="after")
    def _has_its_roles(self) -> Experiment:
        if set(self.networks) != set(self.task.roles):
            wanted, given = ", ".join(self.task.roles), ", ".join(self.networks) or "none"
            raise ValueError(f"the task {self.task.kind!r} needs the networks {wanted}, but there are: {given}")
        return self

    def __hash__(self) -> int:
        return hash(self.to_json())

    def with_network(self, role: str, network: NetworkSpec) -> Experiment:
        """The same experiment with another network in this role."""
        return self.model_copy(update={"networks": {**self.networks, role: network}})

    def to_json(self) -> str:
        """Canonical JSON: only what differs from the defaults, and every variant's name."""
        fields = {"schema_version": self.schema_version, **self.model_dump(mode="json", exclude_defaults=True)}
        return json.dumps(fields, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Experiment:
        """The inverse of `to_json`.

        Raises:
            SpecError: not JSON, too large, from another version, or a value out of range: in one sentence.
        """
        if len(text) > MAX_JSON:
            raise SpecError(f"This experiment is {len(text):,} characters long; at most {MAX_JSON:,} are read.")
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            raise SpecError("This is not an experiment: the text is not complete JSON. Copy it again, whole.") from None
        return cls.from_fields(fields)

    @classmethod
    def from_fields(cls, fields: Any) -> Experiment:
        """An experiment from plain data. Raises SpecError."""
        version = fields.get("schema_version") if isinstance(fields, dict) else None
        if version != SCHEMA_VERSION:
            raise SpecError(f"This experiment has version {str(version)[:20]}; this explorer reads version {SCHEMA_VERSION}.")
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise SpecError(explain(error)) from None
        except RecursionError:
            raise SpecError("This experiment is nested too deeply to be read.") from None

    def to_url(self) -> str:
        """A token of letters, digits, - and _ that fits a URL."""
        return base64.urlsafe_b64encode(zlib.compress(self.to_json().encode(), 9)).decode().rstrip("=")

    @classmethod
    def from_url(cls, token: str) -> Experiment:
        """The inverse of `to_url`.

        Raises:
            SpecError: cut short, changed, megabytes long or from another version: in one sentence.
        """
        if len(token) > MAX_URL:
            raise SpecError(f"This link is {len(token):,} characters long; at most {MAX_URL:,} are read. Use a file instead.")
        try:
            packed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            inflater = zlib.decompressobj()
            text = inflater.decompress(packed, MAX_JSON)
            if not inflater.eof or base64.urlsafe_b64encode(packed).decode().rstrip("=") != token:  # b64decode is lenient
                raise ValueError
            return cls.from_json(text.decode())
        except (binascii.Error, zlib.error, ValueError):
            raise SpecError("This link is cut short or was changed on its way. Copy it again, whole.") from None

    @classmethod
    def preset(cls, name: str) -> Experiment:
        """A ready-made experiment by name, e.g. "spiral". Raises SpecError naming the presets there are."""
        return preset(name).experiment


class Preset(Record):
    """A ready-made experiment with a sentence on what to see in it: one JSON file in `experiment/presets`."""

    name: str
    title: str
    page: str
    look_for: str
    experiment: Experiment


def presets(page: str = "") -> dict[str, str]:
    """Name -> title of every preset (of one page), in the order of their file names."""
    found = (preset(name) for name in _preset_names())
    return {one.name: one.title for one in found if page in ("", one.page)}


@functools.cache
def preset(name: str) -> Preset:
    """One preset. Raises SpecError naming the presets there are."""
    if name not in _preset_names():
        raise SpecError(f"There is no preset named {name[:40]!r}. There are: {', '.join(_preset_names())}.")
    file = resources.files("explorer.experiment") / "presets" / f"{name}.json"
    return Preset.model_validate({"name": name, **json.loads(file.read_text("utf-8"))})


def _preset_names() -> list[str]:
    folder = resources.files("explorer.experiment") / "presets"
    return sorted(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))
