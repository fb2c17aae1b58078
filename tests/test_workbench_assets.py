"""The browser component: its files, and what it makes of frames in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from browsing import visitor, wait
from playwright.sync_api import Browser, Page, WebSocketRoute

import explorer as nx
from explorer.experiment import Experiment
from explorer.probes.base import View
from explorer.probes.frame import Camera
from explorer.probes.inputs import probe_examples
from explorer.results.frame import pack, unpack
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
def page(browser: Browser) -> Iterator[Page]:
    with visitor(browser, viewport={"width": 1000, "height": 800}) as found:
        faults: list[str] = []
        _furnish(found, faults)
        found.goto(SITE)
        found.wait_for_function("window.ready")
        yield found
    assert faults == []


def _furnish(page: Page, faults: list[str]) -> None:
    """A site of the component alone, and a socket that the test holds."""
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


def show(page: Page, run: str = "one", /, **options: Any) -> None:
    page.evaluate("data => show(data)", component.workbench_data(run, activations=(("tanh", "Tanh"), ("relu", "ReLU")), **options))
    page.wait_for_function("() => true")


def send(page: Page, data: bytes, run: str = "one") -> None:
    """Send a frame and wait until it is painted."""
    facts = page.get_by_test_id("workbench")
    before = int(facts.get_attribute("data-painted") or 0)
    wait(page, lambda: run in LINE.sockets)
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
    wait(page, lambda: "speed" in [c["command"] for c in LINE.commands])
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
    wait(page, lambda: LINE.commands)
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
    wait(page, lambda: LINE.commands)
    assert LINE.commands[-1] == {"command": "resume"}


@pytest.mark.browser
def test_a_run_that_is_not_there_is_reported(page: Page):
    show(page)
    send(page, frame())
    LINE.sockets["one"].send(json.dumps({"type": "gone"}))
    page.wait_for_function("() => edits.some(([name]) => name === 'gone')")


# Frames of real runs


TAGGER = ({"kind": "embedding"}, {"kind": "lstm", "bidirectional": True}, {"kind": "output"})


def experiment(data: str, task: str, *layers: dict[str, Any]) -> Experiment:
    return Experiment.from_fields(
        {"schema_version": 1, "data": {"kind": data}, "task": {"kind": task}, "networks": {"model": {"layers": list(layers)}}}
    )


def seen(one: Experiment, example: int = 2) -> bytes:
    """A frame of a real run after two steps."""
    training = nx.train(one)
    training.advance(steps=2)
    training.measure()
    fields = {"run": "one", "state": "paused", "reason": "", "steps_per_second": 0.0, "speed": 0}
    return Camera(training).take(View(example=example), fields)


def inside(page: Page, css: str) -> bool:
    """Whether an element is within the panel it belongs to."""
    return page.locator(css).first.evaluate(
        """node => { const box = node.getBoundingClientRect(), panel = node.closest(".panel").getBoundingClientRect();
        return box.left >= panel.left - 1 && box.right <= panel.right + 1 && box.bottom <= panel.bottom + 1; }"""
    )


@pytest.mark.browser
def test_tags_say_right_or_wrong_in_signs_and_keys_walk_along_them(page: Page):
    data = seen(experiment("part_of_speech", "tagging", *TAGGER))
    example = unpack(data)[0]["example"]
    show(page)
    send(page, data)
    assert page.get_by_text(f"{example['predicted_right']} of 12 tokens right").is_visible()
    places = page.locator(".tagged")
    assert [text.split("\n")[0] for text in places.all_inner_texts()] == example["tokens"]
    for text, truth, predicted in zip(places.all_inner_texts(), example["truth"], example["predicted"], strict=True):
        assert ("✗ " + truth in text) == (truth != predicted)
        assert ("✓" in text) == (truth == predicted)
    page.get_by_role("listbox").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator(".detail").inner_text().startswith(f"3: \N{LEFT SINGLE QUOTATION MARK}{example['tokens'][2]}")
    assert inside(page, ".positions")


@pytest.mark.browser
def test_a_text_says_at_every_place_what_was_expected(page: Page):
    data = seen(experiment("python_text", "language_modelling", *TAGGER[::2]))
    example = unpack(data)[0]["example"]
    show(page)
    send(page, data)
    places = page.locator(".positions.text > span")
    assert "".join(places.all_inner_texts()).replace("⏎", "") == "".join(example["truth"])
    places.nth(4).hover()
    assert f"{example['probabilities'][4] * 100:.1f} %" in page.locator(".detail").inner_text()
    offered = page.get_by_label("Most probable next tokens").locator(".name").all_inner_texts()
    assert offered == [{" ": "␣", "\n": "⏎"}.get(token, token) for token, _ in example["top"][4]]
    page.get_by_role("listbox").press("ArrowRight")
    assert places.nth(5).get_attribute("aria-selected") == "true"
    wrong = [i for i, (truth, top) in enumerate(zip(example["truth"], example["top"], strict=True)) if top[0][0] != truth]
    assert [i for i in range(places.count()) if "wrong" in (places.nth(i).get_attribute("class") or "")] == wrong
    assert page.locator(".continuation").inner_text().strip() == example["continuation"].strip()


@pytest.mark.browser
def test_a_forecast_is_read_where_the_pointer_is(page: Page):
    data = seen(experiment("sine_mixture", "forecasting", {"kind": "flatten"}, {"kind": "output"}))
    head, arrays = unpack(data)
    show(page)
    send(page, data)
    assert page.get_by_text(f"{head['example']['unit']} on average").is_visible()
    page.wait_for_function("() => host.shadowRoot.querySelector('canvas[aria-label^=\"Forecast of the next\"]')")
    box = page.get_by_role("img", name="Forecast of the next 12 steps").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 7, box["y"] + 40)
    told = page.locator(".tooltip").inner_text().split("\n")
    assert told[0] == "12 steps ahead"
    assert float(told[2].split()[-1].replace("\N{MINUS SIGN}", "-")) == pytest.approx(
        float(arrays["example/predicted"][-1]), rel=0.01, abs=0.001
    )


@pytest.mark.browser
@pytest.mark.parametrize(
    ("data", "layers", "what"),
    [
        ("digits", ({"kind": "conv2d", "out_channels": 1, "padding": 1},), ".twins canvas"),
        ("wine", ({"kind": "output"},), ".pairs > div"),
        ("wave_shapes", ({"kind": "output"},), ".answer canvas"),
    ],
)
def test_a_reconstruction_stands_beside_its_original(page: Page, data, layers, what):
    picture = seen(experiment(data, "reconstruction", *layers))
    show(page)
    send(page, picture)
    assert page.locator(what).count() == {"digits": 2, "wine": 13, "wave_shapes": 1}[data]
    assert page.get_by_text("reconstruction", exact=False).first.is_visible()
    assert page.get_by_text("per number on average").is_visible()
    assert inside(page, what)
    page.get_by_role("button", name="Next example").click()
    wait(page, lambda: LINE.commands and LINE.commands[-1] == {"command": "example", "index": 3})


@pytest.mark.browser
def test_tokens_and_series_have_a_class(page: Page):
    show(page)
    send(page, seen(experiment("balanced_brackets", "classification", TAGGER[0], {"kind": "last_step"}, TAGGER[2])))
    assert set(page.locator(".tokens .token").all_inner_texts()) <= set("()[]{}<>")
    assert page.get_by_text("true").first.is_visible()
    send(page, seen(experiment("wave_shapes", "classification", {"kind": "flatten"}, {"kind": "output"})))
    assert page.get_by_label("Prediction for this example").locator(".name").all_inner_texts()[0] == "sine"


@pytest.mark.browser
def test_the_rows_of_a_table_are_whole(page: Page):
    show(page)
    send(page, seen(Experiment.preset("tumours")))
    values = page.locator("dl.values")
    height, row = values.evaluate("node => [node.clientHeight, node.firstChild.getBoundingClientRect().height]")
    assert height % row == 0
    assert height >= 6 * row


@pytest.mark.browser
@pytest.mark.parametrize(
    "one",
    [
        experiment("part_of_speech", "tagging", *TAGGER),
        experiment("python_text", "language_modelling", *TAGGER[::2]),
        Experiment.preset("digits_cnn"),
        Experiment.preset("spiral"),
        Experiment.preset("curve"),
        Experiment.preset("tumours"),
        Experiment.preset("data_shapes_located"),
        Experiment.preset("data_shapes_together"),
        Experiment.preset("data_ratings"),
        Experiment.preset("data_series_anomalies"),
    ],
    ids=lambda one: one.data.kind,
)
@pytest.mark.parametrize("width", [700, 1000])
def test_a_strip_is_one_row_and_nothing_is_cut_off(page: Page, one, width):
    page.set_viewport_size({"width": width, "height": 700})
    show(page, page={"view": "strip"})
    send(page, seen(one))
    assert not page.locator(".network").is_visible()
    boxes = [panel.bounding_box() for panel in page.locator(".below > .panel").all()]
    assert len(boxes) == 3
    assert len({round(box["y"]) for box in boxes}) == 1
    assert all(215 <= box["height"] <= 262 for box in boxes)
    assert max(box["x"] + box["width"] for box in boxes) <= width
    assert page.get_by_role("button", name="Play", exact=True).is_visible()
    assert inside(page, ".output canvas, .output .positions, .output .values, .output .tokens")


@pytest.mark.browser
def test_a_network_that_is_too_wide_scrolls_and_its_output_is_reached(page: Page):
    hidden = [{"kind": "linear", "out_features": 3}, {"kind": "tanh"}] * 38
    show(page)
    send(page, seen(experiment("circle", "classification", *hidden, {"kind": "output"})))
    output = page.locator(".column", has_text="Output").first

    def in_view() -> bool:
        return output.evaluate("node => node.getBoundingClientRect().right <= node.closest('.panel').getBoundingClientRect().right")

    assert not in_view()
    more = page.get_by_role("button", name=re.compile(r"Scroll to \d+ more columns on the right"))
    wait(page, lambda: in_view() or more.evaluate_all("found => found.forEach((one) => one.click())"))
    page.get_by_role("button", name=re.compile("more columns? on the left")).wait_for()
    early = page.locator(".tile[data-column='2']").first
    early.evaluate("node => node.click()")
    wait(page, lambda: early.evaluate("node => node.getBoundingClientRect().left >= node.closest('.panel').getBoundingClientRect().left"))


@pytest.mark.browser
def test_what_a_curve_shows_can_be_chosen_and_stays(page: Page):
    show(page)
    send(page, frame(metrics={"train_loss": 0.5, "train_accuracy": 0.75, "train_f1": 0.5}))
    choice = page.get_by_label("What this curve shows").locator("visible=true")
    assert choice.input_value() == "accuracy"
    choice.select_option("f1")
    send(page, frame(step=8, metrics={"train_loss": 0.5, "train_accuracy": 0.75, "train_f1": 0.5}))
    assert choice.input_value() == "f1"
    assert "accuracy" in page.get_by_role("status").inner_text()
    assert "f1" not in page.get_by_role("status").inner_text().lower()


@pytest.mark.browser
def test_points_a_network_makes_are_told_from_real_ones(page: Page):
    show(page)
    send(page, seen(experiment("circle", "reconstruction", {"kind": "linear", "out_features": 1}, {"kind": "output"})))
    assert page.get_by_text("reconstructed test points").is_visible()
    assert not page.locator(".output .scale").is_visible()


IDLE = {"word": "dead", "count": 2, "help": "2 of 3 units are dead.", "units": {"0": "dead: 0 on all 40 probe examples"}}


def layers(idle: dict[str, Any] | None) -> list[dict[str, Any]]:
    relu = {"id": "r", "kind": "relu", "title": "ReLU"}
    return [
        column("input", "Input", 2, names=["x", "y"]),
        column("linear", "Linear", 3, activation=relu, idle=idle),
        column("output", "Output", 1),
    ]


@pytest.mark.browser
def test_a_dead_unit_has_a_sign_and_says_why(page: Page):
    show(page)
    pixels = """() => { const find = (what) => host.shadowRoot.querySelector(what);
        const [c, t] = [find(".stage canvas"), find("[data-key='tile 1 0']")];
        const [a, b] = [t.getBoundingClientRect(), c.getBoundingClientRect()], k = c.width / b.width;
        const around = [(a.right - b.left - 7) * k, (a.top - b.top - 4) * k, 11 * k, 11 * k].map(Math.round);
        return [...c.getContext("2d").getImageData(...around).data].join() }"""
    send(page, frame(columns=layers(None)))
    assert not page.get_by_text("dead").is_visible()
    tile = page.locator("[data-key='tile 1 0']")
    send(page, frame(columns=layers(IDLE)))
    dead = page.evaluate(pixels)
    assert page.get_by_text("2 of 3 dead").get_attribute("data-help") == IDLE["help"]
    assert tile.get_attribute("aria-description") == IDLE["units"]["0"]
    tile.hover()
    assert IDLE["units"]["0"] in page.get_by_role("tooltip").inner_text()
    page.mouse.move(1, 1)
    send(page, frame(columns=layers({**IDLE, "word": "saturated"})))
    assert page.get_by_text("2 of 3 saturated").is_visible()
    assert page.evaluate(pixels) != dead
    send(page, frame(columns=layers(None)))
    assert page.get_by_text("saturated").count() == 0
    assert page.evaluate(pixels) != dead
    assert not tile.get_attribute("aria-description")


@pytest.mark.browser
def test_a_unit_that_is_no_weighted_sum_says_where_it_comes_from(page: Page):
    training = nx.train(experiment("part_of_speech", "tagging", *TAGGER))
    fields = {"run": "one", "state": "paused", "reason": "", "steps_per_second": 0.0, "speed": 0}
    show(page)
    send(page, Camera(training).take(View(focus=(2, 0)), fields))
    page.locator(".tile[data-column='2']").first.evaluate("node => node.click()")
    formula = page.locator(".formula")
    formula.wait_for()
    assert "computed by LSTM 1 from Embedding 1" in formula.inner_text()
    page.locator(".tile[data-column='0']").first.hover()
    assert page.locator(".tooltip").inner_text().startswith("token 1 of the chosen example")


def of_ready_set(kind: str, example: int = 2) -> bytes:
    return seen(Experiment.preset(f"data_{kind}"), example)


@pytest.mark.browser
def test_two_boxes_come_with_their_edges_and_their_overlap_in_words(page: Page):
    data = of_ready_set("shapes_located")
    example = unpack(data)[0]["example"]
    show(page)
    send(page, data)
    found = "found" if example["iou"] >= 0.5 else "not found"
    assert page.get_by_text(f"{found}: the boxes overlap by {example['iou'] * 100:.1f} %").is_visible()
    rows = [row.inner_text().split("\t") for row in page.locator(".edges tbody tr").all()]
    assert [row[0] for row in rows] == ["left", "top", "right", "bottom"]
    for (_, true, predicted), wanted, said in zip(rows, example["truth"], example["predicted"], strict=True):
        assert float(true) == pytest.approx(wanted, rel=0.06)
        assert float(predicted.replace("\N{MINUS SIGN}", "-")) == pytest.approx(said, rel=0.06)
    assert page.get_by_role("img", name=re.compile(r"True box: left .* Predicted box: left .* Overlap")).count() == 1
    assert inside(page, ".boxes canvas")
    assert inside(page, ".edges")


@pytest.mark.browser
@pytest.mark.parametrize("width", [700, 1400])
def test_every_label_has_its_probability_and_the_truth(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    data = of_ready_set("shapes_together", 3)
    example = unpack(data)[0]["example"]
    show(page)
    send(page, data)
    rows = page.locator(".yes-or-no .bar-row")
    assert rows.locator(".name").all_inner_texts() == example["names"]
    assert rows.locator(".number").all_inner_texts() == [f"{p * 100:.0f} %" for p in example["probabilities"]]
    signs = [("✓ " if a == b else "✗ true: ") + ("yes" if b else "no") for a, b in zip(example["predicted"], example["truth"], strict=True)]
    assert rows.locator(".truth").all_inner_texts() == signs
    right = sum(a == b for a, b in zip(example["predicted"], example["truth"], strict=True))
    assert page.get_by_text(f"{right} of 4 labels right").is_visible()
    assert inside(page, ".yes-or-no .truth")
    assert inside(page, ".seen-input canvas")


@pytest.mark.browser
def test_a_score_says_on_which_side_of_the_threshold_it_lies(page: Page):
    data = of_ready_set("series_anomalies", 12)
    example = unpack(data)[0]["example"]
    assert example["anomaly"]
    show(page)
    send(page, data)
    side = "above the threshold: called an anomaly" if example["called"] else "below the threshold: called normal"
    assert page.get_by_text(side).is_visible()
    assert page.get_by_text(f"Learnt from {example['learned']} normal examples alone").is_visible()
    assert page.get_by_role("img", name=re.compile("of the normal test examples score lower")).count() == 1
    assert page.get_by_text("reconstruction").first.is_visible()
    assert inside(page, ".scores canvas")


@pytest.mark.browser
def test_a_rating_stands_on_its_scale(page: Page):
    data = of_ready_set("ratings")
    example = unpack(data)[0]["example"]
    show(page)
    send(page, data)
    assert page.locator(".tokens .token").all_inner_texts() == example["tokens"]
    assert page.get_by_text(f"true: {example['label']}, predicted: {example['predicted']} stars").is_visible()
    assert page.locator(".value-scale .ends").inner_text().split() == ["1", "stars", "5"]
    place = page.locator(".value-scale .spot.ring").first.evaluate("node => node.style.left")
    assert float(place.rstrip("%")) == pytest.approx((float(example["label"]) - 1) / 4 * 100, abs=0.1)


@pytest.mark.browser
def test_several_lines_of_an_input_have_names_and_a_sound_can_be_heard(page: Page):
    show(page)
    send(page, of_ready_set("adding"))
    assert page.locator(".seen-input .chip").all_inner_texts() == ["number", "mark"]
    assert not page.get_by_role("button", name="Listen").is_visible()
    data = of_ready_set("spoken_vowels")
    head, arrays = unpack(data)
    dataset = Experiment.preset("data_spoken_vowels").data.load()
    np.testing.assert_array_equal(arrays["example/sound"], dataset.test.sound[probe_examples(dataset)[2]])
    send(page, data)
    page.evaluate(
        "() => { window.heard = []; AudioBufferSourceNode.prototype.start = function () { "
        "heard.push([this.buffer.sampleRate, this.buffer.length, this.buffer.getChannelData(0)[100]]); }; }"
    )
    page.get_by_role("button", name="Listen").click()
    rate, length, value = page.evaluate("heard")[0]
    assert (rate, length) == (head["example"]["sound_rate"], len(arrays["example/sound"]))
    assert value == pytest.approx(arrays["example/sound"][100] / 32768)


@pytest.mark.browser
@pytest.mark.parametrize(("names", "rows", "columns"), [
    (["out", "in"], ["out", "in"], ["out", "in"]),
    (["one that is called at great length", "another"], ["1 one that", "2 another"], ["1", "2"]),
])  # fmt: skip
def test_columns_of_the_confusion_matrix_are_numbered_where_their_names_do_not_fit(page, names, rows, columns):
    page.set_viewport_size({"width": 1024, "height": 768})
    page.evaluate("""() => {
        window.written = [];
        const plain = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
            if ((this.canvas.getAttribute("aria-label") ?? "").startsWith("Confusion")) window.written.push(`${this.textAlign} ${text}`);
            return plain.call(this, text, ...rest);
        };
    }""")
    show(page)
    send(page, frame(classes=names))
    written = page.evaluate("window.written")
    sides = [[text.partition(" ")[2] for text in written if text.startswith(side)] for side in ("right ", "center ")]
    assert [text[: len(row)] for text, row in zip(sides[0][-len(rows) :], rows, strict=True)] == rows
    assert [text for text in sides[1] if text != "predicted"][-len(columns) - 1 : -1] == columns  # the last one is "true"
