"""The camera: one live picture of a run, from one pass of each network over its probe inputs."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from explorer.networks.build import resolve
from explorer.networks.diagram import diagram
from explorer.probes.base import PROBES, Look, Measured, View
from explorer.probes.inputs import probe_examples, probe_inputs
from explorer.results.diagram import Column, Edge
from explorer.results.frame import pack
from explorer.training.loop import Training
from explorer.training.tasks.supervised import evaluation

AXES = ("x", "y")  # the picture is drawn over these, whichever features of a point are fed in
IN_ITS_UNIT = re.compile(r"in the (target|series)'s? unit")
UNSEEN = {"picture": "none", "low": -1.0, "high": 1.0}  # a column without pictures


class Camera:
    """Takes the frames of one run. What costs much is measured less often; everything is fresh when asked for."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self.columns, self.edges = _diagram(training)
        self._probes = [PROBES[name]() for name in PROBES]
        self._last: dict[str, Measured] = {}
        self._due: dict[str, tuple[float, float]] = {}  # when a costly probe measures again, on both clocks of `_measure`
        self._dataset: Any = None

    def take(self, view: View, fields: dict[str, Any], fresh: bool = True) -> bytes:
        """The bytes of a frame.

        Args:
            view: what is selected.
            fields: of the head that the training does not know: run, state, reason, speed, ...
            fresh: measure everything now; False may repeat a costly measurement of a moment ago.
        """
        began = time.perf_counter()
        with ExitStack() as stack:
            for network in self.training.networks.values():
                stack.enter_context(evaluation(network))  # once, not for every probe
            head, arrays = self._measured(self._look(view), fresh)
        head["live"] = {"probes_ms": round(1000 * (time.perf_counter() - began), 2)}
        return pack({**_head(self.training), **head, **fields}, arrays)

    def _measured(self, look: Look, fresh: bool) -> Measured:
        """What the probes say together."""
        head: dict[str, Any] = {}
        arrays: dict[str, np.ndarray] = {f"history/{name}": values for name, values in self.training.history.arrays().items()}
        for probe in self._probes:
            more, measured = self._measure(probe, look, fresh)
            head |= more
            arrays |= measured
        pictures, idle = head.pop("pictures"), head.pop("idle")
        head["columns"] = [{**drawn, **pictures.get(i, UNSEEN), "idle": idle.get(i)} for i, drawn in enumerate(self._drawn[0])]
        head["edges"] = self._drawn[1]
        return head, arrays

    def _measure(self, probe: Any, look: Look, fresh: bool) -> Measured:
        """What one probe says: of a moment ago where it has had its share of the processor, or of the time while a run takes its time."""
        wall, cpu = time.perf_counter(), time.thread_time()
        wall_due, cpu_due = self._due.get(probe.kind, (0.0, 0.0))
        if fresh or (cpu >= cpu_due if self.training.hurried else wall >= wall_due):
            self._last[probe.kind] = probe.measure(look)
            if probe.share < 1:
                ends = time.perf_counter(), time.thread_time()
                self._due[probe.kind] = (ends[0] + (ends[0] - wall) / probe.share, ends[1] + (ends[1] - cpu) / probe.share)
        return self._last[probe.kind]

    def _look(self, view: View) -> Look:
        if self._dataset is not self.training.state.dataset:
            self._dataset = self.training.state.dataset
            self._examples = probe_examples(self._dataset)
            self._inputs = probe_inputs(self.training, self._examples)
            self._drawn = self._drawing()
        outputs = record_outputs(self.training, self.columns, self._inputs)
        return Look(self.training, view, self.columns, self.edges, self._inputs, outputs, self._examples)

    def _drawing(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What every frame says of the columns and edges of the diagram: the same until the data change."""
        look = Look(self.training, View(), self.columns, self.edges, self._inputs, {}, self._examples)
        return [_column(look, i) for i in range(len(self.columns))], [_edge(look, i) for i in range(len(self.edges))]


def record_outputs(training: Training, columns: tuple[Column, ...], inputs: dict[str, torch.Tensor]) -> dict[int, torch.Tensor]:
    """Column number -> output (n, ...) of its last layer for the probe inputs, in evaluation mode; hooks do not outlive the call."""
    outputs: dict[int, torch.Tensor] = {}
    with ExitStack() as stack:
        for number, column in enumerate(columns):
            if not column.output_id:
                outputs[number] = inputs[column.role]
                continue
            module = training.module_of(column.role, column.output_id)
            handle = module.register_forward_hook(lambda _module, _args, output, number=number: outputs.__setitem__(number, output))
            stack.callback(handle.remove)
        for role, network in training.state.networks.items():
            with evaluation(network):
                network(inputs[role])
    return outputs


def _diagram(training: Training) -> tuple[tuple[Column, ...], tuple[Edge, ...]]:
    """The diagrams of all roles, one after the other, edges renumbered to match."""
    columns: tuple[Column, ...] = ()
    edges: tuple[Edge, ...] = ()
    for role in training.experiment.task.roles:
        shape, end = training.experiment.task.shapes(role, training.state.dataset)
        more, links = diagram(resolve(training.experiment.networks[role], end), shape, role)
        start = len(columns)
        edges += tuple(replace(edge, source=edge.source + start, target=edge.target + start) for edge in links)
        columns += more
    return columns, edges


def _column(look: Look, number: int) -> dict[str, Any]:
    column = look.columns[number]
    activation = column.activation
    return {
        **{name: getattr(column, name) for name in ("role", "id", "kind", "title", "units", "shown", "parameters", "formula", "editable")},
        **{name: getattr(column, name) for name in ("block", "lane", "stage")},
        "names": look.unit_names(number),
        "shape": str(column.shape),
        "activation": {"id": activation.id, "kind": activation.kind, "title": activation.title} if activation else None,
        "badges": [{"id": mark.id, "text": mark.text} for mark in column.badges],
    }


def _edge(look: Look, number: int) -> dict[str, Any]:
    edge = look.edges[number]
    weights = f"edge/{number}" if look.weighted(edge) else None
    return {"from": edge.source, "to": edge.target, "weights": weights, "kind": edge.kind, "exact": edge.exact}


def _head(training: Training) -> dict[str, Any]:
    experiment, dataset = training.experiment, training.state.dataset
    settings = experiment.training
    rate = settings.optimizer.learning_rate * settings.schedule.factor(training.step)
    return {
        "version": 1,
        "step": training.step,
        "epoch": training.epoch,
        "seconds": training.seconds,
        "engine": training.engine.name,
        "device": training.state.device.type,
        "settings": {"learning_rate": rate, "batch_size": settings.batch_size, "optimizer": settings.optimizer.kind},
        "metrics": training.metrics,
        "units": {name: IN_ITS_UNIT.sub(unit_of(dataset.target_name), words) for name, words in experiment.task.units().items()},
        "marks": [{"step": step, "text": text} for step, text in training.marks[-100:]],
        "problem": dataset.problem,
        "answers": experiment.task.answers,
        "coordinates": dataset.coordinates,
        "classes": list(dataset.class_names),
        "inputs": list(AXES[: dataset.coordinates] or dataset.input_names),
        "target": dataset.target_name,
    }


def unit_of(name: str) -> str:
    """The unit in the name of a target: "tip (US dollars)" -> "US dollars"."""
    return name.rpartition("(")[2].rstrip(")") if name.endswith(")") else "in its own unit"
