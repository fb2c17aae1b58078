"""The app in Debian's Chromium, as a visitor meets it: everything here runs for real, on a server and a data folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from explorer.experiment import Experiment

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 60_000  # milliseconds: two shared cores may be busy with other tests


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "NEURAL_EXPLORER_HOME": str(folder / "home"), "PORT": str(port), "HOST": "127.0.0.1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "explorer"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert "Traceback" not in (folder / "log").read_text()


def _wait_until_healthy(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.fail("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, server) -> Iterator[Page]:
    """A new visitor. Nothing from outside this computer is ever asked for, and no script fails."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce", locale="en-GB")
    asked: list[str] = []
    failed: list[str] = []
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    yield page
    context.close()
    assert [url for url in asked if not url.startswith((server, server.replace("http", "ws", 1), "data:", "blob:"))] == []
    assert failed == []


def steps(page: Page) -> int:
    """The step the picture is at; -1 before there is one."""
    found = re.search(r"step\s*([\d,\s]+)", page.get_by_test_id("workbench").inner_text())
    return int(re.sub(r"\D", "", found[1])) if found else -1


def wait(page: Page, condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        page.wait_for_timeout(30)


def ready(page: Page) -> None:
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible(timeout=PATIENCE)
    wait(page, lambda: steps(page) > 0)


def link(page: Page) -> tuple[Experiment, str]:
    query = parse_qs(urlsplit(page.evaluate("location.href")).query)
    return Experiment.from_url(query["x"][0]), query["run"][0]


def test_a_deep_link_is_the_first_thing_a_fresh_server_is_asked_for(page, server):
    page.goto(f"{server}/digits")
    ready(page)
    expect(page.get_by_role("link", name="Playground")).to_be_visible()
    expect(page.get_by_role("link", name="main", exact=True)).to_have_count(0)
    assert page.title() == "Digits · Neural Explorer"
    assert link(page)[0].data.kind == "digits"


def test_it_trains_at_once_pauses_steps_and_is_found_again_after_a_reload(page, server):
    page.goto(server)
    ready(page)
    first = steps(page)
    wait(page, lambda: steps(page) > first)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.wait_for_timeout(300)
    held, (_, run_id) = steps(page), link(page)
    page.get_by_role("button", name="Step", exact=True).click()
    wait(page, lambda: steps(page) == held + 1)
    page.reload()
    wait(page, lambda: page.get_by_test_id("workbench").count() and steps(page) == held + 1)
    assert link(page)[1] == run_id


def test_the_learning_rate_changes_while_it_trains_and_another_window_sees_the_same_run(page, server):
    page.goto(server)
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


def test_an_edit_in_the_diagram_starts_a_new_run_and_back_returns_to_the_old_one(page, server):
    page.goto(server)
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
    page.goto(server)
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
    page.goto(f"{server}/?{query}")
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
