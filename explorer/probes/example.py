"""One example of the test part and what the network answers for it."""

from __future__ import annotations

from typing import Any

from explorer.probes.base import PROBES, Look, Measured, Probe, as_bytes


@PROBES.register("example")
class Example(Probe):
    """The chosen probe example: its picture or numbers, its label, and the answer."""

    def measure(self, look: Look) -> Measured:
        if not len(look.examples):
            return {"example": None}, {}
        state, task = look.training.state, look.training.experiment.task
        dataset, chosen = state.dataset, min(look.view.example, len(look.examples) - 1)
        number = int(look.examples[chosen])
        answer, arrays = task.example(state, number)
        head: dict[str, Any] = {**answer, "index": chosen, "count": len(look.examples)}
        raw = dataset.test.raw[look.examples]
        if dataset.input_shape.is_image:
            return {"example": head}, {**arrays, "examples/images": as_bytes(raw[:, 0], 0.0, max(float(raw.max()), 1e-6))}
        if dataset.input_shape.is_flat:
            head["values"] = [[name, round(float(v), 5)] for name, v in zip(dataset.input_names, raw[chosen], strict=False)]
        return {"example": head}, arrays
