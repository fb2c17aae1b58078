"""Explanations of a run, asked for through its processes: what they find, and what becomes of questions that go wrong."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import suppress

import fake_lens
import numpy as np
import pytest
from runs_home import client_at, kill, processes_of, wait_for

from explorer.errors import RunError, SpecError
from explorer.experiment import Experiment
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.results.attribution import Attribution
from explorer.results.inspected import Inspected
from explorer.runs import lens
from explorer.runs.lenses import Lenses
from explorer.runs.settings import Settings
from explorer.training.loop import train

STEPS = 4
LONG = {"kind": "shapley_sampling", "orders": 500, "patch": 1}


def ask(kind: str, example: int = 0, **more):
    """A question as the page sends it."""
    chosen = {name: more.pop(name) for name in list(more) if name in Selection.model_fields}
    return {**EXPLANATIONS[kind](**more).model_dump(), "kind": kind, "selection": Selection(example=example, **chosen).model_dump()}


def long(example: int):
    return ask(**LONG, example=example)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_at(tmp_path_factory.mktemp("home"), real=True) as client:
        yield client


@pytest.fixture(scope="module")
def run(client):
    run_id = client.start(Experiment.preset("digits_cnn"), play=False)
    client.command(run_id, {"command": "step", "count": STEPS})
    wait_for(lambda: [shot.step for shot in client.film(run_id)][-1] == STEPS)
    return run_id


def lenses_of(client, run) -> set[int]:
    """The looking processes of a run."""
    log, found = str(client.frame_path(run).parent / "lens.log"), set()
    for pid in processes_of(client.home):
        with suppress(OSError):
            if log in {os.readlink(f"/proc/{pid}/fd/{handle}") for handle in os.listdir(f"/proc/{pid}/fd")}:
                found.add(pid)
    return found


def begun(client, run, question):
    """A slow question that is being worked on, and the process that does."""
    before = lenses_of(client, run)
    share = client.inspect(run, STEPS, question, slow=True)
    assert not isinstance(share, Inspected)
    worker = wait_for(lambda: lenses_of(client, run) - before)
    wait_for(lambda: not isinstance(found := client.inspect(run, STEPS, question, slow=True), Inspected) and found > 0)
    return worker.pop()


def test_a_run_is_explained_as_its_training_in_this_process(client, run):
    found = client.inspect(run, STEPS, ask("saliency", 3))
    training = train(Experiment.preset("digits_cnn"))
    training.advance(steps=STEPS)
    here = EXPLANATIONS["saliency"]().explain(subject_of(training, Selection()), Selection(example=3))
    np.testing.assert_allclose(Attribution.from_inspected(found).values, here.arrays["values"], atol=1e-6)
    assert found.facts["example"] == here.facts["example"]


def test_every_step_is_explained_and_kept(client, run):
    first, last = (client.inspect(run, step, ask("saliency")) for step in (0, STEPS))
    assert (first.step, last.step) == (0, STEPS)
    assert not np.array_equal(first.arrays["values"], last.arrays["values"])
    folder = client.frame_path(run).parent / lens.FOLDER
    held = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    client.inspect(run, 0, ask("saliency"))
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == held


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("no explanation named 'salience'. Did you mean", {**ask("saliency"), "kind": "salience"}),
        ("no test example 100000: there are", ask("saliency", 100_000)),
        ("no answer named 'dog'", ask("saliency", target="dog")),
        ("attention", ask("attention_rollout")),
        ("What is to be explained: example", {**ask("saliency"), "selection": {"example": -3}}),
        ("What is to be explained: exemple", {**ask("saliency"), "selection": {"exemple": 3}}),
        ("Saliency: colour", {**ask("saliency"), "colour": 3}),
        ("baseline", {**ask("integrated_gradients"), "baseline": [0.0] * 64}),
        ("steps", {**ask("integrated_gradients"), "steps": 10**9}),
    ],
)
def test_what_cannot_be_asked_is_a_sentence_and_the_next_question_is_answered(client, run, text, question):
    with pytest.raises(SpecError, match=text):
        client.inspect(run, STEPS, question)
    assert client.inspect(run, STEPS, ask("saliency")).step == STEPS


def test_a_question_given_up_half_way_ends_its_process_and_nothing_else(client, run):
    client.inspect(run, STEPS, ask("saliency"))
    others = lenses_of(client, run)
    worker = begun(client, run, long(1))
    client.cancel(run, STEPS, long(1))
    wait_for(lambda: worker not in lenses_of(client, run))
    assert others <= lenses_of(client, run)
    assert client.inspect(run, STEPS, ask("occlusion", 1)).step == STEPS
    again = begun(client, run, long(1))
    assert again != worker
    client.cancel(run, STEPS, long(1))


def test_a_process_killed_in_the_midst_of_a_slow_question_is_a_sentence(client, run):
    kill(begun(client, run, long(2)))

    def refused():
        try:
            client.inspect(run, STEPS, long(2), slow=True)
        except RunError as error:
            return str(error)
        return ""

    assert wait_for(refused).startswith("The process that worked on this ended")
    assert client.inspect(run, STEPS, ask("saliency", 2)).step == STEPS
    kill(begun(client, run, long(2)))  # it can be asked again


def test_a_lens_killed_between_two_questions_is_not_noticed(client, run):
    client.inspect(run, STEPS, ask("saliency", 4))
    worker = client.live()[run]["pid"]
    for pid in lenses_of(client, run):
        kill(pid)
    assert client.inspect(run, STEPS, ask("saliency", 5)).facts["example"].startswith("test example 5")
    assert client.live()[run]["pid"] == worker


# -- a lens that does not answer


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "text", "seconds"), [(fake_lens.dying, "keeps ending", 60.0), (fake_lens.hanging, "has not answered for 1 seconds", 1.0)]
)
def test_a_lens_that_dies_or_hangs_at_every_question_is_a_sentence(client, run, target, text, seconds):
    lenses = Lenses(client.home, multiprocessing.get_context("forkserver"), Settings(answer=seconds), target)
    try:
        for example in (50, 51):  # and so is the next
            with pytest.raises(RunError, match=text):
                lenses.inspect(run, STEPS, ask("saliency", example), False)
    finally:
        lenses.close()
