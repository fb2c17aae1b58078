"""Every variant's form can be drawn, shows the record as it is, and reports what somebody changes."""

from __future__ import annotations

import itertools
import math
from typing import Literal, get_args, get_origin

import pytest
from pydantic import Field
from streamlit.testing.v1 import AppTest

from explorer.experiment import (
    DATASETS,
    INITIALISATIONS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    STOPPING,
    TASKS,
    Record,
    TrainingSpec,
    live,
)
from explorer.ui.fields import label_of, question, questions, steps_of

REGISTRIES = (LAYERS, DATASETS, TASKS, LOSSES, OPTIMIZERS, SCHEDULES, INITIALISATIONS, STOPPING)
EDITED_ELSEWHERE = {"painted", "id", "branches", "roles", "content"}  # in the diagram, beside the table, by bringing a file


class Sample(Record):
    share: float = live(0.5, ge=0, le=1, description="a share")
    rate: float = Field(0.01, gt=0, le=100, description="a rate")
    decay: float = Field(0.9, ge=0, lt=1)
    count: int = Field(4, ge=1, le=12)
    many: int = Field(500, ge=4, le=100_000)
    seed: int = Field(0, ge=0, le=2**31 - 1)


def asked(name: str):
    found = question(name, Sample.model_fields[name])
    assert found
    return found


def test_a_range_decides_the_widget():
    assert {name: asked(name).kind for name in Sample.model_fields} == {
        "share": "steps",
        "rate": "steps",
        "decay": "steps",
        "count": "count",
        "many": "steps",
        "seed": "number",
    }


def test_help_says_what_it_is_and_whether_the_run_goes_on():
    assert asked("share").help == "A share. Changes while it trains."
    assert asked("rate").help == "A rate. A change starts the run anew."


def test_help_of_a_form_that_reaches_no_run_says_nothing_of_runs():
    found = {one.name: one.help for one in questions(Sample, ["share", "decay"], runs=False)}
    assert found == {"share": "A share.", "decay": ""}


@pytest.mark.parametrize("kind", [kind for kind in DATASETS if DATASETS[kind].upload])
def test_nobody_is_asked_for_the_name_of_a_content(kind):
    assert "content" not in [one.name for one in questions(DATASETS[kind])]


def test_small_ranges_get_even_steps():
    steps = steps_of(asked("share"), 0.5)
    assert (steps[0], steps[-1]) == (0, 1)
    assert all(math.isclose(b - a, 0.02) for a, b in itertools.pairwise(steps))


def test_a_rate_gets_equal_factors_and_never_its_open_bound():
    steps = steps_of(asked("rate"), 0.01)
    assert steps[:4] == [1e-5, 3e-5, 1e-4, 3e-4]
    assert steps[-1] == 100
    assert 0 not in steps


def test_a_share_below_one_comes_close_to_it_but_not_to_it():
    steps = steps_of(asked("decay"), 0.9)
    assert {0.0, 0.9, 0.99, 0.999} <= set(steps)
    assert 1 not in steps


def test_whole_numbers_stay_whole():
    steps = steps_of(asked("many"), 500)
    assert steps[:4] == [4, 5, 10, 20]
    assert all(isinstance(step, int) for step in steps)


@pytest.mark.parametrize("value", [0.0173, 1e-7, 99.9])
def test_a_value_between_the_steps_is_one_of_them(value):
    assert value in steps_of(asked("rate"), value)


def test_a_field_that_holds_a_variant_is_called_by_what_it_is_a_variant_of():
    assert {one.name: one.label for one in questions(TrainingSpec)}["optimizer"] == "Optimiser"


def test_names_become_words():
    assert (label_of("learning_rate"), label_of("l1")) == ("Learning rate", "L1")


@pytest.mark.parametrize(("registry", "kind"), [(r, kind) for r in REGISTRIES for kind in r], ids=lambda v: getattr(v, "noun", v))
def test_every_field_has_a_control_with_a_help_text(registry, kind):
    cls = registry[kind]
    found = {one.name: one for one in questions(cls)}
    kinds = {name: field.annotation for name, field in cls.model_fields.items()}
    settled = {name for name, one in kinds.items() if get_origin(one) is Literal and len(get_args(one)) == 1}  # nothing to choose
    assert set(cls.model_fields) - set(found) - settled <= EDITED_ELSEWHERE
    for name in found:
        assert cls.model_fields[name].description, f"{kind}.{name} has no description, so its control has no help"


def _draw_all(noun: str):
    """Runs inside AppTest: draw every variant's form from its defaults and compare what the widgets show."""
    import explorer.experiment as experiment
    from explorer.registry import Registry
    from explorer.ui.controls import Sheet, form

    held = {"body": [{"kind": "tanh"}], "branches": [[{"kind": "tanh"}], [{"kind": "relu"}]]}  # a block is nothing without layers
    registry = next(one for one in vars(experiment).values() if isinstance(one, Registry) and one.noun == noun)
    for kind, cls in registry.items():
        spec = cls.model_validate({name: held[name] for name, field in cls.model_fields.items() if field.is_required()})
        assert form(spec, f"spec.{kind}", Sheet("test")) == spec, kind


@pytest.mark.parametrize("noun", [registry.noun for registry in REGISTRIES])
def test_every_form_shows_an_equal_spec(noun):
    app = AppTest.from_function(_draw_all, default_timeout=120, args=(noun,)).run()
    assert not app.exception, app.exception


def _draw_training():
    import streamlit as st

    from explorer.experiment import TrainingSpec
    from explorer.ui.controls import Sheet, form

    st.session_state.setdefault("seen", [])
    training = TrainingSpec.model_validate(st.session_state.get("training", {}))
    sheet = Sheet("test", lambda path, value: st.session_state.seen.append((path, value)), problem=("training.l1", "Too much."))
    form(training, "training", sheet)


def training_form(**training) -> AppTest:
    app = AppTest.from_function(_draw_training, default_timeout=120)
    app.session_state["training"] = training
    return app.run()


def test_moving_a_slider_reports_the_path_and_the_value():
    app = training_form()
    app.select_slider(key="test.training.optimizer.learning_rate").set_value(0.1).run()
    assert app.session_state["seen"] == [("training.optimizer.learning_rate", 0.1)]


def test_choosing_a_variant_reports_its_kind():
    app = training_form()
    app.selectbox(key="test.training.optimizer.kind").set_value("adam").run()
    assert app.session_state["seen"] == [("training.optimizer", {"kind": "adam"})]


def test_a_widget_shows_the_record_again_when_its_change_was_not_taken():
    app = training_form()
    app.select_slider(key="test.training.l2").set_value(1.0).run()
    assert app.select_slider(key="test.training.l2").value == 0.0


def test_a_widget_follows_the_record():
    app = training_form()
    app.session_state["training"] = {"batch_size": 37}
    app.run()
    assert app.select_slider(key="test.training.batch_size").value == 37


def test_a_refused_change_is_explained_beside_its_control():
    app = training_form()
    assert [error.value for error in app.error] == ["Too much."]


def test_rules_are_added_to_and_taken_from_a_list():
    first = next(iter(STOPPING))
    app = training_form(stopping=[{"kind": first}])
    app.selectbox(key="test.training.stopping.add").set_value(first).run()
    app.button(key="test.training.stopping.0.remove").click().run()
    (path, added), (_, removed) = app.session_state["seen"]
    assert (path, [one["kind"] for one in added], removed) == ("training.stopping", [first, first], [])
    TrainingSpec.model_validate({"stopping": added})
