"""A network drawn as far as it fits: shapes and costs up to the clash, and the clash itself with what mends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from explorer.errors import BudgetError, ExplorerError, ShapeError
from explorer.experiment.network import LayerSpec, NetworkSpec
from explorer.networks.build import resolve
from explorer.networks.cost import layer_costs
from explorer.networks.fixes import Proposal, fixes_for
from explorer.networks.limits import check_network
from explorer.networks.passes import Passes
from explorer.networks.receptive_field import receptive_fields
from explorer.results.cost import LayerCost
from explorer.results.shape import Shape
from explorer.results.sketch import Clash, Fix, Node, Sketch

Costs = Mapping[str, LayerCost]


def sketch(
    spec: NetworkSpec, input_shape: Shape, output_shape: Shape, batch_size: int, role: str = "model", at_once: Passes | None = None
) -> Sketch:
    """What there is to draw of a network. A network that cannot be trained is drawn all the same, with its clash.

    Args:
        spec: the network; it may be empty.
        input_shape, output_shape: of one example, as it comes in and as the task wants the answer.
        batch_size: examples in a training step.
        role: which network of the experiment it is.
        at_once: how many examples it is measured on and drawn with; None: the most there may be.
    """
    spec = resolve(spec, output_shape)
    try:
        cost, clash = check_network(spec, input_shape, output_shape, batch_size, at_once), None
    except ExplorerError as error:
        proposals = fixes_for(spec, input_shape, output_shape, _layer_of(error), batch_size, at_once)
        cost, clash = None, _clash(error, proposals)
    rows = cost.layers if cost else _costs_so_far(spec, input_shape)
    nodes = tuple(_nodes(spec.layers, input_shape, {row.id: row for row in rows}))
    return Sketch(role, input_shape, output_shape, _with_receptive(nodes, spec, input_shape), clash, cost, batch_size)


def _clash(error: ExplorerError, proposals: Sequence[Proposal]) -> Clash:
    sides = (error.expected, error.given) if isinstance(error, ShapeError) else ("", "")
    return Clash(_layer_of(error), str(error), *sides, tuple(Fix(one.kind, one.title) for one in proposals))


def _layer_of(error: ExplorerError) -> str:
    return error.layer if isinstance(error, (ShapeError, BudgetError)) else ""


def _costs_so_far(spec: NetworkSpec, shape: Shape) -> tuple[LayerCost, ...]:
    """What the layers before the clash cost: those of the rows that lead to it, as one row."""
    layers = tuple(_fitting(spec.layers, shape))
    if not layers:
        return ()
    try:
        return layer_costs(NetworkSpec(layers=layers), shape)
    except (ExplorerError, RuntimeError):  # too large even for the sizes that torch can count
        return ()


def _fitting(layers: tuple[LayerSpec, ...], shape: Shape) -> Iterator[LayerSpec]:
    for layer in layers:
        after = _shape_after(layer, shape)
        if after is None:
            for body in layer.bodies()[:1]:
                yield from _fitting(body, shape)
            return
        yield layer
        shape = after


def _nodes(layers: tuple[LayerSpec, ...], shape: Shape | None, costs: Costs) -> Iterator[Node]:
    for layer in layers:
        after = _shape_after(layer, shape)
        yield _node(layer, shape, after, costs)
        shape = after


def _node(layer: LayerSpec, before: Shape | None, after: Shape | None, costs: Costs) -> Node:
    node = Node(
        id=layer.id,
        kind=layer.kind,
        title=layer.title(),
        group=layer.group,
        settings=settings_of(layer),
        input=before,
        output=after,
        joins=layer.joins,
        merge=str(dict(layer).get("merge", "")),
        copies=layer.copies(),
        bodies=tuple(tuple(_nodes(body, before, costs)) for body in layer.bodies()),
    )
    row = costs.get(layer.id)
    if not row:
        return node
    return replace(node, parameters=row.parameters, macs=row.macs, activation_bytes=row.activation_bytes, saved_bytes=row.saved_bytes)


def _shape_after(layer: LayerSpec, shape: Shape | None) -> Shape | None:
    try:
        return layer.output_shape(shape) if shape else None
    except ShapeError:
        return None


def _with_receptive(nodes: tuple[Node, ...], spec: NetworkSpec, shape: Shape) -> tuple[Node, ...]:
    found = receptive_fields(spec.layers, shape)

    def named(node: Node) -> Node:
        bodies = tuple(tuple(map(named, body)) for body in node.bodies)
        return replace(node, receptive=str(found.get(node.id, "")), bodies=bodies)

    return tuple(map(named, nodes))


def settings_of(layer: LayerSpec) -> str:
    """The fields of a layer that say what it is, in a few words: "16 out channels, kernel size 5"."""
    words = []
    for name, field in type(layer).model_fields.items():
        value = getattr(layer, name)
        shown = name == layer.unit_field or value != field.get_default(call_default_factory=True)
        if name != "id" and shown and not isinstance(value, tuple):
            words.append(f"{value} {name}".replace("_", " ") if name == layer.unit_field else _setting(name, value))
    return ", ".join(words)


def _setting(name: str, value: object) -> str:
    words = name.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"no {words}"
    return f"{words} {value:g}" if isinstance(value, float) else f"{words} {value}".replace("_", " ")
