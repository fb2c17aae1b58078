"""Arrays as text: a compressed .npz in base64, short enough to stand in a script."""

from __future__ import annotations

import base64
import io
import textwrap

import numpy as np

from explorer.experiment import Experiment
from explorer.export.source import plain_weights
from explorer.export.tasks import TaskText, task_text
from explorer.results.dataset import Dataset
from explorer.training.setup import build_networks

MAX_TEXT = 1_000_000  # characters of one literal
COLUMNS = 120


def run_files(experiment: Experiment) -> dict[str, bytes]:
    """ "data.npz" and "weights.npz" of a run, for a script in which they do not fit."""
    dataset = experiment.data.load()
    text = task_text(experiment.task)
    return {"data.npz": packed(data_arrays(dataset, text)), "weights.npz": packed(first_weights(experiment, dataset))}


def data_arrays(dataset: Dataset, text: TaskText) -> dict[str, np.ndarray]:
    """What a training step and the metrics read."""
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    arrays = {f"x_{name}": part.x for name, part in parts.items() if part}
    if text.asked == "y":
        arrays |= {f"y_{name}": part.y for name, part in parts.items() if part}
    return {**arrays, "target_scale": dataset.target_scale} if text.scaled else arrays


def first_weights(experiment: Experiment, dataset: Dataset) -> dict[str, np.ndarray]:
    """The weights before the first step, under the names they have in exported text."""
    network = build_networks(experiment, dataset)["model"]
    return {name: value.numpy() for name, value in plain_weights(network).items()}


def packed(arrays: dict[str, np.ndarray]) -> bytes:
    """A compressed .npz file."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # ty: ignore[invalid-argument-type]
    return file.getvalue()


def literal(name: str, arrays: dict[str, np.ndarray], file: str) -> str:
    """A statement that gives `name` the packed arrays as text, or the name of the file to put beside the script."""
    text = base64.b64encode(packed(arrays)).decode()
    if len(text) <= MAX_TEXT:
        return "\n".join([f'{name} = """', *textwrap.wrap(text, COLUMNS), '"""'])
    held = ", ".join(f"{key} {value.dtype} {value.shape}" for key, value in arrays.items())
    return f"# Too large to stand here: put {file} beside this script, with {held}.\n{name} = {file!r}"
