from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import ClassVar

import numpy as np

from explorer.inspections.base import INSPECTIONS, Inspection, Progress, unheard
from explorer.inspections.places import called, example_field, inputs_of, layer_field, passing, pick, places, steps_of
from explorer.inspections.wording import brief, share
from explorer.layers.self_attention import Attention as AttentionModule
from explorer.results.inspected import Inspected
from explorer.training.loop import Training

SHOWN = 128  # steps that ask and that are asked; of longer sequences the first


@INSPECTIONS.register("attention")
class Attention(Inspection):
    """Which token looks at which, in every head of an attention layer.

    Arrays: `weights` (heads, steps asking, steps asked), each row adding up to 1; `entropy` (heads, steps asking) in nats.
    """

    group: ClassVar[str] = "Activations"

    layer: str = layer_field()
    example: int = example_field()

    @classmethod
    def reason_not(cls, training: Training) -> str:
        return "" if places(training, AttentionModule) else "This network has no attention layer, in which steps look at each other."

    @classmethod
    def choices(cls, training: Training) -> dict[str, list[str]]:
        return {"layer": list(places(training, AttentionModule))}

    def look(self, training: Training, progress: Progress = unheard) -> Inspected:
        place = pick("attention layer", self.layer, places(training, AttentionModule))
        assert isinstance(place.module, AttentionModule)
        with kept(place.module):
            passing(training, place, inputs_of(training, place.role, [self.example]))
            assert place.module.weights is not None
            weights = place.module.weights[0].float().cpu().numpy()
        entropy = entropies(weights)
        asking, asked = (steps_of(training, place.role, self.example, size)[:SHOWN] for size in weights.shape[1:])
        facts = {"layer": place.name, "asking": asking, "asked": asked, "causal": place.module.causal, "steps": list(weights.shape[1:])}
        arrays = {"weights": weights[:, :SHOWN, :SHOWN], "entropy": entropy}
        said = _words(place.name, called(training, place.role, self.example), weights, entropy)
        return Inspected(self.kind, training.step, said, facts, arrays)


@contextmanager
def kept(attention: AttentionModule, through: bool = False) -> Generator[None]:
    """While the block runs, forward passes leave their attention in `weights`; afterwards all is as before.

    Args:
        through: have them computed through these weights, so that gradients reach those.
    """
    before = attention.keep_weights, attention.through_weights, attention.weights
    attention.keep_weights, attention.through_weights = True, through
    try:
        yield
    finally:
        attention.keep_weights, attention.through_weights, attention.weights = before


def entropies(weights: np.ndarray) -> np.ndarray:
    """-sum p ln p over the last axis, in nats: 0 where one step gets all, ln n where n get the same."""
    return -np.where(weights > 0, weights * np.log(np.maximum(weights, 1e-30)), 0.0).sum(-1)


def _words(layer: str, who: str, weights: np.ndarray, entropy: np.ndarray) -> tuple[str, ...]:
    said = [f"{layer} looks at {who} with {len(weights)} head{'s' if len(weights) > 1 else ''}."]
    for head, shares in enumerate(weights):
        seen = np.exp(entropy[head]).mean()
        said.append(f"Head {head} spreads each look over as much as {brief(seen)} equally weighted steps, on the average{_habit(shares)}.")
    if max(weights.shape[1:]) > SHOWN:
        said.append(f"The first {SHOWN} of {weights.shape[2]} steps are shown; the weights of a row add up to 1 over all of them.")
    return tuple(said)


def _habit(shares: np.ndarray) -> str:
    """Where a head looks most, of its own step, the one before and the first, with the mean weight there."""
    if shares.shape[0] != shares.shape[1] or len(shares) < 2:
        return ""
    looks = {
        "the step itself": np.diagonal(shares).mean(),
        "the step before": np.diagonal(shares, -1).mean(),
        "the first step": shares[:, 0].mean(),
    }
    where = max(looks, key=lambda name: looks[name])
    return f"; {share(looks[where])} of its weight goes to {where}"
