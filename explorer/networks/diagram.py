"""Which columns and edges a network is drawn with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise

import torch

from explorer.experiment.network import LayerSpec, NetworkSpec, shapes_through
from explorer.layers.chain import own_modules
from explorer.results.diagram import MAX_SHOWN, Column, Edge, Mark
from explorer.results.shape import Shape


def diagram(spec: NetworkSpec, input_shape: Shape, role: str = "model") -> tuple[tuple[Column, ...], tuple[Edge, ...]]:
    """The columns of a resolved network from the input on, and the edges between them.

    A column starts where weights join units or the shape changes. Activations, normalisations, dropout and
    Flatten belong to the column before them, as long as its pictures stay what the column puts out.

    Raises:
        ShapeError: a layer does not fit.
    """
    draft = _Draft(role)
    draft.columns.append(draft.column("input", "input", "Input", input_shape))
    draft.row(spec.layers, input_shape, _Place(source=0))
    return tuple(draft.columns), tuple(draft.edges)


@dataclass(frozen=True)
class _Place:
    """Where the next layer goes: after which column, in which blocks and lane, and whether it must start a column."""

    source: int
    block: tuple[str, ...] = ()
    lane: int = 0
    fresh: bool = False


@dataclass
class _Draft:
    role: str
    columns: list[Column] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    rearranged: set[int] = field(default_factory=set)  # columns that a Flatten has joined

    def row(self, layers: tuple[LayerSpec, ...], shape: Shape, place: _Place) -> int:
        """Draw layers one after another; the index of the column they end in."""
        for layer, (before, after) in zip(layers, pairwise(shapes_through(layers, shape)), strict=True):
            draw = self.block if layer.bodies() else self.plain
            place = replace(place, source=draw(layer, before, after, place), fresh=False)
        return place.source

    def plain(self, layer: LayerSpec, before: Shape, after: Shape, place: _Place) -> int:
        name = self.name(layer)
        if not place.fresh and self.joins(layer, before, after, place.source):
            self.join(layer, name, before, place.source)
            return place.source
        source = self.columns[place.source]
        column = self.column(name, layer.kind, layer.title(), after)
        self.columns.append(
            replace(
                column,
                parameters=_parameters(layer, before),
                activation=_mark(layer, name) if layer.elementwise else None,
                formula=layer.formula,
                weight_id=name if layer.mixes and layer.edge_weights else "",
                output_id=name,
                unit_field=layer.unit_field,
                block=place.block,
                lane=place.lane,
                stage=source.stage + 1,
            )
        )
        self.edges.append(self.edge(layer, before, after, place.source))
        return len(self.columns) - 1

    def block(self, layer: LayerSpec, before: Shape, after: Shape, place: _Place) -> int:
        name = self.name(layer)
        inside = replace(place, block=(*place.block, name))
        if layer.joins == "merge":
            return self.merge(layer, name, before, after, inside)
        if layer.joins == "attend":
            return self.attend(layer, name, before, after, inside)
        end = place.source
        for copy in range(layer.copies()):
            for body in layer.bodies():
                fresh = layer.joins == "skip" or (copy == 0 and place.fresh)
                end = self.row(body, before if copy == 0 else after, replace(inside, source=end, fresh=fresh))
        if layer.joins == "skip":
            self.edges.append(Edge(place.source, end, "skip", exact=False))
            self.columns[end] = replace(self.columns[end], output_id=name, shape=after)
        return end

    def merge(self, layer: LayerSpec, name: str, before: Shape, after: Shape, inside: _Place) -> int:
        bodies = enumerate(layer.bodies())
        ends = [self.row(body, before, replace(inside, lane=lane, fresh=True)) for lane, body in bodies]
        stage = 1 + max(self.columns[end].stage for end in ends)
        column = self.column(name, layer.kind, layer.title(), after)
        self.columns.append(replace(column, formula=layer.formula, output_id=name, block=inside.block[:-1], lane=inside.lane, stage=stage))
        self.edges += [Edge(end, len(self.columns) - 1, "merge", exact=False) for end in ends]
        return len(self.columns) - 1

    def attend(self, layer: LayerSpec, name: str, before: Shape, after: Shape, inside: _Place) -> int:
        """The memory is made in a lane below; what asks it is a column that reads both."""
        (body,) = layer.bodies()
        memory = self.row(body, before, replace(inside, lane=1, fresh=True))
        stage = 1 + max(self.columns[inside.source].stage, self.columns[memory].stage)
        column = self.column(name, layer.kind, layer.title(), after)
        self.columns.append(
            replace(
                column,
                parameters=_parameters(layer, before),
                formula=layer.formula,
                output_id=name,
                block=inside.block[:-1],
                lane=inside.lane,
                stage=stage,
            )
        )
        self.edges += [Edge(source, len(self.columns) - 1, "dense", exact=False) for source in dict.fromkeys((inside.source, memory))]
        return len(self.columns) - 1

    def joins(self, layer: LayerSpec, before: Shape, after: Shape, at: int) -> bool:
        """Whether a layer is drawn as part of the column before it."""
        if layer.rearranges and not after.is_flat:  # what was a unit is none any more
            return False
        harmless = layer.rearranges or layer.group == "regularisation"  # leaves the column's pictures as they are
        if at == 0 or at in self.rearranged:
            return harmless
        return harmless or (not layer.mixes and before == after)

    def join(self, layer: LayerSpec, name: str, before: Shape, at: int) -> None:
        column, mark = self.columns[at], _mark(layer, name)
        column = replace(column, parameters=column.parameters + _parameters(layer, before))
        if layer.elementwise:
            earlier = (column.activation,) if column.activation else ()
            column = replace(column, activation=mark, badges=(*column.badges, *earlier))
        else:
            column = replace(column, badges=(*column.badges, mark))
        if layer.rearranges and not before.is_flat:
            self.rearranged.add(at)
        elif at > 0 and at not in self.rearranged:
            column = replace(column, output_id=name)
        self.columns[at] = column

    def edge(self, layer: LayerSpec, before: Shape, after: Shape, source: int) -> Edge:
        target = len(self.columns) - 1
        if not layer.mixes:
            return Edge(source, target, "one_to_one" if _keeps_units(layer, before, after) else "dense", exact=False)
        kind = "conv" if before.is_image else "dense"
        exact = layer.edge_weights and before.is_flat and after.is_flat and source not in self.rearranged
        return Edge(source, target, kind, exact)

    def name(self, layer: LayerSpec) -> str:
        """The id under which `Network.module_of` has the layer: the n-th copy ends in "#n"."""
        self.seen[layer.id] += 1
        number = self.seen[layer.id]
        return layer.id if number == 1 else f"{layer.id}#{number}"

    def column(self, name: str, kind: str, title: str, shape: Shape) -> Column:
        return Column(
            role=self.role,
            id=name,
            kind=kind,
            title=title,
            units=shape.units,
            shown=min(shape.units, MAX_SHOWN),
            shape=shape,
            parameters=0,
            activation=None,
            badges=(),
            formula="",
            weight_id="",
            output_id="",
            unit_field="",
            block=(),
            lane=0,
            stage=0,
        )


def _mark(layer: LayerSpec, name: str) -> Mark:
    numbers = (f"{getattr(layer, field_name):g}" for field_name in layer.live_fields())  # what can be turned while it trains, e.g. p
    text = " ".join([layer.title(), *numbers])
    return Mark(id=name, kind=layer.kind, title=layer.title(), text=text, formula=layer.formula)


def _keeps_units(layer: LayerSpec, before: Shape, after: Shape) -> bool:
    """Whether every unit holds numbers of the unit of the same number before."""
    if not layer.rearranges:
        return True
    came = layer.build(before)(_unit_numbers(before).expand(1, *before.sizes))
    return before.units == after.units and bool((came == _unit_numbers(after)).all())


def _unit_numbers(shape: Shape) -> torch.Tensor:
    """The number of its unit at every place; broadcasts to (1, *sizes)."""
    return torch.arange(shape.units).reshape([-1 if axis == shape.unit_axis else 1 for axis in range(len(shape.axes))])[None]


def _parameters(layer: LayerSpec, shape: Shape) -> int:
    """Learned numbers of a layer's own, without those of the layers it holds."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        own = own_modules(layer.build(shape))
    return sum(parameter.numel() for module in own for parameter in module.parameters(recurse=False))
