"""The base of every probe, and what a probe looks at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch

from explorer.experiment.data import formula_of
from explorer.registry import Registry
from explorer.results.diagram import Column, Edge
from explorer.training.loop import Training

PROBES: Registry[Probe] = Registry("probe", "explorer.probes")

Measured = tuple[dict[str, Any], dict[str, np.ndarray]]  # fields for the head of a frame, and arrays


@dataclass
class View:
    """What the people watching have selected.

    Attributes:
        focus: (column, unit) that is enlarged, or None.
        example: number of the probe example whose feature maps are shown.
    """

    focus: tuple[int, int] | None = None
    example: int = 0


@dataclass
class Look:
    """One moment of a run, opened for the probes.

    Attributes:
        columns, edges: the diagram of all roles, left to right, role after role.
        inputs: role -> probe inputs (n, *input_shape): a grid over the plane, a line, or examples of the test part.
        outputs: column number -> what the column's last layer gave for them (n, ...); the input column its inputs.
        examples: numbers in the test part of the probe examples, sorted by class; empty for points and curves.
    """

    training: Training
    view: View
    columns: tuple[Column, ...]
    edges: tuple[Edge, ...]
    inputs: dict[str, torch.Tensor]
    outputs: dict[int, torch.Tensor]
    examples: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def weighted(self, edge: Edge) -> bool:
        """Whether an edge stands for weights."""
        return bool(self.columns[edge.target].weight_id) and edge.kind in ("dense", "conv")

    def unit_names(self, number: int) -> list[str]:
        """What the shown units of a column are called: the inputs and the answers by name, the others by number."""
        column, dataset = self.columns[number], self.training.state.dataset
        if column.id == "input" and len(dataset.input_names) == column.units:
            return [formula_of(name) for name in dataset.input_names[: column.shown]]
        last = not any(edge.source == number for edge in self.edges)
        answers = self.answer_names()
        if last and len(answers) == column.units:
            return [formula_of(name) for name in answers[: column.shown]]
        return [f"unit {number}.{i + 1}" if column.id != "input" else f"input {i + 1}" for i in range(column.shown)]

    def answer_names(self) -> tuple[str, ...]:
        """What the numbers are called that the task answers with; none where they have no names."""
        dataset = self.training.state.dataset
        names = {
            "classes": dataset.class_names,
            "labels": dataset.class_names,
            "tokens": dataset.vocabulary,
            "inputs": dataset.input_names,
            "scores": dataset.input_names,
            "boxes": ("left", "top", "right", "bottom"),
        }
        return names.get(self.training.experiment.task.answers, ())


class Probe(ABC):
    """One thing to measure. Registered in its own file; found by the camera."""

    kind: ClassVar[str] = ""
    share: ClassVar[float] = 1.0  # of a worker's time this may take when playing; 1: measured in every frame

    @abstractmethod
    def measure(self, look: Look) -> Measured:
        """Fields and arrays for the frame; ({}, {}) where there is nothing to show."""


def as_bytes(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """uint8 picture: `low` becomes 0, `high` 255; anything outside is clipped, NaN becomes 0."""
    scaled = (values - low) * (255.0 / (high - low)) + 0.5
    return np.fmin(np.fmax(scaled, 0), 255).astype(np.uint8)  # of a number and NaN both give the number


def symmetric_range(values: np.ndarray) -> float:
    """A round limit m >= max |values|, in steps of a quarter, so that colours do not flicker as values creep."""
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    if not np.isfinite(largest) or largest < 1e-6:
        return 1.0
    return float(1.25 ** np.ceil(np.log(largest) / np.log(1.25) - 1e-6))
