"""What units of layers count for, where that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from captum.attr import LayerConductance, NeuronConductance
from torch import nn

from explorer.errors import SpecError
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.layered import layer_named, layers_of, names_of, outputs_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.plots.explanations import figures
from explorer.results.attribution import Attribution

OF_LAYERS = ("layer_conductance", "internal_influence", "layer_gradient_x_activation")
OF_NEURONS = ("neuron_gradient", "neuron_conductance")


def subject(*layers: nn.Module, shape: tuple[int, ...] = (4,), targets: int = 3, **given) -> Subject:
    torch.manual_seed(0)
    net = nn.Sequential(*layers).eval()
    x = torch.randn(12, *shape, generator=torch.Generator().manual_seed(1))
    kind = "image" if len(shape) == 3 else "table"
    return Subject(
        kind=kind,
        axes=("channels", "height", "width")[: len(shape)],
        answer=net,
        targets=tuple(f"class {i}" for i in range(targets)),
        x=x,
        background=x,
        raw=x.numpy(),
        layers={f"layer_{i}": layer for i, layer in enumerate(layers)},
        **given,
    )


@pytest.fixture
def mlp() -> Subject:
    torch.manual_seed(3)
    return subject(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))


@pytest.fixture
def pictures() -> Subject:
    torch.manual_seed(3)
    return subject(nn.Conv2d(1, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(5 * 16, 3), shape=(1, 6, 6))


def test_conductance_adds_up_to_the_difference_of_the_two_scores(mlp):
    for layer in ("layer_0", "layer_1"):
        found = EXPLANATIONS["layer_conductance"](steps=200).explain(mlp, Selection(layer=layer, target="class 1"))
        difference = (mlp.scores(mlp.x[:1]) - mlp.scores(torch.zeros(1, 4)))[0, 1]
        assert found.arrays["values"].sum() == pytest.approx(float(difference), abs=1e-3)
        assert found.facts["difference"] == pytest.approx(float(difference), abs=1e-6)


def test_conductance_of_the_layer_before_a_linear_answer_is_its_change_times_the_weight(mlp):
    found = EXPLANATIONS["layer_conductance"](steps=200).explain(mlp, Selection(layer="layer_1", target="class 2"))
    net = mlp.answer
    change = (net[1](net[0](mlp.x[:1])) - net[1](net[0](torch.zeros(1, 4))))[0]
    np.testing.assert_allclose(found.arrays["values"], (change * net[2].weight[2]).detach(), atol=1e-3)


def test_conductance_is_that_of_captum(pictures):
    found = EXPLANATIONS["layer_conductance"]().explain(pictures, Selection(example=2, layer="layer_0", target="class 0"))
    asked = LayerConductance(pictures.answer, pictures.layers["layer_0"])
    values = asked.attribute(pictures.x[2:3].clone().requires_grad_(), target=0, baselines=torch.zeros(1, 1, 6, 6))
    np.testing.assert_allclose(found.arrays["values"], values.sum((0, 2, 3)).detach(), atol=1e-5)
    first = found.arrays["shown"][0]
    np.testing.assert_allclose(found.arrays["maps"][0], values[0, first].detach(), atol=1e-5)


def test_influence_of_the_layer_before_a_linear_answer_is_its_weight(mlp):
    found = EXPLANATIONS["internal_influence"]().explain(mlp, Selection(layer="layer_1", target="class 2"))
    np.testing.assert_allclose(found.arrays["values"], mlp.answer[2].weight[2].detach(), atol=1e-5)


def test_gradient_times_activation_of_the_layer_before_a_linear_answer_adds_up_to_it(mlp):
    found = EXPLANATIONS["layer_gradient_x_activation"]().explain(mlp, Selection(layer="layer_1", target="class 0"))
    net = mlp.answer
    given = net[1](net[0](mlp.x[:1]))[0]
    np.testing.assert_allclose(found.arrays["values"], (given * net[2].weight[0]).detach(), atol=1e-6)
    assert found.arrays["values"].sum() + net[2].bias[0].item() == pytest.approx(float(mlp.scores(mlp.x[:1])[0, 0]), abs=1e-5)


def test_gradient_of_a_linear_unit_is_its_row_of_weights(mlp):
    found = EXPLANATIONS["neuron_gradient"]().explain(mlp, Selection(layer="layer_0", unit=3))
    np.testing.assert_allclose(found.arrays["values"], mlp.answer[0].weight[3].detach(), atol=1e-6)
    assert found.words[0] == "Neuron gradient, for example 0 and unit 3 of layer_0."
    legend = [trace.name for drawn in figures(found).values() for trace in drawn.data if trace.showlegend]
    assert legend[0] == "more of it raises 'unit 3 of layer_0'"


def test_what_a_unit_gives_is_said_and_which_gives_most(mlp):
    given = mlp.answer[0](mlp.x[:1])[0]
    best, other = int(given.argmax()), int(given.argmin())
    meanings = [EXPLANATIONS["neuron_gradient"]().explain(mlp, Selection(layer="layer_0", unit=unit)).words[1] for unit in (best, other)]
    assert meanings[0].endswith(f"For this example the unit gives {given[best]:.3g}, the most of its layer.")
    assert meanings[1].endswith(f"the unit gives {given[other]:.3g}; most is given by unit {best}, {given[best]:.3g}.")


def test_gradient_of_a_unit_of_a_map_is_its_filter_where_it_is_largest(pictures):
    found = Attribution.from_inspected(EXPLANATIONS["neuron_gradient"]().explain(pictures, Selection(layer="layer_0", unit=2)))
    given = pictures.answer[0](pictures.x[:1])[0, 2]
    row, column = divmod(int(given.argmax()), 4)
    expected = np.zeros((6, 6), np.float32)
    expected[row : row + 3, column : column + 3] = pictures.answer[0].weight[2, 0].detach()
    np.testing.assert_allclose(found.values[0], expected, atol=1e-6)
    assert f"row {row} and column {column}, where it is largest" in found.meaning


def test_conductance_of_all_units_adds_up_to_that_of_the_input(mlp):
    method = EXPLANATIONS["neuron_conductance"](steps=200)
    total = sum(method.explain(mlp, Selection(layer="layer_1", unit=unit, target="class 1")).arrays["values"] for unit in range(6))
    difference = (mlp.scores(mlp.x[:1]) - mlp.scores(torch.zeros(1, 4)))[0, 1]
    assert float(np.sum(total)) == pytest.approx(float(difference), abs=1e-3)


def test_conductance_of_one_unit_is_that_of_captum(mlp):
    found = EXPLANATIONS["neuron_conductance"]().explain(mlp, Selection(layer="layer_1", unit=4, target="class 1"))
    asked = NeuronConductance(mlp.answer, mlp.layers["layer_1"])
    values = asked.attribute(mlp.x[:1].clone().requires_grad_(), 4, target=1, baselines=torch.zeros(1, 4))
    np.testing.assert_allclose(found.arrays["values"], values[0].detach(), atol=1e-6)


def test_several_inputs_at_once_are_each_looked_at_where_their_own_unit_is_largest(pictures):
    method, picked = EXPLANATIONS["neuron_gradient"](), Subject(**{**vars(pictures), "chosen": "layer_0", "chosen_unit": 1})
    together = method.attribute(picked, pictures.x[:3], 0)
    alone = torch.cat([method.attribute(picked, pictures.x[i : i + 1], 0) for i in range(3)])
    assert torch.equal(together, alone)


def test_without_a_name_the_last_layer_before_the_answer_is_looked_at_that_does_more_than_hand_on(pictures):
    assert layer_named(pictures, "").name == "layer_1"
    assert layers_of(pictures)["layer_2"].passes_on


def test_units_of_the_answer_are_called_by_its_names(mlp):
    found = EXPLANATIONS["layer_gradient_x_activation"]().explain(mlp, Selection(layer="layer_2", target="class 1"))
    assert found.facts["units"] == ["class 0", "class 1", "class 2"]
    assert np.flatnonzero(found.arrays["values"]).tolist() == [1]


def test_outputs_come_piece_by_piece_and_leave_no_hook(mlp):
    pieces = Subject(**{**vars(mlp), "piece": 5})
    whole = outputs_of(mlp, layer_named(mlp, "layer_1"), mlp.x)
    assert torch.equal(outputs_of(pieces, layer_named(pieces, "layer_1"), mlp.x), whole)
    assert not any(module._forward_hooks for module in mlp.answer.modules())


@pytest.mark.parametrize("kind", [*OF_LAYERS, *OF_NEURONS])
def test_a_layer_that_is_not_there_is_named_with_those_that_are(mlp, kind):
    with pytest.raises(SpecError, match=r"'conv9'.*layer_0, layer_1, layer_2"):
        EXPLANATIONS[kind]().explain(mlp, Selection(layer="conv9"))


@pytest.mark.parametrize("kind", OF_NEURONS)
def test_a_unit_that_is_not_there_is_an_error_that_counts_them(mlp, kind):
    with pytest.raises(SpecError, match=r"layer_1 has no unit 6: it has 6, counted from 0 to 5"):
        EXPLANATIONS[kind]().explain(mlp, Selection(layer="layer_1", unit=6))


@pytest.mark.parametrize("kind", [*OF_LAYERS, *OF_NEURONS])
def test_not_offered_where_no_layers_can_be_seen_or_no_gradients_be_had(mlp, kind):
    assert "none can be seen" in EXPLANATIONS[kind].reason_not(Subject(**{**vars(mlp), "layers": {}}))
    assert "gradients" in EXPLANATIONS[kind].reason_not(Subject(**{**vars(mlp), "differentiable": False}))
    assert EXPLANATIONS[kind].reason_not(mlp) == ""
    assert EXPLANATIONS[kind].choices(mlp) == {"layer": names_of(mlp)}


@pytest.mark.parametrize("kind", OF_LAYERS)
def test_weights_that_are_no_numbers_are_a_sentence(mlp, kind):
    with torch.no_grad():
        mlp.answer[0].weight[0, 0] = float("nan")
    with pytest.raises(SpecError, match="not a finite number"):
        EXPLANATIONS[kind]().explain(mlp, Selection())


@pytest.mark.parametrize("kind", OF_LAYERS)
def test_a_constant_network_is_told_and_drawn(mlp, kind):
    with torch.no_grad():
        mlp.answer[2].weight.zero_()
    found = EXPLANATIONS[kind]().explain(mlp, Selection())
    assert "Every number is 0" in found.words[-1]
    assert all(isinstance(figure, go.Figure) for figure in figures(found).values())


@pytest.mark.parametrize("kind", OF_LAYERS)
def test_the_figures_hold_the_strongest_units_first(pictures, kind):
    found = EXPLANATIONS[kind]().explain(pictures, Selection(layer="layer_0"))
    bars, maps = figures(found).values()
    sizes = np.abs(bars.data[0].x)
    assert (np.diff(sizes) <= 0).all()
    assert bars.data[0].y[0] == f"unit {found.arrays['shown'][0]}"
    assert bars.layout.xaxis.title.text
    assert maps.data[0].z.size > 0
