"""The film of a run: what is recorded when, within which bounds, and that a moment comes back exactly."""

from __future__ import annotations

import errno
import os
import random
import threading
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import RunError
from explorer.runs import film
from explorer.runs.film import MOST, Film, Shot, load, most_crowded, next_due, shots
from explorer.runs.recorder import CALM, FREE, HURRIED, LONGEST, PATIENCE, Recorder


def steps_in(run, recorder=None) -> list[int]:
    if recorder:
        recorder.wait()
    return [shot.step for shot in shots(run)]


def kept(run, *steps: int) -> Film:
    one = Film(run)
    for step in steps:
        one.keep(step, {"weight": torch.full((8,), float(step))}, {"step": step, "history": ["long"]})
    return one


def test_a_moment_comes_back_exactly_but_for_its_curve(tmp_path):
    kept(tmp_path, 0, 7)
    tensors, meta = load(tmp_path, shots(tmp_path)[1])
    assert torch.equal(tensors["weight"], torch.full((8,), 7.0))
    assert meta["step"] == 7
    assert meta["history"]["rows"] == []


def test_a_step_recorded_again_takes_the_place_of_the_first(tmp_path):
    one = kept(tmp_path, 3)
    one.keep(3, {"weight": torch.zeros(8)}, {"step": 3})
    assert one.count == len(os.listdir(tmp_path / film.FOLDER)) == 1
    assert torch.equal(load(tmp_path, shots(tmp_path)[0])[0]["weight"], torch.zeros(8))


def test_any_damage_is_noticed_and_costs_one_step(tmp_path):
    kept(tmp_path, 0, 1, 2)
    shot, rng = shots(tmp_path)[1], random.Random(0)
    path = tmp_path / film.FOLDER / shot.name
    whole = path.read_bytes()
    for _ in range(30):
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        with pytest.raises(RunError, match="snapshot of step 1 is damaged"):
            load(tmp_path, shot)
    path.write_bytes(whole[:10])
    with pytest.raises(RunError, match="damaged"):
        load(tmp_path, shot)
    assert load(tmp_path, shots(tmp_path)[2])[1]["step"] == 2
    path.unlink()
    with pytest.raises(RunError, match="step 1 is missing"):
        load(tmp_path, shot)


def test_it_stays_within_its_bytes_and_keeps_both_ends(tmp_path):
    one = kept(tmp_path, 0)
    one.bound(20 * one.bytes)
    for step in range(1, 400):
        one.keep(step, {"weight": torch.ones(8)}, {"step": step})
        assert one.bytes <= one.allowed
    assert steps_in(tmp_path)[0] == 0
    assert steps_in(tmp_path)[-1] == 399
    assert sum(file.stat().st_size for file in (tmp_path / film.FOLDER).glob("*.shot")) == one.bytes
    one.bound(0)
    assert steps_in(tmp_path) == [0, 399]
    assert Film(tmp_path).allowed == 0


def test_what_lies_beyond_a_step_is_forgotten(tmp_path):
    kept(tmp_path, 0, 5, 9).forget_after(5)
    assert steps_in(tmp_path) == [0, 5]
    assert Film(tmp_path).count == 2


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    kept(tmp_path, 4)
    (tmp_path / film.FOLDER / "4-zzzzzzzz.shot").write_bytes(b"")
    (tmp_path / film.FOLDER / "../evil.shot").write_bytes(b"")
    assert steps_in(tmp_path) == [4]
    assert shots(tmp_path / "nowhere") == []


def test_a_run_of_a_million_steps_fits_without_leaving_out():
    step, count = 0, 1
    while step < 1_000_000:
        step, count = next_due(step), count + 1
    assert MOST < count < 1.1 * MOST  # the thinning has little to do
    step = 0
    for _ in range(100):
        assert next_due(step) == step + 1
        step = next_due(step)


@settings(max_examples=30)
@given(st.integers(200, 3000), st.integers(8, 40))
def test_thinned_out_it_still_covers_the_whole_run(last, most):
    held = [0]
    step = 0
    while step < last:
        step = next_due(step)
        held.append(step)
        if len(held) > most:
            held.remove(most_crowded(held))
    assert (held[0], held[-1]) == (0, step)
    gaps = [(later - earlier) / (earlier + film.EVEN) for earlier, later in pairwise(held)]
    even = (step + film.EVEN) / film.EVEN
    assert max(gaps) <= 3 * (even ** (1 / (len(held) - 1)) - 1)  # of an even spacing in its logarithm


# -- the recorder


@dataclass
class Run:
    """A session that only counts."""

    step: int = 0
    asked: list[int] = field(default_factory=list)
    checkpoint_bytes: int = 16

    def checkpoint(self):
        self.asked.append(self.step)
        return {"weight": torch.ones(4)}, {"step": self.step}


def test_every_early_step_and_every_rest_is_recorded(tmp_path):
    recorder, run = Recorder(tmp_path), Run()
    recorder._earned = 1e6
    for run.step in range(20):
        recorder.look(run)
        recorder.look(run)
        recorder.wait()
    assert steps_in(tmp_path, recorder) == list(range(20)) == run.asked
    run.step = 10_000
    recorder.look(run)
    run.step = 10_050
    recorder.look(run)
    assert steps_in(tmp_path, recorder)[-1] == 10_000
    assert recorder.steps_until_due(run.step) == 50
    recorder.look(run, resting=True)
    assert steps_in(tmp_path, recorder)[-1] == 10_050


def test_an_edit_without_a_step_is_recorded_again(tmp_path):
    recorder, run = Recorder(tmp_path), Run()
    recorder.look(run, resting=True)
    recorder.look(run, resting=True)
    recorder.edited()
    recorder.look(run, resting=True)
    assert run.asked == [0, 0]


def test_it_waits_until_its_share_is_earned(tmp_path, monkeypatch):
    run, now, cpu = Run(), [1000.0], [5.0]
    monkeypatch.setattr("explorer.runs.recorder.time.monotonic", lambda: now[0])
    monkeypatch.setattr("explorer.runs.recorder.time.thread_time", lambda: cpu[0])
    recorder = Recorder(tmp_path)
    recorder._copying, recorder._writing = FREE, 0.01
    recorder.look(run)
    now[0] += 100  # without the processor nothing is earned at full speed
    recorder.look(run)
    assert run.asked == []
    assert recorder.steps_until_due(0) is None
    cpu[0] += 1
    recorder.look(run)
    assert run.asked == [0]
    assert recorder._earned == pytest.approx(FREE + HURRIED)
    now[0] += 100  # a long rest counts as one second
    recorder.look(run, hurried=False)
    assert recorder._earned == pytest.approx(FREE + HURRIED + CALM * LONGEST)
    now[0], cpu[0] = now[0] + 0.5, cpu[0] + 0.5
    recorder.look(run, resting=True)
    assert recorder._earned == pytest.approx(FREE + HURRIED + CALM * LONGEST)


def test_what_copying_and_writing_take_is_held_against_it(tmp_path, monkeypatch):
    """A clock that a snapshot moves by 3 ms here and by 4 ms in its thread: over a second no more are made than the shares allow."""
    cpu = {"training": 0.0, "thread": 0.0}
    here = threading.current_thread()
    monkeypatch.setattr(
        "explorer.runs.recorder.time.thread_time", lambda: cpu["training" if threading.current_thread() is here else "thread"]
    )
    recorder, run = Recorder(tmp_path), Run()
    checkpoint, keep = run.checkpoint, recorder.film.keep

    def slow_checkpoint():
        cpu["training"] += 0.003
        return checkpoint()

    def slow_keep(*moment):
        cpu["thread"] += 0.004
        keep(*moment)

    run.checkpoint, recorder.film.keep = slow_checkpoint, slow_keep
    for run.step in range(0, 2_000_000, 1000):  # each a step due
        cpu["training"] += 0.01
        recorder.look(run)
        recorder.wait()
    trained = 2_000 * 0.01
    assert 0.9 * HURRIED * trained < len(run.asked) * 0.007 - FREE < 1.1 * HURRIED * trained


def test_a_full_disk_stops_recording_and_says_so_until_there_is_room(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("explorer.runs.recorder.time.monotonic", lambda: now[0])
    recorder, run = Recorder(tmp_path), Run()
    recorder._earned = 1e6
    recorder.look(run)
    recorder.wait()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("explorer.runs.film.os.replace", full)
        run.step = 1
        recorder.look(run)
        recorder.wait()
    assert recorder.facts()["problem"] == (
        "No snapshots are recorded: No space left on device. Training goes on; free some space on the disk."
    )
    assert steps_in(tmp_path, recorder) == [0]
    run.step = 2
    recorder.look(run)
    assert steps_in(tmp_path, recorder) == [0]
    now[0] += PATIENCE + 1
    recorder.look(run)
    assert steps_in(tmp_path, recorder) == [0, 2]
    assert recorder.facts()["problem"] == ""


def test_how_much_there_is_can_be_asked_while_it_is_written(tmp_path):
    recorder, asked = Recorder(tmp_path), []
    recorder._earned, recorder.film.allowed = 1e6, 5_000

    def ask():
        while len(asked) < 1 or asked[-1]["count"] < 3 or len(asked) < 2_000:
            asked.append(recorder.facts())

    thread = threading.Thread(target=ask)
    thread.start()
    run = Run()
    for run.step in range(120):
        recorder.look(run)
        if run.step % 4 == 0:
            recorder.wait()
    thread.join(60)
    recorder.wait()
    assert recorder.film.bytes == sum(shot.bytes for shot in shots(tmp_path)) <= 5_000
    assert all(facts["bytes"] >= 0 for facts in asked)


def test_a_network_that_is_too_large_for_its_room_is_not_recorded_until_there_is_more(tmp_path):
    recorder, run = Recorder(tmp_path), Run(checkpoint_bytes=12 << 20)
    recorder.look(run, resting=True)
    assert steps_in(tmp_path, recorder) == []
    assert recorder.facts()["problem"] == (
        "No snapshots are recorded: each takes about 12 MB, and there is room for 64 MB. Give them more room."
    )
    recorder.allow(256 << 20)
    recorder.look(run, resting=True)
    assert steps_in(tmp_path, recorder) == [0]
    assert recorder.facts()["problem"] == ""


def test_after_a_reset_the_film_begins_anew(tmp_path):
    recorder, run = Recorder(tmp_path), Run()
    recorder._earned = 1e6
    for run.step in range(5):
        recorder.look(run)
    recorder.forget_after(-1)
    run.step = 0
    recorder.look(run)
    assert steps_in(tmp_path, recorder) == [0]
    assert isinstance(shots(tmp_path)[0], Shot)
