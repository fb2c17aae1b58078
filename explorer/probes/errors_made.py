"""Which answers on the test part are wrong, and how."""

from __future__ import annotations

import numpy as np

from explorer.probes.base import PROBES, Look, Measured, Probe
from explorer.training.tasks.supervised import EVALUATED

DRAWN = 300  # dots of the predicted-against-true plot


@PROBES.register("errors_made")
class ErrorsMade(Probe):
    """The confusion matrix of a classifier, or predicted against true values of a regression, on the test part."""

    share = 0.01

    def measure(self, look: Look) -> Measured:
        state, task = look.training.state, look.training.experiment.task
        if task.kind not in ("classification", "regression"):
            return {}, {}
        answers = task.predict(state, state.x_test[:EVALUATED]).float().cpu().numpy()
        truth = state.dataset.test.y[:EVALUATED]
        if state.dataset.classes:
            return {}, {"confusion": confusion_matrix(truth, answers.argmax(1), state.dataset.classes)}
        values = truth[:, 0] * state.dataset.target_scale[0] + state.dataset.target_offset[0]
        return {}, {"residuals": np.stack([answers[:DRAWN, 0], values[:DRAWN]], 1).astype(np.float32)}


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """int32 (classes, classes): rows are the truth, columns what was predicted."""
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes).astype(np.int32)
