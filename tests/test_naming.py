"""Layers are called on the pages what the diagram calls them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.experiment import LAYERS, NetworkSpec, preset, presets
from explorer.networks.build import resolve
from explorer.networks.diagram import diagram
from explorer.ui.apply import dataset_of
from explorer.ui.naming import column_titles, titled, titles_of, with_titles

NAMES = Path(__file__).parent.parent / "explorer" / "ui" / "workbench" / "names.js"
DIGITS = preset("digits_cnn").experiment


def of(*layers: object) -> dict[str, str]:
    return dict(titles_of(DIGITS.with_network("model", NetworkSpec(layers=layers))))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_columns_have_the_titles_that_the_picture_draws():
    columns = []
    for name in presets():
        experiment = preset(name).experiment
        for role in experiment.task.roles:
            shape, end = experiment.task.shapes(role, dataset_of(experiment.data))
            columns.append(diagram(resolve(experiment.networks[role], end), shape, role)[0])
    plain = [[{"role": one.role, "title": one.title, "editable": one.editable} for one in drawn] for drawn in columns]
    code = (
        f"import {{ columnTitles }} from {json.dumps(NAMES.as_uri())}; console.log(JSON.stringify({json.dumps(plain)}.map(columnTitles)));"
    )
    run = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == [column_titles(drawn) for drawn in columns]


@pytest.mark.parametrize("name", presets())
def test_every_layer_of_a_network_has_a_title_of_its_own(name):
    experiment = preset(name).experiment
    titles = titles_of(experiment)
    ids = [layer.id for role in experiment.task.roles for layer in experiment.networks[role].walk()]
    assert all(any(one.rpartition("/")[2] == layer for one in titles) for layer in ids)
    assert len(set(titles.values())) == len(titles)


def test_what_is_drawn_as_a_part_of_a_layer_is_called_after_it():
    titles = of(LAYERS["conv2d"](), LAYERS["relu"](), LAYERS["flatten"](), LAYERS["linear"](), LAYERS["relu"](), LAYERS["output"]())
    assert titles["conv2d_1"] == "Conv2d 1"
    assert titles["relu_1"] == "ReLU of Conv2d 1"
    assert titles["relu_2"] == "ReLU of Linear 1"
    assert titles["output_1"] == "Output"


def test_numbers_are_places_in_the_picture_not_of_the_id():
    titles = of(LAYERS["flatten"](), LAYERS["linear"](id="linear_7"), LAYERS["linear"](id="linear_3"), LAYERS["output"]())
    assert (titles["linear_7"], titles["linear_3"]) == ("Linear 1", "Linear 2")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("linear_1 gives 8 numbers.", "Linear 1 gives 8 numbers."),
        ("weight 0, 3 of linear_1.weight goes", "weight 0, 3 of Linear 1 (weight) goes"),
        ("transformer_block_1.attention.qkv", "Block 1 (attention, qkv)"),
        ("Most comes from linear_1. Then on.", "Most comes from Linear 1. Then on."),
        ("linear_1#2 and linear_10 and my_linear_1", "Linear 2 and linear_10 and my_linear_1"),
        ("generator/linear_1", "Generator: Linear 1"),
        ("input 3", "input 3"),
    ],
)
def test_titles_take_the_place_of_ids_and_of_nothing_else(said, wanted):
    titles = {
        "input": "Input",
        "linear_1": "Linear 1",
        "linear_1#2": "Linear 2",
        "transformer_block_1": "Block 1",
        "generator/linear_1": "Generator: Linear 1",
    }
    assert titled(said, titles) == wanted


def test_a_figure_has_titles_in_its_legend_its_axes_and_its_captions():
    figure = go.Figure([go.Scatter(x=[1.0], y=[2.0], name="linear_1"), go.Bar(x=["linear_1", "linear_2"], y=np.ones(2))])
    figure.add_annotation(text="linear_1")
    figure.update_yaxes(tickvals=[0, 1], ticktext=["linear_2", "7"], title="share of linear_2")
    with_titles(figure, {"linear_1": "Linear 1", "linear_2": "Linear 2"})
    assert figure.data[0].name == "Linear 1"
    assert list(figure.data[0].x) == [1.0]
    assert list(figure.data[1].x) == ["Linear 1", "Linear 2"]
    assert figure.layout.annotations[0].text == "Linear 1"
    assert list(figure.layout.yaxis.ticktext) == ["Linear 2", "7"]
    assert figure.layout.yaxis.title.text == "share of Linear 2"
