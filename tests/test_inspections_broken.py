"""Networks that have left their healthy range are looked at without a crash: finite numbers, or a sentence that says why not."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from test_inspections_contract import PRESETS, small

from explorer.errors import SpecError
from explorer.experiment import preset
from explorer.inspections import INSPECTIONS
from explorer.inspections.binning import bin_edges
from explorer.plots.inspections import figures
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

GROUPS = ("Activations", "Weights", "Under the glass", "Geometry")
KINDS = [kind for kind in INSPECTIONS if INSPECTIONS[kind].group in GROUPS]


def filled(name: str, value: float) -> Training:
    training = train(small(preset(name).experiment))
    with torch.no_grad():
        for p in training.networks["model"].parameters():
            p.fill_(value)
    return training


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30, 0.0], ids=str)
@pytest.mark.parametrize("name", PRESETS)
def test_broken_weights_are_survived(name, value):
    training = filled(name, value)
    for kind in KINDS:
        if INSPECTIONS[kind].reason_not(training):
            continue
        found, refused = answer(kind, training)
        if found is None:
            assert "Look at an earlier step." in refused
            assert value != 0.0
            continue
        json.dumps(found.facts, allow_nan=False)
        assert figures(found) or found.facts["constant"]


def answer(kind: str, training: Training) -> tuple[Inspected | None, str]:
    """The record, or why there is none."""
    try:
        return INSPECTIONS[kind]().look(training), ""
    except SpecError as error:
        return None, str(error)


def test_a_histogram_says_where_numbers_end():
    found = INSPECTIONS["activation_histogram"]().look(filled("spiral", float("nan")))
    assert found.words[0].startswith("Outputs that are not finite: in linear_1 (100 %)")


@pytest.mark.parametrize("values", [[1e30, 1e30], [0.1], [], [np.nan], [np.inf, 1.0, 2.0], [-1e-30, 1e-30]])
def test_bins_hold_every_finite_number(values):
    numbers = np.array(values, np.float32)
    edges = bin_edges(numbers, 7)
    assert len(edges) == 8
    assert (np.diff(edges) > 0).all()
    assert np.histogram(numbers[np.isfinite(numbers)], edges)[0].sum() == np.isfinite(numbers).sum()
