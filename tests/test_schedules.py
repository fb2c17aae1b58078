"""Schedules against closed forms and torch's schedulers."""

from __future__ import annotations

import math

import pytest
import torch
from torch.optim import lr_scheduler

from explorer.experiment import SCHEDULES


def torchs(make, steps: int) -> list[float]:
    """The learning rate of one of torch's schedulers before each of `steps` steps, for a base rate of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def ours(name: str, count: int, **settings) -> list[float]:
    spec = SCHEDULES[name](**settings)
    return [spec.factor(step) for step in range(count)]


def test_constant():
    assert ours("constant", 3) == [1, 1, 1]


def test_step_is_torchs():
    assert ours("step", 50, every=7, share=0.3) == pytest.approx(torchs(lambda o: lr_scheduler.StepLR(o, 7, 0.3), 50))


def test_exponential_is_torchs_and_halves():
    assert ours("exponential", 50, half_life=9) == pytest.approx(torchs(lambda o: lr_scheduler.ExponentialLR(o, 0.5 ** (1 / 9)), 50))
    assert SCHEDULES["exponential"](half_life=9).factor(18) == pytest.approx(0.25)


def test_cosine_is_torchs_and_stays_low():
    expected = torchs(lambda o: lr_scheduler.CosineAnnealingLR(o, 40, eta_min=0.1), 41)
    assert ours("cosine", 41, steps=40, final=0.1) == pytest.approx(expected)
    assert ours("cosine", 60, steps=40, final=0.1)[41:] == [0.1] * 19


def test_warm_up_is_torchs():
    expected = torchs(lambda o: lr_scheduler.LinearLR(o, 0.05, 1.0, total_iters=20), 40)
    assert ours("warm_up", 40, steps=20, initial=0.05) == pytest.approx(expected)


@pytest.mark.parametrize(("steps", "rise"), [(100, 0.3), (37, 0.5), (10, 0.2)])
def test_one_cycle_is_torchs_and_stays_low(steps, rise):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=steps, pct_start=rise, cycle_momentum=False, final_div_factor=1e4)
    expected = []
    for step in range(steps):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < steps - 1:
            scheduler.step()
    found = ours("one_cycle", 2 * steps, steps=steps, rise=rise)
    assert found[:steps] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert found[steps:] == pytest.approx([4e-6] * steps)


def test_one_cycle_of_two_steps_is_finite():
    assert all(math.isfinite(factor) for factor in ours("one_cycle", 5, steps=2, rise=0.01))


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_factor_is_a_share(name):
    assert all(0 <= factor <= 1 for factor in ours(name, 20_000)[::97])
