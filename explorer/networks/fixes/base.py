"""What a fix is: edits worth trying on a network that does not fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import ValidationError

from explorer.experiment.network import LAYERS, LayerSpec
from explorer.networks.fixes.misfit import Misfit, Passed, Spot
from explorer.registry import Registry
from explorer.results.shape import Shape

__all__ = ["FIXES", "Edit", "Fix", "Insertion", "Misfit", "Passed", "Spot", "new", "put", "titles", "with_field", "words"]

FIXES: Registry[Fix] = Registry("fix", "explorer.networks.fixes")


@dataclass(frozen=True)
class Edit:
    """One layer of a network, seldom more, replaced by others.

    Attributes:
        title: what a button says: "Insert Flatten before it".
        layer_id: which layer; "" puts the others at the end of the network instead.
        others: what comes in its place, which may include the layer itself; none removes it.
        about: what is changed; of several edits of one fix about the same, only the best is offered.
        change: how much it changes the network, beside what other edits do; less comes first.
        also: further layers, each by its id and what comes in its place.
    """

    title: str
    layer_id: str
    others: tuple[LayerSpec, ...]
    about: str
    change: int
    also: tuple[tuple[str, tuple[LayerSpec, ...]], ...] = ()


class Fix(ABC):
    """One way to mend a network. A variant writes `edits`; whether an edit helps is tried by whoever asks."""

    kind: ClassVar[str] = ""
    shrinks: ClassVar[bool] = False  # it can also help where everything fits, but the network is too large
    change: ClassVar[int] = 20  # of its edits: 10 sets a field, 20 adds or swaps a layer, 30 adds two, 50 takes something away

    @abstractmethod
    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        """Edits worth trying, the likeliest first. Most may turn out to help nothing; a few dozen cost a few milliseconds."""


class Insertion(Fix):
    """A fix that puts layers before the misfit, or before a block that holds it. A variant writes `layers_for`."""

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        for spot in misfit.spots():
            for layers in self.layers_for(spot.shape, misfit):
                yield put(spot, layers, self.change)

    @abstractmethod
    def layers_for(self, shape: Shape, misfit: Misfit) -> Iterator[tuple[LayerSpec, ...]]:
        """Layers that could make something better of `shape`, the likeliest first."""


def put(spot: Spot, layers: tuple[LayerSpec, ...], change: int) -> Edit:
    """The edit that puts layers at a spot; each layer after the first counts as more change."""
    title = f"{'Insert' if spot.layer else 'Add'} {titles(layers)} {spot.words}"
    others, layer_id = ((*layers, spot.layer), spot.layer.id) if spot.layer else (layers, "")
    return Edit(title, layer_id, others, titles(layers), change + 10 * (len(layers) - 1))


def titles(layers: tuple[LayerSpec, ...]) -> str:
    """ "Flatten", "Flatten and Output", "Flatten, Linear and Reshape"."""
    names = [layer.title() for layer in layers]
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def new(name: str, **fields: Any) -> tuple[LayerSpec, ...]:
    """A fresh layer in a row of its own; an empty row where there is no such layer type or it cannot have these fields."""
    if name not in LAYERS:
        return ()
    try:
        return (LAYERS[name].model_validate(fields),)
    except ValidationError:
        return ()


def with_field(layer: LayerSpec, **fields: Any) -> LayerSpec | None:
    """The same layer with some fields set; None where it cannot have these values."""
    try:
        return type(layer).model_validate({**dict(layer), **fields})
    except ValidationError:
        return None


def words(name: str) -> str:
    """A field's name as people read it: "kernel_size" -> "kernel size"."""
    return name.replace("_", " ")
