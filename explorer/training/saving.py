"""A run as tensors and plain data, from which it goes on bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from explorer.errors import RunError
from explorer.results.history import History
from explorer.training.batches import BatchStream
from explorer.training.setup import build_engine

if TYPE_CHECKING:
    from explorer.training.loop import Training

Checkpoint = tuple[dict[str, torch.Tensor], dict[str, Any]]


def pack(training: Training) -> Checkpoint:
    """Copies of weights, buffers, optimiser moments, random numbers and the place in the data; and plain JSON data."""
    tensors = {f"random/{kind}": state.clone() for kind, state in training.random.items()}
    tensors |= {f"batches/{name}": value for name, value in training.batches.state().items()}
    tensors["augmenting"] = training.state.random.get_state()
    for role, network in training.state.networks.items():
        tensors |= {f"network/{role}/{name}": value.detach().clone() for name, value in network.state_dict().items()}
    for role, optimizer in training.state.optimizers.items():
        for index, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{role}/{index}/{name}": v.clone() for name, v in moments.items() if isinstance(v, torch.Tensor)}
    meta = {
        "experiment": training.text,
        "step": training.step,
        "examples": training.examples,
        "seconds": training.seconds,
        "metrics": dict(training.metrics),
        "history": training.history.state(),
        "marks": [list(mark) for mark in training.marks],
        "finished": training.finished,
        "n": training.batches.n,
    }
    return tensors, meta


def unpack(training: Training, tensors: dict[str, torch.Tensor], meta: dict[str, Any]) -> None:
    """Put a run where `pack` found it.

    Raises:
        RunError: the tensors are not those of this run's networks.
    """
    try:
        for role, network in training.state.networks.items():
            network.load_state_dict(below(tensors, f"network/{role}/"))
        for role, optimizer in training.state.optimizers.items():
            optimizer.load_state_dict({**optimizer.state_dict(), "state": moments_of(tensors, role)})
    except (RuntimeError, ValueError, KeyError) as error:
        raise RunError("This checkpoint belongs to another network: its weights have other names or shapes.") from error
    training.random = below(tensors, "random/")
    if "augmenting" in tensors:  # checkpoints of earlier versions have none
        training.state.random.set_state(tensors["augmenting"])
    training.batches = BatchStream(int(meta["n"]), 0)
    training.batches.restore(below(tensors, "batches/"))
    training.step, training.examples, training.seconds = int(meta["step"]), int(meta["examples"]), float(meta["seconds"])
    training.metrics, training.finished = dict(meta["metrics"]), str(meta["finished"])
    training.history = History()
    training.history.restore(meta["history"])
    training.marks = [(int(step), str(text)) for step, text in meta["marks"]]
    training.engine = build_engine(training.state)


def below(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The tensors whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def moments_of(tensors: dict[str, torch.Tensor], role: str) -> dict[int, dict[str, torch.Tensor]]:
    """Number of the parameter -> what the optimiser of `role` remembers of it, by name."""
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in below(tensors, f"optimizer/{role}/").items():
        index, key = name.split("/", 1)
        moments.setdefault(int(index), {})[key] = value
    return moments
