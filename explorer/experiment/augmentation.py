"""The base of every augmentation: how training examples are changed at random, each time they are trained on."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from explorer.experiment.record import Spec
from explorer.registry import Registry

if TYPE_CHECKING:
    import torch

    from explorer.experiment.data import DataSpec
    from explorer.results.dataset import Dataset

AUGMENTATIONS: Registry[AugmentationSpec] = Registry("augmentation", "explorer.training.augmentations")
CLASSES = ("classification", "labels")  # answers that stay true when a picture is moved or partly hidden


class AugmentationSpec(Spec):
    """What may be done to an example without changing its answer.

    The test part is never changed. Every variant draws from the generator it is given and from nothing else, so the same run makes the
    same changes, also after an interruption.
    """

    needs: ClassVar[str] = ""  # the data it is for, in words

    @classmethod
    @abstractmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        """Whether the answers of this kind of data stay true."""

    @abstractmethod
    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        """The examples `x` (B, *input_shape), each changed in a way of its own; `x` itself is left as it is.

        Args:
            rng: of the run, on the processor; all that is random is drawn from it.
            dataset: that the examples are of.
        """


class MixingSpec(AugmentationSpec):
    """Two examples put together; the answer asked for is that of both, each by its share."""

    needs: ClassVar[str] = "pictures with classes"

    @classmethod
    def suits(cls, data: type[DataSpec]) -> bool:
        return bool(data.image_shape) and data.problem == "classification"

    @abstractmethod
    def mix(self, x: torch.Tensor, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, float]:
        """The mixed examples (B, ...), the number (B,) of the one that each was mixed with, and the share of its own that is left."""

    def change(self, x: torch.Tensor, rng: torch.Generator, dataset: Dataset) -> torch.Tensor:
        """The mixed examples alone."""
        return self.mix(x, rng)[0]


def pictures(data: type[DataSpec]) -> bool:
    """Whether they are pictures of things, whose classes do not depend on where and how the thing lies."""
    return bool(data.image_shape) and not data.audio and data.problem in CLASSES
