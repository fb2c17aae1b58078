"""Where a network stops fitting, and what is known of that place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from explorer.errors import ShapeError
from explorer.experiment.network import LayerSpec, NetworkSpec, shapes_through
from explorer.layers.chain import build_chain
from explorer.networks.build import resolve
from explorer.networks.passes import Passes
from explorer.results.shape import Shape

Block = tuple[LayerSpec, Shape]  # a block and the shape that reaches it


@dataclass(frozen=True)
class Passed:
    """A layer in front of the misfit, with the shape of one example before and after it."""

    layer: LayerSpec
    before: Shape
    after: Shape


@dataclass(frozen=True)
class Spot:
    """A place where layers can be put.

    Attributes:
        layer: the layer they come before; None at the end of the network.
        shape: what reaches that place.
        words: the place as a button says it: "before it".
    """

    layer: LayerSpec | None
    shape: Shape
    words: str


@dataclass(frozen=True)
class Terms:
    """What a network has to suit.

    Attributes:
        input, wanted: shape of one example as it comes in, and as the task wants the answer.
        batch_size: examples in a training step.
        at_once: examples it is measured on and drawn with; None: the most there may be.
    """

    input: Shape
    wanted: Shape
    batch_size: int
    at_once: Passes | None = None


@dataclass(frozen=True)
class Misfit:
    """Why a network cannot be trained.

    Attributes:
        spec: the network as it was chosen.
        terms: what it has to suit.
        layer: the layer that cannot take what reaches it, or that takes too much; None: all layers fit, but not the end.
        before: the shape that reaches it; at the end what the network ends in.
        around: the blocks that hold it, innermost first.
        passed: the layers it comes after, nearest first.
        too_large: everything fits, but more memory or time would be needed than one run may use.
    """

    spec: NetworkSpec
    terms: Terms
    layer: LayerSpec | None
    before: Shape
    around: tuple[Block, ...] = ()
    passed: tuple[Passed, ...] = ()
    too_large: bool = False

    @property
    def input(self) -> Shape:
        return self.terms.input

    @property
    def wanted(self) -> Shape:
        return self.terms.wanted

    @property
    def at_end(self) -> bool:
        """Whether every layer fits and only the answer does not."""
        return self.layer is None

    def body_ends(self) -> list[Shape]:
        """What each body of the layer ends in; empty where it has none, or one of them does not fit by itself."""
        if self.layer is None:
            return []
        layer = resolve(NetworkSpec(layers=(self.layer,)), self.wanted).layers[0]
        try:
            return [shapes_through(body, self.before)[-1] for body in layer.bodies()]
        except ShapeError:
            return []

    def spots(self) -> Iterator[Spot]:
        """Where something may be missing: before the layer or the blocks that hold it, or around the last layer that has weights."""
        if self.layer is None:
            yield from self._spots_of_the_end()
            return
        yield Spot(self.layer, self.before, "before it")
        for block, shape in self.around:
            yield Spot(block, shape, f"before the {block.title()}")

    def _spots_of_the_end(self) -> Iterator[Spot]:
        last = next((passed for passed in self.passed if passed.layer.mixes), None)
        if last:
            yield Spot(last.layer, last.before, f"before {last.layer.title()}")
        yield Spot(None, self.before, "at the end")


def first_misfit(spec: NetworkSpec, terms: Terms) -> Misfit | None:
    """The first thing that does not fit, by integers only; None where the network can be trained as far as shapes say."""
    found = reached(spec, terms)
    if found.layer is not None or found.before != terms.wanted:
        return found
    small = next((layer for layer in spec.walk() if terms.batch_size < layer.smallest_batch), None)
    if small:
        return reached(spec, terms, small.id)
    return None if _can_learn(spec, terms) else found


def reached(spec: NetworkSpec, terms: Terms, layer_id: str = "") -> Misfit:
    """What is known of the place of the layer with this id, or of the first that does not fit, or else of the end."""
    found = _search(Misfit(spec, terms, None, terms.input), resolve(spec, terms.wanted).layers, terms.input, layer_id)
    chosen = {layer.id: layer for layer in spec.walk()}  # before the widths were filled in that the task decides
    return replace(
        found,
        layer=chosen[found.layer.id] if found.layer else None,
        around=tuple((chosen[block.id], shape) for block, shape in found.around),
        passed=tuple(replace(passed, layer=chosen[passed.layer.id]) for passed in found.passed),
    )


def layers_left(spec: NetworkSpec, misfit: Misfit | None) -> int:
    """How much of the network is not known to fit: 0 if all does, 1 at its end, and one more for every step yet to come."""
    if misfit is None:
        return 0
    if misfit.layer is None:
        return 1
    order = list(steps(spec.layers))
    entered = misfit.body_ends() or not misfit.layer.bodies()
    step = (misfit.layer.id, "out" if entered else "in")
    return 1 + len(order) - order.index(step)


def steps(layers: tuple[LayerSpec, ...]) -> Iterator[tuple[str, str]]:
    """(layer id, "in" or "out") in the order in which shapes are checked; a block is left after all that it holds."""
    for layer in layers:
        if layer.bodies():
            yield layer.id, "in"
        for body in layer.bodies():
            yield from steps(body)
        yield layer.id, "out"


def _can_learn(spec: NetworkSpec, terms: Terms) -> bool:
    """Whether there are weights: nearly always plain to see, else looked for without allocating any."""
    if any(layer.mixes for layer in spec.walk()):
        return True
    with torch.device("meta"):
        return any(True for _ in build_chain(resolve(spec, terms.wanted).layers, terms.input).parameters())


def _search(start: Misfit, layers: tuple[LayerSpec, ...], shape: Shape, stop: str = "") -> Misfit:
    """Walk until a layer does not fit, or is the one to stop at; `start` is what is known so far."""
    passed = list(start.passed)
    for layer in layers:
        here = replace(start, layer=layer, before=shape, passed=tuple(passed))
        body = _body_of(layer, stop)
        if layer.id == stop:
            return here
        if body:
            return _search(replace(here, around=((layer, shape), *start.around)), body, shape, stop)
        try:
            after = layer.output_shape(shape)
        except ShapeError as error:
            body = _body_of(layer, error.layer)
            return _search(replace(here, around=((layer, shape), *start.around)), body, shape) if body else here
        passed.insert(0, Passed(layer, shape, after))
        shape = after
    return replace(start, layer=None, before=shape, passed=tuple(passed))


def _body_of(block: LayerSpec, layer_id: str) -> tuple[LayerSpec, ...]:
    """The body of a block that holds the layer; empty if none does."""
    for body in block.bodies() if layer_id else ():
        if (layer_id, "out") in steps(body):
            return body
    return ()
