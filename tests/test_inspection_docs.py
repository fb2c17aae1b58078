"""The example of docs/add-an-inspection.md works as it stands there."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import plotly.graph_objects as go
import pytest
import torch

from explorer.experiment import Experiment
from explorer.inspections import INSPECTIONS
from explorer.training.loop import train

PAGE = Path(__file__).parent.parent / "docs" / "add-an-inspection.md"


@pytest.fixture
def parts() -> Iterator[list[dict]]:
    """What the page's blocks define, in order; its inspection is registered while the test runs."""
    list(INSPECTIONS)  # everything else is registered first
    modules = [types.ModuleType(f"documented_inspection_{number}") for number in range(2)]
    for module, code in zip(modules, blocks(), strict=False):
        sys.modules[module.__name__] = module  # pydantic looks up annotations there
        exec(compile(code, str(PAGE), "exec"), module.__dict__)
    yield [module.__dict__ for module in modules]
    for module in modules:
        del sys.modules[module.__name__]
    INSPECTIONS._classes.pop("weight_length", None)


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_documented_inspection_answers_and_is_drawn(parts):
    kind = INSPECTIONS["weight_length"]
    training = train(Experiment.preset("spiral"))
    assert kind.reason_not(training) == ""
    plain, with_biases = kind().look(training), kind(biases=True).look(training)
    assert (with_biases.arrays["lengths"] >= plain.arrays["lengths"]).all()
    drawn = parts[1]["figures"](plain)
    assert all(isinstance(figure, go.Figure) and figure.layout.xaxis.title.text for figure in drawn.values())


def test_its_documented_test_passes(parts):
    names = {"train": train, "Experiment": Experiment, "torch": torch, "pytest": pytest, "WeightLength": INSPECTIONS["weight_length"]}
    exec(compile(blocks()[2], str(PAGE), "exec"), names)
    names["test_a_layer_of_ones_is_as_long_as_the_root_of_their_number"]()
