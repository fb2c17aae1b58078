"""Looking back into a run: the same picture as then, other questions at any recorded step, and what happens when it goes wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
from runs_home import client_at, kill, processes_of, state_of, wait_for

from explorer.errors import RunError, SpecError
from explorer.experiment import Experiment
from explorer.inspections import INSPECTIONS
from explorer.results.frame import unpack
from explorer.results.inspected import Inspected
from explorer.runs import film, lens
from explorer.runs.frames import FrameReader

ASK = {"kind": "gradient_flow"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_at(tmp_path_factory.mktemp("home"), real=True) as client:
        yield client


@pytest.fixture(scope="module")
def run(client):
    """A run that has made 30 steps, recorded one by one, and rests."""
    run_id = client.start(Experiment.preset("spiral"), play=False)
    for step in (10, 20, 30):
        client.command(run_id, {"command": "step", "count": 10})
        wait_for(lambda step=step: [shot.step for shot in client.film(run_id)][-1] == step)
    return run_id


def test_the_picture_of_a_step_is_the_one_seen_then(client, run):
    live = unpack(FrameReader(client.frame_path(run)).read())
    head, arrays = unpack(client.look(run, 30))
    assert (head["step"], head["state"]) == (30, "past")
    assert head["metrics"] == live[0]["metrics"]
    assert head["columns"] == live[0]["columns"]
    shown = {name for name in live[1] if not name.startswith("history/")}
    assert shown <= set(arrays)
    assert all(np.array_equal(arrays[name], live[1][name]) for name in shown)


def test_every_step_has_its_own_picture_and_the_same_one_twice(client, run):
    steps = [shot.step for shot in client.film(run)]
    assert steps[0] == 0
    assert len(steps) > 3
    pictures = [client.look(run, step) for step in steps]
    assert [unpack(data)[0]["step"] for data in pictures] == steps
    assert len({unpack(data)[1]["edge/0"].tobytes() for data in pictures}) == len(steps)
    assert [client.look(run, step) for step in reversed(steps)] == pictures[::-1]


def test_a_selected_unit_and_example_are_those_of_the_viewer(client, run):
    plain, focused = unpack(client.look(run, 10)), unpack(client.look(run, 10, column=1, unit=2))
    assert plain[0].get("focus") != focused[0].get("focus")
    assert unpack(client.look(run, 10))[0] == plain[0]


def test_a_step_that_was_left_out_gives_the_one_beside_it(client, run):
    assert unpack(client.look(run, 10**6))[0]["step"] == 30
    assert unpack(client.look(run, -1))[0]["step"] == 30


def test_looking_does_not_touch_the_run(client, run):
    before = client.run(run)
    client.look(run, 0)
    client.inspect(run, 0, ASK)
    assert (client.run(run).step, client.run(run).state) == (before.step, "paused")


def test_an_inspection_is_answered_at_any_step_and_kept(client, run):
    first, last = client.inspect(run, 0, ASK), client.inspect(run, 30, ASK)
    assert isinstance(first, Inspected)
    assert (first.step, last.step) == (0, 30)
    assert first.words != last.words
    folder = client.frame_path(run).parent / lens.FOLDER
    held = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    client.inspect(run, 0, ASK)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == held


def test_a_slow_question_tells_how_far_it_is_until_it_is_answered(client, run):
    shares = []

    def asked():
        found = client.inspect(run, 20, ASK, slow=True)
        if isinstance(found, float | int):
            shares.append(found)
        return found if isinstance(found, Inspected) else None

    assert wait_for(asked).step == 20
    assert all(0 <= share <= 1 for share in shares)
    client.cancel(run, 20, ASK)


def answered(client, run, step, ask):
    """What a slow question finds."""

    def found():
        answer = client.inspect(run, step, ask, slow=True)
        return answer if isinstance(answer, Inspected) else None

    return wait_for(found)


def test_a_question_over_the_film_looks_at_all_steps_before(client, run):
    ask = {"kind": "weights_over_time", "moments": 200}
    recorded = [shot.step for shot in client.film(run)]
    found = answered(client, run, 20, ask)
    assert found.step == 20
    assert found.arrays["steps"].tolist() == [step for step in recorded if step <= 20]
    assert answered(client, run, 30, ask).arrays["steps"].tolist() == recorded
    assert found.arrays["distance"].tolist() == answered(client, run, 30, ask).arrays["distance"][:, : len(found.arrays["steps"])].tolist()
    assert unpack(client.look(run, 10))[0]["step"] == 10


def test_an_answer_over_the_film_stays_true_while_the_run_goes_on(client):
    ask = {"kind": "similarity_of_steps", "examples": 20}
    run = client.start(Experiment.preset("xor"), play=False)
    client.command(run, {"command": "step", "count": 5})
    wait_for(lambda: [shot.step for shot in client.film(run)][-1] == 5)
    before = answered(client, run, 5, ask)
    client.command(run, {"command": "step", "count": 5})
    wait_for(lambda: [shot.step for shot in client.film(run)][-1] == 10)
    after = answered(client, run, 10, ask)
    assert (before.step, after.step) == (5, 10)
    assert after.arrays["steps"][-1] == 10
    assert np.array_equal(answered(client, run, 5, ask).arrays["values"], before.arrays["values"])
    client.command(run, {"command": "stop"})


def test_a_damaged_snapshot_is_left_out_of_the_film(client, run):
    shots = client.film(run)
    path = client.frame_path(run).parent / film.FOLDER / shots[1].name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    found = answered(client, run, 30, {"kind": "weights_over_time", "moments": 199})
    path.write_bytes(whole)
    assert found.arrays["steps"].tolist() == [shot.step for shot in shots if shot != shots[1]]
    assert f"The snapshot of step {shots[1].step} cannot be read and is left out." in found.words


def test_what_cannot_be_asked_is_refused_in_words(client, run):
    with pytest.raises(SpecError, match="inspection"):
        client.inspect(run, 0, {"kind": "nothing"})
    with pytest.raises(SpecError):
        client.inspect(run, 0, {**ASK, "no_such_field": 1})
    with pytest.raises(SpecError, match="inspection"):
        wait_for(lambda: client.inspect(run, 0, {"kind": "nothing"}, slow=True) and None)
    with pytest.raises(RunError):
        client.look("../../etc/passwd", 0)
    with pytest.raises(RunError, match="Nothing of this run"):
        client.look("0123456789abcdef", 0)


def test_what_is_offered_fits_and_the_rest_says_why(client, run):
    offers = client.offers(run)
    assert set(offers) == set(INSPECTIONS)
    assert not offers["gradient_flow"]["reason"]
    assert all(isinstance(one["reason"], str) and isinstance(one["choices"], dict) for one in offers.values())


def test_a_damaged_snapshot_costs_its_step_only(client, run):
    folder = client.frame_path(run).parent
    shot = next(shot for shot in client.film(run) if shot.step == 10)
    path = folder / film.FOLDER / shot.name
    whole = path.read_bytes()
    for seen in (folder / lens.FOLDER).glob("10-*"):
        seen.unlink()
    path.write_bytes(whole[:-1])
    with pytest.raises(RunError, match="step 10 is damaged"):
        client.look(run, 10)
    assert unpack(client.look(run, 20))[0]["step"] == 20
    path.write_bytes(whole)
    assert unpack(client.look(run, 10))[0]["step"] == 10


def test_a_killed_lens_is_replaced_and_training_never_notices(client, run):
    client.look(run, 0)
    log = str(client.frame_path(run).parent / "lens.log")
    worker = client.live()[run]["pid"]
    lenses = [pid for pid, files in _open_files(client).items() if log in files]
    assert len(lenses) == 1
    kill(lenses[0])
    for seen in (client.frame_path(run).parent / lens.FOLDER).glob("0-*"):
        seen.unlink()
    assert unpack(client.look(run, 0))[0]["step"] == 0
    assert client.live()[run]["pid"] == worker


def _open_files(client) -> dict[int, set[str]]:
    import os
    from contextlib import suppress

    found: dict[int, set[str]] = {}
    for pid in processes_of(client.home):
        with suppress(OSError):
            found[pid] = {os.readlink(f"/proc/{pid}/fd/{handle}") for handle in os.listdir(f"/proc/{pid}/fd")}
    return found


def test_a_change_while_training_is_part_of_the_past(client):
    run = client.start(Experiment.preset("spiral"), play=False)
    client.command(run, {"command": "step", "count": 2})
    client.command(run, {"command": "set", "path": "training.optimizer.learning_rate", "value": 0.5})
    client.command(run, {"command": "step", "count": 2})
    state_of(client, run, "paused")
    wait_for(lambda: [shot.step for shot in client.film(run)][-1] == 4)
    rates = [unpack(client.look(run, step))[0]["settings"]["learning_rate"] for step in (0, 4)]
    assert rates[1] == 0.5 != rates[0]
    client.command(run, {"command": "stop"})


def test_the_offers_fit_in_a_message(client, run):
    assert len(json.dumps(client.offers(run))) < 100_000


# -- branches


def weights(client, run, step):
    return [array for name, array in unpack(client.look(run, step))[1].items() if name.startswith("edge/")]


def test_a_branch_goes_on_bit_for_bit_until_something_is_changed(client, run):
    branch = client.branch(run, 10)
    assert client.branched(branch) == (run, 10)
    assert client.branched(run) is None
    assert (client.run(branch).state, client.run(branch).step) == ("paused", 10)
    client.command(branch, {"command": "step", "count": 20})
    wait_for(lambda: [shot.step for shot in client.film(branch)][-1] == 30)
    assert all(np.array_equal(one, other) for one, other in zip(weights(client, branch, 30), weights(client, run, 30), strict=True))
    other = client.branch(run, 10)
    client.command(other, {"command": "set", "path": "training.optimizer.learning_rate", "value": 0.5})
    client.command(other, {"command": "step", "count": 20})
    wait_for(lambda: [shot.step for shot in client.film(other)][-1] == 30)
    assert not np.array_equal(weights(client, other, 30)[0], weights(client, run, 30)[0])
    for one in (branch, other):
        client.command(one, {"command": "stop"})


def test_a_branch_has_the_past_it_shares_whatever_becomes_of_the_other(client):
    run = client.start(Experiment.preset("spiral"), play=False)
    client.command(run, {"command": "step", "count": 12})
    wait_for(lambda: [shot.step for shot in client.film(run)][-1] == 12 and len(client.metrics(run)) > 1)
    early = next(shot.step for shot in client.film(run) if shot.step > 3)
    branch = client.branch(run, early)
    client.command(run, {"command": "reset"})
    wait_for(lambda: [shot.step for shot in client.film(run)] == [0])
    assert next(shot.step for shot in client.film(branch)) == 0
    assert [shot.step for shot in client.film(branch)][-1] == early
    assert unpack(client.look(branch, 1))[0]["step"] <= early
    history = unpack(FrameReader(client.frame_path(branch)).read())[1]["history/step"]
    assert history[-1] == early
    for one in (run, branch):
        client.command(one, {"command": "stop"})


def test_no_branch_begins_where_nothing_is(client, run):
    before = len(client.runs())
    with pytest.raises(RunError):
        client.branch("0123456789abcdef", 3)
    folder = client.frame_path(run).parent
    shot = next(shot for shot in client.film(run) if shot.step == 20)
    path = folder / film.FOLDER / shot.name
    whole = path.read_bytes()
    path.write_bytes(whole[:50])
    with pytest.raises(RunError, match=r"No branch can begin at step 20: .* damaged"):
        client.branch(run, 20)
    path.write_bytes(whole)
    assert len(client.runs()) == before
