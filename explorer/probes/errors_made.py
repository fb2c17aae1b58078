"""Which answers on the test part are wrong, and how."""

from __future__ import annotations

import numpy as np

from explorer.probes.base import PROBES, Look, Measured, Probe
from explorer.results.dataset import Dataset
from explorer.training.tasks.supervised import EVALUATED

DRAWN = 300  # dots of the predicted-against-true plot


@PROBES.register("errors_made")
class ErrorsMade(Probe):
    """The confusion matrix where classes are answered, predicted against true values where numbers are, on the test part."""

    share = 0.005

    def measure(self, look: Look) -> Measured:
        state, task = look.training.state, look.training.experiment.task
        if task.answers not in COUNTED:
            return {}, {}
        answers = task.predict(state, state.x_test[:EVALUATED]).float().cpu().numpy()
        return {}, COUNTED[task.answers](state.dataset, answers)


def confusions(dataset: Dataset, answers: np.ndarray) -> dict[str, np.ndarray]:
    """How often each class, or each tag, was called what: from probabilities (n, classes) or (n, T, classes)."""
    truth = dataset.test.y[: len(answers)]
    return {"confusion": confusion_matrix(truth.ravel(), answers.argmax(-1).ravel(), dataset.classes)}


def residuals(dataset: Dataset, answers: np.ndarray) -> dict[str, np.ndarray]:
    """The first predicted and the first true value of examples, in the target's own unit."""
    truth = dataset.test.y[:DRAWN, 0] * dataset.target_scale[0] + dataset.target_offset[0]
    return {"residuals": np.stack([answers[:DRAWN, 0], truth], 1).astype(np.float32)}


COUNTED = {"classes": confusions, "values": residuals}  # what a task answers -> what is drawn of its mistakes


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """int32 (classes, classes): rows are the truth, columns what was predicted."""
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes).astype(np.int32)
