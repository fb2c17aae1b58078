"""Figures of maps: what is drawn are the numbers of the map, for every kind of input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.plots.explanations import _grid, _series, _table, _text, figures
from explorer.plots.explanations._answers import answers
from explorer.plots.explanations._before_after import before_after
from explorer.plots.explanations._scale import SHARED_UNIT, common, scale_of
from explorer.plots.explanations.attribution import KINDS, row
from explorer.plots.explanations.attribution import figures as of_map
from explorer.results.attribution import Attribution, together
from explorer.results.inspected import Inspected

rng = np.random.default_rng(0)
SHAPES = {"image": (1, 6, 5), "audio": (1, 6, 8), "table": (4,), "text": (7,), "series": (9, 2), "points": (2,)}
AXES = {
    "image": ("channels", "height", "width"),
    "audio": ("channels", "height", "width"),
    "table": ("features",),
    "text": ("time",),
    "series": ("time", "features"),
    "points": ("features",),
}
TOKENS = ["not", "a", "good", " ", "film", "<b>", "·"]


def made(kind: str, shape: tuple[int, ...] | None = None, **changes: object) -> Attribution:
    values = rng.normal(size=shape or SHAPES[kind]).astype("float32")
    facts: dict = {"answers": [["8", 1.0, 0.7]], "names": [f"number {i}" for i in range(values.shape[-1])]}
    facts |= {"tokens": TOKENS} if kind == "text" else {}
    drawn = np.abs(values) if kind != "text" else np.arange(len(values))
    one = Attribution("saliency", 3, kind, values, AXES[kind], True, "A number.", "logit", "8", "test example 1", 1.0, facts=facts)
    return replace(one, **{"arrays": {"input": drawn.astype("float32")}, **changes})


def traces(figure: go.Figure, kind: str) -> list:
    return [one for one in figure.data if one.type == kind]


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_map_is_drawn_with_a_legend_and_a_unit(kind, signed):
    found = made(kind, signed=signed)
    found = found if signed else replace(found, values=np.abs(found.values))
    drawn = figures(found.to_inspected())
    assert drawn
    for figure in drawn.values():
        said = [one.name for one in figure.data if one.showlegend]
        assert said[:2] == (["speaks for '8'", "speaks against it"] if signed else ["matters to '8'"])
        assert "logit" in figure.to_json()
        assert figure.layout.height >= 100


@pytest.mark.parametrize("kind", KINDS)
def test_a_map_of_zeros_is_drawn(kind):
    found = made(kind)
    for figure in figures(replace(found, values=np.zeros_like(found.values)).to_inspected()).values():
        assert "NaN" not in figure.to_json()
    assert row([replace(found, values=np.zeros_like(found.values))] * 2).data


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_map_over_a_picture_adds_its_channels_up(channels):
    found = made("image", (channels, 6, 5))
    figure = next(iter(figures(found.to_inspected(), alpha=0.4).values()))
    shown = next(one for one in traces(figure, "heatmap") if one.coloraxis)
    np.testing.assert_allclose(shown.z, found.values.sum(0), rtol=1e-6)
    assert shown.opacity == 0.4
    assert len(traces(figure, "image")) == (2 if channels == 3 else 0)
    assert any("added up" in note.text for note in figure.layout.annotations) == (channels > 1)


def test_what_lies_below_the_threshold_is_left_out():
    found = made("image", arrays={"input": np.zeros((1, 6, 5), "float32")})
    shown = next(one for one in traces(next(iter(of_map(found.to_inspected(), threshold=0.5).values())), "heatmap") if one.coloraxis)
    left = np.abs(found.values[0]) >= 0.5 * np.abs(found.values).max()
    assert 0 < left.sum() < left.size
    np.testing.assert_array_equal(np.isfinite(np.array(shown.z, float)), left)


def test_pointing_at_a_picture_tells_both_numbers():
    found = made("image")
    seen = [one for one in traces(next(iter(figures(found.to_inspected()).values())), "heatmap") if one.hovertemplate]
    assert len(seen) == 2
    np.testing.assert_allclose(seen[0].z, found.values[0])
    assert float(seen[0].customdata[2][3]) == pytest.approx(found.arrays["input"][0, 2, 3], rel=1e-2)


def test_the_outline_of_a_mask_is_its_border():
    mask = np.zeros((4, 5), bool)
    mask[1:3, 2:4] = True
    x, y = _grid.outline(mask)
    ends = {(x[i], y[i], x[i + 1], y[i + 1]) for i in range(0, len(x), 3)}
    assert len(ends) == 8
    assert {(1.5, 0.5, 2.5, 0.5), (2.5, 2.5, 3.5, 2.5), (1.5, 0.5, 1.5, 1.5), (3.5, 1.5, 3.5, 2.5)} <= ends
    assert _grid.outline(np.zeros((4, 5), bool)) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_planted_is_marked(kind):
    found = made(kind)
    planted = np.zeros(found.values.shape, "uint8")
    planted.flat[0] = 1
    found = replace(found, arrays={**found.arrays, "planted": planted})
    assert all("planted shortcut" in figure.to_json() for figure in figures(found.to_inspected()).values())
    assert "planted shortcut" in row([found, found]).to_json()


def test_columns_made_of_words_are_one_with_the_word_that_holds():
    names = ["bill", "day: Fri", "day: Sat", "smoker: No"]
    facts = {"names": names, "parts": [0, 1, 1, 2], "answers": [["8", 1.0, 0.7]]}
    found = made(
        "table", facts=facts, values=np.array([0.5, -1.0, 3.0, 0.1], "float32"), arrays={"input": np.array([14.73, 0, 1, 0], "f4")}
    )
    (bars,) = traces(figures(found.to_inspected())["Which columns"], "bar")
    assert list(bars.customdata) == ["day = Sat", "bill = 14.73", "smoker: No = 0"]
    np.testing.assert_allclose(bars.x, [2.0, 0.5, 0.1], rtol=1e-6)


def test_of_many_columns_the_smallest_are_added_up():
    found = made("table", (30,))
    (bars,) = traces(figures(found.to_inspected())["Which columns"], "bar")
    assert len(bars.x) == _table.MOST
    assert bars.customdata[-1] == "11 more, added up"
    assert sum(bars.x) == pytest.approx(float(found.values.sum()), rel=1e-4)
    assert list(np.abs(bars.x[:-1])) == sorted(np.abs(bars.x[:-1]), reverse=True)


def test_tokens_are_in_lines_that_do_not_overlap():
    tokens = [["a", "word", "something longer"][i % 3] for i in range(64)]
    boxes = _text.boxes_of(tokens, np.arange(64.0))
    assert boxes.rows > 1
    for line in range(boxes.rows):
        here = boxes.row == line
        assert (boxes.left[here][1:] >= (boxes.left + boxes.width)[here][:-1]).all()
        assert (boxes.left + boxes.width)[here].max() <= _text.LINE


def test_neighbours_of_one_sign_are_a_span():
    spans = _text.spans_of(["not", "a", "good", "film", "."], np.array([2.0, 1.0, -3.0, -1.0, 0.5]))
    assert spans.texts == ["not a", "good film", "."]
    np.testing.assert_allclose(spans.values, [3, -4, 0.5])
    assert list(spans.first) == [0, 2, 4]
    letters = _text.spans_of(list("x" * 200), np.ones(200))
    assert all(len(text) < _text.LINE for text in letters.texts)
    assert "".join(letters.texts) == "x" * 200
    np.testing.assert_allclose(letters.values, 200)


def test_the_place_that_is_answered_is_marked():
    found = made("text")
    marked = replace(found, facts={**found.facts, "place": 4})
    (boxes,) = traces(figures(marked.to_inspected())["Which tokens"], "bar")
    assert [i for i, width in enumerate(boxes.marker.line.width) if width] == [4]
    assert "where it is answered" in figures(marked.to_inspected())["Which tokens"].to_json()


def test_a_coloured_line_goes_through_every_step():
    x, y, nearest = _series.dense(np.array([0.0, 1.0, -1.0]))
    assert (x[0], x[-1], y[0], y[-1]) == (1, 3, 0, -1)
    assert set(nearest) == {0, 1, 2}
    steps = np.hypot(np.diff(x - 1) / 2 * _series.ASPECT, np.diff(y) / 2)
    assert steps.max() < 3 * steps.mean()


@pytest.mark.parametrize("kind", KINDS)
def test_many_maps_are_drawn_on_one_scale(kind):
    first, second = made(kind), made(kind, method="occlusion")
    values, scale = common([first, second], [first.values, second.values], own=False)
    assert scale.unit == "logit"
    assert scale.limit == pytest.approx(max(scale_of(one).limit for one in (first, second)))
    assert values[0] is first.values
    figure = row([first, second], captions=["one", "other"])
    assert [note.text for note in figure.layout.annotations] == ["one", "other"]
    assert "logit" in figure.to_json()


def test_maps_of_different_units_are_shares_of_their_own_largest():
    first, second = made("image"), made("image", unit="logit per unit of input")
    values, scale = common([first, second], [one.values for one in (first, second)], own=False)
    assert scale.unit == SHARED_UNIT
    assert (scale.above, scale.below) == ("for '8'", "against it")
    assert [np.abs(one).max() for one in values] == pytest.approx([1, 1])
    assert SHARED_UNIT in row([first, second]).to_json()
    assert SHARED_UNIT in row([first, first], scale="own").to_json()
    assert not row([]).data


def test_numbers_before_and_after_stand_in_their_order_and_all_are_there():
    before = [[f"{step} steps ahead", -0.1 * step, None] for step in range(1, 13)]
    bars = answers(before, [[name, -value, None] for name, value, _ in before], "m")
    assert [list(bar.x) for bar in bars.data] == [[name for name, _, _ in before]] * 2
    assert bars.layout.yaxis.title.text == "m"


def test_classes_before_and_after_are_the_likeliest_of_either():
    before = [[f"class {at}", 0.0, at / 100] for at in range(12)]
    bars = answers(before, [["class 0", 0.0, 0.9], *before[1:]], "logit")
    assert list(bars.data[0].x) == ["class 0", *(f"class {at}" for at in range(11, 4, -1))]


def test_steps_of_a_changed_series_are_counted_from_1_as_in_its_maps():
    before = np.zeros((5, 1), "float32")
    arrays = {"before": before, "after": before + 1, "moved": before}
    drawn = before_after(Inspected("counterfactual", 0, (), {"input": "series", "names": ["height"]}, arrays))["Before and after"]
    assert [list(line.x) for line in drawn.data] == [[1, 2, 3, 4, 5]] * 2


def test_side_by_side_says_which_maps_have_no_signs():
    maps = [replace(made("image"), facts={**made("image").facts, "title": name}, signed=name != "Saliency") for name in ("Saliency", "LRP")]
    facts, arrays = together(maps)
    found = Inspected("side_by_side", 0, (), facts, {**arrays, "agreement": np.eye(2)})
    titles = [one.text for one in next(iter(figures(found).values())).layout.annotations]
    assert titles == ["Saliency (sizes only)", "LRP"]


def test_a_small_disturbance_is_not_rounded_to_nothing():
    before = np.zeros((1, 2, 2), "float32")
    arrays = {"before": before, "after": before + 1, "moved": before + 1, "sizes": np.array([0, 0.1]), "curves": np.array([[1.0, 0.0]])}
    facts = {"input": "image", "drawn": "disturbance", "answers": [["3", 1.0, 0.9]], "after": [["3", 1.0, 0.1]], "unit": "probability"}
    found = Inspected("fgsm", 0, (), {**facts, "curves": ["3"], "epsilon": 0.1, "smallest": 0.00038}, arrays)
    legend = [line.name for line in figures(found)["The answer as the disturbance grows"].data]
    assert legend == ["3", "as drawn: 10.0%", "enough from here: 0.038%"]
