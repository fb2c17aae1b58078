"""From a key press to the painted map of another example, on the Explain page in headless Chromium."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Locator, Page

from benchmarks._app import app, chromium
from benchmarks.row import Row, below
from explorer.experiment import DATASETS, Experiment
from explorer.ingest import online

EXAMPLES, REST = 9, 1500  # asked for one after another; ms between two, in which the trials of the map before are drawn, too
PICTURES, CLASSES, STEPS = 2000, 10, 20
LISTEN = """() => {
    const isMap = (node) => Boolean(node.closest?.('.js-plotly-plot')?.querySelector('.heatmaplayer image'));
    addEventListener('keydown', () => { window.pressed = performance.now(); window.painted = null; }, true);
    new MutationObserver((changes) => {
        if (window.painted !== null || !changes.some((change) => isMap(change.target))) return;
        requestAnimationFrame(() => { window.painted ??= performance.now(); });
    }).observe(document.querySelector('.st-key-explained'), {subtree: true, childList: true, attributes: true});
}"""


def measure() -> list[Row]:
    """Saliency and integrated gradients on digits of 8 x 8, occlusion on pictures of 28 x 28."""
    large = Experiment.preset("digits_cnn").model_copy(update={"data": DATASETS["mnist"]()})
    with chromium() as browser, app(online_pictures) as running:
        small = Experiment.preset("explain_digits")
        asked = {
            ("saliency, 8 x 8", 300): waits(browser, running.url, small, "Gradients", "Saliency"),
            ("integrated gradients, 50 steps, 8 x 8", 600): waits(browser, running.url, small, "Gradients", "Integrated gradients"),
            ("occlusion, 28 x 28", 2000): waits(browser, running.url, budgeted(large), "Taking away", "Occlusion"),
        }
    return [
        below(f"another example to its painted map, {what}", statistics.median(spent), goal, "ms") for (what, goal), spent in asked.items()
    ]


def budgeted(experiment: Experiment) -> Experiment:
    """The experiment with a run that ends after some steps, so that nothing else works meanwhile."""
    rule = {"kind": "step_budget", "steps": STEPS}
    training = experiment.training.model_dump() | {"stopping": [rule]}
    return experiment.model_copy(update={"training": type(experiment.training).model_validate(training)})


def online_pictures(home: Path) -> None:
    """One picture for each class and noise over it, kept where a downloaded set would be."""
    rng = np.random.default_rng(0)
    labels = (np.arange(PICTURES) % CLASSES).astype(np.uint8)
    clean = rng.integers(0, 150, (CLASSES, 1, 28, 28), dtype=np.uint8)
    pixels = clean[labels] + rng.integers(0, 100, (PICTURES, 1, 28, 28), dtype=np.uint8)
    online.keep(DATASETS["mnist"].source, {"pixels": pixels, "labels": labels}, home)  # ty: ignore[unresolved-attribute]


def waits(browser: Browser, url: str, experiment: Experiment, group: str, method: str) -> list[float]:
    """Milliseconds for each of some examples, none of which was looked at before."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{url}/explain?x={experiment.to_url()}")
    page.get_by_text(re.compile("steps of its budget")).wait_for(timeout=120_000)
    page.get_by_role("heading", name=re.compile("at step")).wait_for(timeout=120_000)
    choose(page, "Explain by", group)
    choose(page, "Method", method)
    page.get_by_role("heading", name=re.compile(f"{method} at step")).wait_for(timeout=120_000)
    page.wait_for_timeout(6000)  # until the newest step is shown and its trials are drawn
    page.evaluate(LISTEN)
    number = page.get_by_role("spinbutton", name="Number", exact=True)
    spent = [pressed(page, number) for _ in range(EXAMPLES)]
    page.close()
    return spent


def pressed(page: Page, number: Locator) -> float:
    """Milliseconds from the key to the map."""
    number.press("ArrowUp")
    page.wait_for_function("window.painted !== null", timeout=60_000)
    spent = page.evaluate("window.painted - window.pressed")
    page.wait_for_timeout(REST)
    return spent


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label, exact=True)
    if box.input_value() != option:
        box.click()
        page.get_by_role("option", name=option, exact=True).click()
        page.wait_for_timeout(1500)
