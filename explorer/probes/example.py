"""One example of the test part and what the network answers for it."""

from __future__ import annotations

import numpy as np

from explorer.probes.base import PROBES, Look, Measured, Probe, as_bytes
from explorer.results.dataset import Dataset

HEARD = 32_000  # samples of a sound that are sent to be played


@PROBES.register("example")
class Example(Probe):
    """The chosen probe example: its picture, numbers, tokens or series, and the answer beside the truth."""

    share = 0.05

    def measure(self, look: Look) -> Measured:
        if not len(look.examples):
            return {"example": None}, {}
        state, task = look.training.state, look.training.experiment.task
        chosen = min(look.view.example, len(look.examples) - 1)
        answer, arrays = task.example(state, int(look.examples[chosen]))
        seen, pictures = _input(state.dataset, look.examples, chosen)
        heard, sounds = _sound(state.dataset, int(look.examples[chosen]))
        return {"example": {**answer, **seen, **heard, "index": chosen, "count": len(look.examples)}}, {**arrays, **pictures, **sounds}


def _sound(dataset: Dataset, number: int) -> Measured:
    """What the example sounds like, where it is one: its beginning, so that a frame stays small."""
    sound = dataset.test.sound
    return ({}, {}) if sound is None else ({"sound_rate": dataset.sound_rate}, {"example/sound": sound[number, :HEARD]})


def _input(dataset: Dataset, examples: np.ndarray, chosen: int) -> Measured:
    """What the network is given, in the form it is drawn in: "image", "tokens", "series" or "values"."""
    raw = dataset.test.raw[examples]
    if dataset.input_shape.is_image:
        return {"input": "image"}, {"examples/images": as_bytes(raw[:, 0], 0.0, max(float(raw.max()), 1e-6))}
    if dataset.input_shape.vocabulary:
        return {"input": "tokens", "tokens": [dataset.vocabulary[token] for token in raw[chosen].tolist()]}, {}
    if "time" in dataset.input_shape.axes:
        return {"input": "series", "names": list(dataset.input_names)}, {"example/series": raw[chosen].astype(np.float32)}
    values = [[name, round(float(v), 5)] for name, v in zip(dataset.input_names, raw[chosen].ravel(), strict=False)]
    return {"input": "values", "values": values}, {}
