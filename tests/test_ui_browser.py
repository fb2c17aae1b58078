"""The app in Debian's Chromium, as a visitor meets it: everything here runs for real, on a server and a data folder of its own."""

from __future__ import annotations

import math
import re
import signal
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import wait
from playwright.sync_api import Page, expect

from explorer.experiment import Experiment

pytestmark = pytest.mark.browser


def steps(page: Page) -> int:
    """The step the picture is at; -1 before there is one."""
    found = re.search(r"step\s*([\d,\s]+)", page.get_by_test_id("workbench").inner_text())
    return int(re.sub(r"\D", "", found[1])) if found else -1


def fact(page: Page, name: str) -> str:
    return page.get_by_test_id("workbench").get_attribute(f"data-{name}") or ""


def ready(page: Page) -> None:
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    wait(page, lambda: steps(page) > 0)


def link(page: Page) -> tuple[Experiment, str]:
    query = parse_qs(urlsplit(page.evaluate("location.href")).query)
    return Experiment.from_url(query["x"][0]), query["run"][0]


def test_a_deep_link_is_the_first_thing_a_fresh_server_is_asked_for(page, server):
    page.goto(f"{server.url}/digits")
    ready(page)
    expect(page.get_by_role("link", name="Playground")).to_be_visible()
    expect(page.get_by_role("link", name="main", exact=True)).to_have_count(0)
    assert page.title() == "Digits · Neural Explorer"
    assert link(page)[0].data.kind == "digits"


def test_it_trains_at_once_pauses_steps_and_is_found_again_after_a_reload(page, server):
    page.goto(server.url)
    ready(page)
    first = steps(page)
    wait(page, lambda: steps(page) > first)
    page.get_by_role("button", name="Pause", exact=True).click()
    wait(page, lambda: fact(page, "state") == "paused" and steps(page) == int(fact(page, "step")))
    held, (_, run_id) = steps(page), link(page)
    page.get_by_role("button", name="Step", exact=True).click()
    wait(page, lambda: steps(page) == held + 1)
    page.reload()
    wait(page, lambda: page.get_by_test_id("workbench").count() and steps(page) == held + 1)
    assert link(page)[1] == run_id


def test_the_learning_rate_changes_while_it_trains_and_another_window_sees_the_same_run(page, server):
    page.goto(server.url)
    ready(page)
    before, run_id = link(page)
    page.get_by_role("slider", name="Learning rate").press("ArrowRight")
    wait(page, lambda: link(page)[0] != before)
    after, same = link(page)
    assert after.training.optimizer.learning_rate > before.training.optimizer.learning_rate
    assert same == run_id
    other = page.context.new_page()
    other.goto(page.evaluate("location.href"))
    ready(other)
    assert link(other) == (after, run_id)


def test_a_changed_learning_rate_is_marked_on_the_curve(page, server):
    page.goto(server.url)
    ready(page)
    page.get_by_role("slider", name="Learning rate").press("ArrowRight")
    curve = page.get_by_role("img", name="Loss over the steps")
    expect(curve).to_have_attribute("aria-label", re.compile(r"Last change, at step [\d,]+: learning rate .*0\.01 "))


def test_an_edit_in_the_diagram_starts_a_new_run_and_back_returns_to_the_old_one(page, server):
    page.goto(server.url)
    ready(page)
    before, run_id = link(page)
    page.get_by_role("button", name="Add unit to Linear 1").click()
    wait(page, lambda: link(page)[1] != run_id)
    assert link(page)[0].networks["model"].layers[0].out_features == before.networks["model"].layers[0].out_features + 1
    ready(page)
    page.go_back()
    wait(page, lambda: link(page) == (before, run_id))
    ready(page)


def test_another_page_and_back_keeps_the_run(page, server):
    page.goto(server.url)
    ready(page)
    before = link(page)
    page.get_by_role("link", name="Reference").click()
    expect(page.get_by_role("heading", name="Layer types")).to_be_visible()
    page.get_by_role("link", name="Playground").click()
    ready(page)
    assert link(page) == before


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"x={Experiment.preset('xor').to_url()[:-9]}", "cut short"),
        (f"x={'a' * 2_000_000}", "characters long"),
        ("run=nothing", "run in this link"),
    ],
    ids=["truncated", "2 MB", "no such run"],
)
def test_a_damaged_link_is_explained_in_a_sentence(page, server, query, words):
    page.goto(f"{server.url}/?{query}")
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_the_picture_changes_an_epoch_is_an_epoch_and_reset_begins_again(page, server):
    page.goto(server.url)
    ready(page)
    picture = fact(page, "picture")
    wait(page, lambda: fact(page, "picture") != picture)
    page.get_by_role("button", name="Pause", exact=True).click()
    wait(page, lambda: fact(page, "state") == "paused")
    page.get_by_role("button", name="Epoch", exact=True).click()
    wait(page, lambda: fact(page, "state") == "paused" and steps(page) % 35 == 0)  # 350 training points in batches of 10
    page.get_by_role("button", name="Reset", exact=True).click()
    wait(page, lambda: steps(page) == 0)
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, lambda: steps(page) > 0)


def test_points_are_painted_into_the_training_part_of_the_same_run(page, server):
    page.goto(server.url)
    ready(page)
    before, run_id = link(page)
    page.get_by_role("button", name="Paint points").click()
    box = page.locator('canvas[aria-label*="surface" i]').first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.3 * box["height"], steps=5)
    page.mouse.up()
    wait(page, lambda: link(page)[0].data.painted)
    x, y, _ = link(page)[0].data.painted[0]
    assert x > 0.2
    assert y > 0.2
    assert link(page)[1] == run_id
    page.get_by_role("button", name="Erase painted").click()
    wait(page, lambda: link(page)[0] == before)


def test_a_drawing_is_read_while_the_network_learns(page, server):
    page.goto(f"{server.url}/digits")
    ready(page)
    wait(page, lambda: steps(page) > 60)
    box = page.get_by_label("Drawing pad").bounding_box()
    assert box
    around = [(0.5 + 0.22 * math.cos(a), 0.5 + 0.33 * math.sin(a)) for a in [0.63 * i for i in range(11)]]
    for i, (x, y) in enumerate(around):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=1 if i == 0 else 4)
        if i == 0:
            page.mouse.down()
    page.mouse.up()
    bars = page.get_by_label("Prediction for your drawing")
    wait(page, lambda: re.search(r"\d+ %", bars.inner_text()))
    seen = page.get_by_label("Your drawing as the network gets it")
    pixels = seen.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
    assert min(pixels[3::4]) == 255  # no pixel is left out, grey ones least of all
    assert len(set(pixels[0::4])) > 3


def test_a_killed_server_comes_back_and_a_reloaded_tab_finds_its_run(page, server):
    page.goto(server.url)
    ready(page)
    run_id, reached = link(page)[1], steps(page)
    server.stop(signal.SIGKILL)
    server.start()
    page.reload()
    wait(page, lambda: page.get_by_test_id("workbench").count() and steps(page) > reached)
    assert link(page)[1] == run_id


@pytest.mark.slow
@pytest.mark.parametrize(
    ("starter", "words"),
    [
        ("build_07_dilated_conv1d", "on average"),
        ("build_10_bilstm_tagger", "tokens right"),
        ("build_12_tiny_decoder", "perplexity"),
        ("build_14_autoencoder", "per number on average"),
    ],
)
def test_a_running_starter_shows_its_kind_of_answer_under_the_editor_and_beside_the_whole_picture(page, server, starter, words):
    page.goto(f"{server.url}/build?x={Experiment.preset(starter).to_url()}")
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, lambda: steps(page) > 0)
    panel = page.locator(".output.example")
    expect(panel.locator(".score")).to_contain_text(words)
    page.get_by_role("button", name="Next example").click()
    expect(panel.get_by_role("heading")).to_have_text(re.compile(r"Example 2 of \d+"))
    expect(page.locator(".network")).to_be_hidden()
    page.get_by_role("radio", name="Train", exact=True).click()
    expect(page.locator(".network")).to_be_visible()
    expect(panel.locator(".score")).to_contain_text(words)
    before = steps(page)
    wait(page, lambda: steps(page) > before)
