"""Real experiments in real workers: what the fake of the other tests stands for."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from ingest_files import csv_of, kept, read_bytes
from runs_home import client_at, head, kill, state_of, wait_for

from explorer.errors import BudgetError, DataError, ShapeError, SpecError
from explorer.experiment import Experiment, changed
from explorer.ingest import Store
from explorer.results.frame import unpack
from explorer.runs.bequest import FILE
from explorer.runs.frames import FrameReader
from explorer.runs.supervisor import FORK_SAFE
from explorer.training.loop import train


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_at(tmp_path_factory.mktemp("home"), real=True) as client:
        yield client


@pytest.fixture
def start(client):
    """Starts paused runs, and stops them after the test."""
    runs = []

    def begin(experiment):
        runs.append(client.start(experiment, play=False))
        return runs[-1]

    yield begin
    for run in runs:
        client.command(run, {"command": "stop"})


def arrays(client, run):
    return unpack(FrameReader(client.frame_path(run)).read())[1]


@pytest.mark.parametrize("preset", ["spiral", "digits_cnn"])
def test_a_worker_computes_what_this_process_computes_bit_for_bit(client, start, preset):
    experiment = Experiment.preset(preset)
    run = start(experiment)
    client.command(run, {"command": "step", "count": 60})
    assert state_of(client, run, "paused").step == 60
    training = train(experiment)
    result = training.advance(steps=60)
    shown = head(client, run)
    assert shown["metrics"] == pytest.approx(result.metrics, rel=1e-12)
    weight = next(iter(training.state.networks["model"].parameters())).detach().numpy()
    drawn = arrays(client, run)["edge/0"]
    if weight.ndim == 2:
        assert np.array_equal(drawn, weight[: drawn.shape[0], : drawn.shape[1]])


def test_a_killed_run_keeps_settings_marks_and_curve(client, start):
    run = start(Experiment.preset("spiral"))
    client.command(run, {"command": "step", "count": 300})
    first = wait_for(lambda: row if (rows := client.checkpoints(run)) and (row := rows[0]).step == 300 else None)
    client.command(run, {"command": "set", "path": "training.optimizer.learning_rate", "value": 0.002})
    wait_for(lambda: client.checkpoints(run)[0] != first)
    before = head(client, run), arrays(client, run)
    kill(client.live()[run]["pid"])
    wait_for(lambda: run not in client.live())
    client.command(run, {"command": "focus"})
    after = head(client, run), arrays(client, run)
    for name in ("step", "epoch", "metrics", "marks", "settings"):
        assert after[0][name] == before[0][name]
    assert after[0]["marks"][-1]["text"].startswith("learning rate")
    assert all(np.array_equal(after[1][name], before[1][name]) for name in before[1])


def test_what_was_set_after_the_last_checkpoint_is_not_lost(client, start):
    run = start(Experiment.preset("spiral"))
    client.command(run, {"command": "play"})
    wait_for(lambda: client.checkpoints(run))
    client.command(run, {"command": "set", "path": "training.optimizer", "value": {"kind": "sgd", "learning_rate": 0.25}})
    kill(client.live()[run]["pid"])
    wait_for(lambda: run not in client.live())
    client.command(run, {"command": "step"})
    assert head(client, run)["settings"] == {"learning_rate": 0.25, "batch_size": 10, "optimizer": "sgd"}


def test_a_weight_set_by_hand_survives_a_kill_at_once(client, start):
    run = start(Experiment.preset("spiral"))
    client.command(run, {"command": "weight", "column": 1, "unit": 1, "source": 0, "value": 0.625})
    kill(client.live()[run]["pid"])
    wait_for(lambda: run not in client.live())
    client.command(run, {"command": "focus", "column": 1, "unit": 1})
    assert arrays(client, run)["edge/0"][1, 0] == 0.625
    assert head(client, run)["focus"]["terms"][0]["weight"] == 0.625


def test_playing_changes_the_picture_and_the_metrics_are_stored(client, start):
    run = start(Experiment.preset("circle"))
    before = arrays(client, run)["surface"]
    client.command(run, {"command": "play"})
    wait_for(lambda: not np.array_equal(arrays(client, run)["surface"], before))
    wait_for(lambda: len(client.metrics(run)) > 2)
    client.command(run, {"command": "pause"})
    assert set(client.metrics(run)[-1][1]) >= {"train_loss", "test_loss", "train_accuracy", "test_accuracy"}


def test_data_that_are_removed_while_a_run_trains_on_them(client, start, monkeypatch):
    monkeypatch.setenv("NEURAL_EXPLORER_HOME", str(client.home))
    own = read_bytes(csv_of("x,y,class", *(f"{n % 7},{n % 5},{'low' if n % 7 < 3 else 'high'}" for n in range(80))))
    data = {"kind": "own_table", "content": kept(client.home, *own)}
    layers = {"model": {"layers": [{"kind": "linear", "out_features": 4}, {"kind": "output"}]}}
    run = start(Experiment.from_fields({"schema_version": 1, "data": data, "task": {"kind": "classification"}, "networks": layers}))
    Store(client.home).forget("somebody", data["content"])
    client.command(run, {"command": "step", "count": 30})
    wait_for(lambda: head(client, run)["step"] == 30)  # what it had read it goes on with
    kill(client.live()[run]["pid"])
    wait_for(lambda: run not in client.live())
    with pytest.raises(DataError, match="are not on this computer"):
        client.command(run, {"command": "step"})
    assert client.run(run).state == "failed"
    assert kept(client.home, *own) == data["content"]
    client.command(run, {"command": "step"})
    assert head(client, run)["step"] >= 1


def wider(experiment):
    return changed(experiment, "networks.model.layers.2.out_features", 11)


def test_an_heir_in_a_worker_computes_what_one_in_this_process_does_bit_for_bit(client, start):
    experiment = Experiment.preset("spiral")
    run = start(experiment)
    client.command(run, {"command": "step", "count": 60})
    wait_for(lambda: client.checkpoints(run) and client.checkpoints(run)[0].step == 60)
    forerunner = train(experiment)
    forerunner.advance(steps=60)
    expected = train(wider(experiment), weights_of=forerunner)
    heir = client.start(wider(experiment), play=False, heir_of=run)
    told = client.inherited(heir)
    assert (told.kept, told.fresh, told.of) == (expected.inherited.kept, expected.inherited.fresh, run)
    assert told.kept
    assert told.fresh
    assert head(client, heir)["metrics"] == pytest.approx(expected.metrics, rel=1e-12)
    first = arrays(client, heir)
    assert np.array_equal(first["edge/0"], arrays(client, run)["edge/0"])
    client.command(heir, {"command": "step", "count": 40})
    wait_for(lambda: client.checkpoints(heir) and client.checkpoints(heir)[0].step == 40)
    kill(client.live()[heir]["pid"])
    wait_for(lambda: heir not in client.live())
    client.command(heir, {"command": "step", "count": 40})
    wait_for(lambda: head(client, heir)["step"] == 80 and head(client, heir)["state"] == "paused")
    assert head(client, heir)["metrics"] == pytest.approx(expected.advance(steps=80).metrics, rel=1e-12)
    client.command(heir, {"command": "reset"})
    again = arrays(client, heir)
    assert head(client, heir)["step"] == 0
    assert all(np.array_equal(again[name], first[name]) for name in first if name.startswith("edge/"))
    assert head(client, heir)["inherited"]["kept"] == list(told.kept)
    client.command(heir, {"command": "stop"})


def test_an_heir_whose_file_was_damaged_begins_anew_in_words(client, start):
    run = start(Experiment.preset("spiral"))
    client.command(run, {"command": "step", "count": 5})
    heir = client.start(Experiment.preset("spiral"), play=False, heir_of=run)
    (client.frame_path(heir).parent / FILE).write_bytes(b"damaged")
    client.command(heir, {"command": "reset"})
    shown = head(client, heir)["inherited"]
    assert (shown["kept"], shown["text"]) == ([], "kept no weights: the file of its weights is missing or damaged")
    assert np.array_equal(arrays(client, heir)["edge/0"], arrays(client, start(Experiment.preset("spiral")))["edge/0"])
    client.command(heir, {"command": "stop"})


def test_one_epoch_ends_where_the_training_part_does(client, start):
    run = start(Experiment.preset("digits_cnn"))
    client.command(run, {"command": "epoch"})
    state_of(client, run, "paused")
    assert wait_for(lambda: head(client, run)["epoch"] == pytest.approx(1.0, abs=0.05))


def test_ones_own_digit_is_predicted(client, start):
    run = start(Experiment.preset("digits_cnn"))
    answer = client.command(run, {"command": "predict", "image": [0.0] * 64})
    assert len(answer["probabilities"]) == 10
    assert sum(answer["probabilities"]) == pytest.approx(1.0, abs=1e-4)
    with pytest.raises(SpecError, match="64 finite numbers"):
        client.command(run, {"command": "predict", "image": [0.0] * 63})
    with pytest.raises(SpecError, match="list of numbers"):
        client.command(run, {"command": "predict", "image": ["a"] * 64})


def test_a_learning_rate_that_is_too_high_pauses_in_words_and_can_be_mended(client, start):
    run = start(changed(Experiment.preset("bumps"), "training.optimizer", {"kind": "sgd", "learning_rate": 50.0}))
    client.command(run, {"command": "play"})
    wait_for(lambda: client.run(run).reason)
    row = state_of(client, run, "paused")
    assert "left the finite range" in row.reason
    assert head(client, run)["reason"] == row.reason
    client.command(run, {"command": "set", "path": "training.optimizer.learning_rate", "value": 0.01})
    client.command(run, {"command": "play"})
    wait_for(lambda: head(client, run)["step"] > row.step + 100)
    assert client.run(run).state == "running"


def test_two_networks_train_and_resume_through_the_same_worker(client, start):
    network = {"layers": [{"kind": "linear", "out_features": 16}, {"kind": "relu"}, {"kind": "output"}]}
    run = start(
        Experiment.from_fields(
            {
                "schema_version": 1,
                "data": {"kind": "gaussian_ring", "size": 500},
                "task": {"kind": "gan"},
                "networks": {"generator": network, "discriminator": network},
            }
        )
    )
    client.command(run, {"command": "step", "count": 20})
    wait_for(lambda: client.checkpoints(run) and client.checkpoints(run)[0].step == 20)
    before = head(client, run), arrays(client, run)
    assert {column["role"] for column in before[0]["columns"]} == {"generator", "discriminator"}
    kill(client.live()[run]["pid"])
    wait_for(lambda: run not in client.live())
    assert client.command(run, {"command": "focus"})["step"] == 20
    assert all(np.array_equal(array, before[1][name]) for name, array in arrays(client, run).items() if name.startswith("edge/"))


@pytest.mark.parametrize(("layers", "error", "words"), [
    ([{"kind": "linear", "out_features": 1024}] * 40 + [{"kind": "output"}], BudgetError, "20,000,000"),
    ([{"kind": "conv2d"}, {"kind": "output"}], ShapeError, "Conv2d"),
])  # fmt: skip
def test_what_cannot_work_is_refused_before_anything_is_kept(client, layers, error, words):
    runs = [row.id for row in client.runs()]
    with pytest.raises(error, match=words):
        client.start(changed(Experiment.preset("spiral"), "networks.model.layers", layers))
    assert [row.id for row in client.runs()] == runs


def test_data_without_two_classes_are_refused_in_words(client):
    points = [[0.1 * i, 0.0, 0] for i in range(10)]
    with pytest.raises(DataError, match="two"):
        client.start(changed(Experiment.preset("spiral"), "data", {"kind": "painted", "painted": points}))


def test_an_experiment_from_elsewhere_is_checked_in_the_worker(client):
    fields = json.loads(Experiment.preset("spiral").to_json())
    with pytest.raises(SpecError, match="version 99"):
        client.start(json.dumps(fields | {"schema_version": 99}))
    with pytest.raises(SpecError):
        client.start("not json")


@pytest.mark.slow
def test_the_forkserver_has_everything_and_no_threads_that_a_fork_would_lose():
    code = """
import explorer.runs.preload, sys, pathlib, torch
assert {"explorer.runs.session", "explorer.probes.frame", "torch._dynamo", "safetensors.torch"} <= set(sys.modules)
assert torch.get_num_threads() == 1
print(*[path.read_text().strip() for path in pathlib.Path("/proc/self/task").glob("*/comm")])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **FORK_SAFE})
    threads = [name for name in found.stdout.split() if not name.startswith("jemalloc")]  # that one knows about forks
    assert len(threads) <= 1


def test_a_worker_cannot_take_the_memory_of_the_others():
    code = """
import torch
from explorer.runs.sandbox import limit_address_space
from explorer.runs.watchdog import is_memory_error
limit_address_space(200 << 20)
torch.zeros(10 << 20)
try:
    torch.zeros(200 << 20)
except Exception as error:
    print(is_memory_error(error))
"""
    pytest.importorskip("resource")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def test_the_supervisor_does_without_torch():
    code = "import explorer.runs.supervisor, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
