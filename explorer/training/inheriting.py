"""A new run begins with the weights of an earlier one, as far as they fit.

Decided: a layer keeps all of its weights or none: those of the layer with its id and kind, when every shape is the same.
Because: half of a layer is no layer (old biases beside new weights), and what was kept can then be said in a sentence.
Instead of: cutting or filling up weights of another width, which looks like learning and is noise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from explorer.errors import ExplorerError, RunError
from explorer.experiment import Experiment
from explorer.networks.build import Network, resolve
from explorer.results.inherited import Inherited
from explorer.training.fused import FusedEngine
from explorer.training.saving import Checkpoint, below, moments_of, pack
from explorer.training.state import TrainingState

if TYPE_CHECKING:
    from explorer.training.loop import Training

NAMED = 8  # layers that a sentence names; the rest is counted
CORRECTED = "exp_avg"  # an average that starts at 0 and is corrected for that by the number of steps: Adam and its kin


def checkpoint_of(source: Training | Checkpoint | Path | str) -> Checkpoint:
    """The weights and all else of a training as they are now, of a checkpoint, or of a checkpoint's file.

    Raises:
        RunError: the file is not a checkpoint.
    """
    if isinstance(source, tuple):
        return source
    return _read(Path(source)) if isinstance(source, str | Path) else pack(source)


def inherit(state: TrainingState, source: Checkpoint) -> Inherited:
    """Put the weights of `source` into the networks of `state`, layer by layer, and what the optimiser remembers of them.

    The optimiser's memory is taken over where both runs have the same kind of optimiser.

    Raises:
        RunError: the checkpoint is not whole.
    """
    tensors, meta = source
    old = _rebuilt(state, tensors, meta)
    layers = [layer for role, network in state.networks.items() for layer in _layers(role, network, old.get(role))]
    for layer in layers:
        if layer.forerunner is not None:
            layer.module.load_state_dict(layer.forerunner.state_dict())
    if _experiment(meta).training.optimizer.kind == state.experiment.training.optimizer.kind:
        _take_moments(state, layers, old, tensors)
    return _said(state, layers, "")


def nothing_inherited(state: TrainingState, why: str) -> Inherited:
    """Every layer began with new weights: the end of the sentence says why."""
    return _said(state, [layer for role, network in state.networks.items() for layer in _layers(role, network, None)], why)


@dataclass(frozen=True)
class _Layer:
    """One layer with weights.

    Attributes:
        name: its id, and where there are several networks its role.
        place: where it is, in words.
        forerunner: the module whose weights it takes over, if there is one.
        why_new: why there is none, in words.
    """

    role: str
    name: str
    place: str
    module: nn.Module
    forerunner: nn.Module | None
    why_new: str

    def pairs(self) -> Iterator[tuple[nn.Parameter, nn.Parameter]]:
        """Each parameter, and the one it takes over; none where the layer is new."""
        if self.forerunner is not None:
            yield from zip(self.module.parameters(), self.forerunner.parameters(), strict=True)


def _rebuilt(state: TrainingState, tensors: dict[str, torch.Tensor], meta: dict[str, Any]) -> dict[str, Network]:
    """The networks of the earlier run, role by role, holding the very tensors of the checkpoint."""
    try:
        before = _experiment(meta)
        dataset = state.dataset if before.data == state.experiment.data else before.data.load()
        return {role: _bare(before, role, dataset, below(tensors, f"network/{role}/")) for role in before.networks}
    except (ExplorerError, RuntimeError, KeyError) as error:
        raise RunError("the weights kept of it are not those of its networks") from error


def _bare(experiment: Experiment, role: str, dataset: Any, tensors: dict[str, torch.Tensor]) -> Network:
    """A network without first weights of its own: nothing is drawn or allocated for it."""
    shape, end = experiment.task.shapes(role, dataset)
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        network = Network(resolve(experiment.networks[role], end), shape)
    network.load_state_dict(tensors, assign=True)
    return network


def _experiment(meta: dict[str, Any]) -> Experiment:
    return Experiment.from_json(meta["experiment"])


def _layers(role: str, network: Network, old: Network | None) -> Iterator[_Layer]:
    """The layers of a network that have weights or buffers, in the order of its record, copies of a Repeat together."""
    kinds = {layer.id: layer.kind for layer in network.spec.walk() if not layer.bodies()}
    order = {layer_id: number for number, layer_id in enumerate(kinds)}
    old_kinds = {layer.id: layer.kind for layer in old.spec.walk()} if old else {}
    known = set(old.layer_ids) if old else set()
    plain_ones = [layer_id for layer_id in network.layer_ids if layer_id.partition("#")[0] in kinds]
    for layer_id in sorted(plain_ones, key=lambda one: order[one.partition("#")[0]]):
        plain, _, copy = layer_id.partition("#")
        module = network.module_of(layer_id)
        if not module.state_dict():
            continue
        same = old is not None and layer_id in known and old_kinds[plain] == kinds[plain]
        forerunner = old.module_of(layer_id) if old is not None and same else None
        why = _why_not(forerunner, module) if forerunner is not None else "it was added"
        place = network.spec.place(plain) + (f", copy {copy}" if copy else "")
        yield _Layer(role, layer_id, place, module, None if why else forerunner, why)


def _why_not(old: nn.Module, new: nn.Module) -> str:
    """Why a layer cannot take over the weights of another, in words; "" if it can."""
    before, after = old.state_dict(), new.state_dict()
    if {name: tensor.shape for name, tensor in before.items()} != {name: tensor.shape for name, tensor in after.items()}:
        return "its size changed"
    return "" if all(tensor.isfinite().all() for tensor in before.values()) else "its weights were no longer numbers"


def _take_moments(state: TrainingState, layers: list[_Layer], old: dict[str, Network], tensors: dict[str, torch.Tensor]) -> None:
    """Let the optimisers remember of every weight that was kept what those of the earlier run did."""
    for role in state.optimizers.keys() & old.keys():
        pairs = [pair for layer in layers if layer.role == role for pair in layer.pairs()]
        before, now = _numbers(old[role]), _numbers(state.networks[role])
        found = moments_of(tensors, role)
        moments = {now[mine]: _copied(found[before[theirs]]) for mine, theirs in pairs if before[theirs] in found}
        if _one_clock(state, moments, len(now)):
            optimizer = state.optimizers[role]
            optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})


def _one_clock(state: TrainingState, moments: dict[int, dict[str, torch.Tensor]], parameters: int) -> bool:
    """Whether the engine can go on with these: the fused kernel corrects the averages of all weights by one number of steps.

    Where a layer is new beside old ones, they have different ones; then all averages begin anew.
    """
    if len(moments) == parameters or not any(CORRECTED in remembered for remembered in moments.values()):
        return True
    is_fused = state.experiment.training.engine != "eager"
    return not is_fused or bool(FusedEngine.reason_not(state.experiment, state.networks, state.device))


def _numbers(network: Network) -> dict[nn.Parameter, int]:
    """The number an optimiser knows each parameter by."""
    return {parameter: number for number, parameter in enumerate(network.parameters())}


def _copied(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in tensors.items()}


def _said(state: TrainingState, layers: list[_Layer], why_nothing: str) -> Inherited:
    several = len(state.networks) > 1

    def name(layer: _Layer) -> str:
        return f"{layer.role}/{layer.name}" if several else layer.name

    def place(layer: _Layer) -> str:
        words = f"{layer.role}, " if several else ""
        return f"{words}{layer.place[0].lower()}{layer.place[1:]}"

    kept = [layer for layer in layers if not layer.why_new]
    fresh = [layer for layer in layers if layer.why_new]
    if why_nothing:
        text = f"kept no weights: {why_nothing}"
    elif not fresh:
        text = f"kept the weights of all {len(kept)} layers"
    else:
        new = _listed([f"{place(layer)} as {layer.why_new}" for layer in fresh])
        old = f"kept the weights of {len(kept)} of {len(layers)} layers: {_listed([place(layer) for layer in kept])}"
        text = f"{old if kept else 'kept no weights'}; new: {new}"
    return Inherited(tuple(map(name, kept)), tuple(map(name, fresh)), text)


def _listed(words: list[str]) -> str:
    rest = len(words) - NAMED
    return ", ".join(words[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _read(path: Path) -> Checkpoint:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, json.loads(file.metadata()["meta"])  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path} is not a checkpoint of a run. Give the file a run saved, or the training itself.") from error
