"""Every layer at work on a small example, and the picture of it."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import torch

from explorer.errors import SpecError
from explorer.experiment import LAYERS
from explorer.networks.specimen import specimen
from explorer.plots.layer_picture import HEIGHT, INKS, LEVELS, WIDTH, _runs, layer_picture
from explorer.plots.palette import BLUE, ORANGE

SVG = "{http://www.w3.org/2000/svg}"


def drawn(kind: str, theme: str = "") -> ElementTree.Element:
    return ElementTree.fromstring(layer_picture(specimen(kind), theme))


def words_of(picture: ElementTree.Element) -> list[str]:
    return [text.text for text in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_has_a_true_picture(kind):
    found = specimen(kind)
    layer = LAYERS[kind]().resolved(found.output_shape)
    assert layer.output_shape(found.input_shape) == found.output_shape
    assert (found.input.shape, found.output.shape) == (found.input_shape.sizes, found.output_shape.sizes)
    assert np.isfinite(found.output).all()
    assert found.curve == layer.elementwise
    picture = drawn(kind)
    assert (picture.get("role"), picture.get("viewBox")) == ("img", f"0 0 {WIDTH} {HEIGHT}")
    title = picture.find(f"{SVG}title").text
    assert title.startswith(f"{layer.title()}: ")
    if not found.curve:
        assert f"{found.input_shape} goes in, {found.output_shape} comes out" in title
        for axis, size in zip(found.output_shape.axes, found.output_shape.sizes, strict=True):
            assert any(f"{axis} {size}" in said for said in words_of(picture))


@pytest.mark.parametrize("kind", LAYERS)
def test_nothing_leaves_the_picture(kind):
    for path in drawn(kind).iter(f"{SVG}path"):
        for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path.get("d")):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT
    for text in drawn(kind).iter(f"{SVG}text"):
        assert 5 <= float(text.get("y")) <= HEIGHT


def test_pictures_show_what_the_layers_do():
    digit = specimen("max_pool2d")
    assert np.array_equal(digit.output[0], digit.input[0].reshape(4, 2, 4, 2).max((1, 3)))
    relu = specimen("relu")
    assert (relu.input[0], relu.input[-1]) == (-4, 4)
    np.testing.assert_array_equal(relu.output, np.maximum(relu.input, 0))
    dropped = specimen("spatial_dropout2d")
    assert [(channel == 0).all() for channel in dropped.output].count(True) == 1
    assert (specimen("gaussian_noise").output != specimen("gaussian_noise").input).any()
    assert specimen("embedding").input.tolist() == [3, 1, 4, 1, 5, 9, 2, 6]
    assert np.array_equal(specimen("embedding").output[1], specimen("embedding").output[3])


def test_the_curve_of_relu_is_drawn_where_its_numbers_are():
    curve = [path for path in drawn("relu").iter(f"{SVG}path") if path.get("stroke") == BLUE]
    points = [tuple(map(float, point.split())) for point in curve[0].get("d")[1:].split("L")]
    (left, floor), (middle, _), (right, top) = points[0], points[80], points[-1]
    assert middle == pytest.approx((left + right) / 2)
    assert all(y == floor for x, y in points if x <= middle)
    for x, y in points[81:]:  # a straight line from 0 up to 4
        assert (floor - y) / (floor - top) == pytest.approx((x - middle) / (right - middle), abs=0.01)
    assert {"4", "\N{MINUS SIGN}4", "x", "y"} <= set(words_of(drawn("relu")))


def test_colours_say_sign_and_size():
    assert _runs(np.array([[0.0, 1.0, 1.0, -0.5]]), 1.0) == [(0, 1, 2, LEVELS), (0, 3, 1, -LEVELS // 2)]
    fills = {(path.get("fill"), path.get("fill-opacity")) for path in drawn("reshape").iter(f"{SVG}path")}
    assert {(BLUE, "1.00"), (ORANGE, "0.92")} <= fills  # 2.0 and -1.9 of 2.0


@pytest.mark.parametrize("theme", INKS)
def test_a_picture_that_stands_alone_brings_its_colours(theme):
    ink, positive = INKS[theme]
    picture = drawn("conv2d", theme)
    assert picture.get("style") == f"color:{ink}"
    assert any(path.get("fill") == positive for path in picture.iter(f"{SVG}path"))
    assert drawn("conv2d").get("style") is None


def test_an_unknown_layer_is_said_in_words():
    with pytest.raises(SpecError, match="There is no layer type named 'conv3'"):
        specimen("conv3")


def test_looking_at_pictures_draws_no_random_numbers():
    before = torch.random.get_rng_state()
    specimen.cache_clear()
    again = [specimen(kind).output for kind in ("dropout", "conv2d")]
    assert torch.equal(torch.random.get_rng_state(), before)
    specimen.cache_clear()
    for kind, output in zip(("dropout", "conv2d"), again, strict=True):
        np.testing.assert_array_equal(specimen(kind).output, output)
