"""A generative adversarial network on points of the plane: two networks, one step that alternates between them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch.nn import functional

from explorer.errors import DataError
from explorer.experiment import TASKS, DataSpec, TaskSpec, live
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape
from explorer.training.state import TrainingState
from explorer.training.tasks.supervised import evaluation, finite

DRAWN = 1000  # generated points that metrics are measured on
NEAR = 4.0  # a generated point belongs to a mode within this many standard deviations of its centre


@TASKS.register("gan")
class Gan(TaskSpec):
    """Learn to draw points like the real ones: a generator tries to fool a discriminator that tries to tell them apart.

    Losses: binary cross-entropy; the generator's is the non-saturating one.
    Source: Goodfellow et al., "Generative Adversarial Nets", 2014, section 3.
    """

    roles: ClassVar[tuple[str, ...]] = ("generator", "discriminator")
    answers: ClassVar[str] = "real"
    explained: ClassVar[str] = "discriminator"
    score_unit: ClassVar[str] = "logit"

    noise_size: int = Field(2, ge=1, le=64, description="random numbers the generator makes one point of")
    discriminator_steps: int = live(1, ge=1, le=10, description="updates of the discriminator for each update of the generator")

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return data.coordinates == 2 and data.problem == "classification"

    @classmethod
    def title(cls) -> str:
        return "GAN"

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.coordinates != 2 or dataset.input_shape != Shape.features(2):
            raise DataError("A GAN on points needs a data set of the plane fed as plain x and y. Choose one, without extra features.")
        if role == "generator":
            return Shape.features(self.noise_size), Shape.features(2)
        return Shape.features(2), Shape.features(1)

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        real, _ = state.batch(batch)
        for _ in range(self.discriminator_steps):
            judged = self._discriminator_loss(state, real)
            state.update("discriminator", judged)
        fooled = self._generator_loss(state, len(batch))
        state.update("generator", fooled)
        return {"discriminator_loss": judged.detach(), "generator_loss": fooled.detach()}

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        points = self.generate(state, DRAWN)
        with evaluation(state.networks["discriminator"]) as discriminator:
            right = torch.cat([discriminator(state.x_test) > 0, discriminator(points) < 0])
        return finite({"discriminator_accuracy": right.float().mean().item(), **_coverage(state, points)})

    def units(self) -> dict[str, str]:
        return {
            "discriminator_loss": "nats per point",
            "generator_loss": "nats per point",
            "discriminator_accuracy": "share of points judged right; 0.5 is guessing",
            "modes_covered": "modes that got their share of the generated points",
            "points_on_modes": "share of generated points near a mode",
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        return ("real",)

    def chances(self, dataset: Dataset, scores: torch.Tensor) -> torch.Tensor:
        return scores.sigmoid()

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Probabilities (n, 2) of generated and real, as the discriminator judges."""
        with evaluation(state.networks["discriminator"]) as discriminator:
            real = discriminator(x).sigmoid()
        return torch.cat([1 - real, real], 1)

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Nothing: a GAN answers no single example."""
        return {}, {}

    def generate(self, state: TrainingState, n: int) -> torch.Tensor:
        """(n, 2) generated points, always from the same noise, so that pictures of different steps compare."""
        noise = torch.randn(n, self.noise_size, generator=torch.Generator().manual_seed(state.experiment.seed)).to(state.device)
        with evaluation(state.networks["generator"]) as generator:
            return generator(noise)

    def _discriminator_loss(self, state: TrainingState, real: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            fake = state.networks["generator"](self._noise(state, len(real)))
        logits = state.networks["discriminator"](torch.cat([real, fake]))[:, 0]
        truth = torch.cat([torch.ones(len(real)), torch.zeros(len(real))]).to(state.device)
        return functional.binary_cross_entropy_with_logits(logits, truth)

    def _generator_loss(self, state: TrainingState, n: int) -> torch.Tensor:
        logits = state.networks["discriminator"](state.networks["generator"](self._noise(state, n)))[:, 0]
        return functional.binary_cross_entropy_with_logits(logits, torch.ones(n, device=state.device))

    def _noise(self, state: TrainingState, n: int) -> torch.Tensor:
        return torch.randn(n, self.noise_size, device=state.device)


def _coverage(state: TrainingState, points: torch.Tensor) -> dict[str, float]:
    """How many classes of the data (modes) the generated points reach.

    A mode is covered when at least a quarter of its fair share of the points lies within NEAR standard deviations of its
    centre.
    """
    modes = [state.x_train[state.y_train == label] for label in range(state.dataset.classes)]
    covered, on_modes = 0, torch.zeros(len(points), dtype=torch.bool, device=points.device)
    for mode in modes:
        radius = NEAR * mode.std(0).mean().clamp_min(1e-3)
        near = (points - mode.mean(0)).norm(dim=1) < radius
        covered += int(near.float().mean() >= 0.25 / len(modes))
        on_modes |= near
    return {"modes_covered": float(covered), "points_on_modes": on_modes.float().mean().item()}
