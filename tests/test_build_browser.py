"""Networks put together by hand in Debian's Chromium, from an empty page to a run that learns; clashes made and mended."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Server, wait
from by_hand import Hand
from playwright.sync_api import Page, expect

from explorer.experiment import Experiment, NetworkSpec
from explorer.ui.live_page import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTERS = catalogue("build")
DENSE = [{"kind": "flatten"}, {"kind": "linear", "out_features": 24}, {"kind": "relu"}, {"kind": "output"}]


def opened(page: Page, server: Server, experiment: Experiment) -> Hand:
    page.goto(f"{server.url}/build?x={experiment.to_url()}")
    page.get_by_test_id("builder").locator(".card").first.wait_for()
    expect(page.get_by_test_id("workbench")).to_have_attribute("data-state", "paused")
    return Hand(page)


def on_page(page: Page) -> Experiment:
    return Experiment.from_url(parse_qs(urlsplit(page.url).query)["x"][0])


def reached(page: Page) -> int:
    """The step the picture is at."""
    return int(page.get_by_test_id("workbench").get_attribute("data-step") or 0)


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
def test_a_starter_can_be_built_by_hand_from_an_empty_page_and_learns(page, server, name):
    wanted = STARTERS[name].experiment
    hand = opened(page, server, wanted)
    hand.clear()
    hand.build(wanted.networks["model"])
    assert layers_of(on_page(page).networks["model"]) == layers_of(wanted.networks["model"])
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, lambda: reached(page) > 20)


@pytest.mark.parametrize(
    ("layers", "expected", "given"),
    [
        ([DENSE[1], DENSE[2], DENSE[3]], "a vector of features", "channels 1 x height 8 x width 8"),
        ([DENSE[0], {"kind": "conv2d"}, *DENSE[2:]], "an image", "features 64"),
        ([{"kind": "residual", "body": [{"kind": "conv2d", "out_channels": 4}]}, DENSE[0], DENSE[3]], "", ""),
    ],
    ids=["an image into Linear", "features into Conv2d", "a body that changes the shape"],
)
def test_a_clash_is_marked_and_mended_by_the_offered_fix(page, server, layers, expected, given):
    page.goto(f"{server.url}/build?x={with_layers(layers).to_url()}")
    clash = page.locator(".clash")
    clash.wait_for()
    assert expected in clash.inner_text()
    assert given in clash.inner_text()
    while clash.count():
        before = page.get_by_test_id("builder").get_attribute("data-drawn")
        page.locator(".fix").first.click()
        expect(page.get_by_test_id("builder")).not_to_have_attribute("data-drawn", before or "")
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator(".card.end.met")).to_have_count(1)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_test_id("workbench")).to_have_attribute("data-state", "running")


def test_a_change_while_it_trains_keeps_weights_and_can_be_undone(page, server):
    opened(page, server, with_layers(DENSE))
    page.get_by_role("button", name="Play", exact=True).click()
    workbench = page.get_by_test_id("workbench")
    wait(page, lambda: reached(page) > 50)
    first = workbench.get_attribute("data-run")
    page.locator(".card[data-id=relu_1]").click()
    page.keyboard.press("d")
    expect(workbench).not_to_have_attribute("data-run", first or "")
    expect(page.get_by_text("Kept the weights of all 2 layers")).to_be_visible()
    page.locator("[data-tool=undo]").click()
    expect(page.locator(".card.layer")).to_have_count(4)


def test_a_reload_brings_the_unfinished_network_back(page, server):
    broken = with_layers(DENSE[1:])
    page.goto(f"{server.url}/build?x={broken.to_url()}")
    page.locator(".clash").wait_for()
    page.reload()
    page.locator(".clash").wait_for()
    assert on_page(page) == broken
