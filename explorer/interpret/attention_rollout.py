from __future__ import annotations

from typing import ClassVar

import torch

from explorer.interpret.attending import KINDS, lacks_attention, looks, spread_over
from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("attention_rollout")
class AttentionRollout(Map):
    """Follows the looks from the place that answers back through all attention layers to the input.

    The heads of a layer count alike; where a block adds what it looked up to what came in, half of a step is taken from itself. It knows
    nothing of the answer: every class gets the same map.
    Source: Abnar & Zuidema, "Quantifying Attention Flow in Transformers", 2020.
    """

    group: ClassVar[str] = "Attention"
    signed: ClassVar[bool] = False
    fits: ClassVar[tuple[str, ...]] = KINDS
    meaning: ClassVar[str] = (
        "A number is the share of this step in what arrives, through attention alone, where the answer is read; which answer plays no part."
    )

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or lacks_attention(subject)

    def unit(self, subject: Subject) -> str:
        return "share"

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        found, read = looks(subject, x, target)
        shares = read  # (n, steps): where the answer is read, then where that was looked up, and so on
        for look in reversed(found):
            seen = (shares[:, None] @ look.weights.mean(1))[:, 0]
            shares = (seen + shares) / 2 if look.added else seen
        spread = spread_over(subject, shares.shape[1])
        assert spread is not None
        return spread(shares)
