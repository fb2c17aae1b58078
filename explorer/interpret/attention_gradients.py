from __future__ import annotations

from typing import ClassVar

import torch

from explorer.interpret.attending import KINDS, lacks_attention, looks, spread_over
from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.subject import Subject


@EXPLANATIONS.register("attention_gradients")
class AttentionGradients(Map):
    """Follows only those looks that speak for this answer: every look times how much the score listens to it.

    Heads whose looks do not matter to the answer, or speak against it, are left out; what is followed is added up from layer to layer.
    Source: Chefer et al., "Generic Attention-Model Explainability for Interpreting Bi-Modal and Encoder-Decoder Transformers", 2021.
    """

    group: ClassVar[str] = "Attention"
    signed: ClassVar[bool] = False
    fits: ClassVar[tuple[str, ...]] = KINDS
    meaning: ClassVar[str] = (
        "A number is how much of this step reaches the place where the answer is read by looks that raise the score; a step's own way "
        "straight up, past attention, is not counted."
    )

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        return super().reason_not(subject) or lacks_attention(subject)

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        found, read = looks(subject, x, target)
        shares, straight = read, read  # (n, steps); `straight` is what came down past every attention layer
        for look in reversed(found):
            raising = (look.weights * look.slopes).clamp(min=0).mean(1)  # (n, steps, steps)
            seen = (shares[:, None] @ raising)[:, 0]
            shares, straight = (shares + seen, straight) if look.added else (seen, torch.zeros_like(straight))
        spread = spread_over(subject, shares.shape[1])
        assert spread is not None
        return spread(shares - straight)
