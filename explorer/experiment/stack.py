"""A plain stack of equal layers: a deep network in five choices.

Decided: the choices are read back from a network by building the stack anew and comparing the two.
Because: a run, a link or a preset then needs to hold its network only, and a network that is no plain stack is never taken for one.
Instead of: a field of the experiment beside its network, which could contradict it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationError

from explorer.errors import SpecError
from explorer.experiment.network import LAYERS, InitialisationSpec, LayerSpec, NetworkSpec
from explorer.experiment.record import Record, explain

DEPTHS = (2, 30)
Normalisation = Literal["none", "batch_norm1d", "layer_norm"]


class Stack(Record):
    """Hidden layers that are all alike: Linear, then a normalisation, then an activation; and an Output layer.

    With shortcuts every hidden layer but the first adds what it computes to what it was given.
    """

    depth: int = Field(12, ge=DEPTHS[0], le=DEPTHS[1], description="number of hidden layers one behind the other")
    width: int = Field(32, ge=2, le=128, description="units of every hidden layer")
    activation: str = Field("sigmoid", description="what every unit makes of its sum")
    normalisation: Normalisation = Field("none", description="what keeps the sums of a layer in one range, if anything does")
    residual: bool = Field(False, description="a shortcut around every hidden layer but the first: its input is added to what it computes")

    def having(self, name: str, value: Any) -> Stack:
        """The same stack with one choice made otherwise. Raises SpecError where it cannot be."""
        try:
            return Stack.model_validate({**dict(self), name: value})
        except ValidationError as error:
            raise SpecError(f"Stack: {explain(error)}") from None

    def network(self, initialisation: InitialisationSpec, pictures: bool) -> NetworkSpec:
        """The stack as a network; `pictures`: the data are pictures, which are laid out as one long vector first."""
        hidden = tuple(layer for number in range(self.depth) for layer in self._hidden(first=number == 0))
        before = (LAYERS["flatten"](),) if pictures else ()
        return NetworkSpec(layers=(*before, *hidden, LAYERS["output"]()), initialisation=initialisation)

    def _hidden(self, first: bool) -> tuple[LayerSpec, ...]:
        norm = () if self.normalisation == "none" else (LAYERS[self.normalisation](),)
        row = (LAYERS["linear"].model_validate({"out_features": self.width}), *norm, LAYERS[self.activation]())
        return (LAYERS["residual"].model_validate({"body": row}),) if self.residual and not first else row


def stack_of(network: NetworkSpec) -> Stack | None:
    """The choices that make this network; None where it is no plain stack."""
    layers = list(network.walk())
    kinds = [layer.kind for layer in layers]
    activations = [layer.kind for layer in layers if layer.group == "activation"]
    if "linear" not in kinds or not activations or not DEPTHS[0] <= kinds.count("linear") <= DEPTHS[1]:
        return None
    found = Stack.model_construct(
        depth=kinds.count("linear"),
        width=layers[kinds.index("linear")].model_dump()["out_features"],
        activation=activations[0],
        normalisation=next((kind for kind in ("batch_norm1d", "layer_norm") if kind in kinds), "none"),
        residual="residual" in kinds,
    )
    same = found.network(network.initialisation, pictures=kinds[0] == "flatten")
    return found if _plain(same) == _plain(network) else None


def _plain(network: NetworkSpec) -> list:
    """The layers as data, without their ids; an Output layer without the width its task gave it."""
    return [_without_names(layer.model_dump()) for layer in network.layers]


def _without_names(fields: dict) -> dict:
    kept = {name: value for name, value in fields.items() if name != "id"}
    if "body" in kept:
        kept["body"] = [_without_names(inner) for inner in kept["body"]]
    return {**kept, "out_features": 0} if kept["kind"] == "output" else kept
