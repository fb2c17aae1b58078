"""What a network costs: sizes, arithmetic and memory, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.results.shape import Shape


@dataclass(frozen=True)
class LayerCost:
    """One layer or block; a block's numbers include what it holds, and all copies of a Repeat are counted together.

    Attributes:
        id, kind, title: of the layer; `kind` is its name in the catalogue.
        block: ids of the blocks that hold it, outermost first.
        copies: how many times it is built.
        input, output: shape of one example before and after it.
        parameters: learned numbers.
        flops: floating-point operations of one example, forward, 2 for each multiplication with its addition (2 x MAC);
            only matrix products and convolutions are counted, the rest is small beside them.
        activation_bytes: the numbers it puts out for one example, float32.
        saved_bytes: what it keeps of one example until the backward pass, its output included.
        forward_bytes: the most there is at once of one example while it answers without learning: its input, what it works
            with on the way, and its output; of a layer inside a block what goes in and comes out.
    """

    id: str
    kind: str
    title: str
    block: tuple[str, ...]
    copies: int
    input: Shape
    output: Shape
    parameters: int
    flops: int
    activation_bytes: int
    saved_bytes: int
    forward_bytes: int

    @property
    def macs(self) -> int:
        """Multiplications with their additions, one example, forward."""
        return self.flops // 2


@dataclass(frozen=True)
class NetworkCost:
    """A whole network.

    Attributes:
        layers: every layer and block in the order data flows, blocks before what they hold.
        parameters, flops, activation_bytes: totals, units as in `LayerCost`.
        batch_size: examples in one training step.
        step_flops: one training step, forward and backward: 3 x flops x batch size.
        training_bytes: memory one training step takes, an estimate from above: weights x (2 + optimiser states), for the
            weights themselves, their gradients and what the optimiser remembers; what every layer keeps of the batch
            until the backward pass; and the batch itself. torch's own code and workspaces are not in it.
        forward_bytes: the most there is at once of one example while the network answers without learning.
        run_bytes: memory a whole run takes, an estimate from above: the weights with what the optimiser remembers, in every
            copy of them that a run keeps; and the largest of a training step, measuring the metrics, and drawing the pictures.
    """

    layers: tuple[LayerCost, ...]
    input: Shape
    output: Shape
    parameters: int
    flops: int
    activation_bytes: int
    batch_size: int
    step_flops: int
    training_bytes: int
    forward_bytes: int
    run_bytes: int

    def layer(self, layer_id: str) -> LayerCost:
        """The row of one layer. Raises KeyError."""
        for row in self.layers:
            if row.id == layer_id:
                return row
        raise KeyError(layer_id)
