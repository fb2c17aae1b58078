"""Maps of many examples: over the plane, and what counts in general."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.interpret.base import KINDS
from explorer.interpret.field import FieldOverPlane
from explorer.interpret.importance import Importance
from explorer.interpret.of_many import AT_ONCE, asked, maps_of
from explorer.interpret.of_training import subject_of
from explorer.interpret.saliency import Saliency
from explorer.interpret.selection import Selection
from explorer.interpret.subject import InputKind, Subject
from explorer.plots.explanations import figures
from explorer.plots.explanations.importance import beside, ranks
from explorer.results.inspected import Inspected
from explorer.training.loop import train

PRESETS = {
    "image": "digits_cnn",
    "audio": "data_spoken_vowels",
    "table": "tips",
    "text": "data_sentiment",
    "series": "data_stocks",
    "points": "spiral",
}
WEIGHTS = torch.tensor([[3.0, -2.0], [-1.0, 0.5]])


@cache
def known(kind: str) -> Subject:
    training = train(Experiment.preset(PRESETS[kind]))
    training.advance(steps=3)
    return subject_of(training, Selection())


def linear(kind: InputKind = "points", n: int = 70) -> Subject:
    """Two scores of two numbers: 3x - 2y, and y/2 - x."""
    layer = nn.Linear(2, 2, bias=False)
    layer.weight.data = WEIGHTS.clone()
    x = torch.randn(n, 2, generator=torch.Generator().manual_seed(0))
    truths = [f"class {'ab'[int(row[0] > 0)]}" for row in x]
    return Subject(kind, ("features",), layer.eval(), ("a", "b"), x, x, x.numpy(), names=("width", "depth"), truths=truths)


@cache
def asked_of(kind: str) -> Inspected:
    return Importance(count=6, method="saliency").explain(known(kind), Selection(example=1))


def test_the_field_of_a_linear_network_is_weight_times_place():
    found = FieldOverPlane(cells=7).explain(linear(), Selection(example=2, target="a"))
    a = found.arrays
    assert found.facts["method"] == "integrated_gradients"
    np.testing.assert_allclose(a["values"][..., 0], np.broadcast_to(3 * a["x"], (7, 7)), atol=1e-4)
    np.testing.assert_allclose(a["values"][..., 1], np.broadcast_to(-2 * a["y"][:, None], (7, 7)), atol=1e-4)
    x, y = np.meshgrid(a["x"], a["y"])
    np.testing.assert_allclose(a["margin"], 4 * x - 2.5 * y, atol=1e-4)
    np.testing.assert_array_equal(a["point"], linear().raw[2])
    assert found.facts["labels"] == list(dict.fromkeys(truth[-1] for truth in linear().truths))


def test_the_field_holds_all_points():
    a = FieldOverPlane(cells=6).explain(known("points"), Selection()).arrays
    assert a["x"][0] < a["points"][:, 0].min() < a["points"][:, 0].max() < a["x"][-1]
    assert a["y"][0] < a["points"][:, 1].min() < a["points"][:, 1].max() < a["y"][-1]


def test_the_field_of_a_network_fed_with_features_is_over_the_plane():
    training = train(Experiment.preset("spiral_features"))
    found = FieldOverPlane(cells=6, method="saliency").explain(subject_of(training, Selection()), Selection())
    assert found.arrays["values"].shape == (6, 6, 7)
    assert found.facts["axes"] == ["x", "y"]
    assert len(figures(found)) == 1  # seven numbers are no arrow


def test_the_arrows_of_a_field_point_where_its_numbers_do():
    found = FieldOverPlane(cells=6).explain(linear(), Selection(target="a"))
    arrows = figures(found)["Both inputs as arrows"]
    heads = next(one for one in arrows.data if one.marker.angle is not None)
    up_right = [i for i, (across, up) in enumerate(heads.customdata) if across > 0.1 and up > 0.1]
    assert up_right
    assert all(0 < heads.marker.angle[i] < 90 for i in up_right)


def test_what_counts_in_a_linear_network_is_weight_times_mean_distance():
    subject = linear("table")
    found = Importance(count=50).explain(subject, Selection(target="a"))
    np.testing.assert_allclose(found.arrays["values"], subject.raw[:50] * np.array([3, -2]), atol=1e-4)
    np.testing.assert_allclose(found.arrays["held"], subject.raw[:50])
    assert found.facts["names"] == ["width", "depth"]
    assert "'width'" in found.words[0]


def test_columns_of_words_are_one():
    found = asked_of("table")
    assert found.facts["names"][:3] == ["bill (US dollars)", "people at the table", "who paid"]
    each = Saliency().checked(known("table"), known("table").x[:6], 0).numpy()
    np.testing.assert_allclose(found.arrays["values"][:, 2], each[:, 2:4].sum(1), rtol=1e-5)


def test_a_token_is_the_mean_of_all_its_places():
    subject, found = known("text"), asked_of("text")
    tokens, each = subject.x[:6].numpy(), Saliency().checked(subject, subject.x[:6], 0).numpy()
    assert found.arrays["count"].sum() == tokens.size
    at = found.facts["names"].index("the")
    np.testing.assert_allclose(found.arrays["size"][at], each[tokens == subject.vocabulary.index("the")].mean(), rtol=1e-4)


def test_many_are_asked_in_pieces_as_if_alone():
    subject, told = linear(), []
    values = maps_of(subject, asked(subject, "", ()), subject.x, 0, told.append)
    one = maps_of(subject, asked(subject, "", ()), subject.x[41:42], 0)
    np.testing.assert_allclose(values[41:42], one, atol=1e-5)
    assert told == pytest.approx([AT_ONCE / 70, 2 * AT_ONCE / 70, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_what_counts_is_said_and_drawn_for_every_kind_of_input(kind):
    found = Inspected.unpack(asked_of(kind).pack())
    assert found.words[0].endswith(".")
    assert (" Hz at " in found.words[0]) == (kind == "audio")
    assert all(np.isfinite(one).all() for one in found.arrays.values())
    for figure in figures(found).values():
        assert found.facts["unit"].split()[0] in figure.to_json()
        assert "NaN" not in figure.to_json()


def test_it_says_why_it_does_not_fit():
    assert "points" in FieldOverPlane.reason_not(known("image"))
    three = replace(linear(), x=torch.zeros(3, 3))
    assert "plane" in FieldOverPlane.reason_not(three)
    assert not Importance.reason_not(known("image"))
    with pytest.raises(SpecError, match="gives no map"):
        Importance(method="importance").explain(known("table"), Selection())


def test_dots_of_one_number_lie_beside_each_other():
    moved = beside(np.array([1.0, 1.0, 1.0, 5.0]))
    assert len(set(moved[:3])) == 3
    assert moved[3] == 0
    assert np.abs(beside(np.zeros(500))).max() <= 0.38
    assert list(ranks(np.array([5.0, 1.0, 5.0, 3.0]))) == [1, 0, 1, 0.5]
    assert list(ranks(np.array([2.0, 2.0]))) == [0, 0]
