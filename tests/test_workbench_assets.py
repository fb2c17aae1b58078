"""The browser component: its files, and what it makes of frames in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, sync_playwright

from explorer.results.frame import pack
from explorer.ui import workbench as component

SITE = "http://workbench.test"
NASTY = "<img src=x onerror=alert(1)>"
SHELL = """<!doctype html><base href="/"><div id=host></div><script type=module>
import mount from "/bundle.js";
import { decodeFrame } from "/frame.js";
const root = host.attachShadow({ mode: "open" });
root.append(Object.assign(document.createElement("style"), { textContent: await (await fetch("/style.css")).text() }));
window.edits = [];
window.show = (data) => void mount({ data, parentElement: root, setTriggerValue: (name, value) => edits.push([name, value]) });
window.decode = (bytes) => {
  const { head, arrays } = decodeFrame(Uint8Array.from(bytes).buffer);
  const plain = ([name, { shape, data }]) => [name, { shape, values: Array.from(data) }];
  return { head, arrays: Object.fromEntries(Object.entries(arrays).map(plain)) };
};
window.ready = true;
</script>"""


def sources() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(component.ASSETS.glob("*.js"))}


def test_every_module_is_part_of_the_component():
    assert sorted(component.module_order()) == sorted(sources())


def test_a_module_stands_after_all_it_imports():
    order = component.module_order()
    for name, source in sources().items():
        for other in re.findall(r'from "\./([\w-]+\.js)"', source):
            assert order.index(other) < order.index(name), (name, other)


def test_joining_leaves_no_import_and_one_export():
    assert not re.search(r"^import ", component.script(), re.MULTILINE)
    assert re.findall(r"^export .*", component.script(), re.MULTILINE) == [
        "export default function mountWorkbench({ data, parentElement, setTriggerValue }) {"
    ]


@pytest.mark.parametrize(
    "danger", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "https://", "http://"]
)
def test_text_never_becomes_markup_and_nothing_is_fetched_from_elsewhere(danger):
    code = re.sub(r"//.*(?<!w3\.org/2000/svg\";)$", "", component.script(), flags=re.MULTILINE).replace("http://www.w3.org/2000/svg", "")
    assert danger not in code
    assert danger not in component.style()


def test_data_is_the_same_text_for_the_same_run():
    one, two = (json.dumps(component.workbench_data("abc", page={"pad": True}, activations=(("relu", "ReLU"),))) for _ in range(2))
    assert one == two
    assert component.workbench_data("abc")["socket"] == "nx/runs/abc/live"


# In the browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("chromium-browser"), args=flags)
        yield browser
        browser.close()


class Line:
    """The server's end of the live socket: sends frames, keeps what the component sends."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []
        self.sockets: dict[str, WebSocketRoute] = {}

    def opened(self, socket: WebSocketRoute) -> None:
        self.sockets[socket.url.split("/")[-2]] = socket
        socket.on_message(lambda text: self.commands.append(json.loads(text)))


LINE = Line()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    files = {"/bundle.js": component.script(), "/style.css": component.style(), **{f"/{name}": text for name, text in sources().items()}}

    def serve(route: Any) -> None:
        path = route.request.url.removeprefix(SITE)
        kind = "text/javascript" if path in files else "text/html"
        route.fulfill(body=files.get(path, SHELL if path == "/" else ""), content_type=kind)

    page.route("**/*", serve)
    LINE.commands, LINE.sockets = [], {}
    page.route_web_socket(re.compile("/live$"), LINE.opened)
    page.goto(SITE)
    page.wait_for_function("window.ready")
    yield page
    context.close()
    assert faults == []


def column(kind: str, title: str, units: int, **more: Any) -> dict[str, Any]:
    plain = {
        "role": "model",
        "id": kind,
        "kind": kind,
        "title": title,
        "units": units,
        "shown": units,
        "picture": "plane",
        "low": -1,
        "high": 1,
    }
    return {**plain, "shape": f"features {units}", "parameters": 0, "badges": [], "activation": None, "editable": False, **more}


def frame(step: int = 7, **head: Any) -> bytes:
    """A frame of a 2-3-1 network."""
    random = np.random.default_rng(step)
    columns = [
        column("input", "Input", 2, names=["x", "y"]),
        column("linear", "Linear", 3, editable=True, activation={"id": "t", "kind": "tanh", "title": "Tanh"}),
        column("output", "Output", 1),
    ]
    edges = [{"from": i, "to": i + 1, "weights": f"edge/{i}", "kind": "dense", "exact": True} for i in range(2)]
    plain = {
        "version": 1,
        "run": "one",
        "state": "paused",
        "reason": "",
        "step": step,
        "epoch": 0.5,
        "steps_per_second": 0.0,
        "speed": 0,
        "engine": "fused",
        "device": "cpu",
        "settings": {"learning_rate": 0.03},
        "metrics": {"train_loss": 0.5, "test_loss": None},
        "units": {},
        "marks": [],
        "problem": "classification",
        "coordinates": 2,
        "classes": ["out", "in"],
        "inputs": ["x", "y"],
        "target": "class",
        "columns": columns,
        "edges": edges,
        "surface": {"kind": "scalar", "low": 0, "high": 1, "label": "probability of 'in'"},
        "focus": None,
        "example": None,
    }
    arrays = {f"pictures/{i}": random.integers(0, 255, (c["shown"], 9, 9)).astype(np.uint8) for i, c in enumerate(columns)}
    arrays |= {"edge/0": np.full((3, 2), 0.25, np.float32), "edge/1": np.full((1, 3), -0.5, np.float32), "bias/1": np.zeros(3, np.float32)}
    arrays |= {
        "surface": random.integers(0, 255, (9, 9)).astype(np.uint8),
        "train/points": random.integers(0, 65535, (20, 2)).astype(np.uint16),
    }
    arrays |= {"train/labels": np.arange(20, dtype=np.uint8) % 2, "confusion": np.array([[3, 1], [0, 4]], np.int32)}
    arrays |= {"history/step": np.arange(4, dtype=np.float32), "history/train_loss": np.array([1, 0.8, np.nan, 0.5], np.float32)}
    return pack({**plain, **head}, arrays)


def show(page: Page, run: str = "one", **options: Any) -> None:
    page.evaluate("data => show(data)", component.workbench_data(run, activations=(("tanh", "Tanh"), ("relu", "ReLU")), **options))
    page.wait_for_function("() => true")


def send(page: Page, data: bytes, run: str = "one") -> None:
    """Send a frame and wait until it is painted."""
    facts = page.get_by_test_id("workbench")
    before = int(facts.get_attribute("data-painted") or 0)
    for _ in range(100):
        if run in LINE.sockets:
            break
        page.wait_for_timeout(20)
    LINE.sockets[run].send(data)
    page.wait_for_function(f"() => +host.shadowRoot.querySelector('[data-testid=workbench]').dataset.painted > {before}")


@pytest.mark.browser
def test_the_browser_reads_what_python_packs(page: Page):
    arrays = {
        "bytes": np.arange(7, dtype=np.uint8).reshape(1, 7),
        "short": np.array([[0, 65535]], np.uint16),
        "whole": np.array([[-5, 2**31 - 1]], np.int32),
        "real": np.array([0.5, -1e-7, np.inf], np.float32),
        "none": np.zeros((0, 2), np.float32),
    }
    head = {"text": "ü — 日本", "number": 1.5, "none": None}
    answer = page.evaluate("bytes => decode(bytes)", list(pack(head, arrays)))
    assert {name: answer["head"][name] for name in head} == head
    for name, array in arrays.items():
        assert answer["arrays"][name]["shape"] == list(array.shape)
        assert answer["arrays"][name]["values"] == array.ravel().tolist()


@pytest.mark.browser
def test_a_frame_becomes_a_picture_with_controls(page: Page):
    show(page)
    send(page, frame(step=7))
    for name in (
        "Play",
        "Step",
        "Epoch",
        "Reset",
        "New seed",
        "Add unit to Linear 1",
        "Remove Linear 1",
        "Add hidden layer after Linear 1",
    ):
        assert page.get_by_role("button", name=name, exact=True).is_visible(), name
    assert "step 7" in page.get_by_role("status").inner_text()
    assert "fused on CPU" in page.get_by_role("status").inner_text()
    facts = page.get_by_test_id("workbench")
    assert facts.get_attribute("data-columns") == "2-3-1"
    first = facts.get_attribute("data-picture")
    send(page, frame(step=8))
    assert facts.get_attribute("data-picture") != first
    assert facts.get_attribute("data-step") == "8"


@pytest.mark.browser
def test_buttons_and_keys_send_commands_and_edits(page: Page):
    show(page)
    send(page, frame())
    page.get_by_role("button", name="Play", exact=True).click()
    assert page.get_by_role("button", name="Pause", exact=True).is_visible()
    page.get_by_role("button", name="Step", exact=True).click()
    page.locator(".tile").first.focus()
    page.keyboard.press("e")
    page.keyboard.press("r")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_label("Speed").select_option("100")
    page.wait_for_timeout(50)
    assert [c["command"] for c in LINE.commands] == ["play", "step", "epoch", "reset", "focus", "speed"]
    assert LINE.commands[-2:] == [{"command": "focus", "column": 1, "unit": 0}, {"command": "speed", "value": 100}]
    page.get_by_label("Add unit to Linear 1").click()
    page.get_by_label("Activation of Linear 1").select_option("relu")
    edits = [{k: v for k, v in edit.items() if k not in ("run", "at")} for name, edit in page.evaluate("edits") if name == "edit"]
    assert edits == [{"action": "units", "column": 1, "units": 4}, {"action": "activation", "column": 1, "kind": "relu"}]


@pytest.mark.browser
def test_a_weight_is_read_and_set_in_the_picture(page: Page):
    show(page)
    send(page, frame())
    box, tile = page.locator(".overlay").bounding_box(), page.locator(".tile[data-column='2']").bounding_box()
    assert box is not None
    assert tile is not None
    where = (tile["x"] - 8, tile["y"] + tile["height"] / 2)
    page.mouse.move(*where)
    assert "= \N{MINUS SIGN}0.500" in page.locator(".tooltip").inner_text()
    page.mouse.click(*where)
    page.get_by_label("New value").fill("0.75")
    page.keyboard.press("Enter")
    page.wait_for_timeout(50)
    command = LINE.commands[-1]
    assert (command["command"], command["column"], command["unit"], command["value"]) == ("weight", 2, 0, 0.75)


@pytest.mark.browser
def test_a_name_is_shown_as_text_whatever_it_holds(page: Page):
    show(page)
    send(page, frame(classes=["out", NASTY], reason=NASTY, surface={"kind": "scalar", "low": 0, "high": 1, "label": NASTY}))
    assert page.get_by_text(NASTY).count() >= 2
    assert page.locator("img").count() == 0


@pytest.mark.browser
def test_another_run_takes_over_without_a_blank_picture(page: Page):
    show(page)
    send(page, frame(step=3))
    show(page, "two")
    assert page.locator(".network").is_visible()
    assert page.get_by_test_id("workbench").get_attribute("data-run") == "two"
    send(page, frame(step=9, run="two"), "two")
    assert page.get_by_test_id("workbench").get_attribute("data-step") == "9"


@pytest.mark.browser
def test_read_only_offers_nothing_to_change(page: Page):
    show(page, readonly=True)
    send(page, frame())
    assert page.get_by_role("button", name="Play", exact=True).is_disabled()
    assert page.get_by_role("button", name=re.compile("Add|Remove")).count() == 0
    assert page.get_by_role("button", name="Paint points").count() == 0


@pytest.mark.browser
def test_an_interrupted_run_says_why_and_can_be_resumed(page: Page):
    show(page)
    send(page, frame(state="interrupted", reason="The worker was killed."))
    assert page.get_by_text("The worker was killed.").is_visible()
    page.get_by_role("button", name="Resume").click()
    page.wait_for_timeout(50)
    assert LINE.commands[-1] == {"command": "resume"}


@pytest.mark.browser
def test_a_run_that_is_not_there_is_reported(page: Page):
    show(page)
    send(page, frame())
    LINE.sockets["one"].send(json.dumps({"type": "gone"}))
    page.wait_for_function("() => edits.some(([name]) => name === 'gone')")
