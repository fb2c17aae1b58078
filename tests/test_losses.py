"""Losses against torch's own and against their closed forms."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from explorer.experiment import LOSSES

RANDOM = torch.Generator().manual_seed(1)
LOGITS = torch.randn(40, 4, generator=RANDOM) * 3
CLASSES = torch.randint(0, 4, (40,), generator=RANDOM)
SCORES = torch.randn(40, 1, generator=RANDOM) * 3
LABELS = torch.randint(0, 2, (40,), generator=RANDOM)
GUESSES, TRUTH = torch.randn(40, 2, generator=RANDOM), torch.randn(40, 2, generator=RANDOM)
BINARY = {"cross_entropy": 1.0, "focal": 1.0, "hinge": 1.0, "squared_error": 0.5}  # one logit: share of the loss of two


def close(a: torch.Tensor, b: torch.Tensor | float) -> None:
    torch.testing.assert_close(a, torch.as_tensor(b, dtype=a.dtype), rtol=1e-6, atol=1e-6)


def test_cross_entropy_is_torchs():
    close(LOSSES["cross_entropy"]().loss(LOGITS, CLASSES), F.cross_entropy(LOGITS, CLASSES))
    close(LOSSES["cross_entropy"]().loss(SCORES, LABELS), F.binary_cross_entropy_with_logits(SCORES[:, 0], LABELS.float()))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_weighs_by_what_is_missing(gamma):
    p = LOGITS.softmax(1).gather(1, CLASSES[:, None])[:, 0]
    close(LOSSES["focal"](gamma=gamma).loss(LOGITS, CLASSES), -((1 - p) ** gamma * p.log()).mean())
    p = torch.where(LABELS == 1, SCORES[:, 0].sigmoid(), 1 - SCORES[:, 0].sigmoid())
    close(LOSSES["focal"](gamma=gamma).loss(SCORES, LABELS), -((1 - p) ** gamma * p.log()).mean())


def test_focal_without_gamma_is_cross_entropy():
    close(LOSSES["focal"](gamma=0).loss(LOGITS, CLASSES), F.cross_entropy(LOGITS, CLASSES))


def test_focal_keeps_finite_slopes_where_an_answer_is_certain():
    scores = torch.tensor([[200.0]], requires_grad=True)
    LOSSES["focal"](gamma=0.5).loss(scores, torch.tensor([1])).backward()
    assert scores.grad.isfinite().all()


def test_hinge_by_hand():
    logits = torch.tensor([[2.0, 0.0, 1.5], [0.0, 3.0, 1.0]])
    close(LOSSES["hinge"]().loss(logits, torch.tensor([0, 1])), (0.5 + 0.0) / 2)
    close(LOSSES["hinge"]().loss(torch.tensor([[0.25], [-2.0]]), torch.tensor([1, 1])), (0.75 + 3.0) / 2)


def test_squared_error_by_hand():
    close(LOSSES["squared_error"]().loss(torch.zeros(1, 4), torch.tensor([2])), 3 / 16 + 9 / 16)
    close(LOSSES["squared_error"]().loss(torch.zeros(1, 1), torch.tensor([1])), 0.25)


@pytest.mark.parametrize("name", BINARY)
def test_one_logit_means_the_same_as_two(name):
    two = torch.cat([torch.zeros(40, 1), SCORES], 1)
    close(LOSSES[name]().loss(SCORES, LABELS), BINARY[name] * LOSSES[name]().loss(two, LABELS))


def test_mse_mae_and_huber_are_torchs():
    close(LOSSES["mse"]().loss(GUESSES, TRUTH), F.mse_loss(GUESSES, TRUTH))
    close(LOSSES["mae"]().loss(GUESSES, TRUTH), F.l1_loss(GUESSES, TRUTH))
    close(LOSSES["huber"](delta=0.4).loss(GUESSES, TRUTH), F.huber_loss(GUESSES, TRUTH, delta=0.4))


def test_log_cosh_is_its_closed_form_and_never_overflows():
    close(LOSSES["log_cosh"]().loss(GUESSES, TRUTH), (GUESSES - TRUTH).cosh().log().mean())
    for miss in (1000.0, -1000.0):
        close(LOSSES["log_cosh"]().loss(torch.tensor([[miss]]), torch.zeros(1, 1)), 1000 - math.log(2))


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_a_unit_a_formula_and_finite_slopes(name):
    spec = LOSSES[name]()
    assert spec.unit
    assert spec.formula
    data = [(LOGITS, CLASSES), (SCORES, LABELS)] if spec.problem == "classification" else [(GUESSES, TRUTH)]
    for output, target in data:
        output = output.clone().double().requires_grad_()
        target = target if target.dtype == torch.int64 else target.double()
        assert torch.autograd.gradcheck(lambda z, spec=spec, target=target: spec.loss(z, target), (output,))
