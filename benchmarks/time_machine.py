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
from concurrent.futures import ThreadPoolExecutor
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

ROUNDS = 30
SECONDS = 0.8
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
    rows = [row for name, one in references().items() for row in costs(name, one)]
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


def costs(name: str, experiment: Experiment) -> list[Row]:
    """What a training loses that is recorded as by default and drawn for one viewer."""
    ratios = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as other:
        watched, unseen = Watched(experiment, Path(folder)), nx.train(experiment)
        other.submit(watched.round).result(), plain(unseen)  # warm both up
        watched.spent = watched.drawing = watched.recorded = 0.0
        for number in range(ROUNDS):
            if number % 2:
                seen, alone = other.submit(watched.round).result(), plain(unseen)
            else:
                alone, seen = plain(unseen), other.submit(watched.round).result()
            ratios.append(seen / alone)
    more = 100 * (statistics.median(ratios) - 1)
    return [
        below(f"{name}: drawing and recording, of all processor time", 100 * watched.share, 5, "%"),
        below(f"{name}: a step with both over one with neither", more, 5, "% more processor time"),
    ]


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


class Watched:
    """A worker's loop around a training; all of it in one thread, whose processor time is its own.

    Attributes:
        spent, drawing, recorded: seconds of the processor: all of them, in pictures, in snapshots.
    """

    def __init__(self, experiment: Experiment, folder: Path) -> None:
        self.training = nx.train(experiment)
        self._camera, self._writer, self._recorder = Camera(self.training), FrameWriter(folder / "live.frame"), Recorder(folder)
        self._session = Recorded(self.training)
        self._pace = Pace()
        self._pace.follow(1, 20.0, 2.0, 1.0)
        self.spent = self.drawing = self.recorded = 0.0

    @property
    def share(self) -> float:
        """Of the processor time, what pictures and snapshots took."""
        return (self.drawing + self.recorded) / self.spent

    def round(self) -> float:
        """Seconds of the processor for a step."""
        began, cpu, first, recorded = time.perf_counter(), time.process_time(), self.training.step, self._recorder.seconds
        while time.perf_counter() - began < SECONDS:
            self._chunk(time.perf_counter() + CHUNK)
            if self._pace.frame_due(hurried=True):
                self._draw()
        self._recorder.wait()
        spent = time.process_time() - cpu
        self.spent += spent
        self.recorded += self._recorder.seconds - recorded
        return spent / (self.training.step - first)

    def _chunk(self, until: float) -> None:
        first = self.training.step
        while (left := until - time.perf_counter()) > 0:
            before = self.training.step
            self.training.advance(steps=self._recorder.steps_until_due(before), seconds=left)
            self._recorder.look(self._session)
            if self.training.step == before:
                break
        if self.training.step == first:  # one step takes longer than a chunk
            self.training.advance(steps=1, seconds=ANY)

    def _draw(self) -> None:
        began = time.thread_time()
        with self._pace.shooting():
            self._writer.write(self._camera.take(View(), {}, fresh=False))
        self.drawing += time.thread_time() - began


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
