"""The oracle of the fused engine is PyTorch: same network, same optimiser, same batches, step by step."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from explorer.experiment import LAYERS, LOSSES, OPTIMIZERS
from explorer.layers.activation import Activation
from explorer.results.shape import Shape
from explorer.training.fused import FusedEngine

ACTIVATIONS = [name for name in LAYERS if issubclass(LAYERS[name], Activation)]
STEPS = 20


def examples(problem: str, outputs: int, inputs: int = 3, n: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(5)
    x = torch.randn(n, inputs, generator=random)
    if problem == "regression":
        return x, torch.randn(n, outputs, generator=random)
    return x, torch.randint(0, max(outputs, 2), (n,), generator=random)


def network(*hidden: int, activation: nn.Module | None = None, inputs: int = 3, outputs: int = 1, bias: bool = True) -> nn.Sequential:
    torch.manual_seed(3)
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(inputs, width, bias=bias), copy.deepcopy(activation) or nn.Tanh()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs, bias=bias))


def state_of(model: nn.Module, loss: str = "cross_entropy", optimizer: str = "sgd", rate: float = 0.05, **settings) -> Any:
    """What the engine reads of a TrainingState."""
    spec = settings.pop("loss_spec", None) or LOSSES[loss]()
    rule = OPTIMIZERS[optimizer](learning_rate=rate, weight_decay=settings.pop("weight_decay", 0.0), **settings.pop("hyper", {}))
    training = SimpleNamespace(**{"l1": 0.0, "l2": 0.0, "clip_norm": 0.0, **settings})
    outputs = [m for m in model.modules() if isinstance(m, nn.Linear)][-1].out_features
    inputs = next(m for m in model.modules() if isinstance(m, nn.Linear)).in_features
    x, y = examples(spec.problem, outputs, inputs)
    experiment = SimpleNamespace(training=training, task=SimpleNamespace(loss=spec))
    optimizers = {"model": rule.build(model.parameters())}
    return SimpleNamespace(experiment=experiment, networks={"model": model}, optimizers=optimizers, x_train=x, y_train=y)


def eager_run(state: Any, batches: torch.Tensor, rates: np.ndarray) -> np.ndarray:
    """The reference: the plain loop."""
    model, optimizer, training = state.networks["model"], state.optimizers["model"], state.experiment.training
    losses = []
    for batch, rate in zip(batches, rates.tolist(), strict=True):
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss = state.experiment.task.loss.loss(model(state.x_train[batch]), state.y_train[batch])
        weights = [p for p in model.parameters() if p.dim() >= 2]
        penalties = sum(training.l1 * w.abs().sum() + training.l2 / 2 * w.square().sum() for w in weights)
        (loss + penalties).backward()
        if training.clip_norm:
            nn.utils.clip_grad_norm_(model.parameters(), training.clip_norm)
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses, np.float32)


def batches_of(size: int = 10, steps: int = STEPS, n: int = 64) -> torch.Tensor:
    return torch.randint(0, n, (steps, size), generator=torch.Generator().manual_seed(8))


def same(a: torch.Tensor, b: torch.Tensor, what: str, rtol: float = 1e-5) -> None:
    scale = max(float(b.abs().max()), 1e-3)
    torch.testing.assert_close(a, b, rtol=rtol, atol=rtol * scale, msg=lambda text: f"{what}: {text}")


def compare(state: Any, size: int = 10, rtol: float = 1e-5, rates: np.ndarray | None = None) -> None:
    """Run both engines from the same start and hold everything they leave behind against each other."""
    other = copy.deepcopy(state)
    batches = batches_of(size)
    rates = np.linspace(1, 0.5, STEPS) * state.optimizers["model"].param_groups[0]["lr"] if rates is None else rates
    engine = FusedEngine(state)
    torch.manual_seed(11)
    fused = engine.run(batches, rates)["batch_loss"]
    after = torch.get_rng_state()
    torch.manual_seed(11)
    eager = eager_run(other, batches, rates)
    assert torch.equal(after, torch.get_rng_state())
    same(torch.from_numpy(fused), torch.from_numpy(eager), "loss", rtol)
    for (name, a), b in zip(state.networks["model"].named_parameters(), other.networks["model"].parameters(), strict=True):
        same(a.data, b.data, name, rtol)
    same_state(state.optimizers["model"], other.optimizers["model"], rtol)


def same_state(a: torch.optim.Optimizer, b: torch.optim.Optimizer, rtol: float = 1e-5) -> None:
    left, right = a.state_dict(), b.state_dict()
    assert left["param_groups"] == right["param_groups"]
    assert left["state"].keys() == right["state"].keys()
    for key, kept in right["state"].items():
        assert left["state"][key].keys() == kept.keys()
        for name, value in kept.items():
            assert left["state"][key][name].shape == value.shape
            same(left["state"][key][name], value, f"{name} of parameter {key}", rtol)


def test_every_activation_is_found():
    assert len(ACTIVATIONS) >= 12


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_equals_torch(name):
    compare(state_of(network(6, 5, activation=LAYERS[name]().build(Shape.features(1)))))


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("leaky_relu", "negative_slope", 0.3),
        ("elu", "alpha", 2.0),
        ("celu", "alpha", 0.5),
        ("softplus", "beta", 4.0),
        ("sine", "frequency", 3.0),
    ],
)
def test_settings_of_an_activation_are_kept(name, field, value):
    compare(state_of(network(6, 5, activation=LAYERS[name](**{field: value}).build(Shape.features(1)))))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_and_slope_far_from_zero(name):
    model = network(6, activation=LAYERS[name]().build(Shape.features(1)))
    with torch.no_grad():
        model[0].weight.mul_(20)
    compare(state_of(model, rate=0.001), rtol=5e-5)


@pytest.mark.parametrize("outputs", [1, 2, 5])
@pytest.mark.parametrize("name", LOSSES)
def test_loss_equals_torch(name, outputs):
    compare(state_of(network(6, 5, outputs=outputs), loss=name))


@pytest.mark.parametrize(("name", "setting"), [("focal", {"gamma": 0.0}), ("focal", {"gamma": 0.5}), ("huber", {"delta": 0.3})])
def test_settings_of_a_loss_are_kept(name, setting):
    compare(state_of(network(6, outputs=3), loss_spec=LOSSES[name](**setting)))


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_equals_torch(name, weight_decay):
    compare(state_of(network(6, 5), optimizer=name, rate=OPTIMIZERS[name]().learning_rate, weight_decay=weight_decay), rtol=2e-5)


@pytest.mark.parametrize(
    "extra",
    [{"l1": 0.01}, {"l2": 0.1}, {"clip_norm": 0.05}, {"clip_norm": 50.0}, {"l1": 0.02, "l2": 0.1, "clip_norm": 0.3, "weight_decay": 0.05}],
)
def test_penalties_and_clipping_equal_torch(extra):
    compare(state_of(network(6, 5), optimizer="adam", **extra))


@pytest.mark.parametrize("size", [1, 7, 16, 17, 33, 64])
def test_any_batch_size(size):
    compare(state_of(network(6, 5)), size)


@pytest.mark.parametrize("hidden", [(), (1,), (4, 2), (8, 8, 8), (3, 17, 5, 9), (64, 64)])
def test_any_widths_and_depth(hidden):
    compare(state_of(network(*hidden, outputs=3)))


def test_no_biases_and_several_activations_in_a_row():
    model = nn.Sequential(
        nn.Tanh(), nn.Linear(3, 5, bias=False), nn.ReLU(), nn.Sigmoid(), nn.Linear(5, 4), nn.Linear(4, 1, bias=False), nn.Tanh()
    )
    compare(state_of(model))


def test_dropout_draws_what_torch_draws():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Dropout(0.1),
        nn.Linear(3, 8),
        nn.Tanh(),
        nn.Dropout(0.4),
        nn.Linear(8, 6),
        nn.Dropout(0.0),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(6, 1),
    )
    compare(state_of(model))
    assert model[3].training


def test_images_are_flattened():
    state = state_of(nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 1)))
    state.x_train = state.x_train.reshape(64, 1, 3, 4)
    compare(state)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_engines_can_change_places_in_mid_run(name):
    state = state_of(network(6, 5), optimizer=name, rate=OPTIMIZERS[name]().learning_rate)
    other, batches, rates = copy.deepcopy(state), batches_of(steps=40), np.full(40, OPTIMIZERS[name]().learning_rate)
    engine = FusedEngine(state)
    eager_run(state, batches[:10], rates[:10])
    engine.run(batches[10:20], rates[10:20])
    eager_run(state, batches[20:30], rates[20:30])
    engine.run(batches[30:], rates[30:])
    eager_run(other, batches, rates)
    for a, b in zip(state.networks["model"].parameters(), other.networks["model"].parameters(), strict=True):
        same(a.data, b.data, "weights", 5e-5)
    same_state(state.optimizers["model"], other.optimizers["model"], 5e-5)


def test_a_chunk_in_pieces_is_the_same_to_the_bit():
    whole, pieces = (state_of(network(6, 5), optimizer="adam") for _ in range(2))
    batches, rates = batches_of(), np.full(STEPS, 0.01)
    one = FusedEngine(whole).run(batches, rates)["batch_loss"]
    engine = FusedEngine(pieces)
    several = [engine.run(batches[i : i + 3], rates[i : i + 3])["batch_loss"] for i in range(0, STEPS, 3)]
    assert np.array_equal(one, np.concatenate(several))
    assert torch.equal(whole.networks["model"][0].weight, pieces.networks["model"][0].weight)


def test_loaded_weights_and_optimizer_state_are_taken_over():
    state, other = (state_of(network(6, 5), optimizer="adam") for _ in range(2))
    batches, rates = batches_of(), np.full(STEPS, 0.01)
    eager_run(other, batches, rates)
    engine = FusedEngine(state)
    engine.run(batches[:3], rates[:3])
    state.networks["model"].load_state_dict(other.networks["model"].state_dict())
    state.optimizers["model"].load_state_dict(copy.deepcopy(other.optimizers["model"].state_dict()))
    engine.run(batches, rates)
    eager_run(other, batches, rates)
    same(state.networks["model"][0].weight.data, other.networks["model"][0].weight.data, "weights", 5e-5)
    same_state(state.optimizers["model"], other.optimizers["model"], 5e-5)


def test_a_new_network_and_optimizer_are_noticed():
    state = state_of(network(6, 5))
    engine = FusedEngine(state)
    engine.run(batches_of(), np.full(STEPS, 0.05))
    fresh = state_of(network(4, outputs=1), optimizer="adamax")
    state.networks, state.optimizers = fresh.networks, fresh.optimizers
    reference = copy.deepcopy(state)
    engine.run(batches_of(), np.full(STEPS, 0.05))
    eager_run(reference, batches_of(), np.full(STEPS, 0.05))
    same(state.networks["model"][0].weight.data, reference.networks["model"][0].weight.data, "weights")


def test_hyperparameters_may_change_between_runs():
    state = state_of(network(6, 5), optimizer="momentum")
    other, engine = copy.deepcopy(state), FusedEngine(state)
    for momentum, decay, clip in [(0.9, 0.0, 0.0), (0.0, 0.1, 0.0), (0.5, 0.0, 0.2)]:
        for each in (state, other):
            each.optimizers["model"].param_groups[0].update(momentum=momentum, weight_decay=decay)
            each.experiment.training.clip_norm = clip
        engine.run(batches_of(), np.full(STEPS, 0.05))
        eager_run(other, batches_of(), np.full(STEPS, 0.05))
    same(state.networks["model"][0].weight.data, other.networks["model"][0].weight.data, "weights", 5e-5)
    same_state(state.optimizers["model"], other.optimizers["model"], 5e-5)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_stops_before_the_update_of_a_loss_that_is_not_finite(value):
    state = state_of(network(6, 5, activation=nn.ReLU(), outputs=1), loss="mse", optimizer="adam")
    state.y_train[7] = value
    batches = torch.tensor([[1, 2], [3, 4], [5, 7], [1, 2]])
    engine = FusedEngine(state)
    losses = engine.run(batches, np.full(4, 0.01))["batch_loss"]
    assert len(losses) == 3
    assert np.isfinite(losses[:2]).all()
    assert not np.isfinite(losses[2])
    assert all(p.isfinite().all() for p in state.networks["model"].parameters())
    assert state.optimizers["model"].state_dict()["state"][0]["step"] == 2


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "elu", "sine", "mish"])
def test_a_weight_that_is_not_a_number_reaches_the_loss(name, activation):
    state = state_of(network(4, activation=LAYERS[activation]().build(Shape.features(1)), outputs=3), loss=name)
    with torch.no_grad():
        state.networks["model"][0].weight[0, 0] = float("nan")
    assert len(FusedEngine(state).run(batches_of(), np.full(STEPS, 0.01))["batch_loss"]) == 1
    assert not state.optimizers["model"].state_dict()["state"]


def test_stopping_leaves_the_random_numbers_where_eager_would():
    state = state_of(nn.Sequential(nn.Linear(3, 6), nn.Dropout(0.5), nn.Linear(6, 1)), loss="mse")
    state.y_train[7] = float("nan")
    torch.manual_seed(4)
    FusedEngine(state).run(torch.tensor([[1, 2], [5, 7], [3, 4], [3, 4]]), np.full(4, 0.01))
    after = torch.rand(3)
    torch.manual_seed(4)
    for _ in range(2):
        torch.empty(2, 6).bernoulli_(0.5)
    assert torch.equal(after, torch.rand(3))


def test_numbers_of_examples_that_do_not_exist_are_refused():
    with pytest.raises(IndexError, match="64 training examples"):
        FusedEngine(state_of(network(4))).run(torch.tensor([[0, 64]]), np.full(1, 0.1))


def test_parameters_stay_the_very_objects_they_were():
    state = state_of(network(6, 5), optimizer="adam")
    before = list(state.networks["model"].parameters())
    FusedEngine(state).run(batches_of(), np.full(STEPS, 0.01))
    assert all(a is b for a, b in zip(before, state.networks["model"].parameters(), strict=True))
    assert all(p.is_leaf and p.requires_grad and p.grad is None for p in before)


@pytest.mark.parametrize("name", ["hinge", "cross_entropy", "squared_error"])
def test_equal_scores_are_treated_as_torch_treats_them(name):
    model = network(6, outputs=4)
    nn.init.zeros_(model[2].weight)
    nn.init.zeros_(model[2].bias)
    compare(state_of(model, loss=name))


def test_everything_at_0_as_it_is_with_zero_weights():
    model = network(6, 5, activation=nn.ReLU())
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    compare(state_of(model, optimizer="adagrad", l1=0.1))
