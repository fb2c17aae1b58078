"""Pasted `nn.Sequential(...)` as a network. The text is read, never run."""

from __future__ import annotations

from pydantic import ValidationError

from explorer.errors import SpecError
from explorer.experiment import NetworkSpec, explain
from explorer.experiment.network import MAX_LAYERS, LayerSpec
from explorer.export.calls import Call, Text, calls_of
from explorer.export.matching import Possible, layer_of
from explorer.export.torch_names import torch_layers


def network_from_text(text: str, last_is_output: bool = False) -> NetworkSpec:
    """The network that PyTorch text describes.

    Read are `nn.Sequential(nn.Linear(2, 8), nn.Tanh())`, the same as `model = ...`, with `torch.nn.` or bare names, with
    keyword arguments and with Sequentials inside, which become one row of layers. Import lines of torch are passed over.

    Args:
        text: at most `calls.MAX_TEXT` characters.
        last_is_output: the last layer gets its width from the task; it has to be an nn.Linear.

    Raises:
        SpecError: anything else stands in the text, a layer or an argument is unknown or cannot be had here, or sizes
            do not fit each other: with line and column, what was found and what is expected.

    Example:
        >>> [layer.kind for layer in network_from_text("nn.Sequential(nn.Linear(2, 8), nn.Tanh())").layers]
        ['linear', 'tanh']
    """
    source = Text(text)
    calls = calls_of(source)
    if len(calls) > MAX_LAYERS:
        raise source.refusal(calls[MAX_LAYERS].node, f"layer {MAX_LAYERS + 1}", f"at most {MAX_LAYERS} layers")
    possible, layers = Possible(()), []
    for call in calls:
        layer, possible = layer_of(call, possible, source)
        layers.append(layer)
    if last_is_output:
        layers[-1] = _output(calls[-1], layers[-1], source)
    try:
        return NetworkSpec(layers=tuple(layers))
    except ValidationError as error:
        raise SpecError(f"Line 1, column 1: {explain(error)}") from None


def _output(call: Call, layer: LayerSpec, source: Text) -> LayerSpec:
    """The layer type of the same torch class whose width comes from the task, with that width left open."""
    alike = [one for one in torch_layers()[call.name] if one.task_decides]
    if not alike:
        raise source.refusal(call.node, f"nn.{call.name} at the end", "an nn.Linear, to be the output")
    width = type(layer).unit_field
    kept = {name: getattr(layer, name) for name in alike[0].fields.values() if name != width}
    return alike[0].layer(**kept)
