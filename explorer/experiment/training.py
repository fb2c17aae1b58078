"""The bases of everything that decides how a network learns, and the record that holds the choices."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from explorer.experiment.record import Record, Spec, any_of, live
from explorer.registry import Registry
from explorer.results.step import StepResult
from explorer.results.update import Moment, Quantity

if TYPE_CHECKING:
    import torch

OPTIMIZERS: Registry[OptimizerSpec] = Registry("optimiser", "explorer.training.optimizers")
SCHEDULES: Registry[ScheduleSpec] = Registry("schedule", "explorer.training.schedules")
LOSSES: Registry[LossSpec] = Registry("loss", "explorer.training.losses")
STOPPING: Registry[StoppingSpec] = Registry("stopping rule", "explorer.training.stopping")


class OptimizerSpec(Spec):
    """How gradients become updates: torch's own optimiser behind a record."""

    formula: ClassVar[str] = ""  # LaTeX of one update
    learning_rate: float = live(
        0.03, ge=0, le=100, description="size of a step along the negative gradient; too big and the loss jumps or explodes"
    )
    weight_decay: float = live(0.0, ge=0, le=10, description="share of every weight that each step takes away, times the learning rate")

    @abstractmethod
    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """torch's optimiser with exactly these settings, `foreach=False` and `fused=False`."""

    @abstractmethod
    def taken_apart(self, moment: Moment) -> list[Quantity]:
        """How the gradient of one weight became its change in one step, in the order of `formula`; the last is what is added to it."""


class ScheduleSpec(Spec):
    """How the learning rate moves over the run."""

    moves: ClassVar[bool] = True  # False: the factor is 1 at every step

    @abstractmethod
    def factor(self, step: int) -> float:
        """What the learning rate is multiplied with at `step` (counted from 0)."""


class LossSpec(Spec):
    """What training makes small."""

    problem: ClassVar[Literal["classification", "regression"]] = "classification"
    unit: ClassVar[str] = ""  # of one value, e.g. "nats per example"
    formula: ClassVar[str] = ""

    @abstractmethod
    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Mean loss of a batch, a scalar.

        Args:
            output: (B, 1) logits of class 1 for two classes, (B, classes) logits, or (B, targets) predictions.
            target: int64 (B,), or float32 (B, targets).
        """


class StoppingSpec(Spec):
    """When a run stops by itself."""

    @abstractmethod
    def reason(self, history: Sequence[StepResult]) -> str:
        """Why to stop now, in words with the numbers; "" to go on.

        Args:
            history: results at which metrics were evaluated, oldest first (bounded to the last few thousand).
        """

    def steps_left(self, step: int) -> int | None:
        """How many steps this rule still allows after `step`; None when it does not count steps."""
        return None


class TrainingSpec(Record):
    """How the networks of an experiment learn."""

    optimizer: any_of(OPTIMIZERS) = live(
        default_factory=lambda: OPTIMIZERS["sgd"](), validate_default=True, description="how gradients become updates"
    )
    schedule: any_of(SCHEDULES) = live(
        default_factory=lambda: SCHEDULES["constant"](), validate_default=True, description="how the learning rate moves over the run"
    )
    batch_size: int = live(
        10, ge=1, le=10_000, description="examples that one update averages its gradient over; capped at the size of the training part"
    )
    clip_norm: float = live(
        0.0, ge=0, le=1000, description="longest gradient allowed, all weights taken together; longer ones are scaled down; 0 is off"
    )
    l1: float = live(0.0, ge=0, le=10, description="L1 penalty: adds l1 * |w| to the loss and pushes weights to exactly 0")
    l2: float = live(0.0, ge=0, le=10, description="L2 penalty: adds l2 / 2 * w^2 to the loss and shrinks large weights")
    stopping: tuple[any_of(STOPPING), ...] = live((), max_length=8, description="rules that end the run by themselves")
    engine: Literal["auto", "eager", "fused"] = Field(
        "auto",
        description=(
            "what computes a step: eager runs any network; fused is one compiled kernel for plain multi-layer perceptrons; "
            "auto takes the fastest that fits"
        ),
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="where tensors live; auto takes a GPU for networks that gain from one"
    )
