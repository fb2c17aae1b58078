from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import nn

from explorer.inspections.base import INSPECTIONS, MODEL
from explorer.inspections.glass import Cell, Glass, Opened, Tensors
from explorer.inspections.places import Place, passing, places, units_first
from explorer.inspections.wording import aligned, brief, latex, latex_text, share
from explorer.training.loop import Training

ANSWER = "answer"  # the place behind the last layer, where a task turns scores into probabilities
NAMED = 40  # of what is chosen among
CODE = """\
# logits: one score for each of what is chosen among
e = np.exp(logits - logits.max())  # taking the largest away changes no share, and nothing becomes too large
shares = e / e.sum()
y = shares[{}]"""


@INSPECTIONS.register("glass_softmax")
class GlassSoftmax(Glass):
    """How scores become shares that add up to 1: the answer of a classifier, or a Softmax layer.

    With one score for two classes, the other class has the score 0. Arrays: `logits`, `exponentials` (the largest is 1) and `shares`,
    one of each for every class. Facts: `names`.
    """

    what: ClassVar[str] = "softmax"

    @classmethod
    def _there(cls, training: Training) -> dict[str, Place]:
        found = places(training, nn.Softmax)
        if training.experiment.task.answers in ("classes", "tokens") and MODEL in training.state.networks:
            network = training.state.networks[MODEL]
            found = {ANSWER: Place(MODEL, network.layer_ids[-1], ANSWER, network), **found}
        return found

    def _pass(self, training: Training, place: Place, x: torch.Tensor) -> tuple[Tensors, torch.Tensor]:
        entered, output = passing(training, place, x)
        if place.name != ANSWER:
            return entered, output
        logits = output if output.shape[-1] > 1 else torch.cat([torch.zeros_like(output), output], -1)
        return (logits,), logits.softmax(-1)

    def _open(self, training: Training, place: Place, entered: Tensors, cell: Cell) -> Opened:
        logits = units_first(entered[0])[0][(slice(None), *cell.at)].numpy().copy()
        exponentials = np.exp(logits - logits.max())
        shares = exponentials / exponentials.sum()
        names = _names(training, place, len(logits))
        best = int(shares.argmax())
        words = (
            f"{place.name}, {cell}: {names[cell.unit]!r} has the score {brief(logits[cell.unit])}. Its exponential is "
            f"{brief(exponentials[cell.unit])} when the largest is taken as 1; all {len(logits)} add up to {brief(exponentials.sum())}. "
            f"That makes its share {share(cell.value)}.",
            f"The largest share has {names[best]!r}: {share(shares[best])}. "
            f"A score higher by 1 would make a share {brief(np.e)} times as large, compared with the others.",
        )
        top = latex(logits[cell.unit])
        terms = " + ".join(f"e^{{{latex(logits[i])}}}" for i in np.argsort(-logits, kind="stable")[:3])
        rest = r" + \dots" if len(logits) > 3 else ""
        formula = aligned(f"p({latex_text(names[cell.unit])})", rf"\frac{{e^{{{top}}}}}{{{terms}{rest}}}", latex(cell.value))
        arrays = {"logits": logits, "exponentials": exponentials, "shares": shares}
        return Opened(words, formula, CODE.format(cell.unit), arrays, {"names": names})


def _names(training: Training, place: Place, scores: int) -> list[str]:
    """What the scores are for: classes or tokens where it is the answer."""
    dataset = training.state.dataset
    known = {"classes": dataset.class_names, "tokens": dataset.vocabulary}.get(training.experiment.task.answers, ())
    return list(known) if place.name == ANSWER and len(known) == scores else [f"unit {i}" for i in range(scores)]
