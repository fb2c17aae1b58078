"""Exported runs in a fresh process, without the project, against the eager engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from explorer.errors import SpecError
from explorer.experiment import OPTIMIZERS, SCHEDULES, TASKS, Experiment, changed, presets
from explorer.export import arrays
from explorer.export.notebook import training_notebook
from explorer.export.parse import network_from_text
from explorer.export.script import training_script
from explorer.export.tasks import TASK_TEXTS
from explorer.training.loop import Training

STEPS = 20
DRILLS = {  # preset, then changes on top of it
    "spiral": ("spiral", {}),
    "dropout": ("dropout", {}),
    "residual": ("residual", {}),
    "digits_cnn": ("digits_cnn", {}),
    "bumps": ("bumps", {}),
    "tips": ("tips", {"training.l1": 0.01}),
    "validated": ("spiral", {"data.validation_fraction": 0.25, "data.split": "random"}),
    "clipped": (
        "spiral",
        {"training.clip_norm": 0.05, "training.l2": 0.01, "training.schedule": {"kind": "cosine", "steps": 15}, "seed": 7},
    ),
    "three_arms": ("three_arms", {"task.loss": {"kind": "focal"}, "training.schedule": {"kind": "one_cycle", "steps": 15}}),
}


def experiment_of(preset: str, changes: dict) -> Experiment:
    experiment = Experiment.preset(preset)
    for path, value in {**changes, "training.engine": "eager", "training.device": "cpu"}.items():
        experiment = changed(experiment, path, value)
    return experiment


def run_alone(text: str, folder, *arguments: str) -> str:
    """What the text prints in a process that cannot import the project."""
    file = folder / "exported.py"
    file.write_text(text, "utf-8")
    environment = {**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, "OMP_NUM_THREADS": "1"}
    blocked = f"import sys, runpy; sys.modules['explorer'] = None; sys.argv = {[str(file), *arguments]}; "
    command = [sys.executable, "-I", "-c", f"{blocked}runpy.run_path(sys.argv[0], run_name='__main__')"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def losses_in(printed: str) -> np.ndarray:
    return np.array([float(line.split()[1]) for line in printed.splitlines() if line[0].isdigit()])


def metrics_in(printed: str) -> dict[str, float]:
    return {line.split()[0]: float(line.split()[1]) for line in printed.splitlines() if line[0].isalpha()}


@pytest.mark.slow
@pytest.mark.parametrize("drill", DRILLS)
def test_the_script_gives_the_losses_and_metrics_of_the_run(drill, tmp_path):
    experiment = experiment_of(*DRILLS[drill])
    result = Training(experiment).advance(steps=STEPS)
    printed = run_alone(training_script(experiment), tmp_path, str(STEPS))
    np.testing.assert_allclose(losses_in(printed), result.losses["batch_loss"], rtol=1e-6)
    assert metrics_in(printed) == pytest.approx(result.metrics, rel=1e-5)


WORDS = [{"kind": "embedding", "out_features": 8}, {"kind": "positional_encoding_sinusoidal"}]
STEPWISE = [*WORDS, {"kind": "transformer_block", "heads": 2, "causal": True, "p": 0.2}, {"kind": "output"}]
TASK_DRILLS = {  # task -> data, layers
    "classification": ("wave_shapes", [{"kind": "gru"}, {"kind": "last_step"}, {"kind": "output"}]),
    "regression": ("curve", [{"kind": "linear"}, {"kind": "tanh"}, {"kind": "output"}]),
    "tagging": ("part_of_speech", [*WORDS, {"kind": "lstm", "bidirectional": True}, {"kind": "output"}]),
    "language_modelling": ("python_text", STEPWISE),
    "forecasting": ("sine_mixture", [{"kind": "conv1d"}, {"kind": "relu"}, {"kind": "flatten"}, {"kind": "output"}]),
    "reconstruction": ("iris", [{"kind": "linear", "out_features": 2}, {"kind": "tanh"}, {"kind": "output"}]),
    "box_regression": ("shapes_located", [{"kind": "conv2d"}, {"kind": "relu"}, {"kind": "flatten"}, {"kind": "output"}]),
    "multi_label": ("shapes_together", [{"kind": "conv2d"}, {"kind": "relu"}, {"kind": "flatten"}, {"kind": "output"}]),
    "rating": ("ratings", [{"kind": "embedding"}, {"kind": "flatten"}, {"kind": "output"}]),
    "anomaly_scoring": ("series_anomalies", [{"kind": "linear", "out_features": 2}, {"kind": "tanh"}, {"kind": "output"}]),
}


def task_drill(kind: str) -> Experiment:
    data, layers = TASK_DRILLS[kind]
    training = {"optimizer": {"kind": "adam", "learning_rate": 0.01}, "engine": "eager", "device": "cpu"}
    fields = {"data": {"kind": data, "size": 120}, "task": {"kind": kind}, "networks": {"model": {"layers": layers}}, "training": training}
    return Experiment.from_fields({"schema_version": 1, **fields})


def test_every_task_that_trains_one_network_has_its_text():
    assert {kind for kind, task in TASKS.items() if task.roles == ("model",)} == set(TASK_TEXTS) == set(TASK_DRILLS)


@pytest.mark.parametrize("kind", TASK_DRILLS)
def test_every_task_prints_the_losses_and_metrics_of_the_run(kind, capsys):
    experiment = task_drill(kind)
    result = Training(experiment).advance(steps=6)
    names: dict = {"__name__": "exported"}
    exec(training_script(experiment), names)
    losses = names["train"](6)
    np.testing.assert_allclose(losses, result.losses["batch_loss"], rtol=1e-6)
    assert metrics_in(capsys.readouterr().out) == pytest.approx(result.metrics, rel=1e-4, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*presets("build"), *presets("data")])
def test_the_script_of_every_starter_gives_its_losses_in_a_process_of_its_own(name, tmp_path):
    experiment = experiment_of(name, {})
    result = Training(experiment).advance(steps=5)
    for file, content in arrays.run_files(experiment).items():
        (tmp_path / file).write_bytes(content)
    printed = run_alone(training_script(experiment), tmp_path, "5")
    np.testing.assert_allclose(losses_in(printed), result.losses["batch_loss"], rtol=1e-6)
    assert metrics_in(printed) == pytest.approx(result.metrics, rel=1e-4, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*presets("build"), *presets("data")])
def test_the_notebook_of_every_starter_gives_its_losses(name, tmp_path, monkeypatch, capsys):
    experiment = experiment_of(name, {"training.stopping": [{"kind": "step_budget", "steps": 5}]})
    monkeypatch.chdir(tmp_path)
    for file, content in arrays.run_files(experiment).items():
        (tmp_path / file).write_bytes(content)
    exec(cells_of(training_notebook(experiment)), {})
    np.testing.assert_allclose(losses_in(capsys.readouterr().out), Training(experiment).make_steps(5)["batch_loss"], rtol=1e-6)


def test_the_validation_part_is_measured_as_in_the_run(capsys):
    experiment = changed(task_drill("regression"), "data.validation_fraction", 0.25)
    result = Training(experiment).advance(steps=6)
    names: dict = {"__name__": "exported"}
    exec(training_script(experiment), names)
    names["train"](6)
    printed = metrics_in(capsys.readouterr().out)
    assert printed == pytest.approx(result.metrics, rel=1e-4, abs=1e-6)
    assert printed["validation_loss"] > 0
    assert "21 to choose by" in training_script(experiment)


def test_the_script_of_the_first_preset_gives_its_losses(tmp_path):
    experiment = experiment_of("spiral", {})
    result = Training(experiment).advance(steps=5)
    np.testing.assert_allclose(losses_in(run_alone(training_script(experiment), tmp_path, "5")), result.losses["batch_loss"], rtol=1e-6)


def losses_in_here(experiment: Experiment, steps: int, capsys) -> list[float]:
    names: dict = {"__name__": "exported"}
    exec(training_script(experiment), names)
    losses = names["train"](steps)
    capsys.readouterr()
    return losses


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_every_optimiser_is_written_with_all_its_settings(kind, capsys):
    odd = {"kind": kind, "weight_decay": 0.01, "learning_rate": 0.017}
    odd |= {
        name: value
        for name, value in {"beta1": 0.8, "momentum": 0.7, "rho": 0.95, "eps": 1e-5}.items()
        if name in OPTIMIZERS[kind].model_fields
    }
    experiment = experiment_of("xor", {"training.optimizer": odd})
    expected = Training(experiment).make_steps(8)["batch_loss"]
    np.testing.assert_allclose(losses_in_here(experiment, 8, capsys), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", SCHEDULES)
def test_every_schedule_is_written_out(kind, capsys):
    experiment = experiment_of("xor", {"training.schedule": {"kind": kind}, "training.optimizer.learning_rate": 0.5})
    expected = Training(experiment).make_steps(8)["batch_loss"]
    np.testing.assert_allclose(losses_in_here(experiment, 8, capsys), expected, rtol=1e-6)


@pytest.mark.parametrize(("preset", "loss"), [
    *(("xor", kind) for kind in ("cross_entropy", "focal", "hinge", "squared_error")),
    *(("three_arms", kind) for kind in ("focal", "hinge", "squared_error")),
    *(("curve", kind) for kind in ("mse", "mae", "huber", "log_cosh")),
])  # fmt: skip
def test_losses_are_written_out(preset, loss, capsys):
    experiment = experiment_of(preset, {"task.loss": {"kind": loss}})
    expected = Training(experiment).make_steps(4)["batch_loss"]
    np.testing.assert_allclose(losses_in_here(experiment, 4, capsys), expected, rtol=1e-6)


def test_running_means_and_random_masks_are_those_of_the_run(capsys):
    layers = [
        {"kind": "linear"},
        {"kind": "batch_norm1d"},
        {"kind": "residual", "body": [{"kind": "gaussian_noise"}, {"kind": "linear"}, {"kind": "dropout"}]},
        {"kind": "output"},
    ]
    experiment = experiment_of("spiral", {"networks.model": {"layers": layers}, "seed": 5})
    expected = Training(experiment).make_steps(20)["batch_loss"]
    np.testing.assert_allclose(losses_in_here(experiment, 20, capsys), expected, rtol=1e-6)


def test_exporting_leaves_the_random_numbers_of_the_process_alone():
    before = torch.random.get_rng_state()
    training_script(experiment_of("dropout", {}))
    network_from_text("nn.Sequential(nn.Linear(2, 8))")
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_step_budget_is_the_number_of_steps():
    experiment = experiment_of("xor", {"training.stopping": [{"kind": "step_budget", "steps": 123}]})
    assert "\nSTEPS = 123\n" in training_script(experiment)


@pytest.mark.slow
def test_arrays_too_large_for_text_are_read_from_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "MAX_TEXT", 2000)
    experiment = experiment_of("spiral", {})
    text = training_script(experiment)
    assert "put data.npz beside this script, with x_train float32" in text
    for name, content in arrays.run_files(experiment).items():
        (tmp_path / name).write_bytes(content)
    expected = Training(experiment).make_steps(3)["batch_loss"]
    np.testing.assert_allclose(losses_in(run_alone(text, tmp_path, "3")), expected, rtol=1e-6)


def test_a_gan_is_refused_in_words():
    gan = Experiment.from_fields(
        {
            "schema_version": 1,
            "data": {"kind": "gaussians"},
            "task": {"kind": "gan"},
            "networks": {role: {"layers": [{"kind": "linear"}, {"kind": "output"}]} for role in ("generator", "discriminator")},
        }
    )
    for export in (training_script, training_notebook):
        with pytest.raises(SpecError, match="only tasks that train one network on one loss"):
            export(gan)


def cells_of(notebook: str) -> str:
    """A program that runs the cells of a notebook one after another and says what the last one made."""
    code = ["".join(cell["source"]) for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]
    return f"names = {{'__name__': '__main__'}}\nfor cell in {code!r}:\n    exec(cell, names)\nprint(type(names['figure']).__name__)"


@pytest.mark.slow
def test_the_notebook_runs_cell_by_cell_and_gives_the_losses(tmp_path):
    experiment = experiment_of("residual", {"training.stopping": [{"kind": "step_budget", "steps": 5}]})
    document = json.loads(training_notebook(experiment))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in document["cells"]}) == len(document["cells"])
    for cell in document["cells"]:
        kept = {"id", "cell_type", "metadata", "source"} | ({"execution_count", "outputs"} if cell["cell_type"] == "code" else set())
        assert set(cell) == kept
    printed = run_alone(cells_of(training_notebook(experiment)), tmp_path)
    assert printed.splitlines()[-1] == "Figure"
    expected = Training(experiment).make_steps(5)["batch_loss"]
    np.testing.assert_allclose(losses_in(printed), expected, rtol=1e-6)
