"""The examples themselves, as points to draw."""

from __future__ import annotations

import numpy as np

from explorer.probes.base import PROBES, Look, Measured, Probe
from explorer.results.dataset import Dataset, Part

DRAWN = 500  # points of each part that are sent to be drawn


@PROBES.register("points")
class Points(Probe):
    """The points of every part with their labels; for a GAN also what the generator draws, for a reconstruction what comes back."""

    def measure(self, look: Look) -> Measured:
        dataset, task = look.training.state.dataset, look.training.experiment.task
        arrays: dict[str, np.ndarray] = {}
        if dataset.coordinates:
            arrays |= part_points(dataset, dataset.train, "train") | part_points(dataset, dataset.test, "test")
            if dataset.validation:
                arrays |= part_points(dataset, dataset.validation, "validation")
            arrays["train/flipped"] = dataset.train.flipped[-DRAWN:].astype(np.uint8)
        if task.answers == "real":
            arrays["generated/points"] = _packed(task.generate(look.training.state, DRAWN).cpu().numpy())
        elif task.answers == "inputs" and dataset.coordinates == 2 and not look.training.experiment.data.features:
            answers = task.predict(look.training.state, look.training.state.x_test[:DRAWN])
            arrays["generated/points"] = _packed(answers.float().cpu().numpy())
        return {}, arrays


def part_points(dataset: Dataset, part: Part, name: str) -> dict[str, np.ndarray]:
    """The last DRAWN points of a part (painted ones come last) and their labels, for the frame."""
    raw, y = part.raw[-DRAWN:], part.y[-DRAWN:]
    if dataset.classes:
        return {f"{name}/points": _packed(raw), f"{name}/labels": y.astype(np.uint8)}
    values = (y * dataset.target_scale + dataset.target_offset)[:, :1].astype(np.float32)
    if dataset.coordinates == 1:
        return {f"{name}/points": np.concatenate([raw, values], 1).astype(np.float32), f"{name}/labels": values[:, 0]}
    return {f"{name}/points": _packed(raw), f"{name}/labels": values[:, 0]}


def _packed(points: np.ndarray) -> np.ndarray:
    return np.clip((points + 1) / 2 * 65535 + 0.5, 0, 65535).astype(np.uint16)
