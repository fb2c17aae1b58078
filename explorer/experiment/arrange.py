"""Putting a network together: the old tree of layers in, the new one out. Ids stay with their layers; copies get fresh ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from explorer.errors import SpecError
from explorer.experiment.network import LAYERS, LayerSpec, NetworkSpec
from explorer.experiment.record import explain, validated

Row = tuple[LayerSpec, ...]
Change = Callable[[str, int, Row], Row]  # (id of the block or "", number of its body, the row as it is) -> the row as it shall be


@dataclass(frozen=True)
class Spot:
    """A place between layers.

    Attributes:
        block: id of the block whose body it lies in; "" for the network's own row.
        body: which of the block's bodies, from 0.
        index: how many layers of that row lie before it.
    """

    block: str = ""
    body: int = 0
    index: int = 0


def spot_of(network: NetworkSpec, layer_id: str) -> Spot:
    """The spot just before a layer. Raises SpecError."""
    for block, rows in (("", (network.layers,)), *((layer.id, layer.bodies()) for layer in network.walk())):
        for body, row in enumerate(rows):
            ids = [layer.id for layer in row]
            if layer_id in ids:
                return Spot(block, body, ids.index(layer_id))
    raise _gone(layer_id)


def inserted(network: NetworkSpec, new: LayerSpec, spot: Spot) -> NetworkSpec:
    """The network with one layer more, which gets a fresh id. Raises SpecError."""
    return _with_row(network, spot, lambda row: (*row[: spot.index], anonymous(new), *row[spot.index :]))


def removed(network: NetworkSpec, layer_id: str) -> NetworkSpec:
    """The network without a layer, and without all it holds. Raises SpecError."""
    return _with_row(network, spot_of(network, layer_id), lambda row: _without(row, layer_id))


def duplicated(network: NetworkSpec, layer_id: str) -> NetworkSpec:
    """A copy of the layer behind it, with an id and so with weights of its own. Raises SpecError."""
    spot = spot_of(network, layer_id)
    return inserted(network, _layer(network, layer_id), Spot(spot.block, spot.body, spot.index + 1))


def moved(network: NetworkSpec, layer_id: str, spot: Spot) -> NetworkSpec:
    """The layer in another place; `spot` counts it where it was. Raises SpecError."""
    layer, old = _layer(network, layer_id), spot_of(network, layer_id)
    if spot.block in {inner.id for inner in _held(layer)}:
        raise SpecError(f"{layer.title()} cannot be moved into itself. Choose a place outside it.")
    same = (old.block, old.body) == (spot.block, spot.body)
    index = spot.index - 1 if same and spot.index > old.index else spot.index

    def change(block: str, body: int, row: Row) -> Row:
        row = _without(row, layer_id)
        return (*row[:index], layer, *row[index:]) if (block, body) == (spot.block, spot.body) else row

    _require_row(network, spot)
    return _rearranged(network, change)


def wrapped(network: NetworkSpec, layer_id: str, kind: str) -> NetworkSpec:
    """The layer inside a fresh block of this kind; in a Parallel it is the first branch beside an empty one. Raises SpecError."""
    block = LAYERS[kind]()
    if not block.bodies():
        raise SpecError(f"{block.title()} holds no layers, so nothing can be wrapped in it. Choose a block, such as Residual.")
    others = ((),) * (len(block.bodies()) - 1)
    return _replaced(network, layer_id, block.with_bodies(((_layer(network, layer_id),), *others)))


def unwrapped(network: NetworkSpec, layer_id: str) -> NetworkSpec:
    """What a block holds, in its place; branches one after another. Raises SpecError."""
    block = _layer(network, layer_id)
    if not block.bodies():
        raise SpecError(f"{block.title()} is not a block: there is nothing to unwrap.")
    return _replaced(network, layer_id, *(layer for body in block.bodies() for layer in body))


def branched(network: NetworkSpec, layer_id: str) -> NetworkSpec:
    """A block with one empty branch more. Raises SpecError where it takes no more."""
    block = _layer(network, layer_id)
    return _replaced(network, layer_id, _with_bodies(block, (*block.bodies(), ())))


def without_branch(network: NetworkSpec, layer_id: str, body: int) -> NetworkSpec:
    """A block with one branch less. Raises SpecError where it needs them all."""
    block = _layer(network, layer_id)
    return _replaced(network, layer_id, _with_bodies(block, (*block.bodies()[:body], *block.bodies()[body + 1 :])))


def anonymous(layer: LayerSpec) -> LayerSpec:
    """The layer, and all it holds, without ids: the network it enters gives fresh ones."""
    layer = layer.model_copy(update={"id": ""})
    if not layer.bodies():
        return layer
    return layer.with_bodies(tuple(tuple(anonymous(inner) for inner in body) for body in layer.bodies()))


def _rearranged(network: NetworkSpec, change: Change) -> NetworkSpec:
    """Every row changed, innermost first, and the result validated."""

    def rebuilt(block: str, body: int, row: Row) -> Row:
        return change(block, body, tuple(whole(layer) for layer in row))

    def whole(layer: LayerSpec) -> LayerSpec:
        before = layer.bodies()
        after = tuple(rebuilt(layer.id, number, body) for number, body in enumerate(before))
        return layer if after == before else _with_bodies(layer, after)

    try:
        return NetworkSpec(layers=rebuilt("", 0, network.layers), initialisation=network.initialisation)
    except ValidationError as error:
        raise SpecError(explain(error)) from None


def _with_bodies(block: LayerSpec, bodies: tuple[Row, ...]) -> LayerSpec:
    if not bodies or not any(bodies):
        raise SpecError(f"{block.title()} would be left without layers. Remove the block itself, or unwrap it.")
    changed = block.with_bodies(bodies)
    if changed.bodies() != bodies:
        raise SpecError(f"{block.title()} has a fixed number of branches. Put a Parallel into it.")
    return validated(changed, {})


def _with_row(network: NetworkSpec, spot: Spot, change: Callable[[Row], Row]) -> NetworkSpec:
    _require_row(network, spot)
    return _rearranged(network, lambda block, body, row: change(row) if (block, body) == (spot.block, spot.body) else row)


def _replaced(network: NetworkSpec, layer_id: str, *others: LayerSpec) -> NetworkSpec:
    spot = spot_of(network, layer_id)
    return _with_row(network, spot, lambda row: (*row[: spot.index], *others, *row[spot.index + 1 :]))


def _without(row: Row, layer_id: str) -> Row:
    return tuple(layer for layer in row if layer.id != layer_id)


def _require_row(network: NetworkSpec, spot: Spot) -> None:
    rows = _layer(network, spot.block).bodies() if spot.block else (network.layers,)
    if not 0 <= spot.body < len(rows) or not 0 <= spot.index <= len(rows[spot.body]):
        raise SpecError("This place is not in the network any more. Try it again.")


def _held(layer: LayerSpec) -> list[LayerSpec]:
    """The layer and everything in it."""
    return [layer, *(one for body in layer.bodies() for inner in body for one in _held(inner))]


def _layer(network: NetworkSpec, layer_id: str) -> LayerSpec:
    try:
        return network.layer(layer_id)
    except KeyError:
        raise _gone(layer_id) from None


def _gone(layer_id: str) -> SpecError:
    return SpecError(f"There is no layer named {layer_id[:40]!r} in this network any more. Try it again.")
