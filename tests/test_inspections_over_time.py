"""Questions over many recorded steps agree with closed forms, with each step asked alone, and say what is missing."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from test_inspections_contract import QUICK, run_of, small, state_of

from explorer.errors import RunError, SpecError
from explorer.experiment import LAYERS, Experiment, NetworkSpec, preset
from explorer.experiment.training import OPTIMIZERS
from explorer.inspections import INSPECTIONS
from explorer.inspections._plane import Ground, flat_weights, random_plane, widest_plane
from explorer.inspections.gradient_flow import GradientFlow
from explorer.inspections.moments import Moments, OverTime
from explorer.inspections.similarity import centred, cka
from explorer.inspections.weights import weights_of
from explorer.plots.inspections import figures
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

KINDS = [kind for kind, cls in INSPECTIONS.items() if issubclass(cls, OverTime)]
PRESETS = ("spiral", "digits_cnn", "build_08_lstm", "build_12_tiny_decoder")


class Film:
    """A short run whose every step can be gone back to.

    Attributes:
        training: put to whichever step was asked for last.
    """

    def __init__(self, experiment: Experiment, steps: int, every: int = 1) -> None:
        self.training, self.shots = train(experiment), {}
        for _ in range(steps):
            self.shots[self.training.step] = self.training.checkpoint()
            self.training.advance(steps=every)
        self.shots[self.training.step] = self.training.checkpoint()

    def moments(self, *damaged: int) -> Moments:
        return Moments(list(self.shots), lambda step: self.at(step, damaged))

    def at(self, step: int, damaged: tuple[int, ...] = ()) -> Training:
        if step in damaged:
            raise RunError(f"The snapshot of step {step} is damaged.")
        self.training.restore(*self.shots[step])
        return self.training


@pytest.fixture(scope="module", params=PRESETS)
def film(request):
    return Film(small(preset(request.param).experiment), 4)


@pytest.fixture(scope="module")
def spiral():
    return Film(small(preset("spiral").experiment), 12, every=5)


def ask(kind: str, film: Film, *damaged: int, **fields: object) -> Inspected:
    return INSPECTIONS[kind].model_validate({**QUICK.get(kind, {}), **fields}).look_over(film.moments(*damaged))


def test_there_are_such_questions():
    assert {"weights_over_time", "gradients_over_time", "activations_over_time", "similarity_of_steps", "landscape"} <= set(KINDS)
    assert all(INSPECTIONS[kind].slow for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_is_answered_and_left_as_it_was(kind, film):
    before = state_of(film.at(4))
    told = []
    found = INSPECTIONS[kind].model_validate(QUICK.get(kind, {})).look_over(film.moments(2), told.append)
    assert found.step == 4
    assert found.arrays["steps"].tolist() == [0, 1, 3, 4]
    assert any("snapshot of step 2 cannot be read" in sentence for sentence in found.words)
    assert told == sorted(told)
    assert 0 < told[0] <= told[-1] <= 1
    assert all(torch.equal(one, other) for one, other in zip(before, state_of(film.training), strict=True))
    json.dumps(found.facts, allow_nan=False)
    drawn = figures(Inspected.unpack(found.pack()))
    assert all(isinstance(figure, go.Figure) for figure in drawn.values())


@pytest.mark.parametrize("kind", KINDS)
def test_few_of_many_steps_are_looked_at_with_the_first_and_the_last(kind, spiral):
    found = ask(kind, spiral, moments=4)
    assert len(found.arrays["steps"]) == 4
    assert found.arrays["steps"][[0, -1]].tolist() == [0, 60]
    assert any("4 of 13 recorded steps" in sentence for sentence in found.words)


def test_one_step_alone_says_that_there_is_nothing_before():
    found = INSPECTIONS["weights_over_time"]().look(run_of("spiral"))
    assert found.words == ("Nothing was recorded before step 3: let the run make some steps, or move the slider on, and look again.",)


# -- weights


def test_norms_and_ways_are_those_of_the_weights(spiral):
    found = ask("weights_over_time", spiral, layer="linear_2")
    first = {name: weight.clone() for name, weight in weights_of(spiral.at(0).networks).items()}
    for column, step in enumerate(found.arrays["steps"]):
        now = weights_of(spiral.at(int(step)).networks)
        np.testing.assert_allclose(found.arrays["norm"][:, column], [weight.norm() for weight in now.values()], rtol=1e-6)
        way = [(weight - first[name]).norm() for name, weight in now.items()]
        np.testing.assert_allclose(found.arrays["distance"][:, column], way, rtol=1e-5)
        counts, _ = np.histogram(now["linear_2"].numpy(), found.arrays["edges"])
        assert found.arrays["counts"][column].tolist() == counts.tolist()
    assert (found.arrays["counts"].sum(1) == first["linear_2"].numel()).all()
    assert "went farthest" in found.words[0]


# -- gradients


def test_gradients_are_those_of_each_step_alone(spiral):
    found = ask("gradients_over_time", spiral, moments=3)
    for column, step in enumerate(found.arrays["steps"]):
        alone = GradientFlow(batches=2).look(spiral.at(int(step)))
        for name in ("gradient", "gradient_norm", "ratio"):
            np.testing.assert_allclose(found.arrays[name][:, column], alone.arrays[name], rtol=1e-6)


def test_a_layer_that_learns_next_to_nothing_is_named():
    experiment = preset("spiral").experiment
    layers = [layer for number in range(1, 9) for layer in (LAYERS["linear"](out_features=8), LAYERS["sigmoid"]())]
    deep = experiment.model_copy(update={"networks": {"model": NetworkSpec(layers=(*layers, LAYERS["output"]()))}})
    words = ask("gradients_over_time", Film(small(deep), 2)).words[0]
    assert words.startswith("The gradient of a weight is below a hundredth of that of")
    assert "linear_1" in words
    assert "at all 3 steps" in words


def test_weights_that_broke_leave_a_gap_and_are_named():
    film = Film(small(preset("xor").experiment), 3)
    tensors, meta = film.shots[1]
    broken = {name: torch.full_like(value, torch.nan) for name, value in tensors.items() if name.startswith("network/")}
    film.shots[1] = {**tensors, **broken}, meta
    found = ask("gradients_over_time", film)
    assert np.isnan(found.arrays["gradient"][:, 1]).all()
    assert np.isfinite(found.arrays["gradient"][:, [0, 2, 3]]).all()
    assert "At step 1 the gradient is no finite number." in found.words
    assert ask("landscape", film).arrays["steps"].tolist() == [0, 2, 3]
    assert np.isnan(ask("weights_over_time", film).arrays["norm"][:, 1]).all()
    assert np.isnan(ask("similarity_of_steps", film).arrays["values"][1]).all()


# -- activations


def test_units_that_die_are_counted_from_the_step_they_died_at():
    experiment = preset("spiral").experiment
    layers = (LAYERS["linear"](out_features=4), LAYERS["relu"](), LAYERS["output"]())
    film = Film(small(experiment.model_copy(update={"networks": {"model": NetworkSpec(layers=layers)}})), 3)
    for step in (2, 3):
        tensors, _ = film.shots[step]
        name = next(name for name, value in tensors.items() if name.startswith("network/") and "bias" in name and value.shape == (4,))
        tensors[name] = torch.tensor([-1e6, -1e6, 1.0, 1.0])
    found = ask("activations_over_time", film)
    row = [name.startswith("relu") for name in found.facts["layers"]].index(True)
    assert found.arrays["dead"][row, 2:].tolist() == [0.5, 0.5]
    assert found.arrays["dead"][row, 0] < 0.5
    assert any("2 of 4 units" in sentence and "dead at step 3" in sentence for sentence in found.words)


# -- similarity


def test_a_step_is_like_itself_and_similarity_goes_both_ways(film):
    values = ask("similarity_of_steps", film).arrays["values"]
    np.testing.assert_allclose(np.diag(values), 1.0)
    np.testing.assert_allclose(values, values.T)
    assert (values > 0).all()
    assert (values < 1 + 1e-9).all()


def test_similarity_of_steps_is_that_of_layers(spiral):
    found = ask("similarity_of_steps", spiral, layer="linear_1", moments=3, examples=30)
    rows = []
    for step in found.arrays["steps"]:
        training = spiral.at(int(step))
        with torch.no_grad():
            rows.append(training.module_of("model", "linear_1")(training.state.x_test[:30]).double().numpy())
    for one in range(3):
        for other in range(3):
            assert found.arrays["values"][one, other] == pytest.approx(cka(centred(rows[one]), centred(rows[other])))


def test_layers_that_only_turn_stay_alike():
    film = Film(small(preset("xor").experiment), 1)
    tensors, _ = film.shots[1]
    first = film.shots[0][0]
    name = next(name for name in first if name.endswith("weight"))
    turn = torch.linalg.qr(torch.randn(len(first[name]), len(first[name]), generator=torch.Generator().manual_seed(0)))[0]
    tensors |= {one: value.clone() for one, value in first.items()} | {name: 3 * turn @ first[name]}
    assert ask("similarity_of_steps", film, layer="linear_1").arrays["values"][0, 1] == pytest.approx(1.0, abs=1e-5)


# -- landscape


def least_squares() -> Film:
    """A linear network with a squared error: its loss is a quadratic of the weights."""
    experiment = small(preset("tips").experiment)
    updates = {
        "networks": {"model": NetworkSpec(layers=(LAYERS["output"](),))},
        "training": experiment.training.model_copy(update={"optimizer": OPTIMIZERS["sgd"](learning_rate=0.05), "batch_size": 8}),
    }
    return Film(experiment.model_copy(update=updates), 10)


@pytest.mark.parametrize("plane", ["random", "path"])
def test_the_loss_of_least_squares_is_a_quadratic_on_any_plane(plane):
    found = ask("landscape", least_squares(), plane=plane, side=9)
    x, y = (grid.ravel() for grid in np.meshgrid(found.arrays["x"], found.arrays["y"]))
    columns = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1)
    z = found.arrays["losses"].ravel()
    fitted = columns @ np.linalg.lstsq(columns, z, rcond=None)[0]
    np.testing.assert_allclose(fitted, z, rtol=1e-4, atol=1e-5 * z.max())


@pytest.mark.parametrize("name", PRESETS)
def test_the_middle_is_the_loss_of_the_network(name):
    training = run_of(name)
    found = INSPECTIONS["landscape"](side=5, examples=20).look(training)
    network = training.networks["model"].eval()
    x, y = training.state.x_train[:20], training.state.y_train[:20]
    with torch.no_grad():
        loss = training.experiment.task.objective(network(x), x, y).item()
    network.train()
    assert found.arrays["losses"][2, 2] == pytest.approx(loss, rel=1e-4)
    assert found.facts["loss"] == pytest.approx(loss, rel=1e-4)
    assert found.arrays["path"].tolist() == [[0.0, 0.0]]


def test_a_path_in_a_plane_of_its_own_is_drawn_where_it_was_walked(spiral):
    """Two made steps: the plane through three points holds all of them, and the loss below each is its own."""
    chosen = Film.__new__(Film)
    chosen.training, chosen.shots = spiral.training, {step: spiral.shots[step] for step in (0, 30, 60)}
    found = ask("landscape", chosen, plane="path")
    assert found.facts["held"] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(found.arrays["path"][-1], 0.0, atol=1e-5)
    rows = torch.stack([flat_weights(spiral.at(step).networks["model"]) for step in (0, 30, 60)]).double().numpy()
    way = found.arrays["path"]
    for one in range(3):
        assert np.linalg.norm(way[one] - way[0]) == pytest.approx(np.linalg.norm(rows[one] - rows[0]), rel=1e-4, abs=1e-5)
    plane = widest_plane(torch.tensor(rows[-1]).float(), torch.tensor(rows).float())
    ground = Ground(spiral.at(60), spiral.training.state.x_train[:32], spiral.training.state.y_train[:32])
    for place, loss in zip(way, found.arrays["walked"], strict=True):
        assert ground.loss(plane.middle + float(place[0]) * plane.across + float(place[1]) * plane.up) == pytest.approx(loss, rel=1e-4)


def test_the_share_of_the_path_is_scikit_learns(spiral):
    from sklearn.decomposition import PCA

    found = ask("landscape", spiral, plane="path")
    rows = np.stack([flat_weights(spiral.at(step).networks["model"]).numpy() for step in spiral.shots])
    theirs = PCA(2).fit(rows)
    assert found.facts["held"] == pytest.approx(theirs.explained_variance_ratio_.sum(), rel=1e-4)
    offsets = np.abs(theirs.transform(rows) - theirs.transform(rows)[-1])
    np.testing.assert_allclose(np.abs(found.arrays["path"]), offsets, atol=1e-3)


def test_random_directions_are_as_long_as_the_filters():
    network = run_of("digits_cnn").networks["model"]
    plane = random_plane(network, 3)
    at = 0
    for weight in network.parameters():
        part = plane.across[at : at + weight.numel()].view_as(weight)
        at += weight.numel()
        if weight.dim() < 2:
            assert not part.any()
        else:
            np.testing.assert_allclose(part.flatten(1).norm(dim=1), weight.detach().flatten(1).norm(dim=1), rtol=1e-4)
    assert not torch.equal(plane.across, random_plane(network, 4).across)


def test_the_closest_point_of_a_slanted_plane_is_found():
    """Directions that are neither long as 1 nor at right angles."""
    rng = torch.Generator().manual_seed(0)
    across, up, middle = torch.randn(3, 50, generator=rng)
    from explorer.inspections._plane import Plane

    plane = Plane(middle, 2 * across, across + up)
    wanted = np.array([[0.5, -1.0], [2.0, 0.25], [0.0, 0.0]])
    off = torch.randn(50, generator=rng).double()
    basis = torch.linalg.qr(torch.stack([across, up], 1).double())[0]
    off = off - basis @ (basis.T @ off)
    path = torch.stack([middle + float(a) * plane.across + float(b) * plane.up for a, b in wanted]) + off.float()
    places, held = plane.coordinates(path)
    np.testing.assert_allclose(places, wanted, atol=1e-4)
    assert held == pytest.approx(1.0, abs=1e-5)


def test_a_path_that_does_not_leave_a_line_has_no_plane():
    with pytest.raises(SpecError, match="three or more steps"):
        INSPECTIONS["landscape"](plane="path", side=5).look(run_of("spiral"))


def test_a_map_over_decades_counts_powers_of_ten():
    training = run_of("spiral")
    found = INSPECTIONS["landscape"](side=5, examples=20).look(training)
    wide = np.geomspace(1e-4, 10.0, 25).reshape(5, 5)
    wide[0, 0] = np.nan
    (drawn,) = figures(Inspected(found.kind, found.step, found.words, found.facts, {**found.arrays, "losses": wide})).values()
    np.testing.assert_allclose(drawn.data[0].z, np.log10(wide))
    assert drawn.data[0].colorbar.ticktext[-1] == "10"
    (flat,) = figures(Inspected(found.kind, found.step, found.words, found.facts, {**found.arrays, "losses": np.ones((5, 5))})).values()
    assert np.array_equal(flat.data[0].z, np.ones((5, 5)))
    (empty,) = figures(Inspected(found.kind, found.step, found.words, found.facts, {**found.arrays, "losses": wide * np.nan})).values()
    assert np.isnan(empty.data[0].z).all()
