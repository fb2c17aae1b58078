"""What the whole network answers over the square, or along the line."""

from __future__ import annotations

import numpy as np

from explorer.probes.base import PROBES, Look, Measured, Probe, as_bytes
from explorer.probes.inputs import GRID, LINE


@PROBES.register("surface")
class Surface(Probe):
    """The decision surface: a probability, the winning class, or the predicted value."""

    def measure(self, look: Look) -> Measured:
        dataset = look.training.state.dataset
        task = look.training.experiment.task
        if not dataset.coordinates or task.answers == "inputs":
            return {"surface": {"kind": "none"}}, {}
        answers = task.predict(look.training.state, look.inputs[task.roles[-1]]).float().cpu().numpy()
        if dataset.coordinates == 1:
            x = np.linspace(-1, 1, LINE, dtype=np.float32)
            return {"surface": {"kind": "curve", "label": dataset.target_name}}, {"surface": np.stack([x, answers[:, 0]])}
        if dataset.problem == "regression":
            low, high = value_range(look)
            label = dataset.target_name
        elif answers.shape[1] > 2:
            return {"surface": {"kind": "classes", "low": 0, "high": 1, "label": "most probable class"}}, {"surface": _winners(answers)}
        else:
            answers, low, high = answers[:, 1:], 0.0, 1.0
            label = "probability of being real" if task.answers == "real" else f"probability of '{dataset.class_names[1]}'"
        picture = as_bytes(answers[:, 0].reshape(GRID, GRID), low, high)
        return {"surface": {"kind": "scalar", "low": low, "high": high, "label": label}}, {"surface": picture}


def value_range(look: Look) -> tuple[float, float]:
    """The range of the training target in its own unit, the same in every frame."""
    dataset = look.training.state.dataset
    values = dataset.train.y[:, 0] * dataset.target_scale[0] + dataset.target_offset[0]
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 1, high + 1)


def _winners(probabilities: np.ndarray) -> np.ndarray:
    winner = probabilities.argmax(1)
    sure = probabilities.max(1) * 255 + 0.5
    return np.stack([winner, sure]).astype(np.uint8).reshape(2, GRID, GRID)
