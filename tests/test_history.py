"""The curve of a run: bounded, in order, and copied when it is asked for."""

from __future__ import annotations

import json
import random

import numpy as np

from explorer.results.history import History


def filled(steps: int, limit: int = 16) -> History:
    history = History(limit)
    for step in range(steps):
        history.add(step, {"loss": 1 / (1 + step)})
    return history


def test_it_is_bounded_begins_at_the_beginning_and_ends_at_the_newest():
    for steps in (1, 15, 16, 17, 1000):
        found = filled(steps).arrays()["step"].tolist()
        assert len(found) <= 16
        assert found == sorted(set(found))
        assert found[0] == 0
        assert found[-1] == steps - 1


def test_a_second_measurement_of_a_step_takes_the_place_of_the_first():
    history = filled(3)
    history.add(2, {"loss": 7.0})
    assert history.arrays()["step"].tolist() == [0, 1, 2]
    assert history.arrays()["loss"][-1] == 7


def test_its_state_is_a_copy():
    history = filled(2)
    state = history.state()
    history.add(2, {"loss": 1.0})
    restored = History(16)
    restored.restore(state)
    assert restored.arrays()["step"].tolist() == [0, 1]


def test_a_restored_history_goes_on_as_if_nothing_had_been():
    straight, broken = filled(100), filled(50)
    revived = History(16)
    revived.restore(json.loads(json.dumps(broken.state())))
    for step in range(50, 100):
        revived.add(step, {"loss": 1 / (1 + step)})
    assert revived.arrays()["step"].tolist() == straight.arrays()["step"].tolist()


def test_what_was_not_measured_is_no_number():
    history = filled(2)
    history.add(2, {"accuracy": 0.5})
    arrays = history.arrays()
    assert arrays["loss"][2] != arrays["loss"][2]
    assert arrays["accuracy"].tolist()[2] == 0.5


def test_however_often_it_is_asked_it_gives_its_rows_and_the_newest():
    asked, rng = History(16), random.Random(0)
    for number in range(300):
        metrics = {name: rng.random() for name in ("loss", "accuracy", "f1") if rng.random() < 0.6}
        asked.add(number - rng.randrange(2), metrics)
        once = History(16)
        once.restore(asked.state())
        rows = asked.state()["rows"] + ([asked.state()["newest"]] if asked.state()["newest"] != asked.state()["rows"][-1] else [])
        found = asked.arrays()
        assert list(found) == list(once.arrays()) == ["step", *sorted({name for _, row in rows for name in row})]
        for name, column in found.items():
            expected = [step if name == "step" else row.get(name, np.nan) for step, row in rows]
            np.testing.assert_array_equal(column, np.array(expected, np.float32))
