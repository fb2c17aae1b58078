from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.errors import SpecError
from explorer.inspections._rehearsal import frozen, like, loss_on, no_gradient
from explorer.inspections.base import INSPECTIONS, MODEL, Inspection, Progress, probe_batch, unheard
from explorer.inspections.filters import Filters, drawable, drawn_of
from explorer.inspections.places import Place, called, example_field, inputs_of, layer_field, pick, spread, units_first
from explorer.inspections.wording import brief, counted
from explorer.networks.build import Network
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

MOST = 32  # filters, rows or maps that are drawn: of more, those with the largest gradients
STEPS = 128  # most steps of a sequence in a picture of outputs, and most units of one


@dataclass(frozen=True)
class _Felt:
    """What a loss says of one layer: the loss, and numbers beside their gradients."""

    loss: float
    values: torch.Tensor
    slopes: torch.Tensor


@INSPECTIONS.register("gradient_pictures")
class GradientPictures(Inspection):
    """The filters of a layer and its outputs as pictures, each beside the gradient of the loss for it.

    In evaluation mode; filters for the mean loss of a batch, outputs for the loss of one example. Arrays: `weights` and `weight_slopes`
    (shown, height, width) of one input channel, `units` which; `outputs` and `output_slopes` (shown, height, width), `maps` which;
    `limits` (shown,) and the like: the sizes at which colours are full.
    """

    group: ClassVar[str] = "Gradients"

    layer: str = layer_field()
    channel: int = Field(0, ge=0, le=10_000_000, description="which input channel of the filters is drawn, counted from 0")
    example: int = example_field()
    batch: int = Field(64, ge=1, le=1024, description="training examples whose mean loss the gradient of the filters is taken of")
    scale: Literal["layer", "unit"] = Field(
        "layer", description="where colours are full: at the largest number of the whole layer, or of each picture"
    )

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return no_gradient(training) or Filters.reason_not(training)

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(drawable(training))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place = pick("layer with filters", self.layer, drawable(training))
        network = frozen(training)
        module = _twin(training, network, place)
        outputs = self._outputs(training, network, place, module)
        filters, form, said = self._filters(training, network, place, module)
        units, maps = _strongest(filters.slopes), _strongest(outputs.slopes)
        arrays = {
            **_named("weight", filters, units, self.scale),
            **_named("output", outputs, maps, self.scale),
            "units": units,
            "maps": maps,
        }
        about = called(training, place.role, self.example)
        facts = {"layer": place.name, "form": form, "channel": self.channel, "example": about, "losses": [filters.loss, outputs.loss]}
        facts["names"] = [training.state.dataset.vocabulary[unit] for unit in units] if form == "table" else []
        return Inspected(self.kind, training.step, _words(place, said, (filters, units), (outputs, maps), about), facts, arrays)

    def _outputs(self, training: Training, network: Network, place: Place, module: nn.Module) -> _Felt:
        """Of one example: (maps, height, width); a sequence is one map (steps, units), a vector one (1, units)."""
        seen: list[torch.Tensor] = []
        x = like(network, inputs_of(training, place.role, [self.example]))
        y = like(network, training.state.y_test[self.example : self.example + 1])
        handle = module.register_forward_hook(lambda _module, _args, output: seen.append(output))
        loss = loss_on(training, network, x, y)
        handle.remove()
        slopes = torch.autograd.grad(loss, seen[-1], allow_unused=True, materialize_grads=True)[0]
        return _Felt(loss.item(), _planes(seen[-1].detach()), _planes(slopes))

    def _filters(self, training: Training, network: Network, place: Place, module: nn.Module) -> tuple[_Felt, str, str]:
        """Of a batch: (filters, height, width) of one channel; the form they are drawn in, and what they are."""
        x, y = (like(network, one) for one in probe_batch(training, self.batch))
        loss, weight = loss_on(training, network, x, y), module.weight
        assert isinstance(weight, nn.Parameter)
        slopes = torch.autograd.grad(loss, weight, allow_unused=True, materialize_grads=True)[0]
        drawn = drawn_of(training, place.module)
        if self.channel >= drawn.pictures.shape[1]:
            there = drawn.pictures.shape[1]
            raise SpecError(
                f"The filters of {place.name} have no channel {self.channel}: they have {counted(there, 'channel')}, from 0 on."
            )
        values = drawn.pictures[:, self.channel].detach().float().cpu()
        weight.data = slopes
        return _Felt(loss.item(), values, drawn_of(training, module).pictures[:, self.channel].detach()), drawn.form, drawn.said


def _twin(training: Training, network: Network, place: Place) -> nn.Module:
    """The module of the copy that stands for that of the network itself."""
    return dict(zip(training.networks[MODEL].modules(), network.modules(), strict=True))[place.module]


def _planes(output: torch.Tensor) -> torch.Tensor:
    """(maps, height, width) of a batch of one."""
    if output.dim() == 4:
        return units_first(output)[0]
    rows = output[0].reshape(-1, output.shape[-1])
    steps, units = (torch.from_numpy(spread(size, STEPS)) for size in rows.shape)
    return rows[steps][:, units][None]


def _strongest(slopes: torch.Tensor) -> np.ndarray:
    """Numbers of the pictures with the largest gradients, in their own order."""
    order = slopes.flatten(1).norm(dim=1).argsort(descending=True, stable=True)[:MOST]
    return order.sort().values.numpy()


def _named(name: str, felt: _Felt, shown: np.ndarray, scale: str) -> dict[str, np.ndarray]:
    """`weights`, `weight_slopes`, `weight_limits` (shown,) and `weight_slope_limits` (shown,)."""
    found: dict[str, np.ndarray] = {}
    for key, every, numbers in ((f"{name}s", f"{name}_limits", felt.values), (f"{name}_slopes", f"{name}_slope_limits", felt.slopes)):
        sizes = numbers.flatten(1).abs().amax(1)
        sizes = sizes if scale == "unit" else sizes.max().expand(len(sizes))
        found[key] = np.ascontiguousarray(numbers[torch.from_numpy(shown)].numpy())
        found[every] = torch.where(sizes > 0, sizes, 1.0)[torch.from_numpy(shown)].numpy()
    return found


def _words(place: Place, said: str, weights: tuple[_Felt, np.ndarray], outputs: tuple[_Felt, np.ndarray], about: str) -> tuple[str, ...]:
    (filters, units), (maps, drawn) = weights, outputs
    sizes = filters.slopes.flatten(1).norm(dim=1)
    still = int((sizes == 0).sum())
    largest = f"{brief(filters.slopes.abs().max())} for the shown channel of {place.name}, in number {int(sizes.argmax())}"
    sentences: list[Any] = [
        f"{place.name} has {said}.",
        f"The mean loss of the batch is {brief(filters.loss)}. Its largest gradient is {largest}.",
        "The next plain step goes against the gradient: where it is above 0 (blue) the weight falls, below 0 (orange) it rises.",
        still and f"{still} of {len(sizes)} have no gradient at all from this batch, and do not learn from it.",
        f"The loss of {about} is {brief(maps.loss)}; its gradient for the outputs goes up to {brief(maps.slopes.abs().max())}.",
        "Blue beside an output: were it larger, the loss would be larger.",
        len(units) < len(sizes) and f"{len(units)} of {len(sizes)} are drawn: those with the largest gradients.",
        len(drawn) < len(maps.slopes) and f"{len(drawn)} of {len(maps.slopes)} maps are drawn: those with the largest gradients.",
    ]
    return tuple(sentence for sentence in sentences if sentence)
