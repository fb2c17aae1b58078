"""Adam with Nesterov's look ahead."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import torch

from explorer.experiment.record import live
from explorer.experiment.training import OPTIMIZERS, OptimizerSpec
from explorer.results.update import SLOPE, Moment, Quantity
from explorer.training.optimizers import change, corrected, decayed, learning_rate, scaled


@OPTIMIZERS.register("nadam")
class NAdam(OptimizerSpec):
    """Adam whose momentum looks ahead, as Nesterov's does.

    Source: Dozat, "Incorporating Nesterov Momentum into Adam", 2016; momentum decay 0.004, as in torch.
    """

    formula: ClassVar[str] = (
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \quad "
        r"\mu_t = \beta_1 (1 - 0.5 \cdot 0.96^{0.004 t}), \quad "
        r"\hat m = \frac{\mu_{t+1} m}{1 - \prod_{i \le t+1} \mu_i} + \frac{(1 - \mu_t) g}{1 - \prod_{i \le t} \mu_i}, \quad "
        r"w \leftarrow w - \eta\, \frac{\hat m}{\sqrt{s / (1 - \beta_2^t)} + \epsilon}"
    )

    learning_rate: float = learning_rate(0.01)
    beta1: float = live(0.9, ge=0, lt=1, description="share of the average gradient that a step keeps; the momentum")
    beta2: float = live(0.999, ge=0, lt=1, description="share of the average size of the gradient that a step keeps")
    eps: float = live(1e-8, ge=1e-12, le=1, description="added below the fraction, so that nothing is divided by 0")

    @classmethod
    def title(cls) -> str:
        return "NAdam"

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        settings: dict[str, Any] = {
            "lr": self.learning_rate,
            "betas": (self.beta1, self.beta2),
            "eps": self.eps,
            "weight_decay": self.weight_decay,
        }
        return torch.optim.NAdam(parameters, **settings, foreach=False)

    def taken_apart(self, moment: Moment) -> list[Quantity]:
        g, said = decayed(self, moment)
        _, s, averages = corrected(self, moment)
        t, product = moment.after["step"], moment.after["mu_product"]
        now, then = (self.beta1 * (1 - 0.5 * 0.96 ** (0.004 * at)) for at in (t, t + 1))
        ahead = then * moment.after["exp_avg"] / (1 - product * then) + (1 - now) * g / (1 - product)
        factor = moment.rate / (math.sqrt(s) + self.eps)
        kept = [one for one in averages if one.sign != r"\hat m"]  # its correction looks a step ahead instead
        return [*said, *kept, Quantity("average gradient, looking ahead", r"\hat m", SLOPE, ahead), scaled(factor), change(-factor * ahead)]
