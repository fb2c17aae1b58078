"""Everything a training step reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

from explorer.experiment import Experiment, MixingSpec
from explorer.networks.build import Network
from explorer.results.dataset import Dataset, Part

Answers = list[tuple[float, torch.Tensor]]  # shares, which sum to 1, and what is to be answered


@dataclass
class TrainingState:
    """Networks, optimisers and data of a run on their device.

    Attributes:
        networks, optimizers: one per role of the task.
        x_train, x_test: float32 (n, *input_shape), or int64 tokens.
        y_train, y_test: int64 (n,) or float32 (n, targets).
        x_validation, y_validation: as those of the other parts; None where no validation part was set aside.
        random: what augmentations draw from; theirs alone, so that they change no order of batches and no mask of dropout.
    """

    experiment: Experiment
    dataset: Dataset
    device: torch.device
    networks: dict[str, Network]
    optimizers: dict[str, torch.optim.Optimizer]
    x_train: torch.Tensor
    y_train: torch.Tensor
    x_test: torch.Tensor
    y_test: torch.Tensor
    x_validation: torch.Tensor | None = None
    y_validation: torch.Tensor | None = None
    random: torch.Generator = field(default_factory=torch.Generator)

    def __post_init__(self) -> None:
        self.random.manual_seed(self.experiment.seed)

    def put(self, dataset: Dataset) -> None:
        """Train on these data from now on."""
        self.dataset = dataset
        self.x_train, self.y_train = self._placed(dataset.train)
        self.x_test, self.y_test = self._placed(dataset.test)
        self.x_validation, self.y_validation = self._placed(dataset.validation) if dataset.validation else (None, None)

    def _placed(self, part: Part) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.from_numpy(part.x).to(self.device), torch.from_numpy(part.y).to(self.device)

    def batch(self, numbers: torch.Tensor) -> tuple[torch.Tensor, Answers]:
        """The training examples of these numbers (B,), augmented, and what is to be answered for them.

        Returns:
            x (B, *input_shape); and (share, y (B, ...)) of each answer: one with the share 1, or several where examples are mixed.
        """
        x, answers = self.x_train[numbers], [(1.0, numbers)]
        for one in self.experiment.data.augment:
            if isinstance(one, MixingSpec):
                x, partner, own = one.mix(x, self.random)
                answers = [(share * part, who) for share, of in answers for part, who in ((own, of), (1 - own, of[partner]))]
            else:
                x = one.change(x, self.random, self.dataset)
        return x, [(share, self.y_train[of]) for share, of in answers]

    def update(self, role: str, loss: torch.Tensor) -> None:
        """Backward from `loss` plus the penalties, clip, and step the optimiser of `role`."""
        training, optimizer = self.experiment.training, self.optimizers[role]
        parameters = optimizer.param_groups[0]["params"]  # all of the network's; walking the modules would cost more each step
        optimizer.zero_grad(set_to_none=True)
        if training.l1 or training.l2:
            loss = loss + penalty(parameters, training.l1, training.l2)
        loss.backward()
        if training.clip_norm:
            nn.utils.clip_grad_norm_(parameters, training.clip_norm, foreach=False)
        optimizer.step()


def shared(answers: Answers, loss: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """The mean of `loss(y)` over the answers, each by its share."""
    if len(answers) == 1:
        return loss(answers[0][1])
    return torch.stack([share * loss(y) for share, y in answers]).sum()


def penalty(parameters: list[nn.Parameter], l1: float, l2: float) -> torch.Tensor | float:
    """l1 * sum |w| + l2 / 2 * sum w^2 over the weights (tensors of two or more axes; biases and norms are left alone)."""
    weights = [p for p in parameters if p.dim() >= 2]
    total: torch.Tensor | float = 0.0
    if l1:
        total = total + l1 * torch.stack([w.abs().sum() for w in weights]).sum()
    if l2:
        total = total + l2 / 2 * torch.stack([w.square().sum() for w in weights]).sum()
    return total
