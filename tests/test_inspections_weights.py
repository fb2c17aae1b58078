"""What is said of weights is what the layers hold."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_gan import ring
from test_inspections_contract import run_of, small

from explorer.experiment import Experiment, preset, presets
from explorer.inspections import INSPECTIONS
from explorer.inspections import weights as inspected
from explorer.inspections.weights import singular_values, weights_of
from explorer.plots.inspections import figures
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train


def look(kind: str, training: Training, **fields: object) -> Inspected:
    return INSPECTIONS[kind](**fields).look(training)


def rows(found: Inspected) -> dict[str, dict]:
    return {row["layer"]: row for row in found.facts["weights"]}


def test_untrained_weights_have_not_moved():
    found = look("weights", train(small(preset("digits_cnn").experiment)))
    assert all(row["distance"] == 0 and row["moved"] == 0 for row in found.facts["weights"])
    assert np.array_equal(found.arrays["counts"], found.arrays["first_counts"])


def test_what_moved_is_measured_against_the_first_weights():
    training = train(small(preset("digits_cnn").experiment))
    layer = training.module_of("model", "linear_1")
    with torch.no_grad():
        layer.weight[:, 0] += 3.0
    row = rows(look("weights", training, layer="linear_1", moved=1.0))["linear_1"]
    assert row["distance"] == pytest.approx(3.0 * len(layer.weight) ** 0.5, rel=1e-4)
    assert row["moved"] == pytest.approx(1 / layer.in_features)
    assert row["relative"] == pytest.approx(row["distance"] / row["first_norm"])


def test_singular_values_are_those_of_numpy():
    weight = torch.randn(6, 2, 3, 3, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(singular_values(weight), np.linalg.svd(weight.reshape(6, 18).numpy(), compute_uv=False), rtol=1e-5)


def test_large_matrices_are_estimated_closely(monkeypatch):
    monkeypatch.setattr(inspected, "EXACT", 20)
    generator = torch.Generator().manual_seed(0)
    falling = torch.linalg.qr(torch.randn(60, 60, generator=generator))[0] * (0.5 ** torch.arange(60))
    state = torch.random.get_rng_state()
    np.testing.assert_allclose(singular_values(falling)[:8], 0.5 ** np.arange(8), rtol=1e-3)
    assert torch.equal(state, torch.random.get_rng_state())


def test_every_weight_belongs_to_one_layer():
    for name in ("build_05_resnet", "build_12_tiny_decoder", "build_10_bilstm_tagger", "build_06_inception"):
        training = train(small(preset(name).experiment))
        counted = sum(weight.numel() for weight in weights_of(training.networks).values())
        assert counted == sum(p.numel() for p in training.networks["model"].parameters() if p.dim() >= 2)


def test_kernels_are_drawn_as_they_are():
    training = run_of("digits_cnn")
    found = look("filters", training, layer="conv2d_2")
    assert np.array_equal(found.arrays["pictures"], training.module_of("model", "conv2d_2").weight.detach())


def test_units_that_see_a_picture_are_drawn_as_pictures():
    training = train(small(preset("digits_mlp").experiment))
    assert INSPECTIONS["filters"].choices(training)["layer"] == ["linear_1"]
    found, weight = look("filters", training), training.module_of("model", "linear_1").weight.detach()
    shape = training.state.dataset.input_shape.sizes
    assert np.array_equal(found.arrays["pictures"][2], weight[2].reshape(shape))


def test_a_table_of_embeddings_has_a_row_for_each_token():
    training = run_of("build_12_tiny_decoder")
    found = look("filters", training, layer="embedding_1")
    assert found.facts["names"] == list(training.state.dataset.vocabulary)
    assert found.arrays["pictures"].shape[0] == min(len(found.facts["names"]), 256)


def experiment_of(name: str) -> Experiment:
    return ring() if name == "gan" else small(preset(name).experiment)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*presets(), "gan"])
def test_every_preset_answers_and_is_drawn(name):
    training = train(experiment_of(name))
    for kind in ("weights", "filters"):
        if not INSPECTIONS[kind].reason_not(training):
            for layer in INSPECTIONS[kind].choices(training)["layer"]:
                assert figures(look(kind, training, layer=layer))
