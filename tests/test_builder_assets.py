"""The editor in a real browser: what it draws, and what it asks for when somebody clicks, drags or types."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import visitor
from playwright.sync_api import Browser, Page

from explorer.experiment import LAYERS, Experiment, NetworkSpec
from explorer.ui import builder, drafts
from explorer.ui.builder.drawing import drawing

SITE = "http://localhost:9"
SHELL = """<!doctype html><meta charset="utf-8"><body style="margin:0"><link rel="stylesheet" href="/style.css"><div id="home"></div>
<script type="module">
import mount from "/bundle.js";
window.sent = [];
const setTriggerValue = (name, value) => window.sent.push([name, value]);
window.show = (data) => mount({ data, parentElement: document.getElementById("home"), setTriggerValue });
window.ready = true;
</script>"""
CNN = Experiment.preset("digits_cnn")
BRANCHES = [
    {"kind": "conv2d", "out_channels": 4, "padding": 1, "id": "first"},
    {"kind": "parallel", "id": "p", "branches": [[{"kind": "relu", "id": "left"}], []]},
    {"kind": "flatten", "id": "flat"},
    {"kind": "output", "id": "out"},
]


def test_no_two_modules_use_one_name():
    found = re.findall(r"^(?:export )?(?:const|let|class|function) (?:\[([^\]]*)\]|(\w+))", builder.script(), re.MULTILINE)
    names = Counter(name.strip() for several, one in found for name in (several.split(",") if several else [one]))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("danger", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "https://"])
def test_text_never_becomes_markup(danger):
    assert danger not in re.sub(r"//.*$", "", builder.script(), flags=re.MULTILINE)


def test_the_catalogue_has_every_layer_once():
    assert sorted(entry["kind"] for entry in builder.entries()) == sorted(LAYERS)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    files = {"/bundle.js": ("text/javascript", builder.script()), "/style.css": ("text/css", builder.style()), "/": ("text/html", SHELL)}

    def serve(route: Any) -> None:
        kind, body = files.get(route.request.url.removeprefix(SITE), ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"))
        route.fulfill(body=body, content_type=kind)

    with visitor(browser, viewport={"width": 1000, "height": 1200}) as found:
        found.route("**/*", serve)
        found.goto(SITE)
        found.wait_for_function("window.ready")
        yield found


def shown(page: Page, layers: list[dict] | None = None, selected: str = "", **more: Any) -> Page:
    """The editor with these layers on digits."""
    experiment = CNN.with_network("model", NetworkSpec.model_validate({"layers": layers})) if layers is not None else CNN
    data = {
        "networks": drawing(drafts.sketches(experiment), "Digits", "Classification"),
        "entries": builder.entries(),
        "selected": selected,
        **more,
    }
    page.evaluate("(data) => window.show(data)", data)
    return page


def sent(page: Page) -> list[dict[str, Any]]:
    """The edits asked for so far, without the time."""
    found = page.evaluate("() => window.sent")
    return [{name: value for name, value in what.items() if name != "at"} for kind, what in found if kind == "edit"]


@pytest.mark.browser
def test_every_layer_is_a_card_with_its_size_and_cost(page):
    shown(page)
    (sketch,) = drafts.sketches(CNN)
    for node in sketch.walk():
        card = page.locator(f".card[data-id={node.id}]")
        assert " \N{MULTIPLICATION SIGN} ".join(map(str, node.output.sizes)) in card.inner_text()
        assert node.title in card.inner_text()
    assert page.locator(".totals").inner_text().startswith("9,802 parameters")


@pytest.mark.browser
def test_the_plus_between_two_layers_inserts_what_is_chosen_from_the_catalogue(page):
    shown(page)
    page.locator(".slot").nth(1).locator("button").click()
    page.keyboard.type("norm 2d batch")
    page.keyboard.press("Enter")
    assert sent(page) == [{"action": "insert", "kind": "batch_norm2d", "role": "model", "block": "", "body": 0, "index": 1}]


@pytest.mark.browser
def test_the_search_says_when_nothing_is_found(page):
    shown(page)
    page.locator("[data-tool=add]").click()
    page.keyboard.type("zzz")
    assert "No layer has these words" in page.locator(".entries").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".catalogue").is_hidden()


@pytest.mark.browser
def test_a_layer_can_be_dragged_into_a_branch(page):
    shown(page, BRANCHES)
    page.locator(".card[data-id=first]").drag_to(page.locator(".branch").nth(1).locator(".slot"))
    assert sent(page) == [{"action": "move", "id": "first", "role": "model", "block": "p", "body": 1, "index": 0}]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("d", {"action": "duplicate", "id": "left"}),
        ("Delete", {"action": "delete", "id": "left"}),
        ("r", {"action": "wrap", "id": "left", "kind": "residual"}),
        ("t", {"action": "wrap", "id": "left", "kind": "repeat"}),
        ("p", {"action": "wrap", "id": "left", "kind": "parallel"}),
        ("u", {"action": "unwrap", "id": "left"}),
        ("Control+z", {"action": "undo"}),
        ("Control+Shift+z", {"action": "redo"}),
        ("Alt+ArrowUp", {"action": "move", "id": "left", "block": "", "body": 0, "index": 1}),
        ("Alt+ArrowDown", {"action": "move", "id": "left", "block": "p", "body": 1, "index": 0}),
    ],
)
def test_every_edit_has_a_key(page, key, expected):
    shown(page, BRANCHES, selected="left")
    page.locator(".card[data-id=left]").focus()
    page.keyboard.press(key)
    assert sent(page) == [{"role": "model", **expected}]


@pytest.mark.browser
def test_arrows_walk_through_the_layers_and_into_blocks(page):
    shown(page, BRANCHES, selected="first")
    page.locator(".card[data-id=first]").focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert page.locator(".card.selected").get_attribute("data-id") == "left"
    assert [what["id"] for kind, what in page.evaluate("() => window.sent") if kind == "select"] == ["p", "left"]


@pytest.mark.browser
def test_blocks_fold_and_say_what_they_hold(page):
    shown(page, BRANCHES, selected="p")
    page.locator(".card[data-id=p]").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".card[data-id=left]").count() == 0
    assert "1 layer inside" in page.locator(".card[data-id=p]").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".card[data-id=left]").count() == 1


@pytest.mark.browser
def test_folding_all_takes_the_selection_along_and_keys_go_on_working(page):
    shown(page, BRANCHES, selected="left")
    page.locator(".card[data-id=left]").focus()
    page.keyboard.press("f")
    assert page.locator(".card.selected").get_attribute("data-id") == "p"
    page.keyboard.press("d")
    assert sent(page) == [{"role": "model", "action": "duplicate", "id": "p"}]


@pytest.mark.browser
def test_a_selection_inside_a_folded_block_unfolds_it(page):
    shown(page, BRANCHES, selected="p")
    page.locator(".card[data-id=p]").focus()
    page.keyboard.press("ArrowLeft")
    shown(page, BRANCHES, selected="left")
    assert page.locator(".card.selected").get_attribute("data-id") == "left"


@pytest.mark.browser
@pytest.mark.parametrize("begin", ["[data-tool=undo]", ".card[data-id=left]"])
def test_the_focus_is_on_the_network_after_a_new_drawing(page, begin):
    shown(page, BRANCHES, selected="left", can_undo=True)
    page.locator(begin).focus()
    shown(page, BRANCHES, selected="flat", can_undo=False)
    page.keyboard.press("d")
    assert sent(page) == [{"role": "model", "action": "duplicate", "id": "flat"}]


@pytest.mark.browser
def test_letting_go_of_a_layer_leaves_the_keys_working(page):
    shown(page, BRANCHES, selected="left")
    page.locator(".card[data-id=left]").focus()
    page.keyboard.press("Escape")
    shown(page, BRANCHES, selected="")
    page.keyboard.press("ArrowDown")
    assert page.locator(".card.selected").get_attribute("data-id") == "first"


@pytest.mark.browser
@pytest.mark.parametrize("leave", ["Escape", "click"])
def test_the_list_of_keys_goes_away_again(page, leave):
    shown(page, BRANCHES, selected="left")
    page.get_by_role("button", name="Keys").click()
    assert page.locator(".keys").is_visible()
    page.keyboard.press(leave) if leave == "Escape" else page.locator(".card[data-id=left]").click(position={"x": 20, "y": 10})
    assert page.locator(".keys").is_hidden()
    assert page.locator(".card.selected").get_attribute("data-id") == "left"


@pytest.mark.browser
def test_a_clash_is_marked_at_its_layer_with_its_fixes(page):
    shown(page, [layer for layer in BRANCHES if layer["id"] != "flat"])
    card = page.locator(".card.clashing")
    assert card.get_attribute("data-id") == "out"
    assert "channels 8 x height 8 x width 8" in page.locator(".clash").inner_text()
    page.locator(".fix").first.click()
    (edit,) = sent(page)
    assert (edit["action"], edit["number"], edit["title"]) == ("fix", 0, page.locator(".fix").first.inner_text())


@pytest.mark.browser
def test_an_empty_network_offers_its_first_layer(page):
    shown(page, [])
    page.locator(".slot.alone button").click()
    page.locator(".entry[data-kind=flatten]").click()
    assert sent(page) == [{"action": "insert", "kind": "flatten", "role": "model", "block": "", "body": 0, "index": 0}]


@pytest.mark.browser
@pytest.mark.parametrize("width", [420, 680, 1300])
def test_nothing_sticks_out_at_any_width(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    shown(page, BRANCHES)
    inside = """(width) => [...document.querySelectorAll(".bd *")]
        .filter((one) => one.checkVisibility() && !one.closest(".tooltip, .branches, svg"))
        .filter((one) => one.getBoundingClientRect().right > width + 1).map((one) => one.className)"""
    assert page.evaluate(inside, width) == []


@pytest.mark.browser
def test_names_that_look_like_markup_stay_text(page):
    data = json.loads(json.dumps(drawing(drafts.sketches(CNN), "<img src=x onerror=alert(1)>", "<b>task</b>")))
    page.evaluate("(data) => window.show(data)", {"networks": data, "entries": [], "selected": ""})
    assert "<img src=x" in page.locator(".card.end").first.inner_text()
    assert page.locator(".flow img").count() == 0
