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
    from explorer.explaining import Explained, explain, methods
    from explorer.training.loop import Training, train

__all__ = [
    "BudgetError",
    "DataError",
    "Experiment",
    "Explained",
    "ExplorerError",
    "NetworkSpec",
    "RunError",
    "ShapeError",
    "SpecError",
    "Training",
    "TrainingSpec",
    "explain",
    "methods",
    "train",
]


def __getattr__(name: str) -> Any:
    """What brings torch along is loaded when first asked for."""
    if name in ("train", "Training"):
        from explorer.training import loop

        return getattr(loop, name)
    if name in ("explain", "methods", "Explained"):
        from explorer import explaining

        return getattr(explaining, name)
    raise AttributeError(f"module 'explorer' has no attribute {name!r}")
