"""What pictures and recording cost, on the four reference networks, and how soon a recorded step is on the screen.

Decided: the cost is counted in processor time, that of the thread that writes snapshots included.
Because: on a machine that does other things too, the clock on the wall says how busy those are; and where training has the
processor to itself, it waits for no more than that thread does.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Page

import explorer as nx
from benchmarks._app import app, chromium
from benchmarks.browser import fact, opened
from benchmarks.row import Row, below
from explorer.experiment import Experiment, changed
from explorer.probes.base import View
from explorer.probes.frame import Camera
from explorer.runs.frames import FrameWriter
from explorer.runs.pace import Pace
from explorer.runs.recorder import Recorder
from explorer.runs.worker import ANY

ROUNDS = 14
SECONDS = 1.5
CHUNK = 0.03
SNAPSHOTS, SCRUBS = 1000, 40
STEP_BY_STEP = """async ([path, count]) => {
    const socket = new WebSocket(new URL(path, document.baseURI.replace(/^http/, "ws")));
    await new Promise((resolve) => { socket.onopen = resolve; });
    for (let i = 0; i < count; i += 1) {
        const answered = new Promise((resolve) => {
            socket.onmessage = ({ data }) => typeof data === "string" && data.includes('"ack"') && resolve();
        });
        socket.send(JSON.stringify({ command: "step" }));
        await answered;
    }
    socket.close();
}"""


def measure() -> list[Row]:
    """The cost of pictures and snapshots together, as the median of interleaved rounds; then scrubbing."""
    torch.set_num_threads(1)
    rows = [
        below(f"{name}: pictures and snapshots on over off", 100 * all_over_none(one), 5, "% more processor time")
        for name, one in references().items()
    ]
    with app() as running, chromium() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        rows.append(below(f"scrubbing: slider to picture, median of {SCRUBS} steps", scrubbed(page, running.url), 150, "ms"))
    return rows


def references() -> dict[str, Experiment]:
    """The networks that the goals name."""
    lstm = with_layers("build_08_lstm", {"pairs": 16}, {"embedding_1": {"out_features": 16}, "lstm_1": {"hidden_size": 64}})
    encoder = with_layers("build_11_tiny_encoder", {"length": 64}, {"embedding_1": {"out_features": 64}})
    return {
        "MLP [8, 8, 8]": Experiment.preset("spiral"),
        "digits CNN, batch 64": changed(Experiment.preset("digits_cnn"), "training.engine", "eager"),
        "LSTM of 64 over 32 steps": lstm,
        "2-layer transformer of width 64 over 64 tokens": encoder,
    }


def with_layers(preset: str, data: dict[str, Any], layers: dict[str, dict[str, Any]]) -> Experiment:
    """A preset with some fields of its data and of its layers set."""
    fields = json.loads(Experiment.preset(preset).to_json())
    fields["data"] |= data
    for layer in fields["networks"]["model"]["layers"]:
        layer |= layers.get(layer["id"], {})
    return Experiment.from_fields(fields)


def all_over_none(experiment: Experiment) -> float:
    """Processor time of a step in a worker's loop for one viewer, recorded as by default, over a step without either, less 1."""
    seen, unseen = nx.train(experiment), nx.train(experiment)
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        tools = (Camera(seen), FrameWriter(Path(folder) / "live.frame"), Recorder(Path(folder)))
        looped(seen, *tools), plain(unseen)  # warm both up
        for number in range(ROUNDS):
            if number % 2:
                watched, alone = looped(seen, *tools), plain(unseen)
            else:
                alone, watched = plain(unseen), looped(seen, *tools)
            ratios.append(watched / alone)
    return statistics.median(ratios) - 1


class Recorded:
    """What a recorder sees of a training."""

    def __init__(self, training: nx.Training) -> None:
        self._training = training

    @property
    def step(self) -> int:
        return self._training.step

    @property
    def checkpoint_bytes(self) -> int:
        return 3 * sum(value.nbytes for value in self._training.networks["model"].state_dict().values())

    def checkpoint(self) -> Any:
        return self._training.checkpoint()


def looped(training: nx.Training, camera: Camera, writer: FrameWriter, recorder: Recorder) -> float:
    """Seconds of the processor for a step of a worker's loop."""
    pace, session = Pace(), Recorded(training)
    pace.follow(1, 20.0, 2.0, 1.0)
    recorder.look(session, resting=True)  # what passed since the last time earns nothing
    recorder.wait()
    first, began, spent = training.step, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < SECONDS:
        until, chunk = time.perf_counter() + CHUNK, training.step
        while (left := until - time.perf_counter()) > 0:
            before = training.step
            training.advance(steps=recorder.steps_until_due(before), seconds=left)
            recorder.look(session)
            if training.step == before:
                break
        if training.step == chunk:  # one step takes longer than a chunk
            training.advance(steps=1, seconds=ANY)
        if pace.frame_due(hurried=True):
            with pace.shooting():
                writer.write(camera.take(View(), {}, fresh=False))
    recorder.wait()
    return (time.process_time() - spent) / (training.step - first)


def plain(training: nx.Training) -> float:
    """Seconds of the processor for a step of the same loop with nothing else in it."""
    first, began, spent = training.step, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < SECONDS:
        before = training.step
        training.advance(seconds=CHUNK)
        if training.step == before:
            training.advance(steps=1, seconds=ANY)
    return (time.process_time() - spent) / (training.step - first)


def scrubbed(page: Page, url: str) -> float:
    """Median milliseconds from the slider to the picture of the step, over steps nobody has looked at before."""
    workbench = opened(page, url)
    page.get_by_role("button", name="Reset", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.evaluate(STEP_BY_STEP, [f"nx/runs/{fact(workbench, 'run')}/live", SNAPSHOTS])
    slider = page.get_by_role("slider", name="Recorded step")
    slider.focus()
    page.wait_for_timeout(3_000)
    last = int(slider.get_attribute("max") or 0)
    places = random.Random(0).sample(range(last), SCRUBS)
    return statistics.median(moved(page, workbench, place) for place in places)


def moved(page: Page, workbench: Any, place: int) -> float:
    """Milliseconds that the workbench itself measured, from its slider being moved to its picture being painted."""
    before = fact(workbench, "past")
    page.get_by_role("slider", name="Recorded step").evaluate(
        "(slider, place) => { slider.value = place; slider.dispatchEvent(new Event('input')); }", place
    )
    deadline = time.monotonic() + 20
    while fact(workbench, "past") == before:
        if time.monotonic() > deadline:
            raise TimeoutError(f"place {place} of the slider was not shown within 20 s")
        page.wait_for_timeout(5)
    page.wait_for_timeout(100)
    return float(fact(workbench, "look-ms"))
