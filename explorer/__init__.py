"""Neural Explorer: build networks, train them live and look inside. A library first; the app is one way to use it.

Example:
    >>> import explorer as nx
    >>> experiment = nx.Experiment.preset("spiral")
    >>> result = next(nx.train(experiment))
    >>> result.epoch
    1.0
"""

from typing import TYPE_CHECKING, Any

from explorer.errors import BudgetError, DataError, ExplorerError, RunError, ShapeError, SpecError
from explorer.experiment import Experiment, NetworkSpec, TrainingSpec

if TYPE_CHECKING:
    from explorer.training.loop import Training, train

__all__ = [
    "BudgetError",
    "DataError",
    "Experiment",
    "ExplorerError",
    "NetworkSpec",
    "RunError",
    "ShapeError",
    "SpecError",
    "Training",
    "TrainingSpec",
    "train",
]


def __getattr__(name: str) -> Any:
    """`train` and `Training` bring torch along: they are loaded when first asked for."""
    if name in ("train", "Training"):
        from explorer.training import loop

        return getattr(loop, name)
    raise AttributeError(f"module 'explorer' has no attribute {name!r}")
