"""Optimisers: the formulas that are shown are what torch computes, and live changes keep what was gathered."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.experiment import OPTIMIZERS, SCHEDULES, TrainingSpec
from explorer.results.update import Moment
from explorer.training.optimizers import apply

RATE, DECAY = 0.1, 0.02


def descend(spec, steps: int = 6) -> list[float]:
    """The weight after each step on the loss w^2 / 2, whose gradient is w, from w = 1."""
    weight = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer, path = spec.build([weight]), []
    for _ in range(steps):
        weight.grad = weight.data.clone()
        optimizer.step()
        path.append(weight.item())
    return path


def by_hand(rule, steps: int = 6) -> list[float]:
    """The same by a formula: rule(w, g, memory, t) -> new w, changing memory in place."""
    w, memory, path = 1.0, {"m": 0.0, "s": 0.0, "u": 0.0, "product": 1.0}, []
    for t in range(1, steps + 1):
        w = rule(w, w, memory, t)
        path.append(w)
    return path


def sgd(w, g, memory, t):
    return w - RATE * g


def momentum(w, g, memory, t):
    memory["m"] = 0.9 * memory["m"] + g
    return w - RATE * memory["m"]


def nesterov(w, g, memory, t):
    memory["m"] = 0.9 * memory["m"] + g
    return w - RATE * (g + 0.9 * memory["m"])


def adagrad(w, g, memory, t):
    memory["s"] += g * g
    return w - RATE * g / (math.sqrt(memory["s"]) + 1e-10)


def rmsprop(w, g, memory, t):
    memory["s"] = 0.99 * memory["s"] + 0.01 * g * g
    return w - RATE * g / (math.sqrt(memory["s"]) + 1e-8)


def adadelta(w, g, memory, t):
    memory["s"] = 0.9 * memory["s"] + 0.1 * g * g
    d = math.sqrt(memory["u"] + 1e-6) / math.sqrt(memory["s"] + 1e-6) * g
    memory["u"] = 0.9 * memory["u"] + 0.1 * d * d
    return w - RATE * d


def averages(g, memory):
    memory["m"] = 0.9 * memory["m"] + 0.1 * g
    memory["s"] = 0.999 * memory["s"] + 0.001 * g * g
    return memory["m"], memory["s"]


def adam(w, g, memory, t):
    m, s = averages(g, memory)
    return w - RATE * m / (1 - 0.9**t) / (math.sqrt(s / (1 - 0.999**t)) + 1e-8)


def adamw(w, g, memory, t):
    return adam(w, g, memory, t)


def nadam(w, g, memory, t):
    m, s = averages(g, memory)
    mu, following = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * k)) for k in (t, t + 1))
    memory["product"] *= mu
    ahead = following * m / (1 - memory["product"] * following) + (1 - mu) * g / (1 - memory["product"])
    return w - RATE * ahead / (math.sqrt(s / (1 - 0.999**t)) + 1e-8)


def radam(w, g, memory, t):
    m, s = averages(g, memory)
    limit, correction = 2 / (1 - 0.999) - 1, 1 - 0.999**t
    rho = limit - 2 * t * 0.999**t / correction
    if rho <= 5:
        return w - RATE * m / (1 - 0.9**t)
    r = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
    return w - RATE * m / (1 - 0.9**t) * r * math.sqrt(correction) / (math.sqrt(s) + 1e-8)


def adamax(w, g, memory, t):
    memory["m"] = 0.9 * memory["m"] + 0.1 * g
    memory["u"] = max(0.999 * memory["u"], abs(g) + 1e-8)
    return w - RATE / (1 - 0.9**t) * memory["m"] / memory["u"]


RULES = {rule.__name__: rule for rule in (sgd, momentum, nesterov, adagrad, rmsprop, adadelta, adam, adamw, nadam, radam, adamax)}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_update_follows_its_formula(name):
    assert descend(OPTIMIZERS[name](learning_rate=RATE)) == pytest.approx(by_hand(RULES[name]), rel=1e-6)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "adamw"])
def test_weight_decay_is_added_to_the_gradient(name):
    rule = RULES[name]
    expected = by_hand(lambda w, g, memory, t: rule(w, g + DECAY * w, memory, t))
    assert descend(OPTIMIZERS[name](learning_rate=RATE, weight_decay=DECAY)) == pytest.approx(expected, rel=1e-6)


def test_adamw_shrinks_the_weights_themselves():
    expected = by_hand(lambda w, g, memory, t: adamw(w, g, memory, t) - RATE * DECAY * w)
    assert descend(OPTIMIZERS["adamw"](learning_rate=RATE, weight_decay=DECAY)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_says_what_it_does(name):
    spec = OPTIMIZERS[name]
    assert spec.formula
    assert "Source:" in spec.__doc__
    assert all((field.json_schema_extra or {}).get("live") for field in spec.model_fields.values())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_settings_change_in_mid_run_and_the_state_stays(name):
    spec = OPTIMIZERS[name]()
    numbers = {field: 0.5 for field in ("momentum", "rho", "beta1", "beta2") if field in type(spec).model_fields}
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = spec.build([weight])
    weight.grad = torch.ones(3)
    optimizer.step()
    before = {key: value.clone() for key, value in optimizer.state[weight].items()}
    changed = type(spec)(**{**numbers, "weight_decay": 0.25, "learning_rate": 0.7})
    apply(changed, optimizer, 0.35)
    group, fresh = optimizer.param_groups[0], changed.build([weight]).param_groups[0]
    assert {key: value for key, value in group.items() if key not in ("params", "lr")} == {
        key: value for key, value in fresh.items() if key not in ("params", "lr")
    }
    assert group["lr"] == 0.35
    assert all(torch.equal(optimizer.state[weight][key], value) for key, value in before.items())


def test_another_class_of_optimizer_is_refused():
    optimizer = OPTIMIZERS["sgd"]().build([torch.nn.Parameter(torch.ones(1))])
    with pytest.raises(TypeError, match="SGD cannot become Adam"):
        apply(OPTIMIZERS["adam"](), optimizer, 0.1)


def test_sgd_and_a_constant_rate_are_what_training_begins_with():
    spec = TrainingSpec()
    assert type(spec.optimizer) is OPTIMIZERS["sgd"]
    assert type(spec.schedule) is SCHEDULES["constant"]


# -- one step taken apart


def remembered(optimizer: torch.optim.Optimizer, weight: torch.nn.Parameter) -> dict[str, float]:
    return {name: float(value) for name, value in optimizer.state[weight].items() if isinstance(value, torch.Tensor)}


@pytest.mark.parametrize("decay", [0.0, DECAY])
@pytest.mark.parametrize("kind", list(OPTIMIZERS))
def test_the_change_recomputed_from_what_is_shown_is_the_weights_own(kind, decay):
    spec = OPTIMIZERS[kind].model_validate({"weight_decay": decay})
    weight = torch.nn.Parameter(torch.tensor([0.7], dtype=torch.float64))
    optimizer, gradients = spec.build([weight]), [0.5, -1.2, 0.3, 0.0, 2.0, -0.1, 0.4, 0.9, -0.6, 0.2]
    for slope in gradients:
        before, start = remembered(optimizer, weight), weight.item()
        weight.grad = torch.tensor([slope], dtype=torch.float64)
        optimizer.step()
        quantities = spec.taken_apart(Moment(start, slope, spec.learning_rate, before, remembered(optimizer, weight)))
        assert quantities[0].value == slope
        assert quantities[-1].value == pytest.approx(weight.item() - start, rel=1e-9, abs=1e-15)
    signs = [one.sign for one in quantities]
    assert len(set(signs)) == len(signs)


@pytest.mark.parametrize("kind", list(OPTIMIZERS))
def test_what_torch_remembers_of_a_weight_is_shown(kind):
    spec, weight = OPTIMIZERS[kind](), torch.nn.Parameter(torch.tensor([0.7], dtype=torch.float64))
    optimizer = spec.build([weight])
    for slope in (0.5, 0.25):
        before = remembered(optimizer, weight)
        weight.grad = torch.tensor([slope], dtype=torch.float64)
        optimizer.step()
    after = remembered(optimizer, weight)
    shown = [one.value for one in spec.taken_apart(Moment(0.7, 0.25, spec.learning_rate, before, after))]
    for name in set(after) - {"step", "mu_product", "acc_delta"}:  # counters, and what only the next step uses
        assert after[name] in shown, name
