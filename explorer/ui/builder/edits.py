"""What a click, a drag or a key in the editor makes of a network. Pure functions: the old record in, the new one out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from explorer.errors import SpecError
from explorer.experiment import LAYERS, Experiment, LayerSpec, NetworkSpec
from explorer.experiment.arrange import (
    Spot,
    branched,
    duplicated,
    inserted,
    moved,
    removed,
    unwrapped,
    without_branch,
    wrapped,
)
from explorer.experiment.record import validated

Edit = Mapping[str, Any]


def edited(experiment: Experiment, edit: Edit) -> Experiment:
    """The experiment after an edit of one of its networks.

    Args:
        experiment: as it is.
        edit: {"action": ..., "role": ..., ...} as the browser sends it.

    Raises:
        SpecError: the edit is unknown, points at nothing, or cannot be.
    """
    action, role = str(edit.get("action"))[:40], str(edit.get("role"))[:40]
    if action not in ACTIONS:
        raise SpecError(f"The editor has no edit named {action!r}. There are: {', '.join(ACTIONS)}.")
    if role not in experiment.networks:
        raise SpecError(f"This experiment has no network named {role!r}. Try it again.")
    try:
        network = ACTIONS[action](experiment.networks[role], edit)
    except (KeyError, TypeError, ValueError) as error:
        raise SpecError(f"The edit {action!r} does not fit the network as it is now ({error}). Try it again.") from None
    return experiment.with_network(role, network)


def with_layer(experiment: Experiment, role: str, layer_id: str, field: str, value: Any) -> Experiment:
    """The experiment with one field of a layer set. Raises SpecError where it cannot hold the value."""
    network = experiment.networks[role]
    layer = network.layer(layer_id)
    return experiment.with_network(role, network.replaced(layer_id, validated(layer, {field: value})))


def selection_after(before: NetworkSpec, after: NetworkSpec, selected: str) -> str:
    """Which layer is selected next: the new one; or, where the selected one is gone, what it held, or its neighbour."""
    old, new = [layer.id for layer in before.walk()], [layer.id for layer in after.walk()]
    fresh = [one for one in new if one not in old]
    if fresh:
        return fresh[0]
    if selected in new or selected not in old:
        return selected if selected in new else ""
    at, held = old.index(selected), [layer.id for body in before.layer(selected).bodies() for layer in body]
    near = [*held, *reversed(old[:at]), *old[at:]]
    return next((one for one in near if one in new), "")


def _spot(edit: Edit) -> Spot:
    return Spot(str(edit["block"]), int(edit["body"]), int(edit["index"]))


def _insert(network: NetworkSpec, edit: Edit) -> NetworkSpec:
    return inserted(network, LAYERS[str(edit["kind"])](), _spot(edit))


def _move(network: NetworkSpec, edit: Edit) -> NetworkSpec:
    return moved(network, str(edit["id"]), _spot(edit))


def _clear(network: NetworkSpec, edit: Edit) -> NetworkSpec:
    return NetworkSpec(layers=(), initialisation=network.initialisation)


ACTIONS: dict[str, Callable[[NetworkSpec, Edit], NetworkSpec]] = {
    "insert": _insert,
    "move": _move,
    "duplicate": lambda network, edit: duplicated(network, str(edit["id"])),
    "delete": lambda network, edit: removed(network, str(edit["id"])),
    "wrap": lambda network, edit: wrapped(network, str(edit["id"]), str(edit["kind"])),
    "unwrap": lambda network, edit: unwrapped(network, str(edit["id"])),
    "branch": lambda network, edit: branched(network, str(edit["id"])),
    "unbranch": lambda network, edit: without_branch(network, str(edit["id"]), int(edit["body"])),
    "clear": _clear,
}


def layer_of(experiment: Experiment, layer_id: str) -> tuple[str, LayerSpec] | None:
    """The role and the layer with this id; None when there is none."""
    for role, network in experiment.networks.items():
        for layer in network.walk():
            if layer.id == layer_id:
                return role, layer
    return None
