"""What one run may use, and the refusal, with an estimate, of what would use more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from explorer.errors import BudgetError, ExplorerError, ShapeError, SpecError
from explorer.experiment.experiment import Experiment
from explorer.experiment.network import LayerSpec, NetworkSpec, shapes_through
from explorer.networks.build import require_output, resolve
from explorer.networks.cost import FLOAT_BYTES, describe, layer_bytes
from explorer.networks.passes import Passes, passes
from explorer.results.cost import LayerCost, NetworkCost
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape

MAX_PARAMETERS = 20_000_000
MAX_BUILT_LAYERS = 200  # every copy of a Repeat counted
MAX_BYTES = 2_000_000_000
MAX_STEP_FLOPS = 10**12


def check(experiment: Experiment, dataset: Dataset) -> dict[str, NetworkCost]:
    """Role -> cost of every network of an experiment, each within the limits and their memory together too.

    Raises:
        ShapeError: a layer does not fit; the layer's id is in `.layer`.
        BudgetError: a network, or all together, would need more than one run may use.
    """
    batch_size = batch_size_of(experiment, dataset)
    costs = {}
    for role, spec in experiment.networks.items():
        shapes = experiment.task.shapes(role, dataset)
        costs[role] = check_network(spec, *shapes, batch_size=batch_size, at_once=passes(*shapes, dataset))
    together = sum(cost.run_bytes for cost in costs.values())
    if together > MAX_BYTES:
        raise BudgetError(
            f"The networks {' and '.join(costs)} together need about {_size(together)} of memory; "
            f"one run may use {_size(MAX_BYTES)}. Make one of them smaller, or the batch."
        )
    return costs


def batch_size_of(experiment: Experiment, dataset: Dataset) -> int:
    """Examples in a training step: as many as were asked for, or all that are learnt from."""
    return min(experiment.training.batch_size, len(experiment.task.learned(dataset)))


def check_network(
    spec: NetworkSpec, input_shape: Shape, output_shape: Shape, batch_size: int, at_once: Passes | None = None
) -> NetworkCost:
    """The cost of a network that fits its shapes and the limits; nothing is allocated to find out.

    Args:
        at_once: how many examples it is measured on and drawn with; None: the most there may be.

    Raises:
        ShapeError: a layer does not fit its input or this batch size; the layer's id is in `.layer`.
        SpecError: the network has no layers, or nothing to learn.
        BudgetError: it would need more than one run may use; the sentence has the estimate, the limit and what fits.
    """
    spec = resolve(spec, output_shape)
    _require_few_layers(spec)
    require_output(spec, input_shape, output_shape)
    _require_batch(spec, batch_size)
    use = _Use(input_shape, output_shape, batch_size, at_once or passes(input_shape, output_shape))
    try:
        return _within_limits(spec, use)
    except _TooBig as refusal:
        raise BudgetError(f"{refusal} {_what_fits(refusal.layer, spec, use)}", refusal.layer) from None


@dataclass(frozen=True)
class _Use:
    """What a network is used for: its shapes, and how many examples it is given at once."""

    input: Shape
    output: Shape
    batch_size: int
    at_once: Passes


class _TooBig(Exception):
    """More than a limit; `layer` is the id of the layer that takes most of it."""

    def __init__(self, where: str, needs: str, limit: str, layer: str) -> None:
        super().__init__(f"{where} {needs}; {limit}.")
        self.layer = layer


def _within_limits(spec: NetworkSpec, use: _Use) -> NetworkCost:
    for layer, after in _all_shapes(spec.layers, use.input):
        _require_small_output(spec.place(layer.id), layer, after, use)
    cost = describe(spec, use.input, use.output, use.batch_size, at_once=use.at_once)
    if not cost.parameters:
        raise SpecError("This network has nothing to learn: none of its layers has weights. Add an Output layer at its end.")
    for total, share_of, limit, words in (
        (cost.parameters, lambda row: row.parameters, MAX_PARAMETERS, _parameter_words),
        (cost.run_bytes, lambda row: layer_bytes(row, use.batch_size, use.at_once), MAX_BYTES, _memory_words),
        (cost.step_flops, lambda row: 3 * row.flops * use.batch_size, MAX_STEP_FLOPS, _flops_words),
    ):
        _require_below(spec, cost, total, share_of, limit, words)
    return cost


def _require_below(
    spec: NetworkSpec,
    cost: NetworkCost,
    total: int,
    share_of: Callable[[LayerCost], int],
    limit: int,
    words: Callable[[int], tuple[str, str]],
) -> None:
    if total <= limit:
        return

    def own_share(row: LayerCost) -> int:
        """Without what a block holds: of most blocks nothing is left."""
        return share_of(row) - sum(share_of(other) for other in cost.layers if other.block[-1:] == (row.id,))

    row = max(cost.layers, key=own_share)
    share = own_share(row) // row.copies
    if share > limit:
        raise _TooBig(f"{spec.place(row.id)}: this layer", *words(share), row.id)
    needs, rule = words(total)
    raise _TooBig("The network", needs, f"{rule}. Most of it is in {spec.place(row.id)}", row.id)


def _memory_words(amount: int) -> tuple[str, str]:
    return f"needs about {_size(amount)} of memory", f"one run may use {_size(MAX_BYTES)}"


def _parameter_words(amount: int) -> tuple[str, str]:
    return f"has {amount:,} weights", f"one network may have {MAX_PARAMETERS:,}"


def _flops_words(amount: int) -> tuple[str, str]:
    return f"needs about {amount:.1e} floating-point operations for one training step", f"one run may use {MAX_STEP_FLOPS:.0e}"


def _size(amount: int) -> str:
    """ "2 GB", "95.2 GB", "1.31 TB"."""
    for factor, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if amount >= factor:
            value = amount / factor
            return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
    return f"{amount} bytes"


def _require_few_layers(spec: NetworkSpec) -> None:
    built = built_layers(spec.layers)
    if built > MAX_BUILT_LAYERS:
        raise BudgetError(
            f"The network builds {built:,} layers, repeated ones counted each time; one network may have {MAX_BUILT_LAYERS}. "
            "Repeat less often."
        )


def built_layers(layers: tuple[LayerSpec, ...]) -> int:
    """How many layers and blocks are built, repeated ones counted each time."""
    return sum(1 + layer.copies() * sum(map(built_layers, layer.bodies())) for layer in layers)


def _require_batch(spec: NetworkSpec, batch_size: int) -> None:
    for layer in spec.walk():
        if batch_size < layer.smallest_batch:
            raise ShapeError(
                f"{spec.place(layer.id)}: {layer.title()} takes batches of at least {layer.smallest_batch} examples, "
                f"but the batch size is {batch_size}. Raise the batch size, or use LayerNorm.",
                layer.id,
            )


def _all_shapes(layers: tuple[LayerSpec, ...], shape: Shape) -> Iterator[tuple[LayerSpec, Shape]]:
    for layer, (before, after) in zip(layers, pairwise(shapes_through(layers, shape)), strict=True):
        yield layer, after
        for body in layer.bodies():
            yield from _all_shapes(body, before)


def _require_small_output(where: str, layer: LayerSpec, after: Shape, use: _Use) -> None:
    """Keeps the sizes that torch sees, and the products of them, inside 64 bits."""
    needed = FLOAT_BYTES * after.numel * use.batch_size
    if needed > MAX_BYTES:
        raise _TooBig(f"{where}: this layer", *_memory_words(needed), layer.id)


def _what_fits(layer_id: str, spec: NetworkSpec, use: _Use) -> str:
    """The largest number of units, or else of examples in a batch, with which the network stays within the limits."""
    units = _units_that_fit(layer_id, spec, use)
    if units:
        return f"{units:,} units would fit."
    batch = _largest(lambda size: _fits(spec, replace(use, batch_size=size)), use.batch_size)
    if batch:
        return f"A batch size of {_rounded_down(batch):,} would fit."
    return "Use fewer layers or smaller ones; for images, a pooling layer early on."


def units_that_fit(layer_id: str, spec: NetworkSpec, shapes: tuple[Shape, Shape], batch_size: int, at_once: Passes | None) -> int:
    """The largest number of units of a layer with which the network stays within the limits, to two digits; 0 if there is none.

    Args:
        shapes: of one example as it comes in, and of the answer.
    """
    return _units_that_fit(layer_id, resolve(spec, shapes[1]), _Use(*shapes, batch_size, at_once or passes(*shapes)))


def _units_that_fit(layer_id: str, spec: NetworkSpec, use: _Use) -> int:
    layer = spec.layer(layer_id)
    if not layer.unit_field:
        return 0

    def units_fit(units: int) -> bool:
        return _fits(spec.replaced(layer_id, layer.model_copy(update={layer.unit_field: units})), use)

    return _rounded_down(_largest(units_fit, getattr(layer, layer.unit_field)))


def _fits(spec: NetworkSpec, use: _Use) -> bool:
    try:
        _within_limits(spec, use)
    except (_TooBig, ExplorerError):
        return False
    return True


def _largest(fits: Callable[[int], bool], above: int) -> int:
    """The largest number below `above` that fits; 0 if not even 1 does. Halves the range, at most 20 times."""
    low, high = 0, above
    while high - low > max(1, low // 50):
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _rounded_down(number: int) -> int:
    """To two digits: 2345 -> 2300."""
    step = 10 ** max(0, len(str(number)) - 2)
    return number // step * step
