"""Putting a network of 40 layers together: how long its numbers take, and how long a visitor waits for the new drawing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from playwright.sync_api import Page
from torch.utils.flop_counter import FlopCounterMode

from benchmarks._app import app, chromium
from benchmarks.browser import ANSWER, LISTEN
from benchmarks.row import Row, below
from explorer.experiment import Experiment, NetworkSpec
from explorer.networks.build import Network, resolve
from explorer.networks.cost import describe
from explorer.networks.sketch import sketch
from explorer.results.shape import Shape

IMAGE, ANSWERS, BATCH = Shape.image(1, 8, 8), Shape.features(10), 64
TIMES, EDITS = 15, 15


def measure() -> list[Row]:
    """The numbers of the meta device, and the editor's from click to picture."""
    described, drawn, plain = (in_milliseconds(action) for action in (_describe, _sketch, _count_flops))
    changed, copied = edits()
    return [
        below("shapes and costs of 40 layers on the meta device", described, 50, "ms"),
        below("the same over building it on the meta device and torch's own FLOP counter", described / plain, 3, "x"),
        below("drawing of 40 layers with clashes, receptive fields and costs", drawn, 60, "ms"),
        below("a setting of one of 40 layers to the new drawing, in the browser", changed, 200, "ms"),
        below("copying or removing one of 40 layers to the new drawing, in the browser", copied, 200, "ms"),
    ]


def forty_layers(channels: int = 8) -> NetworkSpec:
    """Nine groups of convolution, normalisation, ReLU and dropout, and a head: 40 layers."""
    group = [
        {"kind": "conv2d", "out_channels": channels, "padding": 1},
        {"kind": "batch_norm2d"},
        {"kind": "relu"},
        {"kind": "dropout", "p": 0.1},
    ]
    head = [{"kind": "global_avg_pool2d"}, {"kind": "linear", "out_features": 32}, {"kind": "relu"}, {"kind": "output"}]
    return NetworkSpec.model_validate({"layers": [*9 * group, *head]})


def in_milliseconds(action: Callable[[NetworkSpec], object]) -> float:
    """Median over networks of another width each, after one that does not count."""
    action(forty_layers(4))
    spent = []
    for number in range(TIMES):
        network = forty_layers(5 + number)
        began = time.perf_counter()
        action(network)
        spent.append(1000 * (time.perf_counter() - began))
    return statistics.median(spent)


def _describe(network: NetworkSpec) -> None:
    describe(network, IMAGE, ANSWERS, BATCH)


def _sketch(network: NetworkSpec) -> None:
    assert sketch(network, IMAGE, ANSWERS, BATCH).clash is None


def _count_flops(network: NetworkSpec) -> None:
    with torch.device("meta"), FlopCounterMode(display=False):
        Network(resolve(network, ANSWERS), IMAGE)(torch.zeros(2, *IMAGE.sizes))


def edits() -> tuple[float, float]:
    """Medians in milliseconds: a setting in the form, and a copy made or removed, each to the new drawing."""
    experiment = Experiment.preset("digits_cnn").with_network("model", forty_layers())
    with chromium() as browser, app() as running:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{running.url}/build?x={experiment.to_url()}")
        builder = page.get_by_test_id("builder")
        builder.locator(".card.layer").first.wait_for(timeout=60_000)
        page.wait_for_timeout(2000)
        builder.evaluate(LISTEN)
        builder.locator(".card[data-id=conv2d_5]").click()
        page.wait_for_timeout(500)
        changed = statistics.median(_more_channels(page) for _ in range(EDITS))
        copied = statistics.median(_copy_or_remove(page, number) for number in range(EDITS))
    return changed, copied


def _more_channels(page: Page) -> float:
    buttons = page.get_by_test_id("stNumberInputStepUp")
    buttons.first.click()
    return _answered(page)


def _copy_or_remove(page: Page, number: int) -> float:
    page.locator("[data-tool=delete]" if number % 2 else "[data-tool=duplicate]").click()
    return _answered(page)


def _answered(page: Page) -> float:
    deadline = time.monotonic() + 10
    while (spent := page.evaluate(ANSWER, "data-drawn")) is None:
        if time.monotonic() > deadline:
            raise TimeoutError("the editor did not draw within 10 s")
        page.wait_for_timeout(5)
    page.wait_for_timeout(400)
    return spent
