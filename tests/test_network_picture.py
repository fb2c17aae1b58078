"""A network as an SVG: everything is in it, nothing leaves its place, and it is read as XML."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from importlib import resources

import pytest

from explorer.experiment import LAYERS, NetworkSpec
from explorer.networks.build import resolve
from explorer.networks.cost import describe
from explorer.plots.network_picture import GROUPS, LOOKS, network_picture
from explorer.plots.svg import shortened, text_width, wrapped
from explorer.results.shape import Shape
from explorer.results.sketch import Clash, Node, Sketch

SVG = "{http://www.w3.org/2000/svg}"
IMAGE, TEN = Shape.image(1, 8, 8), Shape.features(10)
RESIDUAL = {"kind": "residual", "body": [{"kind": "conv2d", "out_channels": 8, "padding": 1}, {"kind": "relu"}]}
POINTWISE = {"kind": "conv2d", "out_channels": 6, "kernel_size": 1}
BRANCHES = [[], [POINTWISE], [{"kind": "relu"}, {"kind": "conv2d", "out_channels": 6, "padding": 1}]]
NETWORKS = {
    "one layer": [{"kind": "flatten"}, {"kind": "output"}],
    "blocks": [
        {"kind": "conv2d", "out_channels": 8, "padding": 1},
        RESIDUAL,
        {"kind": "repeat", "times": 3, "body": [RESIDUAL, {"kind": "parallel", "merge": "add", "branches": [[], [{"kind": "relu"}]]}]},
        {"kind": "parallel", "branches": BRANCHES},
        {"kind": "flatten"},
        {"kind": "output"},
    ],
    "forty layers": [*([{"kind": "conv2d", "padding": 1}, {"kind": "relu"}] * 19), {"kind": "flatten"}, {"kind": "output"}],
}


def sketch_of(layers: list[dict]) -> Sketch:
    """A sketch with real shapes and costs."""
    spec = resolve(NetworkSpec.model_validate({"layers": layers}), TEN)
    cost = describe(spec, IMAGE, TEN, batch_size=16)
    rows = {row.id: row for row in cost.layers}

    def node(layer) -> Node:
        row, bodies = rows[layer.id], tuple(tuple(map(node, body)) for body in layer.bodies())
        known = {"input": row.input, "output": row.output, "parameters": row.parameters, "macs": row.macs}
        about = {"settings": f"of kind {layer.kind}", "joins": layer.joins, "copies": layer.copies(), "bodies": bodies}
        return Node(layer.id, layer.kind, layer.title(), layer.group, **about, **known)

    return Sketch("model", IMAGE, TEN, tuple(map(node, spec.layers)), None, cost, 16)


def parsed(sketch: Sketch, theme="light") -> ElementTree.Element:
    return ElementTree.fromstring(network_picture(sketch, theme))


def words(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def extent(element: ElementTree.Element) -> tuple[float, float]:
    """Left and right end of a text, as wide as the widest font makes it."""
    wide = text_width(element.text or "", float(element.attrib["font-size"]), element.get("font-weight") == "600")
    start = float(element.attrib["x"]) - {"start": 0, "middle": wide / 2, "end": wide}[element.get("text-anchor", "start")]
    return start, start + wide


def boxes(root: ElementTree.Element) -> list[tuple[float, ...]]:
    found = [element for element in root.iter(f"{SVG}rect") if "x" in element.attrib]
    return [tuple(float(element.attrib[name]) for name in ("x", "y", "width", "height")) for element in found]


@pytest.mark.parametrize("theme", LOOKS)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_is_named_with_its_shape(name, theme):
    sketch = sketch_of(NETWORKS[name])
    root = parsed(sketch, theme)
    said = words(root)
    for node in sketch.walk():
        title = f"{node.title} \N{MULTIPLICATION SIGN} {node.copies}" if node.copies > 1 else node.title
        assert title in said
    assert sketch.cost
    assert any(line.startswith(f"{sketch.cost.parameters:,} parameters") for line in said)
    for node in sketch.nodes:
        sizes = node.output.sizes
        assert any(text in said for text in (" \N{MULTIPLICATION SIGN} ".join(map(str, sizes)), f"{sizes[0]} features"))
    assert root.find(f"{SVG}title").text.startswith(f"A network that takes {IMAGE} and answers with {TEN}: ")


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_leaves_the_picture_and_no_text_its_card(name):
    root = parsed(sketch_of(NETWORKS[name]))
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    for x, y, wide, tall in boxes(root):
        assert x >= 0
        assert y >= 0
        assert x + wide <= width
        assert y + tall <= height
    for element in root.iter(f"{SVG}text"):
        left, right = extent(element)
        baseline = float(element.attrib["y"])
        assert left >= 0
        assert right <= width
        holders = [box for box in boxes(root) if box[1] < baseline < box[1] + box[3] and box[0] < (left + right) / 2 < box[0] + box[2]]
        for x, _, wide, _ in holders:
            assert x <= left
            assert right <= x + wide + 0.1


def test_cards_do_not_lie_on_each_other():
    """Two rectangles are apart, or one holds the other; sheets of a pile are the exception."""
    cards = [box for box in boxes(parsed(sketch_of(NETWORKS["blocks"]))) if box[3] in (30, 46)]
    assert len(cards) > 8
    for i, (x, y, wide, tall) in enumerate(cards):
        for other_x, other_y, other_wide, other_tall in cards[i + 1 :]:
            apart = x + wide <= other_x or other_x + other_wide <= x or y + tall <= other_y or other_y + other_tall <= y
            assert apart


def test_a_long_network_is_about_as_wide_as_a_slide():
    width, height = map(float, parsed(sketch_of(NETWORKS["forty layers"])).attrib["viewBox"].split()[2:])
    assert 1.1 < width / height < 2.3


def test_the_weights_of_one_copy_stand_in_a_repeat():
    said = words(parsed(sketch_of(NETWORKS["blocks"])))
    assert said.count("584 parameters") == 4  # the Conv2d and its Residual, by themselves and inside the Repeat
    assert "1,752 parameters" in said  # three copies of it together, at the Repeat


def test_branches_are_added_or_put_side_by_side():
    said = words(parsed(sketch_of(NETWORKS["blocks"])))
    assert said.count("concatenate") == 1


@pytest.mark.parametrize("kind", [kind for kind in LAYERS if LAYERS[kind]().bodies()])
def test_every_block_draws_what_it_holds(kind):
    layer, shape = LAYERS[kind](), Shape.sequence(6, 4)

    def node(one, bodies=()) -> Node:
        return Node(one.kind, one.kind, one.title(), one.group, "", shape, shape, joins=one.joins, copies=one.copies(), bodies=bodies)

    block = node(layer, tuple(tuple(map(node, body)) for body in layer.bodies()))
    said = words(parsed(Sketch("model", shape, shape, (block,), None, None, 16)))
    for inside in block.walk():
        assert any(text.startswith(inside.title) for text in said)


def test_a_clash_is_said_at_its_layer_and_what_lies_behind_is_grey():
    fitting = sketch_of(NETWORKS["one layer"])
    flatten, output = fitting.nodes
    sentence = "Layer 1 (Flatten): it takes < and > & nothing else, but this is a long sentence about it."
    broken = (replace(flatten, output=None), replace(output, input=None, output=None, parameters=None))
    root = parsed(replace(fitting, nodes=broken, clash=Clash("flatten_1", sentence), cost=None))
    said = " ".join(words(root))
    assert sentence in said
    assert "parameters" not in said
    greys = {element.text: element.get("fill") for element in root.iter(f"{SVG}text")}
    assert greys["Output"] == LOOKS["light"].soft
    assert greys["Flatten"] == LOOKS["light"].ink
    assert sum(element.get("stroke") == LOOKS["light"].clash for element in root.iter(f"{SVG}rect")) == 2


def test_a_network_without_layers_says_what_is_missing():
    root = parsed(Sketch("generator", IMAGE, TEN, (), Clash("", "The network has no layers yet."), None, 16))
    assert "The network has no layers yet." in " ".join(words(root))
    assert "Generator" in words(root)


def test_hostile_words_stay_words():
    fitting = sketch_of(NETWORKS["one layer"])
    nodes = tuple(replace(node, title='<script>alert("x")</script>', settings="a & b") for node in fitting.nodes)
    root = parsed(replace(fitting, nodes=nodes))
    assert not list(root.iter(f"{SVG}script"))
    assert "a & b" in words(root)


def test_every_group_of_layers_has_the_colour_it_has_in_the_editor():
    assert {LAYERS[kind].group for kind in LAYERS} <= set(GROUPS)
    css = (resources.files("explorer.ui.builder") / "builder.css").read_text("utf-8")
    found = dict(re.findall(r'\[data-group="(\w+)"\] { --group: (#[0-9a-f]{6})', css))
    assert found == {group: colour.lower() for group, colour in GROUPS.items()}


def test_texts_are_cut_and_wrapped_to_their_room():
    assert shortened("Conv2d", 200, 13) == "Conv2d"
    cut = shortened("Positional encoding by waves", 80, 13, bold=True)
    assert cut.endswith("…")
    assert text_width(cut, 13, bold=True) <= 80
    lines = wrapped("one two three four five six seven " * 9, 100, 11, most=4)
    assert len(lines) == 4
    assert all(text_width(line, 11) <= 100 for line in lines)
    assert lines[-1].endswith("…")


def test_widths_are_never_below_those_of_a_real_font():
    font = pytest.importorskip("PIL.ImageFont")
    try:
        faces = [(font.truetype(f"DejaVuSans{style}.ttf", 100), bool(style)) for style in ("", "-Bold")]
    except OSError:
        pytest.skip("this machine has no DejaVu Sans")
    for said in ("Positional encoding (waves)", "out channels 16, kernel size 5", "1,024 \N{MULTIPLICATION SIGN} 28", "WMWM@%", "GELU"):
        for face, bold in faces:
            assert face.getlength(said) <= text_width(said, 100, bold)


def test_a_block_that_asks_is_not_drawn_as_one_that_adds():
    rows = [{"kind": "pixels_to_sequence"}, {"kind": "cross_attention"}, {"kind": "flatten"}, {"kind": "output"}]
    texts = [text.text for text in ElementTree.fromstring(network_picture(sketch_of(rows))).iter(f"{SVG}text")]
    assert texts.count("?") == 1
    residual = [RESIDUAL["body"][0], RESIDUAL, {"kind": "flatten"}, {"kind": "output"}]
    assert "?" not in network_picture(sketch_of(residual))
