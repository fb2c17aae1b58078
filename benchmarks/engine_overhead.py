"""What the engine costs around the arithmetic: against a bare loop, and with its probes on against off."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

import explorer as nx
from benchmarks.row import Row, below
from explorer.experiment import Experiment, changed
from explorer.probes.base import View
from explorer.probes.frame import Camera
from explorer.results.frame import unpack
from explorer.runs.client import Client
from explorer.runs.frames import FrameReader, FrameWriter
from explorer.runs.pace import Pace

ROUNDS = 11
SECONDS = 1.5
CHUNK = 0.03


def measure() -> list[Row]:
    """Both comparisons, each as the median of interleaved rounds."""
    torch.set_num_threads(1)
    cnn, mlp = changed(Experiment.preset("digits_cnn"), "training.engine", "eager"), Experiment.preset("spiral")
    return [
        below("digits CNN, batch 64: whole engine over a bare loop", 100 * whole_over_bare(cnn), 10, "% more time"),
        below("digits CNN, batch 64: default probes on over off", 100 * probes_over_none(cnn), 5, "% more time"),
        below("spiral [8, 8, 8]: default probes on over off", 100 * probes_over_none(mlp), 5, "% more time"),
    ]


def whole_over_bare(experiment: Experiment) -> float:
    """Time of a step in a watched run (worker, probes, snapshots, store) over a step of the loop below, less 1."""
    ratios = []
    with tempfile.TemporaryDirectory() as home, watched_run(Path(home), experiment) as (client, run):
        reader = FrameReader(client.frame_path(run))
        bare = bare_steps_per_second(experiment)
        for _ in range(ROUNDS):
            client.command(run, {"command": "play"})
            time.sleep(0.3)
            whole = steps_per_second(reader)
            client.command(run, {"command": "pause"})
            before, bare = bare, bare_steps_per_second(experiment)
            ratios.append((before + bare) / 2 / whole)
    return statistics.median(ratios) - 1


@contextmanager
def watched_run(home: Path, experiment: Experiment) -> Iterator[tuple[Client, str]]:
    """A run as fast as it goes, watched by one viewer, in processes of its own."""
    client, done = Client(home), threading.Event()
    run = client.start(experiment, play=False)
    client.command(run, {"command": "speed", "value": 0})

    def watch() -> None:
        while not done.wait(1.0):
            client.watch([run])

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield client, run
    finally:
        done.set()
        thread.join()
        client.shutdown()


def steps_per_second(reader: FrameReader) -> float:
    """Measured between two frames, by the worker's own count and this clock."""
    first, began = step_at_change(reader)
    time.sleep(SECONDS)
    last, ended = step_at_change(reader)
    return (last - first) / (ended - began)


def step_at_change(reader: FrameReader) -> tuple[int, float]:
    """The step of the next new frame, and when it came."""
    sequence = reader.sequence()
    while reader.sequence() == sequence:
        time.sleep(0.001)
    now = time.perf_counter()
    return unpack(reader.read() or b"")[0]["step"], now


def bare_steps_per_second(experiment: Experiment) -> float:
    """The loop one writes by hand on the same network and data: index batches, torch's Adam, nothing else."""
    state = nx.train(experiment).state
    model, loss_of = state.networks["model"], nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=experiment.training.optimizer.learning_rate)
    model.train()
    n, size, steps, began = len(state.x_train), experiment.training.batch_size, 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        order = torch.randperm(n)
        for start in range(0, n - size + 1, size):
            batch = order[start : start + size]
            optimizer.zero_grad()
            loss_of(model(state.x_train[batch]), state.y_train[batch]).backward()
            optimizer.step()
            steps += 1
    return steps / (time.perf_counter() - began)


def probes_over_none(experiment: Experiment) -> float:
    """Time of a step with frames as a worker takes them for a viewer, over a step without, less 1."""
    seen, unseen = nx.train(experiment), nx.train(experiment)
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        writer, camera = FrameWriter(Path(folder) / "live.frame"), Camera(seen)
        looped(seen, camera, writer), looped(unseen, None, None)  # warm both up
        for _ in range(ROUNDS):
            before, watched, after = looped(unseen, None, None), looped(seen, camera, writer), looped(unseen, None, None)
            ratios.append((before + after) / 2 / watched)
    return statistics.median(ratios) - 1


def looped(training: nx.Training, camera: Camera | None, writer: FrameWriter | None) -> float:
    """Steps per second of a worker's loop."""
    pace, first, began = Pace(), training.step, time.perf_counter()
    pace.follow(1, 20.0, 2.0, 1.0)
    while time.perf_counter() - began < SECONDS:
        training.advance(seconds=CHUNK)
        if camera and writer and pace.frame_due(hurried=True):
            with pace.shooting():
                writer.write(camera.take(View(), {}, fresh=False))
    return (training.step - first) / (time.perf_counter() - began)
