"""The best fixes of a network that cannot be trained: every edit any fix suggests is tried, and the few best are offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from pydantic import ValidationError

from explorer.errors import ExplorerError
from explorer.experiment.network import NetworkSpec, shapes_through
from explorer.networks.build import resolve
from explorer.networks.fixes.base import FIXES, Edit
from explorer.networks.fixes.misfit import Misfit, Terms, first_misfit, layers_left, reached, steps
from explorer.networks.limits import MAX_BUILT_LAYERS, MAX_PARAMETERS, built_layers, check_network
from explorer.networks.passes import Passes
from explorer.results.shape import Shape

MOST = 4
MOST_PAIRED = 12  # first changes that are tried with a second one
BATCH_SIZE = 32


@dataclass(frozen=True)
class Proposal:
    """A change that was tried and helps.

    Attributes:
        kind: of the fix, in the registry of fixes.
        title: what it does, as a button says it.
        spec: the network after it; every layer that stays keeps its id.
    """

    kind: str
    title: str
    spec: NetworkSpec


@dataclass(frozen=True)
class _Tried:
    kind: str
    edit: Edit
    spec: NetworkSpec
    left: int

    @property
    def rank(self) -> tuple[int, int]:
        return self.edit.change, self.left


def fixes_for(
    spec: NetworkSpec,
    input_shape: Shape,
    output_shape: Shape,
    layer_id: str = "",
    batch_size: int = BATCH_SIZE,
    at_once: Passes | None = None,
) -> tuple[Proposal, ...]:
    """At most four changes after each of which the network fits, or fits further than before; the smallest changes come first.

    Where some mend everything, as far as shapes say, there are only those.

    Args:
        spec: the network as it was chosen.
        input_shape, output_shape: of one example, as it comes in and as the task wants the answer.
        layer_id: where it was said to go wrong; where all shapes fit, this layer is taken to be too large.
        batch_size: examples in a training step.
        at_once: examples it is measured on and drawn with; None: the most there may be.
    """
    terms = Terms(input_shape, output_shape, batch_size, at_once)
    misfit = first_misfit(spec, terms)
    if misfit is None:
        return _smaller(spec, terms, layer_id)
    better, left = _better_than(misfit), layers_left(spec, misfit)
    singles = list(_try_all(misfit))
    tried = list(filter(better, singles)) or list(filter(better, _try_pairs(misfit))) or [one for one in singles if one.left < left]
    return _best([one for one in tried if one.left == 0] or tried)


def _better_than(misfit: Misfit) -> Callable[[_Tried], bool]:
    """Whether a change gets further; to take layers away is no progress by itself, unless there is nothing better."""
    left, size = layers_left(misfit.spec, misfit), _size(misfit.spec)
    return lambda one: one.left == 0 or one.left < left - max(0, size - _size(one.spec))


def _smaller(spec: NetworkSpec, terms: Terms, layer_id: str) -> tuple[Proposal, ...]:
    """Changes after which a network whose shapes fit is no larger than one run may use; none if it is not."""
    if _affordable(spec, terms):
        return ()
    tried = [one for one in _try_all(replace(reached(spec, terms, layer_id), too_large=True)) if one.left == 0]
    return _best([one for one in tried if _affordable(one.spec, terms)])


def _affordable(spec: NetworkSpec, terms: Terms) -> bool:
    try:
        check_network(spec, terms.input, terms.wanted, terms.batch_size, terms.at_once)
    except ExplorerError:
        return False
    return True


def _try_all(misfit: Misfit) -> Iterator[_Tried]:
    for kind in FIXES:
        for edit in FIXES[kind]().edits(misfit) if FIXES[kind].shrinks or not misfit.too_large else ():
            spec = _edited(misfit.spec, edit)
            if spec is not None and spec != misfit.spec:
                yield _Tried(kind, edit, spec, _left(spec, misfit))


def _left(spec: NetworkSpec, misfit: Misfit) -> int:
    after = first_misfit(spec, misfit.terms)
    return layers_left(spec, after) or int(built_layers(spec.layers) > MAX_BUILT_LAYERS or _overgrown(spec, misfit))


def _overgrown(spec: NetworkSpec, misfit: Misfit) -> bool:
    """Whether joining every number to every unit takes more weights than a network may have: plain to see, without measuring."""
    layers = resolve(spec, misfit.wanted).layers
    steps_taken = zip(layers, pairwise(shapes_through(layers, misfit.input)), strict=True)
    return any(layer.mixes and before.is_flat and before.numel * after.numel > MAX_PARAMETERS for layer, (before, after) in steps_taken)


def _try_pairs(misfit: Misfit) -> Iterator[_Tried]:
    """Two changes at once, where no single one helps: the first brings another shape to the layer, the second makes it fit."""
    for first in islice(_try_all(misfit), MOST_PAIRED):
        there = first_misfit(first.spec, misfit.terms)
        if there is None or there.layer != misfit.layer or there.before == misfit.before:
            continue
        for one in _try_all(there):
            title = f"{first.edit.title}, then {one.edit.title[0].lower()}{one.edit.title[1:]}"
            edit = replace(one.edit, title=title, about=first.edit.about + one.edit.about, change=first.edit.change + one.edit.change)
            yield replace(one, kind=first.kind, edit=edit)


def _edited(spec: NetworkSpec, edit: Edit) -> NetworkSpec | None:
    try:
        if not edit.layer_id:
            return NetworkSpec(layers=(*spec.layers, *edit.others), initialisation=spec.initialisation)
        for layer_id, others in ((edit.layer_id, edit.others), *edit.also):
            spec = spec.replaced(layer_id, *others)
        return spec
    except ValidationError:  # more layers than a network may have
        return None


def _best(tried: list[_Tried]) -> tuple[Proposal, ...]:
    """The first by rank, no two of one kind about the same thing, no two that lead to the same network."""
    kept: list[_Tried] = []
    for one in sorted(tried, key=lambda one: one.rank):
        if not any(one.spec == other.spec or (one.kind, one.edit.about) == (other.kind, other.edit.about) for other in kept):
            kept.append(one)
    return tuple(Proposal(one.kind, one.edit.title, one.spec) for one in kept[:MOST])


def _size(spec: NetworkSpec) -> int:
    return sum(1 for _ in steps(spec.layers))
