"""What a click in the diagram makes of an experiment. Pure functions: the old record and the edit in, the new record out.

Layers keep their ids through every edit, so that weights, selections and curves stay with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from explorer.errors import ExplorerError, SpecError
from explorer.experiment import DATASETS, LAYERS, DataSpec, Experiment, LayerSpec, NetworkSpec, Spec, TaskSpec, changed, own_task
from explorer.experiment.arrange import anonymous
from explorer.experiment.record import validated

Columns = Sequence[tuple[str, str]]  # (role, layer id) of each column of the diagram; an input column has the id "input"
Check = Callable[[Experiment], object]  # raises ExplorerError for an experiment that cannot be trained

MOST_PAINTED = 500
NO_ACTIVATION = ("", "none", "identity")


def apply_edit(experiment: Experiment, edit: Mapping[str, Any], columns: Columns, check: Check) -> Experiment:
    """The experiment after an edit made in the diagram.

    Args:
        experiment: as it is.
        edit: {"action": ..., ...} as the browser component sends it.
        columns: what the columns of the diagram stand for.
        check: tries an experiment; used to find a new layer that fits where it was asked for.

    Raises:
        ExplorerError: the edit is unknown, points at nothing, or leads to an experiment that does not hold.
    """
    action = str(edit.get("action"))[:40]
    if action not in _ACTIONS:
        raise SpecError(f"The diagram has no edit named {action!r}. There are: {', '.join(_ACTIONS)}.")
    try:
        return _ACTIONS[action](experiment, edit, columns, check)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise SpecError(f"The edit {action!r} does not fit the diagram as it is now ({error}). Try it again.") from None


def with_data(experiment: Experiment, kind: str) -> Experiment:
    """The same experiment on another data set: what was set by hand is kept where it applies, the task follows the data.

    Raises:
        SpecError: there is no such data set.
    """
    data = carried(experiment.data, DATASETS[kind], tuple(DataSpec.model_fields))
    task = experiment.task if _suits(experiment.task, data) else own_task(data.problem)()
    return experiment.model_copy(update={"data": data, "task": task})


def carried(old: Spec, variant: type[Spec], names: Sequence[str]) -> Any:
    """A fresh `variant` with those fields of `old` that were changed from their default and that it can hold."""
    fields: dict[str, Any] = {}
    for name in names:
        value = getattr(old, name)
        if value == type(old).model_fields[name].get_default(call_default_factory=True):
            continue
        try:
            variant.model_validate({**fields, name: value})
        except ValidationError:
            continue
        fields[name] = value
    return variant.model_validate(fields)


def _suits(task: TaskSpec, data: DataSpec) -> bool:
    """A task of several networks (a GAN) stays what it is: another would have none of its networks."""
    return task.suits(type(data)) or len(task.roles) > 1


def _add_layer(experiment: Experiment, edit: Mapping[str, Any], columns: Columns, check: Check) -> Experiment:
    """After the column, the first of: a copy of the nearest layers like it, a small dense layer, a small filter layer."""
    position = int(edit["after"])
    role, layer_id = columns[position]
    network = experiment.networks[role]
    tried: list[ExplorerError] = []
    for new in _candidates(network, [one for r, one in columns if r == role], layer_id):
        candidate = experiment.with_network(role, _inserted(network, layer_id, new, columns))
        try:
            check(candidate)
        except ExplorerError as error:
            tried.append(error)
        else:
            return candidate
    raise tried[0]


def _candidates(network: NetworkSpec, ids: list[str], layer_id: str) -> Iterator[tuple[LayerSpec, ...]]:
    position = ids.index(layer_id)
    nearest = [*reversed(ids[: position + 1]), *ids[position + 1 :]]
    for one in nearest:
        if one != "input" and network.layer(one).unit_field:
            layer, *rest = _group(network, one, ids)
            curve = next((other for other in rest if other.group == "activation"), None)
            yield tuple(anonymous(other) for other in (layer, curve) if other)
    curves = [layer for layer in network.walk() if layer.group == "activation"]
    curve = anonymous(curves[0]) if curves else LAYERS["tanh"]()
    yield LAYERS["linear"].model_validate({"out_features": 4}), curve
    yield LAYERS["conv2d"].model_validate({"out_channels": 4, "padding": 1}), curve


def _inserted(network: NetworkSpec, layer_id: str, new: tuple[LayerSpec, ...], columns: Columns) -> NetworkSpec:
    """`new` after the column of `layer_id`; the output column and the input column have only one side."""
    ids = [one for _, one in columns]
    if layer_id == "input":
        first = network.layers[0]
        return network.replaced(first.id, *new, first)
    group = _group(network, layer_id, ids)
    if group[0].kind == "output":
        return network.replaced(layer_id, *new, group[0])
    return network.replaced(group[-1].id, group[-1], *new)


def _remove_layer(experiment: Experiment, edit: Mapping[str, Any], columns: Columns, check: Check) -> Experiment:
    role, layer_id = columns[int(edit["column"])]
    if layer_id == "input":
        raise SpecError("The input column shows the data and cannot be removed. Choose other features instead.")
    network = experiment.networks[role]
    group = _group(network, layer_id, [one for _, one in columns])
    if group[0].kind == "output":
        raise SpecError("The output layer gives the answer and cannot be removed. Remove another layer.")
    for layer in group:
        network = network.replaced(layer.id)
    return experiment.with_network(role, network)


def _units(experiment: Experiment, edit: Mapping[str, Any], columns: Columns, check: Check) -> Experiment:
    role, layer_id = columns[int(edit["column"])]
    network = experiment.networks[role]
    layer = network.layer(layer_id)
    if not layer.unit_field:
        raise SpecError(f"The number of units of {layer.title()} follows from what reaches it. Change the layer before it.")
    if int(edit["units"]) < 1:
        raise SpecError(f"{layer.title()} needs at least 1 unit. Remove the layer to do without it.")
    return experiment.with_network(role, network.replaced(layer_id, validated(layer, {layer.unit_field: int(edit["units"])})))


def _activation(experiment: Experiment, edit: Mapping[str, Any], columns: Columns, check: Check) -> Experiment:
    role, layer_id = columns[int(edit["column"])]
    network = experiment.networks[role]
    group = _group(network, layer_id, [one for _, one in columns])
    kind = str(edit.get("kind") or "")[:40]
    new = () if kind in NO_ACTIVATION else (LAYERS[kind](),)
    old = next((layer for layer in group if layer.group == "activation"), None)
    if old is not None:
        return experiment.with_network(role, network.replaced(old.id, *new))
    return experiment.with_network(role, network.replaced(layer_id, group[0], *new))


def _paint(experiment: Experiment, edit: Mapping[str, Any], columns: Columns, check: Check) -> Experiment:
    points = [(float(x), float(y), int(label)) for x, y, label in edit["points"]]
    painted = [*experiment.data.painted, *points]
    if len(painted) > MOST_PAINTED:
        raise SpecError(f"{len(painted)} painted points are more than the {MOST_PAINTED} an experiment holds. Erase some first.")
    return changed(experiment, "data.painted", painted)


def _erase_paint(experiment: Experiment, edit: Mapping[str, Any], columns: Columns, check: Check) -> Experiment:
    return changed(experiment, "data.painted", [])


def _new_seed(experiment: Experiment, edit: Mapping[str, Any], columns: Columns, check: Check) -> Experiment:
    return experiment.model_copy(update={"seed": (experiment.seed + 1) % 2**31})


_ACTIONS: dict[str, Callable[[Experiment, Mapping[str, Any], Columns, Check], Experiment]] = {
    "add_layer": _add_layer,
    "remove_layer": _remove_layer,
    "units": _units,
    "activation": _activation,
    "paint": _paint,
    "erase_paint": _erase_paint,
    "new_seed": _new_seed,
}


def _group(network: NetworkSpec, layer_id: str, columns: Sequence[str]) -> list[LayerSpec]:
    """The layer a column stands for and those drawn with it: all that follow up to the next column or block."""
    row = next(row for row in _rows(network.layers) if any(layer.id == layer_id for layer in row))
    start = next(i for i, layer in enumerate(row) if layer.id == layer_id)
    group = [row[start]]
    for layer in row[start + 1 :]:
        if layer.id in columns or layer.bodies():
            break
        group.append(layer)
    return group


def _rows(layers: tuple[LayerSpec, ...]) -> Iterator[tuple[LayerSpec, ...]]:
    """Every sequence of layers in the tree."""
    yield layers
    for layer in layers:
        for body in layer.bodies():
            yield from _rows(body)
