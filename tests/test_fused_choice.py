"""Which experiments the fused engine takes, how it fits into a run, and when it is ready."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.experiment import LAYERS, LOSSES, OPTIMIZERS, Experiment
from explorer.layers.activation import Activation
from explorer.training.fused import FusedEngine, codes, prepare, ready
from explorer.training.fused.plan import ACTIVATIONS
from explorer.training.loop import train
from explorer.training.setup import build_networks

CPU = torch.device("cpu")
HIDDEN = [{"kind": "linear", "out_features": 6}, {"kind": "tanh"}]


def experiment(layers: list[dict] | None = None, data: str = "spiral", task: str = "classification", **training: Any) -> Experiment:
    fields = {
        "data": {"kind": data},
        "task": {"kind": task},
        "networks": {"model": {"layers": [*(HIDDEN if layers is None else layers), {"kind": "output"}]}},
        "training": training,
    }
    return Experiment.model_validate(fields)


def reason(chosen: Experiment, device: torch.device = CPU) -> str:
    return FusedEngine.reason_not(chosen, None, device)


@pytest.mark.parametrize("name", [name for name in LAYERS if issubclass(LAYERS[name], Activation)])
def test_takes_every_activation(name):
    assert reason(experiment([HIDDEN[0], {"kind": name}])) == ""


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_takes_every_optimizer(name):
    assert reason(experiment(optimizer={"kind": name})) == ""


@pytest.mark.parametrize("name", LOSSES)
def test_takes_every_loss(name):
    chosen = experiment(task=LOSSES[name].problem, data="spiral" if LOSSES[name].problem == "classification" else "plane")
    chosen = chosen.model_copy(update={"task": chosen.task.model_copy(update={"loss": LOSSES[name]()})})
    assert reason(chosen) == ""


def test_takes_images_that_are_flattened_first():
    assert reason(experiment([{"kind": "flatten"}, *HIDDEN], data="digits")) == ""
    assert "begin the network with Flatten" in reason(experiment(data="digits"))


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([*HIDDEN, {"kind": "batch_norm1d"}], "this network has the layer Batch"),
        ([*HIDDEN, {"kind": "residual", "body": [{"kind": "tanh"}]}], "this network has the layer Residual"),
        ([*HIDDEN, {"kind": "softmax"}], "this network has the layer Softmax"),
        ([*HIDDEN, {"kind": "flatten"}], "Flatten only as the first layer"),
    ],
)
def test_leaves_other_networks_to_pytorch(layers, words):
    assert words in reason(experiment(layers))


def test_leaves_other_devices_to_pytorch():
    assert reason(experiment(), torch.device("meta")) == "it computes on the CPU, and this run is on meta"


def test_leaves_frozen_and_very_large_networks_to_pytorch():
    chosen = experiment()
    networks = build_networks(chosen, chosen.data.load())
    assert FusedEngine.reason_not(chosen, networks, CPU) == ""
    next(networks["model"].parameters()).requires_grad_(False)
    assert "frozen" in FusedEngine.reason_not(chosen, networks, CPU)
    large = experiment([{"kind": "linear", "out_features": 1500}] * 2, batch_size=100)
    assert "so large" in FusedEngine.reason_not(large, build_networks(large, large.data.load()), CPU)


def test_all_codes_of_activations_are_used_once():
    used = [code for code, _ in ACTIVATIONS.values()]
    assert sorted(used) == list(range(codes.FIRST_ACTIVATION, codes.FIRST_ACTIVATION + len(used)))


@pytest.mark.parametrize(
    ("data", "task", "layers"),
    [
        ("spiral", "classification", None),
        ("iris", "classification", [*HIDDEN, {"kind": "dropout", "p": 0.3}]),
        ("plane", "regression", None),
        ("digits", "classification", [{"kind": "flatten"}, *HIDDEN]),
    ],
)
def test_a_run_is_the_same_with_either_engine(data, task, layers):
    runs = [train(experiment(layers, data, task, engine=engine, l2=0.01, optimizer={"kind": "adam"})) for engine in ("eager", "fused")]
    eager, fused = (run.advance(steps=30) for run in runs)
    assert [run.engine.name for run in runs] == ["eager", "fused"]
    np.testing.assert_allclose(fused.losses["batch_loss"], eager.losses["batch_loss"], rtol=1e-4, atol=1e-5)
    assert fused.metrics == pytest.approx(eager.metrics, rel=1e-4)


@pytest.mark.slow
def test_once_prepared_it_is_ready_in_every_process():
    prepare()
    assert ready()
    asked = "from explorer.training.fused import ready; print(ready())"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=Path(__file__).parents[1], check=True)
    assert answer.stdout.strip() == "True"


def test_arguments_of_other_types_are_refused_and_not_compiled_anew():
    from explorer.training.fused import kernel

    prepare()
    assert len(kernel.train_chunk.signatures) == 1
    with pytest.raises(TypeError, match="No matching definition"):
        kernel.train_chunk(*[1.0] * len(kernel.ARGUMENTS))


def test_the_engine_is_imported_without_numba():
    asked = "import sys; import explorer.training.fused; print('numba' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=Path(__file__).parents[1], check=True)
    assert answer.stdout.strip() == "False"


def test_the_cache_is_looked_up_by_every_source_of_the_kernel():
    from explorer.training.fused import kernel

    folder = Path(kernel.__file__).parent
    sources = {path.stem for path in folder.glob("*.py") if "numba" in path.read_text() or "lanes import" in path.read_text()}
    assert sources - {"__init__", "engine", "memory", "plan"} <= set(kernel.SOURCES)
    assert kernel.train_chunk.py_func.__closure__[0].cell_contents == kernel._fingerprint()
