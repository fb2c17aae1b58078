"""Collecting in Debian's Chromium: with a mouse, with keys, and with a camera and a microphone that the browser pretends to have."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from browsing import PATIENCE, ROOT, chromium, free_port, visitor, wait, wait_until_healthy
from ingest_files import read_bytes
from playwright.sync_api import Browser, Page, expect

from explorer.ingest import Pictures
from explorer.ui.collecting import components

pytestmark = pytest.mark.browser

PAGE = """
import streamlit as st
from explorer.ui.collecting import collect

st.set_page_config(layout="wide")
found = collect("here")
if found:
    st.write(f"brought in: {found[0]}")
"""
SCRIPTS = [components.DRAWING, components.CAMERA, components.GALLERY]


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_two_modules_of_a_component_use_one_name(name):
    found = re.findall(r"^(?:export )?(?:const|let|class|function) (?:[\[{]([^\]}]*)[\]}]|(\w+))", components.script(name), re.MULTILINE)
    names = Counter(one.strip() for several, one in found for one in (several.split(",") if several else [one]))
    assert [one for one, count in names.items() if count > 1] == []


@pytest.mark.parametrize("danger", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "https://"])
@pytest.mark.parametrize("name", SCRIPTS)
def test_text_never_becomes_markup(name, danger):
    assert danger not in re.sub(r"//.*$", "", components.script(name), flags=re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    """A server of one page, with what is collected on it."""
    folder, port = tmp_path_factory.mktemp("collecting"), free_port()
    (folder / "page.py").write_text(PAGE)
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "page.py"), "--server.port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE / 1000)
    assert "Traceback" not in (folder / "log").read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as found:
        yield found


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    with visitor(browser, permissions=["camera", "microphone"]) as found:
        found.goto(site)
        found.get_by_label("Drawing pad").wait_for()
        yield found


def shows(page: Page, words: str) -> None:
    expect(page.get_by_text(words, exact=True).first).to_be_visible()


def record_into(page: Page, name: str) -> None:
    page.locator("[data-testid=stButtonGroup]", has_text="Record into").get_by_text(re.compile(f"^{name} · ")).click()


def stroke(page: Page, *points: tuple[float, float]) -> None:
    """Draw through points, from 0 to 1 of the pad each way."""
    box = page.get_by_label("Drawing pad").bounding_box()
    assert box
    first, *others = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*first)
    page.mouse.down()
    for point in others:
        page.mouse.move(*point, steps=6)
    page.mouse.up()


def add(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Add to “{name}”").click()


def rest(page: Page) -> None:
    """Until all that was recorded has arrived: the page was drawn some time ago, and has not been drawn again."""
    quiet = count()
    state = page.get_by_test_id("stApp")

    def rests() -> bool:
        nonlocal quiet
        quiet = quiet if state.get_attribute("data-test-script-state") == "notRunning" else count()
        return next(quiet) > 60

    wait(page, rests)


def downloaded(page: Page):
    """What the archive that can be downloaded holds."""
    rest(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    return read_bytes(Path(download.value.path()).read_bytes(), download.value.suggested_filename)


def test_drawings_of_two_classes_become_an_archive(page):
    for x in (0.3, 0.5, 0.7):
        stroke(page, (x, 0.2), (x, 0.8))
        add(page, "Class 1")
    shows(page, "3 drawings")
    record_into(page, "Class 2")
    for y in (0.4, 0.6):
        stroke(page, (0.2, y), (0.8, y))
        add(page, "Class 2")
    shows(page, "2 drawings")
    content, about = downloaded(page)
    assert about.classes == (("Class 1", 3), ("Class 2", 2))
    assert isinstance(content, Pictures)
    lit = content.pixels[:, 0] > 128  # (5, 64, 64), white ink
    tall, wide = lit.any(axis=2).sum(axis=1), lit.any(axis=1).sum(axis=1)
    assert ((tall > 2 * wide) == (content.labels == 0)).all()
    assert ((wide > 2 * tall) == (content.labels == 1)).all()
    page.get_by_role("button", name="Bring it in").click()
    shows(page, "brought in: drawings.zip")


def test_a_drawing_is_made_with_keys_alone(page):
    page.get_by_label("Drawing pad").focus()
    for key in ["Space", *["ArrowDown"] * 6, "Space", *["ArrowRight"] * 3, "Enter"]:
        page.keyboard.press(key)
    shows(page, "1 drawing")
    page.keyboard.press("Enter")
    shows(page, "Draw something first.")


def test_a_single_drawing_is_removed_and_comes_back(page):
    for x in (0.3, 0.7):
        stroke(page, (x, 0.2), (x, 0.8))
        add(page, "Class 1")
    shows(page, "2 drawings")
    page.get_by_label("Remove drawing 1 of Class 1").focus()
    page.keyboard.press("Enter")
    shows(page, "1 drawing")
    page.get_by_role("button", name="Undo").click()
    shows(page, "2 drawings")


def test_lines_are_taken_back_and_the_pad_is_cleared(page):
    button = page.get_by_role("button", name="Add to “Class 1”")
    expect(button).to_be_disabled()
    stroke(page, (0.2, 0.2), (0.8, 0.8))
    stroke(page, (0.8, 0.2), (0.2, 0.8))
    expect(button).to_be_enabled()
    page.get_by_role("button", name="Last line back").click()
    expect(button).to_be_enabled()
    page.get_by_role("button", name="Clear").click()
    expect(button).to_be_disabled()


def test_none_of_many_drawings_in_a_row_is_lost(page):
    for number in range(12):
        stroke(page, (0.3, 0.2 + number / 30), (0.7, 0.8))
        page.keyboard.press("Enter")
        page.get_by_label("Drawing pad").focus()
        page.keyboard.press("Enter")
    shows(page, "12 drawings")
    expect(page.get_by_label(re.compile("Remove drawing"))).to_have_count(12)


def test_the_camera_takes_pictures_while_its_button_is_held(page):
    page.get_by_text("Camera pictures").click()
    page.get_by_role("button", name="Turn the camera on").click()
    for name in ("Class 1", "Class 2"):
        record_into(page, name)
        box = page.get_by_role("button", name=f"Hold to record into “{name}”").bounding_box()
        page.mouse.move(box["x"] + 20, box["y"] + 10)
        page.mouse.down()
        page.get_by_label(re.compile(f"Remove picture 4 of {name}")).wait_for(state="attached")
        page.mouse.up()
    content, about = downloaded(page)
    assert isinstance(content, Pictures)
    assert all(count >= 4 for _, count in about.classes)
    assert content.pixels.std() > 0
    page.get_by_role("button", name="Turn it off").click()
    shows(page, "The camera is off.")


def test_the_microphone_gives_an_example_a_second_each_to_be_heard(page):
    page.get_by_text("Sounds", exact=True).click()
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text(re.compile(r"^\d\d:(0[2-9]|[1-5]\d)$"))).to_be_visible()
    page.get_by_role("button", name="Stop recording").click()
    first = page.get_by_label("Play sound 1 of Class 1")
    first.click()
    expect(page.get_by_test_id("gallery")).to_have_attribute("data-played", "1")
    content, about = downloaded(page)
    assert about.kind == "sounds"
    assert about.problems == ()
    assert {len(one) for one in content.recordings()} == {16_000}
    assert all(abs(one.astype(int)).max() > 1000 for one in content.recordings()[:1])  # the browser's pretended microphone beeps


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        ("undefined", "only to pages opened over https"),
        ("{ getUserMedia: async () => { throw new DOMException('', 'NotFoundError'); } }", "no camera that the browser can see"),
        ("{ getUserMedia: async () => { throw new DOMException('', 'NotAllowedError'); } }", "may not use the camera"),
        ("{ getUserMedia: async () => { throw new DOMException('', 'Odd'); } }", "could not be turned on (Odd)"),
    ],
)
def test_a_camera_that_is_not_there_is_explained(page, devices, words):
    page.evaluate(f"Object.defineProperty(navigator, 'mediaDevices', {{ value: {devices}, configurable: true }})")
    page.get_by_text("Camera pictures").click()
    page.get_by_role("button", name="Turn the camera on").click()
    expect(page.get_by_test_id("camera").get_by_role("status")).to_contain_text(words)


@pytest.mark.parametrize("width", [640, 1024, 1920])
def test_nothing_sticks_out_at_any_width(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    stroke(page, (0.3, 0.2), (0.3, 0.8))
    add(page, "Class 1")
    shows(page, "1 drawing")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    for part in page.locator(".cl").all():
        assert part.evaluate("(one) => [...one.querySelectorAll('*')].every((x) => x.getBoundingClientRect().right <= innerWidth)")
