"""Supervisor, workers and client together, with a fake run: commands, states, limits, and what happens when things go wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client as connect
from pathlib import Path

import pytest
from fake_run import EXPERIMENT
from runs_home import FAKE, client_at, head, kill, processes_of, state_of, supervisor_pid, wait_for

from explorer.errors import BudgetError, RunError, SpecError
from explorer.results.inherited import Inherited
from explorer.runs.client import Client
from explorer.runs.frames import FrameReader
from explorer.runs.store import Store
from explorer.runs.supervisor import HELD


def faulty(fault: str) -> str:
    return json.dumps({"fake": fault, "until": 0})


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_at(tmp_path_factory.mktemp("home"), "stuck=2.0", "bequest=30.0") as client:
        client.ensure_supervisor()
        yield client


@pytest.fixture
def run(client):
    """A paused run at step 0; stopped after the test."""
    run_id = client.start(EXPERIMENT, play=False)
    yield run_id
    client.command(run_id, {"command": "stop"})


# -- commands


def test_a_run_is_there_with_its_first_frame_when_start_returns(client, run):
    shown = head(client, run)
    assert shown.pop("film").keys() == {"count", "bytes", "allowed", "problem"}
    assert shown == {
        "version": 1, "step": 0, "weight": 0.0, "run": run, "state": "paused", "reason": "",
        "steps_per_second": 0.0, "speed": 0.0, "watchers": 0,
    }  # fmt: skip
    row = client.run(run)
    assert (row.state, row.step, row.engine, row.device, row.experiment) == ("paused", 0, "fake", "cpu", EXPERIMENT)


def test_step_makes_exactly_the_steps_asked_for(client, run):
    answer = client.command(run, {"command": "step"})
    assert (answer["state"], answer["step"]) == ("paused", 1)
    assert head(client, run)["step"] == 1
    client.command(run, {"command": "step", "count": 250})
    assert state_of(client, run, "paused").step == 251
    client.command(run, {"command": "epoch"})
    assert wait_for(lambda: client.run(run).step == 260)


def test_play_trains_and_pause_stops_it(client, run):
    assert client.command(run, {"command": "play"})["state"] == "running"
    wait_for(lambda: head(client, run)["step"] > 500)
    answer = client.command(run, {"command": "pause"})
    assert answer["state"] == "paused"
    assert head(client, run)["state"] == "paused"
    assert client.run(run).state == "paused"
    time.sleep(0.2)
    assert head(client, run)["step"] == answer["step"]


def test_speed_limits_the_steps_per_second(client, run):
    client.command(run, {"command": "speed", "value": 20})
    since = time.monotonic()
    began = client.command(run, {"command": "play"})["step"]
    wait_for(lambda: head(client, run)["step"] >= began + 40)
    assert time.monotonic() - since > 1  # 40 steps take two seconds, and without a limit a moment; a busy computer takes longer
    assert head(client, run)["speed"] == 20


def test_the_speed_stays_with_the_run(client):
    run = client.start(faulty(""), speed=40)
    assert head(client, run)["speed"] == 40
    client.command(run, {"command": "speed", "value": 25})
    os.kill(client.live()[run]["pid"], signal.SIGKILL)
    wait_for(lambda: client.run(run).state == "interrupted")
    client.command(run, {"command": "play"})
    assert wait_for(lambda: head(client, run)["speed"] == 25)


def test_every_command_shows_in_the_frame_it_names(client, run):
    answer = client.command(run, {"command": "weight", "column": 1, "unit": 0, "source": 0, "value": 0.7})
    assert head(client, run)["weight"] == 0.7
    assert answer["sequence"] > 1


def test_a_value_is_set_in_run_and_row_and_journal(client, run):
    client.command(run, {"command": "set", "path": "until", "value": 500})
    assert json.loads(client.run(run).experiment)["until"] == 500
    assert [(e.what, e.detail) for e in client.events(run)][-1] == ("set", {"path": "until", "value": 500})
    client.command(run, {"command": "change", "experiment": json.loads(faulty("")) | {"until": 600}})
    assert json.loads(client.run(run).experiment)["until"] == 600


def test_a_prediction_comes_back_and_leaves_no_trace(client, run):
    before = len(client.events(run))
    assert client.command(run, {"command": "predict", "image": [0.25, 0.5]})["probabilities"] == [0.75, 0.0]
    assert len(client.events(run)) == before


@pytest.mark.parametrize(("command", "error", "words"), [
    ({"command": "set", "path": "nothing", "value": 1}, SpecError, "no field 'nothing'"),
    ({"command": "speed", "value": -1}, SpecError, "given -1"),
    ({"command": "step", "count": 0}, SpecError, "given 0"),
    ({"command": "explode"}, RunError, "There are|there are: play"),
    ({"command": "speed", "value": float("nan")}, RunError, "cannot be sent"),
    ({"command": "predict", "image": [0.123456789] * 100_000}, RunError, "bytes long"),
])  # fmt: skip
def test_what_a_run_cannot_do_is_said_in_words_and_it_goes_on(client, run, command, error, words):
    with pytest.raises(error, match=words):
        client.command(run, command)
    assert client.command(run, {"command": "step"})["state"] == "paused"


def test_reset_begins_anew_and_forgets_the_curve(client, run):
    client.command(run, {"command": "step", "count": 100})
    wait_for(lambda: client.checkpoints(run) and client.metrics(run))
    assert client.command(run, {"command": "reset"})["step"] == 0
    assert client.run(run).step == 0
    assert all(step == 0 for step, _ in client.metrics(run))
    wait_for(lambda: [row.step for row in client.checkpoints(run)] == [0])
    assert wait_for(lambda: [shot.step for shot in client.film(run)] == [0])


def test_a_run_that_reaches_its_rule_is_finished_in_words_and_can_go_on(client, run):
    client.command(run, {"command": "set", "path": "until", "value": 300})
    client.command(run, {"command": "play"})
    row = state_of(client, run, "finished")
    assert (row.reason, row.step) == ("Reached step 300.", 300)
    assert wait_for(lambda: head(client, run)["state"] == "finished")
    client.command(run, {"command": "set", "path": "until", "value": 0})
    client.command(run, {"command": "play"})
    wait_for(lambda: head(client, run)["step"] > 300)


def test_checkpoints_snapshots_and_metrics_are_kept_while_it_trains(client, run):
    client.command(run, {"command": "play"})
    wait_for(lambda: len(client.checkpoints(run)) == 2 and len(client.metrics(run)) > 3)
    client.command(run, {"command": "pause"})
    step = client.run(run).step
    assert wait_for(lambda: client.checkpoints(run)[0].step == step)
    folder = client.frame_path(run).parent
    assert wait_for(lambda: {file.name for file in folder.glob("checkpoint-*")} == {row.file for row in client.checkpoints(run)})
    assert wait_for(lambda: step in [shot.step for shot in client.film(run)])
    steps = [step for step, _ in client.metrics(run)]
    assert steps == sorted(set(steps))
    assert client.metrics(run)[-1][1] == {"train_loss": pytest.approx(1 / (1 + steps[-1]))}


# -- heirs


def weighted(client, run, value):
    """A run whose one weight is `value`, which no checkpoint need hold yet."""
    client.command(run, {"command": "weight", "column": 1, "unit": 0, "source": 0, "value": value})


def heir(client, run):
    run_id = client.start(EXPERIMENT, play=False, heir_of=run)
    return run_id, head(client, run_id)


def test_an_heir_begins_with_the_weights_of_this_moment_and_says_so(client, run):
    client.command(run, {"command": "step", "count": 50})
    weighted(client, run, 0.7)
    heir_id, shown = heir(client, run)
    assert (shown["weight"], shown["step"]) == (0.7, 0)
    assert (shown["inherited"]["from"], shown["inherited"]["kept"], shown["inherited"]["fresh"]) == (run, ["fake"], [])
    assert client.inherited(heir_id) == Inherited(("fake",), (), "kept it", run)
    assert [event.detail["text"] for event in client.events(heir_id) if event.what == "inherit"] == ["kept it"]
    assert client.inherited(run) is None
    assert "inherited" not in head(client, run)


def test_an_heir_of_a_run_that_trains_gets_what_no_checkpoint_holds_yet(client):
    run = client.start(EXPERIMENT)
    wait_for(lambda: client.checkpoints(run))
    weighted(client, run, 0.3)
    assert heir(client, run)[1]["weight"] == 0.3
    assert client.run(run).state == "running"
    client.command(run, {"command": "stop"})


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_heir_of_a_run_without_a_worker_gets_its_last_checkpoint(client, run, end):
    weighted(client, run, 0.4)
    wait_for(lambda: client.checkpoints(run))
    if end == "kill":
        kill(client.live()[run]["pid"])
    else:
        client.command(run, {"command": "stop"})
    wait_for(lambda: run not in client.live())
    assert heir(client, run)[1]["weight"] == 0.4


def test_an_heir_does_not_wait_for_a_run_that_does_not_answer(tmp_path):
    with client_at(tmp_path, "bequest=0.5") as client:
        run = client.start(faulty("sleep"), play=False)
        weighted(client, run, 0.2)
        wait_for(lambda: client.checkpoints(run))
        worker = client.live()[run]["pid"]
        os.kill(worker, signal.SIGSTOP)
        assert heir(client, run)[1]["weight"] == 0.2
        assert client.live()[run]["pid"] == worker
        kill(worker)


@pytest.mark.parametrize(("forerunner", "words"), [("z" * 16, "does not exist any more"), ("unsaved", "had not saved its weights")])
def test_an_heir_of_nothing_begins_anew_and_says_why(client, run, forerunner, words):
    if forerunner == "unsaved":
        weighted(client, run, 0.9)
        wait_for(lambda: client.checkpoints(run))
        for path in client.frame_path(run).parent.glob("checkpoint-*"):
            path.unlink()
    heir_id, shown = heir(client, run if forerunner == "unsaved" else forerunner)
    assert shown["weight"] == 0.0
    assert words in client.inherited(heir_id).text


def test_an_heir_of_what_is_no_run_is_refused(client):
    with pytest.raises(RunError, match="no such run"):
        client.start(EXPERIMENT, heir_of="../../etc")


def test_reset_and_restart_keep_what_was_inherited_whatever_became_of_the_forerunner(client, run):
    weighted(client, run, 0.6)
    heir_id, _ = heir(client, run)
    for path in client.frame_path(run).parent.glob("checkpoint-*"):
        path.unlink()
    weighted(client, heir_id, 0.1)
    kill(client.live()[heir_id]["pid"])
    wait_for(lambda: heir_id not in client.live())
    client.command(heir_id, {"command": "focus"})
    assert (head(client, heir_id)["weight"], head(client, heir_id)["inherited"]["from"]) == (0.1, run)
    client.command(heir_id, {"command": "reset"})
    assert head(client, heir_id)["weight"] == 0.6
    assert len([event for event in client.events(heir_id) if event.what == "inherit"]) == 1


def test_an_heir_killed_before_its_first_checkpoint_begins_again_as_it_began(client, run):
    weighted(client, run, 0.8)
    heir_id, _ = heir(client, run)
    kill(client.live()[heir_id]["pid"])
    wait_for(lambda: heir_id not in client.live())
    client.command(heir_id, {"command": "focus"})
    assert head(client, heir_id)["weight"] == 0.8


def test_stop_ends_the_worker_and_the_run_can_still_be_played(client, run):
    client.command(run, {"command": "step", "count": 70})
    state_of(client, run, "paused")
    assert client.command(run, {"command": "stop"})["state"] == "stopped"
    wait_for(lambda: run not in client.live())
    assert (client.run(run).state, client.run(run).reason) == ("stopped", "Stopped by hand.")
    assert client.command(run, {"command": "step"})["step"] == 71


def test_commands_are_answered_one_after_another_while_a_run_plays(client, run):
    client.command(run, {"command": "play"})
    steps = [client.command(run, {"command": "set", "path": "until", "value": 10**9 + value})["step"] for value in range(60)]
    assert steps == sorted(steps)
    assert steps[-1] > steps[0]


def test_many_threads_may_ask_at_once(client, run):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(client.command(run, {"command": "step"})["step"])) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(1, 21))


# -- refusals


def test_what_is_too_big_is_refused_with_its_own_sentence_and_leaves_nothing(client):
    before = [row.id for row in client.runs()]
    with pytest.raises(BudgetError, match="95 GB"):
        client.start(faulty("too big"))
    assert [row.id for row in client.runs()] == before
    wait_for(lambda: {folder.name for folder in (client.home / "runs").iterdir()} == set(before))


def test_an_error_of_our_own_is_told_without_its_words(client):
    with pytest.raises(RunError, match="ZeroDivisionError"):
        client.start(faulty("broken at start"))
    with pytest.raises(RunError, match="200,000"):
        client.start(" " * 300_000)


@pytest.mark.parametrize("run_id", ["../../../etc/passwd", "x" * 16, "", "A" * 16])
def test_a_run_that_is_not_there(client, run_id):
    for ask in (client.run, lambda one: client.command(one, {"command": "play"}), lambda one: client.command(one, {"command": "pause"})):
        with pytest.raises(RunError, match=r"such run|exist any more"):
            ask(run_id)


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x80\x04\x95pickle", b'{"request": "start"}', b'{"request": "runs", "x": 1}', b"[]"])
def test_a_bad_request_is_answered_and_harms_nothing(client, data):
    found = json.loads((client.home / "supervisor.json").read_text())
    with connect(found["address"], authkey=bytes.fromhex(found["key"])) as connection:
        connection.send_bytes(data)
        reply = json.loads(connection.recv_bytes())
        assert (reply["ok"], reply["error"]) == (False, "RunError")
        connection.send_bytes(b'{"request": "ping"}')
        assert json.loads(connection.recv_bytes())["ok"]


def test_a_request_that_is_too_long_only_ends_its_connection(client):
    found = json.loads((client.home / "supervisor.json").read_text())
    connection = connect(found["address"], authkey=bytes.fromhex(found["key"]))
    with pytest.raises((EOFError, OSError)):  # noqa: PT012  whichever notices first
        connection.send_bytes(b" " * 2_000_000)
        connection.recv_bytes()
    connection.close()
    assert supervisor_pid(client) == found["pid"]


def test_nobody_gets_in_without_the_key(client):
    found = json.loads((client.home / "supervisor.json").read_text())
    with pytest.raises((AuthenticationError, EOFError, ConnectionError)):
        connect(found["address"], authkey=b"guessed")
    assert (client.home / "supervisor.json").stat().st_mode & 0o077 == 0


def test_a_second_supervisor_leaves_saying_who_is_there(client):
    second = subprocess.run([sys.executable, FAKE, str(client.home)], capture_output=True, text=True, check=False, timeout=120)
    assert second.returncode == HELD
    assert f"Process {supervisor_pid(client)} already looks after the runs in {client.home}" in second.stderr


# -- ends


@pytest.mark.parametrize(("fault", "state", "words"), [
    ("segfault", "interrupted", "crashed (SIGSEGV)"),
    ("vanish", "interrupted", "vanished"),
    ("memory", "failed", "needs more memory than there is"),
    ("error", "failed", "an error of its own (ZeroDivisionError)"),
    ("garbage", "failed", "sent something unreadable"),
    ("hang", "failed", "got stuck"),
])  # fmt: skip
def test_how_a_worker_ends_is_told_in_words_and_others_go_on(client, run, fault, state, words):
    client.command(run, {"command": "play"})
    broken = client.start(EXPERIMENT, play=False)
    client.command(broken, {"command": "step", "count": 40})
    state_of(client, broken, "paused")
    client.command(broken, {"command": "set", "path": "fake", "value": fault})
    client.command(broken, {"command": "play"})
    row = state_of(client, broken, "interrupted", "failed")
    assert row.state == state
    assert words in row.reason
    assert "secret" not in row.reason
    shown = wait_for(lambda: h if (h := head(client, broken))["state"] == state else None)
    assert shown["reason"] == row.reason
    assert broken not in client.live()
    assert client.command(run, {"command": "pause"})["state"] == "paused"


def test_a_killed_worker_leaves_an_interrupted_run_that_resumes_from_its_checkpoint(client, run):
    client.command(run, {"command": "step", "count": 100})
    wait_for(lambda: client.checkpoints(run) and client.checkpoints(run)[0].step == 100)
    client.command(run, {"command": "weight", "column": 1, "unit": 0, "source": 0, "value": 0.7})
    wait_for(lambda: [row.step for row in client.checkpoints(run)] == [100, 100])
    client.command(run, {"command": "play"})
    wait_for(lambda: client.run(run).step > 100)
    saved = client.checkpoints(run)[0].step
    kill(client.live()[run]["pid"])
    row = state_of(client, run, "interrupted")
    assert "most often because memory ran out" in row.reason
    assert f"goes on from step {client.checkpoints(run)[0].step}" in row.reason
    answer = client.command(run, {"command": "resume"})
    assert answer["state"] == "running"
    client.command(run, {"command": "pause"})
    shown = head(client, run)
    assert (shown["weight"], shown["step"] >= saved) == (0.7, True)
    assert client.run(run).attempts == 2


def test_metrics_beyond_the_checkpoint_are_dropped_when_a_run_resumes(client, run):
    client.command(run, {"command": "play"})
    wait_for(lambda: client.checkpoints(run))
    wait_for(lambda: client.metrics(run) and client.metrics(run)[-1][0] > client.checkpoints(run)[0].step)
    kill(client.live()[run]["pid"])
    state_of(client, run, "interrupted")
    saved = client.checkpoints(run)[0].step
    client.command(run, {"command": "epoch"})  # revives it, paused
    assert wait_for(lambda: client.run(run).step == saved + 10 - saved % 10)
    assert all(step <= client.run(run).step for step, _ in client.metrics(run))


def test_a_damaged_checkpoint_falls_back_to_the_one_before_and_says_so(client, run):
    for count in (10, 20):
        client.command(run, {"command": "step", "count": count})
        wait_for(lambda count=count: client.checkpoints(run) and client.checkpoints(run)[0].step == client.run(run).step)
    client.command(run, {"command": "stop"})
    newest, older = client.checkpoints(run)
    path = client.frame_path(run).parent / newest.file
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    wait_for(lambda: run not in client.live())
    client.command(run, {"command": "focus"})
    shown = head(client, run)
    assert (newest.step, older.step, shown["step"]) == (30, 10, 10)
    assert shown["reason"] == "The checkpoint of step 30 is damaged. The run goes on from step 10."


def test_runs_survive_the_death_of_the_forkserver(client, run):
    """It takes its workers along; each is interrupted, and a new forkserver brings it back."""
    client.command(run, {"command": "step", "count": 30})
    wait_for(lambda: client.checkpoints(run) and client.checkpoints(run)[0].step == 30)
    client.command(run, {"command": "play"})
    kill(parent_of(client.live()[run]["pid"]))
    assert "goes on from step" in state_of(client, run, "interrupted").reason
    assert client.command(run, {"command": "play"})["step"] >= 30


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_stopped_worker_dies_with_its_supervisor(tmp_path):
    """SIGSTOP keeps even the life-line thread from running; the kernel then ends the worker with the forkserver."""
    with client_at(tmp_path) as client:
        run = client.start(EXPERIMENT)
        worker = client.live()[run]["pid"]
        os.kill(worker, signal.SIGSTOP)
        kill(supervisor_pid(client))
        assert wait_for(lambda: not Path(f"/proc/{worker}").exists())


def test_workers_die_with_their_supervisor_and_their_runs_resume(tmp_path):
    with client_at(tmp_path) as client:
        runs = [client.start(EXPERIMENT) for _ in range(3)]
        asleep = client.start(faulty("sleep"))
        wait_for(lambda: all(client.checkpoints(run) for run in runs))
        client.command(runs[2], {"command": "pause"})
        workers = [one["pid"] for one in client.live().values()]
        kill(supervisor_pid(client))
        assert wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
        client.ensure_supervisor()
        assert [client.run(run).state for run in [*runs, asleep]] == ["interrupted", "interrupted", "paused", "interrupted"]
        assert "the explorer stopped unexpectedly" in client.run(runs[0]).reason
        for run in runs:
            saved = client.checkpoints(run)[0].step
            assert client.command(run, {"command": "play"})["state"] == "running"
            assert wait_for(lambda run=run, saved=saved: head(client, run)["step"] > saved)


# -- nobody there


def test_what_nobody_watches_is_parked_and_comes_back(tmp_path):
    with client_at(tmp_path, "unwatched=2.5") as client:
        unwatched, quiet = client.start(EXPERIMENT), client.start(EXPERIMENT, play=False)
        watched = client.start(EXPERIMENT)
        assert wait_for(lambda: client.watch([watched, watched]) or set(client.live()) == {watched})
        assert head(client, watched)["watchers"] == 2
        row = client.run(unwatched)
        assert (row.state, row.reason) == ("paused", "paused: nobody was watching for 2.5 seconds")
        assert head(client, unwatched)["reason"] == row.reason
        assert (client.run(quiet).state, client.run(quiet).reason) == ("paused", "")
        assert client.checkpoints(unwatched)[0].step == row.step  # not a step is lost
        assert client.command(unwatched, {"command": "focus"})["step"] == row.step
        assert client.command(unwatched, {"command": "play"})["state"] == "running"


def test_watched_runs_draw_often_and_others_once_a_second(tmp_path):
    with client_at(tmp_path) as client:
        watched, unwatched = client.start(EXPERIMENT), client.start(EXPERIMENT)
        for run in (watched, unwatched):
            client.command(run, {"command": "speed", "value": 1000})
        for _ in range(4):  # at first a run draws as if watched
            client.watch([watched])
            time.sleep(0.9)
        frames = {run: FrameReader(client.frame_path(run)) for run in (watched, unwatched)}
        before = {run: reader.sequence() for run, reader in frames.items()}
        wait_for(lambda: client.watch([watched]) or frames[unwatched].sequence() >= before[unwatched] + 3)
        made = {run: reader.sequence() - before[run] for run, reader in frames.items()}
        assert made[watched] > 2 * made[unwatched]


def test_closing_saves_everything_and_leaves_no_process(tmp_path):
    with client_at(tmp_path) as client:
        playing, paused = client.start(EXPERIMENT), client.start(EXPERIMENT, play=False)
        wait_for(lambda: head(client, playing)["step"] > 100)
        client.shutdown()
        assert wait_for(lambda: not processes_of(tmp_path))
        row = client.run(playing)
        assert (row.state, row.reason) == ("paused", "paused: the explorer was closed")
        assert client.checkpoints(playing)[0].step == row.step
        assert client.run(paused).state == "paused"
        assert client.command(playing, {"command": "focus"})["step"] == row.step  # starts a new supervisor
        assert client.command(playing, {"command": "play"})["state"] == "running"
        os.kill(supervisor_pid(client), signal.SIGTERM)
        assert wait_for(lambda: not processes_of(tmp_path))
        assert client.run(playing).state == "paused"


def test_a_supervisor_nobody_speaks_to_leaves_by_itself(tmp_path):
    with client_at(tmp_path, "idle=3.0") as client:
        run = client.start(EXPERIMENT, play=False)
        assert wait_for(lambda: not processes_of(tmp_path))
        assert client.run(run).state == "paused"


def test_the_client_may_be_killed_and_the_run_goes_on(tmp_path):
    code = f"""
from pathlib import Path
from explorer.runs.client import Client
from explorer.runs.frames import FrameReader
print(Client(Path({str(tmp_path)!r}), launch=({FAKE!r},)).start({EXPERIMENT!r}), flush=True)
input()
"""
    server = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    run = server.stdout.readline().strip()
    with client_at(tmp_path) as client:
        server.kill()
        server.communicate()
        step = head(client, run)["step"]
        assert wait_for(lambda: head(client, run)["step"] > step)
        assert client.run(run).state == "running"


# -- room


def test_more_runs_than_there_is_room_for_are_refused(tmp_path):
    with client_at(tmp_path, "live_workers=2") as client:
        first, _ = client.start(EXPERIMENT), client.start(EXPERIMENT)
        with pytest.raises(RunError, match="2 runs are live"):
            client.start(EXPERIMENT)
        client.command(first, {"command": "stop"})
        wait_for(lambda: first not in client.live())
        client.start(EXPERIMENT)


def test_the_oldest_runs_make_room_for_new_ones(tmp_path):
    with client_at(tmp_path, "kept_runs=3") as client:
        runs = [client.start(EXPERIMENT, play=False) for _ in range(3)]
        for run in runs[:2]:
            client.command(run, {"command": "stop"})
            wait_for(lambda run=run: run not in client.live())
        newest = client.start(EXPERIMENT)
        assert {row.id for row in client.runs()} == {runs[1], runs[2], newest}
        assert not client.frame_path(runs[0]).parent.exists()


def test_a_store_that_cannot_be_used_is_told_to_whoever_asks(tmp_path):
    Store(tmp_path / "runs.db").close()
    (tmp_path / "runs.db").write_bytes(b"damaged" * 1000)
    client = Client(tmp_path, launch=(FAKE,))
    with pytest.raises(RunError, match=r"runs\.db cannot be read"):
        client.start(EXPERIMENT)
    assert wait_for(lambda: not processes_of(tmp_path))
    client.shutdown()  # nothing to shut down: nothing happens
