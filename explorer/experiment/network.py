"""The base of every layer, and the tree of layers that is a network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, field_validator

from explorer.errors import ShapeError
from explorer.experiment.record import Record, Spec, any_of
from explorer.registry import Registry
from explorer.results.reach import EVERYTHING, OWN, Reach
from explorer.results.shape import Shape

if TYPE_CHECKING:
    import torch
    from torch import nn

LAYERS: Registry[LayerSpec] = Registry("layer type", "explorer.layers")
INITIALISATIONS: Registry[InitialisationSpec] = Registry("initialisation", "explorer.networks.initialisations")

GROUPS = ("basic", "activation", "convolution", "pooling", "normalisation", "regularisation", "block", "recurrent", "sequence", "attention")
MAX_LAYERS = 200
MAX_DEPTH = 8


class LayerSpec(Spec):
    """One layer, or a block that holds layers.

    A variant writes `output_shape` (integers only: fast, and where a misfit is explained) and `build`. A built
    module takes one tensor (batch, *input_shape) and returns one tensor (batch, *output_shape), is fresh at
    every use and changes nothing in place: reused or in-place modules make attributions wrong without a word.
    """

    group: ClassVar[str] = "basic"  # heading in the catalogue, one of GROUPS
    formula: ClassVar[str] = ""  # LaTeX of what one unit computes
    use: ClassVar[str] = ""  # where it stands in known networks, when to choose it and when not: one or two sentences
    specimen: ClassVar[str] = ""  # what its picture shows it with: a name of networks/specimen.py; "" is the first that fits
    label: ClassVar[str] = ""  # name for people where `kind` does not make a good one, e.g. "ReLU"
    elementwise: ClassVar[bool] = False  # an activation: every number is changed on its own
    mixes: ClassVar[bool] = False  # has weights that join units; such a layer starts a column of the diagram
    edge_weights: ClassVar[bool] = True  # if it mixes: its module has a `weight` (units, incoming units, ...) that the edges show
    unit_field: ClassVar[str] = ""  # the field that is its number of units, e.g. "out_features"; "" if that is not chosen
    rearranges: ClassVar[bool] = False  # the same numbers in another shape
    joins: ClassVar[str] = ""  # a block: "skip" adds its input to what its body returns, "merge" joins bodies that run side by side,
    # "attend" asks with its input and takes from what its body returns
    smallest_batch: ClassVar[int] = 1  # fewest examples it can train on at once

    id: str = Field("", max_length=40, pattern=r"^[a-z0-9_]*$", description="stable name of the layer in its network; filled in when empty")

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """Shape after this layer. Raises ShapeError saying what was expected, what came, and a fix."""

    @abstractmethod
    def build(self, shape: Shape) -> nn.Module:
        """A fresh module for inputs of `shape`."""

    def reach(self, shape: Shape) -> tuple[Reach, ...]:
        """How far one of its numbers looks along each axis of its input: all units if it mixes them, else its own position.

        A block that joins what it holds says it for what its own weights do.
        """
        return tuple(EVERYTHING if self.mixes and axis == shape.unit_axis else OWN for axis in range(len(shape.axes)))

    @classmethod
    def title(cls) -> str:
        """The layer's name for people: "Conv2d", "ReLU"."""
        return cls.label or super().title()

    def misfit(self, takes: str, shape: Shape, fix: str) -> ShapeError:
        """The error to raise when `shape` cannot enter this layer: what it takes, what came, and what to do."""
        return ShapeError(f"{self.title()} takes {takes}, but its input has shape {shape}. {fix}", expected=takes, given=str(shape))

    @classmethod
    def live_fields(cls) -> tuple[str, ...]:
        """The fields that may change while a run trains."""
        extras = {name: field.json_schema_extra for name, field in cls.model_fields.items()}
        return tuple(name for name, extra in extras.items() if isinstance(extra, dict) and extra.get("live"))

    def resolved(self, output: Shape) -> LayerSpec:
        """This layer with everything filled in that depends on the shape its task asks for."""
        return self

    def adjust(self, module: nn.Module) -> None:
        """Bring a module this layer built to the present values of the live fields, while it trains."""

    def bodies(self) -> tuple[tuple[LayerSpec, ...], ...]:
        """The layer sequences a block holds, each fed with the block's own input; none for a plain layer."""
        return ()

    def copies(self) -> int:
        """How many times a block builds what it holds, one after another."""
        return 1

    def with_bodies(self, bodies: tuple[tuple[LayerSpec, ...], ...]) -> LayerSpec:
        """The same block holding other layers. Only called on a block."""
        raise TypeError(f"{self.kind} is not a block")


if TYPE_CHECKING:
    AnyLayer = LayerSpec
else:
    AnyLayer = any_of(LAYERS)  # what a field holds: any layer, read by its `kind`


class InitialisationSpec(Spec):
    """How weights start. A variant writes `fill`; biases start at `bias`."""

    bias: float = Field(0.0, ge=-1, le=1, description="value every bias starts with")

    @abstractmethod
    def fill(self, weight: torch.Tensor) -> None:
        """Fill a weight tensor (out, in, ...) in place, drawing from torch's global generator."""


class NetworkSpec(Record):
    """A network described by data only: safe to save, share in a URL, compare.

    Every layer gets an `id` that stays with it through edits, so that weights, probes and selections do too.
    """

    layers: tuple[AnyLayer, ...] = Field(description="the layers in the order data flows through them; none while it is being put together")
    initialisation: any_of(INITIALISATIONS) = Field(
        default_factory=lambda: INITIALISATIONS["xavier_uniform"](), validate_default=True, description="how the weights start"
    )

    @field_validator("layers")
    @classmethod
    def _named(cls, layers: tuple[LayerSpec, ...]) -> tuple[LayerSpec, ...]:
        everything = list(_walk(layers, 1))
        if len(everything) > MAX_LAYERS:
            raise ValueError(f"a network holds at most {MAX_LAYERS} layers, this one has {len(everything)}")
        taken = {layer.id for layer in everything if layer.id}
        if len(taken) < sum(bool(layer.id) for layer in everything):
            raise ValueError("two layers have the same id; leave one empty to have it filled in")
        return _with_ids(layers, taken)

    def walk(self) -> Iterator[LayerSpec]:
        """Every layer, blocks before what they hold."""
        return _walk(self.layers, 1)

    def layer(self, layer_id: str) -> LayerSpec:
        """The layer with this id. Raises KeyError."""
        for layer in self.walk():
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def place(self, layer_id: str) -> str:
        """Where a layer is, in words: "Layer 2 (Residual), layer 1 (Conv2d)". Raises KeyError."""
        place = _place(self.layers, layer_id)
        if not place:
            raise KeyError(layer_id)
        return f"L{place[1:]}"

    def replaced(self, layer_id: str, *others: LayerSpec) -> NetworkSpec:
        """This network with one layer replaced by others (by none: removed)."""
        layers = tuple(_replace(self.layers, layer_id, others))
        return NetworkSpec(layers=layers, initialisation=self.initialisation)


def shapes_through(layers: tuple[LayerSpec, ...], shape: Shape) -> list[Shape]:
    """Shapes before, between and after the layers: len(layers) + 1 of them, by integer arithmetic only.

    Raises:
        ShapeError: naming the first layer that does not fit (counted from 1), its id in `.layer`.
    """
    shapes = [shape]
    for position, layer in enumerate(layers, 1):
        try:
            shapes.append(layer.output_shape(shapes[-1]))
        except ShapeError as error:
            raise located(error, f"Layer {position} ({layer.title()})", layer.id) from None
    return shapes


def located(error: ShapeError, where: str, layer_id: str) -> ShapeError:
    """The error with its place put in front; the innermost layer's id stays: "Layer 2 (Residual), layer 1 (Conv2d): ..."."""
    text = str(error)
    if not error.layer:
        return ShapeError(f"{where}: {text}", layer_id, error.expected, error.given)
    return ShapeError(f"{where}, {text[0].lower()}{text[1:]}", error.layer, error.expected, error.given)


def _walk(layers: tuple[LayerSpec, ...], depth: int) -> Iterator[LayerSpec]:
    if depth > MAX_DEPTH:
        raise ValueError(f"blocks are nested deeper than {MAX_DEPTH}")
    for layer in layers:
        yield layer
        for body in layer.bodies():
            yield from _walk(body, depth + 1)


def _place(layers: tuple[LayerSpec, ...], layer_id: str) -> str:
    for position, layer in enumerate(layers, 1):
        here = f"layer {position} ({layer.title()})"
        if layer.id == layer_id:
            return here
        bodies = layer.bodies()
        for number, body in enumerate(bodies, 1):
            inside = _place(body, layer_id)
            if inside:
                return f"{here}, branch {number}, {inside}" if len(bodies) > 1 else f"{here}, {inside}"
    return ""


def _with_ids(layers: tuple[LayerSpec, ...], taken: set[str]) -> tuple[LayerSpec, ...]:
    named = []
    for layer in layers:
        if not layer.id:
            layer = layer.model_copy(update={"id": _fresh(layer.kind, taken)})
        before = layer.bodies()
        after = tuple(_with_ids(body, taken) for body in before)
        named.append(layer if after == before else layer.with_bodies(after))
    return tuple(named)


def _fresh(kind: str, taken: set[str]) -> str:
    number = 1
    while f"{kind}_{number}" in taken:
        number += 1
    taken.add(f"{kind}_{number}")
    return f"{kind}_{number}"


def _replace(layers: tuple[LayerSpec, ...], layer_id: str, others: tuple[LayerSpec, ...]) -> Iterator[LayerSpec]:
    for layer in layers:
        if layer.id == layer_id:
            yield from others
        elif layer.bodies():
            yield layer.with_bodies(tuple(tuple(_replace(body, layer_id, others)) for body in layer.bodies()))
        else:
            yield layer
