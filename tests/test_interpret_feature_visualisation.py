"""Inputs made up to excite a unit: what a climb has to find is known for linear units."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.inspections.places import units_first
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.feature_visualisation import in_own_units, room_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.plots.explanations import figures

FREE = {"variation": 0.0, "size": 0.0, "blur": 0.0, "jitter": 0}


def subject(net: nn.Module, kind: str = "table", shape: tuple[int, ...] = (5,), **given) -> Subject:
    x = torch.rand(50, *shape, generator=torch.Generator().manual_seed(4)) * 4 - 1
    axes = {"table": ("features",), "points": ("features",), "series": ("time", "features"), "image": ("channels", "height", "width")}
    layers = dict(net.named_children())
    fields = {"x": x, "background": x, "raw": x.numpy(), "targets": ("p", "q"), "layers": layers, "names": tuple("abcde"[: shape[-1]])}
    return Subject(**{"kind": kind, "axes": axes[kind], "answer": net.eval(), **fields, **given})


@pytest.fixture
def linear() -> Subject:
    torch.manual_seed(1)
    return subject(nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 2)))


def climbed(of: Subject, unit: int = 0, layer: str = "0", **fields):
    return EXPLANATIONS["feature_visualisation"](**fields).explain(of, Selection(layer=layer, unit=unit))


def test_a_linear_unit_wants_every_column_at_the_end_of_its_range_that_its_weight_points_to(linear):
    found = climbed(linear, unit=2, **FREE)
    weight = linear.answer[0].weight[2].detach().numpy()
    low, high = linear.x.amin(0).numpy(), linear.x.amax(0).numpy()
    expected = np.where(weight > 0, high, low)
    for made_up in found.arrays["found"]:
        np.testing.assert_allclose(made_up, expected, atol=1e-6)
    most = expected @ weight + linear.answer[0].bias[2].item()
    np.testing.assert_allclose(found.arrays["climb"][-1], most, rtol=1e-5)
    assert found.facts["gained"] >= found.arrays["real"].max()


def test_the_answer_itself_can_grow(linear):
    found = EXPLANATIONS["feature_visualisation"](aim="answer", **FREE).explain(linear, Selection(target="q"))
    slopes = (linear.answer[1].weight[1] @ linear.answer[0].weight).detach().numpy()
    expected = np.where(slopes > 0, linear.x.amax(0), linear.x.amin(0))
    np.testing.assert_allclose(found.arrays["found"][0], expected, atol=1e-6)
    assert found.facts["what"] == "the score of 'q'"


def test_a_penalty_of_size_keeps_to_where_its_slope_is_that_of_the_unit(linear):
    size = 20.0
    found = climbed(linear, **{**FREE, "size": size, "steps": 400})
    low, high = linear.x.amin(0), linear.x.amax(0)
    given = linear.answer[0](linear.x)[:, 0]
    slopes = linear.answer[0].weight[0] * (high - low) / given.std()  # of the unit, in spreads, by the share of the range
    shares = 0.5 + 5 * slopes / (8 * size)  # where d/ds of size * mean((2 s - 1)^2) over 5 columns is the same
    np.testing.assert_allclose(found.arrays["found"][0], (low + shares * (high - low)).detach(), atol=0.01)


def test_what_varies_less_costs_less():
    torch.manual_seed(0)
    pictures = subject(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 2)), "image", (1, 8, 8))
    rough, smooth = (climbed(pictures, layer="3", **{**FREE, "variation": cost}).arrays["found"] for cost in (0.0, 30.0))
    assert np.abs(np.diff(smooth, axis=-1)).mean() < 0.5 * np.abs(np.diff(rough, axis=-1)).mean()


@pytest.mark.parametrize(("kind", "shape"), [("image", (2, 6, 6)), ("series", (7, 2)), ("points", (2,)), ("table", (5,))])
def test_what_is_found_lies_within_the_range_of_the_training_data(kind, shape):
    torch.manual_seed(2)
    size = int(np.prod(shape))
    of = subject(nn.Sequential(nn.Flatten(), nn.Linear(size, 4), nn.Tanh(), nn.Linear(4, 2)), kind, shape)
    found = climbed(of, layer="2", steps=40, jitter=2, blur=0.2)
    room = room_of(of)
    made_up = torch.from_numpy(found.arrays["found"])
    assert made_up.shape == (4, *shape)
    assert bool((made_up >= room.low - 1e-6).all())
    assert bool((made_up <= room.high + 1e-6).all())
    assert found.arrays["climb"].shape == (41, 4)
    assert (np.diff(found.arrays["climb"][-1]) <= 0).all()  # the best search first
    assert all(isinstance(figure, go.Figure) for figure in figures(found).values())


def test_the_climb_is_what_the_unit_gives_for_what_was_found(linear):
    found = climbed(linear, unit=1, steps=20)
    given = linear.answer[0](torch.from_numpy(found.arrays["found"]))[:, 1].detach()
    np.testing.assert_allclose(found.arrays["climb"][-1], given, rtol=1e-5)
    real = linear.answer[0](linear.x)[:, 1].detach()
    np.testing.assert_allclose(found.arrays["real"], real, rtol=1e-5)
    np.testing.assert_allclose(found.arrays["example_inputs"][-1], linear.raw[int(real.argmax())], rtol=1e-6)


def test_a_unit_that_is_switched_off_is_told_of():
    net = nn.Sequential(nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 2))
    with torch.no_grad():
        net[0].bias.fill_(-1e3)
    found = climbed(subject(net), layer="1")
    assert "switched off" in found.words[0]


def test_a_unit_that_is_off_for_noise_is_climbed_from_the_example_that_excites_it_most():
    net = nn.Sequential(nn.Linear(5, 1), nn.ReLU(), nn.Linear(1, 2))
    off = subject(net)
    with torch.no_grad():
        net[0].weight.fill_(1.0)
        net[0].bias.fill_(1e-3 - off.x.sum(1).max())  # on for one example alone
    found = climbed(off, layer="1", **FREE)
    assert found.facts["woken"] == 4
    np.testing.assert_allclose(found.arrays["found"][0], off.x.amax(0), atol=1e-6)
    assert any("4 of 4 searches began at example" in sentence for sentence in found.words)


def test_a_unit_that_is_full_for_noise_is_climbed_from_the_example_that_excites_it_most():
    net = nn.Sequential(nn.Linear(5, 1), nn.Tanh())
    with torch.no_grad():
        net[0].weight.fill_(1.0)
        net[0].bias.fill_(-18.0)  # below -7 in the middle of the range, 5 x 1.5, where its slope cannot be felt; above 0 at 5 x 4
    x = torch.cat([subject(net).x, torch.full((1, 5), 4.0)])
    found = climbed(subject(net, x=x, background=x, raw=x.numpy()), layer="1", **FREE)
    assert found.facts["woken"] == 4
    assert found.facts["gained"] > 0.9
    assert "or full" in found.words[2]


def test_less_than_a_real_example_is_said_honestly(linear):
    found = climbed(linear, **{**FREE, "steps": 2, "rate": 0.001})
    assert found.facts["gained"] < found.arrays["real"].max()
    assert "not as much as any" not in found.words[0]
    assert "less than the highest of 50 examples" in found.words[0]


def test_the_same_seed_finds_the_same(linear):
    one, again, other = (climbed(linear, seed=seed, steps=5).arrays["found"] for seed in (0, 0, 1))
    assert (one == again).all()
    assert (one != other).any()


def test_the_network_keeps_its_weights_and_hooks(linear):
    before = [weight.clone() for weight in linear.answer.parameters()]
    climbed(linear, steps=3)
    assert all(torch.equal(a, b) for a, b in zip(before, linear.answer.parameters(), strict=True))
    assert not any(module._forward_hooks for module in linear.answer.modules())


def test_it_is_drawn_in_the_own_units_of_the_data_where_those_are_a_straight_line(linear):
    own = Subject(**{**vars(linear), "raw": (linear.x * 10 + 3).numpy()})
    drawn, told = in_own_units(own, linear.x[:2])
    assert told
    np.testing.assert_allclose(drawn, own.raw[:2], rtol=1e-5)
    bent = Subject(**{**vars(linear), "raw": (linear.x**3).numpy()})
    assert in_own_units(bent, linear.x[:2])[1] is False


def test_tokens_are_not_offered(linear):
    assert "between two tokens there is nothing" in EXPLANATIONS["feature_visualisation"].reason_not(
        Subject(**{**vars(linear), "kind": "text"})
    )


def test_without_layers_the_answer_still_can_grow(linear):
    bare = Subject(**{**vars(linear), "layers": {}})
    assert EXPLANATIONS["feature_visualisation"].reason_not(bare) == ""
    with pytest.raises(SpecError, match="Let the answer grow instead"):
        climbed(bare, layer="")
    assert EXPLANATIONS["feature_visualisation"](aim="answer", steps=3).explain(bare, Selection()).words


@pytest.mark.parametrize("kind", ["table", "image"])
def test_of_a_unit_that_is_off_the_next_that_is_on_is_named(kind):
    layers = {
        "table": (nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)),
        "image": (nn.Conv2d(1, 4, 1), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2)),
    }
    torch.manual_seed(2)
    net, shape = nn.Sequential(*layers[kind]), {"table": (5,), "image": (1, 3, 3)}[kind]
    net(torch.zeros(1, *shape))
    with torch.no_grad():
        net[0].weight.copy_(net[0].weight.abs())
        net[0].bias.copy_(torch.tensor([-99.0, -99.0, 20.0, 20.0]))
    of = subject(net, kind, shape)
    words = climbed(of, unit=0, layer="1", steps=5).words
    real = units_first(net[:2](of.x).detach())[:, 2].reshape(len(of.x), -1).mean(1)
    assert f"The next unit of 1 that answers is unit 2: it gives {float(real.min()):.3g} to {float(real.max()):.3g}." in words
    assert not any("next unit" in one for one in climbed(of, unit=2, layer="1", steps=5).words)
    with torch.no_grad():
        net[0].bias.fill_(-99.0)
    assert "No unit of 1 answers" in climbed(of, unit=0, layer="1", steps=5).words[-1]
