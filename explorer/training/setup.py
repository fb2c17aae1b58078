"""From an experiment to the state a training step works on."""

from __future__ import annotations

import torch

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.networks.build import Network, build_network
from explorer.results.dataset import Dataset
from explorer.training import fused
from explorer.training.eager import EagerEngine
from explorer.training.fused import FusedEngine
from explorer.training.state import TrainingState


def choose_device(experiment: Experiment, networks: dict[str, Network]) -> torch.device:
    """The device asked for; for "auto" the GPU where there is one, unless the fused kernel runs this on the CPU, faster."""
    asked, cpu = experiment.training.device, torch.device("cpu")
    if asked != "auto":
        return torch.device(asked)
    if experiment.training.engine != "eager" and not FusedEngine.reason_not(experiment, networks, cpu):
        return cpu
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else cpu


def build_state(experiment: Experiment, dataset: Dataset) -> TrainingState:
    """Fresh networks and optimisers for an experiment.

    Raises:
        ShapeError: a layer does not fit; DataError: the data do not suit the task.
    """
    networks = build_networks(experiment, dataset)
    device = choose_device(experiment, networks)
    for network in networks.values():
        network.to(device)
    optimizers = build_optimizers(experiment, networks)
    empty = torch.empty(0)
    state = TrainingState(experiment, dataset, device, networks, optimizers, empty, empty, empty, empty)
    state.put(dataset)
    return state


def build_networks(experiment: Experiment, dataset: Dataset) -> dict[str, Network]:
    """One network per role, each with first weights of its own drawn from the experiment's seed."""
    return {
        role: build_network(spec, *experiment.task.shapes(role, dataset), seed=experiment.seed + 1_000_003 * i)
        for i, (role, spec) in enumerate(sorted(experiment.networks.items()))
    }


def build_optimizers(experiment: Experiment, networks: dict[str, Network]) -> dict[str, torch.optim.Optimizer]:
    """One optimiser per role, all with the same settings."""
    return {role: experiment.training.optimizer.build(network.parameters()) for role, network in networks.items()}


def build_engine(state: TrainingState) -> EagerEngine | FusedEngine:
    """The fastest engine that can run this now, or the one the experiment names.

    On a machine where the fused kernel is not compiled yet, "auto" starts at once with the eager engine.

    Raises:
        SpecError: the named engine cannot run this experiment; says why.
    """
    asked = state.experiment.training.engine
    why_not = FusedEngine.reason_not(state.experiment, state.networks, state.device)
    if asked == "fused" and why_not:
        raise SpecError(f"The fused engine cannot run this experiment: {why_not}. Choose the engine auto.")
    at_hand = asked == "fused" or (asked == "auto" and not why_not and fused.ready())
    return FusedEngine(state) if at_hand else EagerEngine(state)
