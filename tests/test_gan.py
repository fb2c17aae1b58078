"""Two networks through the same loop."""

from __future__ import annotations

import pytest
import torch

import explorer as nx
from explorer.experiment import Experiment


def ring(seed: int = 0) -> Experiment:
    """A GAN on a ring of eight Gaussians."""
    return Experiment.from_fields(
        {
            "schema_version": 1,
            "data": {"kind": "gaussian_ring", "size": 2000, "modes": 8, "spread": 0.05},
            "task": {"kind": "gan", "noise_size": 16, "discriminator_steps": 2},
            "networks": {"generator": {"layers": layers("relu")}, "discriminator": {"layers": layers("tanh")}},
            "training": {"batch_size": 256, "optimizer": {"kind": "adam", "learning_rate": 0.001, "beta1": 0.5}},
            "seed": seed,
        }
    )


def layers(activation: str) -> list[dict]:
    return [{"kind": "linear", "out_features": 64}, {"kind": activation}] * 2 + [{"kind": "output"}]


def test_one_step_moves_both_networks_and_reports_both_losses():
    training = nx.train(ring())
    before = {role: [p.clone() for p in network.parameters()] for role, network in training.state.networks.items()}
    result = training.advance(steps=1)
    assert set(result.losses) == {"generator_loss", "discriminator_loss"}
    for role, network in training.state.networks.items():
        assert any(not torch.equal(a, b) for a, b in zip(before[role], network.parameters(), strict=True)), role


def test_an_untrained_discriminator_is_near_guessing():
    assert nx.train(ring()).advance(steps=1).losses["discriminator_loss"][0] == pytest.approx(0.693, abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_it_covers_all_eight_modes_of_a_ring(seed):
    training = nx.train(ring(seed), steps_per_chunk=500)
    for result in training:
        if result.metrics["modes_covered"] == 8 and result.metrics["points_on_modes"] > 0.85:
            break
        assert result.step < 6000, result.metrics
