"""What a visitor feels: start, first picture, Play, slider, frames a second. Measured inside headless Chromium."""

from __future__ import annotations

import statistics
import time

from playwright.sync_api import Browser, Locator, Page

from benchmarks._app import App, app, chromium
from benchmarks.row import Row, at_least, below

OPENINGS, PRESSES, SLIDES = 5, 9, 15
WATCHED = 6.0  # seconds of frames that are counted

LISTEN = """root => {
    window.seen = [];
    new MutationObserver(changes => changes.forEach(change =>
        window.seen.push([change.attributeName, performance.now()]))).observe(root, {attributes: true});
    const note = () => { window.acted = performance.now(); window.seen = []; };
    addEventListener('click', note, true);
    addEventListener('keydown', note, true);
}"""
ANSWER = """name => {
    const answer = window.seen.find(([changed]) => changed === name);
    return answer ? answer[1] - window.acted : null;
}"""


def measure() -> list[Row]:
    """Every number of a single visitor."""
    with chromium() as browser, app() as running:
        cold = first_picture(browser, running.url) and time.perf_counter() - running.began
        warm = statistics.median(first_picture(browser, running.url) for _ in range(OPENINGS))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        workbench = opened(page, running.url)
        workbench.evaluate(LISTEN)
        fps, share = watched(running, workbench)
        slider = statistics.median(slide(page) for _ in range(SLIDES))
        play = statistics.median(press_play(page) for _ in range(PRESSES))
    return [
        below("server start to first training picture", cold, 8, "s"),
        below("opening the page on a warm server to first training picture", warm, 2, "s"),
        below("Play to the first changed picture", play, 300, "ms"),
        below("learning rate slider to its answer in the picture, training on", slider, 200, "ms"),
        at_least("frames painted of [8, 8, 8] while it trains", fps, 15, "frames/s"),
        below("server process on one viewer", share, 25, "% of a core"),
    ]


def first_picture(browser: Browser, url: str) -> float:
    """Seconds from asking for the page to a painted, training network, in a browser that has seen nothing yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    began = time.perf_counter()
    opened(context.new_page(), url)
    spent = time.perf_counter() - began
    context.close()
    return spent


def opened(page: Page, url: str) -> Locator:
    """The workbench, once it has painted a step of a running run."""
    page.goto(url)
    workbench = page.get_by_test_id("workbench")
    workbench.wait_for(timeout=60_000)
    while not (fact(workbench, "state") == "running" and int(fact(workbench, "step") or 0) > 0):
        page.wait_for_timeout(5)
    return workbench


def fact(workbench: Locator, name: str) -> str:
    return workbench.get_attribute(f"data-{name}") or ""


def watched(running: App, workbench: Locator) -> tuple[float, float]:
    """Frames painted a second, and the share of a core (per cent) the server process takes meanwhile."""
    painted, cpu, began = int(fact(workbench, "painted")), running.cpu_seconds(), time.perf_counter()
    time.sleep(WATCHED)
    spent = time.perf_counter() - began
    return (int(fact(workbench, "painted")) - painted) / spent, 100 * (running.cpu_seconds() - cpu) / spent


def slide(page: Page) -> float:
    """Milliseconds from a key on the slider to the frame that carries the new rate."""
    key = "ArrowRight" if int(time.perf_counter() * 1e6) % 2 else "ArrowLeft"
    page.get_by_role("slider", name="Learning rate").press(key)
    return answered(page, "data-learning-rate")


def press_play(page: Page) -> float:
    """Milliseconds from Play to another picture; the run is paused again afterwards."""
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Play", exact=True).click()
    spent = answered(page, "data-picture")
    page.wait_for_timeout(300)
    return spent


def answered(page: Page, attribute: str) -> float:
    deadline = time.monotonic() + 10
    while True:
        spent = page.evaluate(ANSWER, attribute)
        if spent is not None:
            return spent
        if time.monotonic() > deadline:
            raise TimeoutError(f"{attribute} did not change within 10 s")
        page.wait_for_timeout(5)
