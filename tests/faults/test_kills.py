"""Worker, supervisor and server killed at random moments: nothing acknowledged is lost, every run resumes, nothing is left.

While it kills, a busy person sets values as fast as they are acknowledged, so that kills meet every moment of a command.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time

import pytest
from fake_run import EXPERIMENT
from runs_home import FAKE, client_at, head, kill, processes_of, state_of, supervisor_pid, wait_for, zombies

from explorer.errors import RunError
from explorer.experiment import Experiment
from explorer.runs.client import Client

pytestmark = pytest.mark.fault

KILLS = 20
SEED = 7


class BusyPerson:
    """Sets one value after the other on a run, and remembers which were acknowledged."""

    def __init__(self, client: Client, run: str, path: str, values) -> None:
        self.acknowledged, self.tried = [], 0
        self._client, self._run, self._path, self._values = client, run, path, values
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(0.02):
            value = self._values(self.tried)
            self.tried += 1
            try:
                self._client.command(self._run, {"command": "set", "path": self._path, "value": value})
            except RunError:
                continue
            self.acknowledged.append(value)


def journaled(client: Client, run: str) -> list:
    return [event.detail["value"] for event in client.events(run) if event.what == "set"]


def assert_all_there(acknowledged: list, written: list) -> None:
    """Every acknowledged value was journaled, in order; others may be there too, when the answer was lost."""
    rest = iter(written)
    missing = [value for value in acknowledged if value not in rest]
    assert not missing


def assert_checkpoints_whole(client: Client, run: str) -> None:
    import hashlib

    folder = client.frame_path(run).parent
    for row in client.checkpoints(run):
        assert hashlib.sha256((folder / row.file).read_bytes()).hexdigest() == row.sha256


def resumed(client: Client, run: str, saved: int) -> None:
    """Play the run again, and see it go on from at least `saved`."""
    answer = client.command(run, {"command": "play"})
    assert answer["state"] == "running"
    assert answer["step"] >= saved
    wait_for(lambda: head(client, run)["step"] > answer["step"])


def test_workers_killed(tmp_path):
    rng = random.Random(SEED)
    with client_at(tmp_path) as client:
        run, other = client.start(EXPERIMENT), client.start(EXPERIMENT)
        for _ in range(KILLS):
            with BusyPerson(client, run, "until", lambda i: 10**9 + i) as person:
                time.sleep(rng.uniform(0, 1.5))
                saved = max([row.step for row in client.checkpoints(run)], default=0)
                pid = wait_for(lambda: client.live().get(run))["pid"]
                kill(pid)
                time.sleep(rng.uniform(0, 0.05))
            assert_all_there(person.acknowledged, journaled(client, run))
            assert_checkpoints_whole(client, run)
            wait_for(lambda pid=pid: client.live().get(run, {}).get("pid") != pid)
            resumed(client, run, saved)
        assert client.run(run).attempts > KILLS
        assert client.run(other).attempts == 1  # a neighbour notices nothing
        assert client.run(other).state == "running"
        assert len(client.live()) == 2
        assert len([line for line in processes_of(tmp_path).values() if "forkserver" in line]) <= 3  # itself and two workers
    assert not zombies()


def test_supervisors_killed(tmp_path):
    rng = random.Random(SEED)
    with client_at(tmp_path) as client:
        runs = [client.start(EXPERIMENT) for _ in range(3)]
        for _ in range(KILLS):
            with BusyPerson(client, runs[0], "until", lambda i: 10**9 + i) as person:
                time.sleep(rng.uniform(0, 1.0))
                saved = {run: max([row.step for row in client.checkpoints(run)], default=0) for run in runs}
                before = set(processes_of(tmp_path))
                kill(supervisor_pid(client))
            wait_for(lambda before=before: not before & set(processes_of(tmp_path)))  # its workers and its forkserver too
            assert_all_there(person.acknowledged, journaled(client, runs[0]))
            for run in runs:
                assert_checkpoints_whole(client, run)
                resumed(client, run, saved[run])
    assert not zombies()


SERVER = f"""
import sys
from pathlib import Path
from explorer.runs.client import Client
client = Client(Path(sys.argv[1]), launch=({FAKE!r},))
value = int(sys.argv[3])
while True:
    client.command(sys.argv[2], {{"command": "set", "path": "until", "value": value}})
    print(value, flush=True)
    client.watch([sys.argv[2]])
    value += 1
"""


def test_servers_killed(tmp_path):
    """A "server" is a process with a client; the runs it looked at train on without it."""
    rng = random.Random(SEED)
    with client_at(tmp_path) as client:
        run = client.start(EXPERIMENT)
        supervisor = supervisor_pid(client)
        acknowledged = []
        for number in range(KILLS):
            first = str(10**9 + 10**6 * number)
            server = subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path), run, first], stdout=subprocess.PIPE, text=True)
            acknowledged.append(int(server.stdout.readline()))
            step = head(client, run)["step"]
            time.sleep(rng.uniform(0, 0.5))
            server.kill()
            acknowledged += [int(line) for line in server.communicate()[0].split()]
            wait_for(lambda step=step: head(client, run)["step"] > step)  # it trains on
        assert_all_there(acknowledged, journaled(client, run))
        assert (client.run(run).state, client.run(run).attempts) == ("running", 1)
        assert supervisor_pid(client) == supervisor
    assert not zombies()


def test_a_run_that_was_killed_twenty_times_equals_one_that_was_not(tmp_path):
    """The real thing: whatever checkpoint it went on from each time, in the end every weight is the same bit for bit."""
    rng = random.Random(SEED)
    experiment = Experiment.preset("spiral")
    with client_at(tmp_path, real=True) as client:
        whole, broken = client.start(experiment, play=False), client.start(experiment, play=False)
        for kills in range(KILLS):
            client.command(broken, {"command": "step", "count": rng.randrange(1, 40_000)})
            time.sleep(rng.uniform(0, 0.6))
            if kills == 0:
                wait_for(lambda: client.checkpoints(broken) and client.checkpoints(broken)[0].step > 0)
            kill(client.live()[broken]["pid"])
            wait_for(lambda: broken not in client.live())
        step = client.command(broken, {"command": "focus"})["step"]
        assert step > 0
        client.command(whole, {"command": "step", "count": step})
        assert state_of(client, whole, "paused").step == step
        assert (client.run(whole).attempts, client.run(broken).attempts) == (1, KILLS + 1)
        assert arrays(client, broken) == arrays(client, whole)


def arrays(client: Client, run: str) -> dict[str, bytes]:
    """Weights and biases in the newest frame, byte for byte."""
    from explorer.results.frame import unpack
    from explorer.runs.frames import FrameReader

    _, found = unpack(FrameReader(client.frame_path(run)).read())
    kept = {name: array.tobytes() for name, array in found.items() if name.startswith(("edge/", "bias/"))}
    assert kept
    return kept
