"""One example of the test part and what the network answers for it."""

from __future__ import annotations

from typing import Any

import numpy as np

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
        answer = task.predict(state, state.x_test[number : number + 1]).float().cpu().numpy()[0]
        head: dict[str, Any] = {
            "index": chosen,
            "count": len(look.examples),
            "answer": [round(float(v), 5) if np.isfinite(v) else None for v in answer],
        }
        if dataset.classes:
            truth = dataset.class_names[dataset.test.y[number]]
            head |= {"label": truth, "predicted": dataset.class_names[int(answer.argmax())], "probabilities": head["answer"]}
        else:
            head |= {"label": f"{dataset.test.y[number, 0] * dataset.target_scale[0] + dataset.target_offset[0]:.4g}"}
            head |= {"predicted": f"{answer[0]:.4g}", "probabilities": []}
        raw = dataset.test.raw[look.examples]
        if dataset.input_shape.is_image:
            return {"example": head}, {"examples/images": as_bytes(raw[:, 0], 0.0, max(float(raw.max()), 1e-6))}
        head["values"] = [[name, round(float(v), 5)] for name, v in zip(dataset.input_names, raw[chosen].ravel(), strict=False)]
        return {"example": head}, {}
