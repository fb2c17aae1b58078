"""A network as far as it fits: what the editor draws, with every size and cost there is, and the clash where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from explorer.results.cost import NetworkCost
from explorer.results.shape import Shape


@dataclass(frozen=True)
class Fix:
    """A change that mends a clash, as a button offers it: `kind` in the registry of fixes, `title` in words."""

    kind: str
    title: str


@dataclass(frozen=True)
class Clash:
    """Why a network cannot be trained as it is.

    Attributes:
        layer: id of the layer it is said at; "" for the network as a whole.
        sentence: what is wrong and what to do, in words.
        expected, given: the two sides of a shape that does not fit; "" where it is about something else.
        fixes: changes that were tried and work, best first.
    """

    layer: str
    sentence: str
    expected: str = ""
    given: str = ""
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True)
class Node:
    """One layer or block as the editor draws it; None stands for what is not known because of a clash before it.

    Attributes:
        id, kind, title, group: of the layer.
        settings: its fields in a few words: "16 filters, kernel 3".
        input, output: shape of one example before and after it.
        parameters, macs, activation_bytes, saved_bytes: as in LayerCost; a block's include what it holds.
        receptive: how much of the input one of its numbers sees: "7 x 7 px"; "" where that says nothing.
        joins, copies: of a block, as in LayerSpec.
        merge: how a block joins its branches: "add", "concatenate"; "" where it does not say.
        bodies: what a block holds, sequence by sequence.
    """

    id: str
    kind: str
    title: str
    group: str
    settings: str
    input: Shape | None = None
    output: Shape | None = None
    parameters: int | None = None
    macs: int | None = None
    activation_bytes: int | None = None
    saved_bytes: int | None = None
    receptive: str = ""
    joins: str = ""
    merge: str = ""
    copies: int = 1
    bodies: tuple[tuple[Node, ...], ...] = ()

    def walk(self) -> Iterator[Node]:
        """This node and all it holds, outermost first."""
        yield self
        for body in self.bodies:
            for node in body:
                yield from node.walk()


@dataclass(frozen=True)
class Sketch:
    """A network drawn up to its clash.

    Attributes:
        role: which network of the experiment.
        input, wanted: shape of one example as it comes in, and as the task wants the answer.
        nodes: the layers in the order data flows.
        clash: the first thing that does not fit; None when the network can be trained.
        cost: of the whole network; None while there is a clash.
        batch_size: examples in a training step, for the memory of training.
    """

    role: str
    input: Shape
    wanted: Shape
    nodes: tuple[Node, ...]
    clash: Clash | None
    cost: NetworkCost | None
    batch_size: int

    def walk(self) -> Iterator[Node]:
        """Every node, blocks before what they hold."""
        for node in self.nodes:
            yield from node.walk()
