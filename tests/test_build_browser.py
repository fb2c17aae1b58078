"""Networks put together by hand in Debian's Chromium, from an empty page to a run that learns; clashes made and mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from by_hand import Hand
from playwright.sync_api import Browser, Page, expect

from benchmarks._app import app, chromium
from explorer.experiment import Experiment, NetworkSpec
from explorer.ui.live_page import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 60_000  # milliseconds: two shared cores may be busy with other tests
STARTERS = catalogue("build")
DENSE = [{"kind": "flatten"}, {"kind": "linear", "out_features": 24}, {"kind": "relu"}, {"kind": "output"}]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with app() as running:
        yield running.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    found = browser.new_page(viewport={"width": 1280, "height": 800})
    faults: list[str] = []
    found.on("pageerror", lambda error: faults.append(str(error)))
    yield found
    found.close()
    assert faults == []


def opened(page: Page, url: str, experiment: Experiment) -> Hand:
    page.goto(f"{url}/build?x={experiment.to_url()}")
    page.get_by_test_id("builder").locator(".card").first.wait_for(timeout=PATIENCE)
    expect(page.get_by_test_id("workbench")).to_have_attribute("data-state", "paused", timeout=PATIENCE)
    return Hand(page)


def on_page(page: Page) -> Experiment:
    return Experiment.from_url(parse_qs(urlsplit(page.url).query)["x"][0])


def layers_of(network: NetworkSpec) -> Any:
    """The layers without their ids."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: bare(inner) for name, inner in value.items() if name != "id"}
        return [bare(inner) for inner in value] if isinstance(value, (list, tuple)) else value

    return bare(network.model_dump(mode="json")["layers"])


def with_layers(layers: list[dict]) -> Experiment:
    return Experiment.preset("digits_mlp").with_network("model", NetworkSpec.model_validate({"layers": layers}))


@pytest.mark.parametrize("name", ["build_01_logistic_regression", "build_06_inception"])
def test_a_starter_can_be_built_by_hand_from_an_empty_page_and_learns(page, url, name):
    wanted = STARTERS[name].experiment
    hand = opened(page, url, wanted)
    hand.clear()
    hand.build(wanted.networks["model"])
    assert layers_of(on_page(page).networks["model"]) == layers_of(wanted.networks["model"])
    page.get_by_role("button", name="Play", exact=True).click()
    learnt = "root => Number(root.dataset.step) > 20"
    page.wait_for_function(learnt, arg=page.get_by_test_id("workbench").element_handle(), timeout=PATIENCE)


@pytest.mark.parametrize(
    ("layers", "expected", "given"),
    [
        ([DENSE[1], DENSE[2], DENSE[3]], "a vector of features", "channels 1 x height 8 x width 8"),
        ([DENSE[0], {"kind": "conv2d"}, *DENSE[2:]], "an image", "features 64"),
        ([{"kind": "residual", "body": [{"kind": "conv2d", "out_channels": 4}]}, DENSE[0], DENSE[3]], "", ""),
    ],
    ids=["an image into Linear", "features into Conv2d", "a body that changes the shape"],
)
def test_a_clash_is_marked_and_mended_by_the_offered_fix(page, url, layers, expected, given):
    page.goto(f"{url}/build?x={with_layers(layers).to_url()}")
    clash = page.locator(".clash")
    clash.wait_for(timeout=PATIENCE)
    assert expected in clash.inner_text()
    assert given in clash.inner_text()
    while clash.count():
        before = page.get_by_test_id("builder").get_attribute("data-drawn")
        page.locator(".fix").first.click()
        expect(page.get_by_test_id("builder")).not_to_have_attribute("data-drawn", before or "", timeout=PATIENCE)
    expect(page.locator(".card.end.met")).to_have_count(1)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_test_id("workbench")).to_have_attribute("data-state", "running", timeout=PATIENCE)


def test_a_change_while_it_trains_keeps_weights_and_can_be_undone(page, url):
    opened(page, url, with_layers(DENSE))
    page.get_by_role("button", name="Play", exact=True).click()
    workbench = page.get_by_test_id("workbench")
    page.wait_for_function("root => Number(root.dataset.step) > 50", arg=workbench.element_handle(), timeout=PATIENCE)
    first = workbench.get_attribute("data-run")
    page.locator(".card[data-id=relu_1]").click()
    page.keyboard.press("d")
    expect(workbench).not_to_have_attribute("data-run", first or "", timeout=PATIENCE)
    expect(page.get_by_text("Kept the weights of all 2 layers")).to_be_visible(timeout=PATIENCE)
    page.locator("[data-tool=undo]").click()
    expect(page.locator(".card.layer")).to_have_count(4, timeout=PATIENCE)


def test_a_reload_brings_the_unfinished_network_back(page, url):
    broken = with_layers(DENSE[1:])
    page.goto(f"{url}/build?x={broken.to_url()}")
    page.locator(".clash").wait_for(timeout=PATIENCE)
    page.reload()
    page.locator(".clash").wait_for(timeout=PATIENCE)
    assert on_page(page) == broken
