"""The Build page: drafts that cannot be trained yet, undo, forms, fixes, and the run that follows."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from ui_fakes import FakeClient

from explorer.experiment import Experiment
from explorer.experiment.network import MAX_DEPTH
from explorer.ui import session, workshop
from explorer.ui.builder.edits import with_layer
from explorer.ui.live_page import LivePage, catalogue
from pages.build import LIVE

LENET = catalogue("build")[LIVE.default].experiment
BEND = next(layer.id for layer in LENET.networks["model"].layers if layer.elementwise)


@pytest.fixture
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    return fake


def opened(**link) -> AppTest:
    app = AppTest.from_string("from pages.build import render\nrender()", default_timeout=120)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def state_of(app: AppTest) -> session.PageState:
    return app.session_state[session.KEY].pages["build"]


def link_of(app: AppTest) -> str:
    value = app.query_params["x"]
    return value[0] if isinstance(value, list) else value


class Bench:
    """The page without its drawing: edits in, what becomes of the run out."""

    def __init__(self, monkeypatch, experiment: Experiment = LENET) -> None:
        self.page = LivePage("bench", LIVE.default, drafts=True, plays=False)
        self.state = session.PageState(experiment=experiment)
        monkeypatch.setattr(session, "page_state", lambda name: self.state)
        monkeypatch.setattr(session, "session", lambda: session.Session(owner="me"))
        self.page.run_anew()

    def edit(self, **edit) -> None:
        workshop.take_edit(self.page, {"role": "model", **edit})
        self.page.settle()

    @property
    def kinds(self) -> list[str]:
        return [layer.kind for layer in self.page.experiment.networks["model"].layers]


@pytest.fixture
def bench(client, monkeypatch) -> Bench:
    return Bench(monkeypatch)


def test_the_page_opens_with_a_starter_that_waits(client):
    app = opened()
    (row,) = client.runs()
    assert (row.state, row.experiment) == ("paused", LENET.to_json())
    assert link_of(app) == LENET.to_url()


def test_a_change_that_fits_goes_on_with_the_weights_there_are(client, bench):
    before = bench.state.run_id
    bench.edit(action="duplicate", id=BEND)
    assert bench.state.draft is None
    assert client.heirs[bench.state.run_id] == before


def test_a_change_that_does_not_fit_stays_a_draft_and_the_run_goes_on(client, bench):
    before = bench.state.run_id
    bench.edit(action="delete", id="flatten_1")
    assert bench.state.draft is not None
    assert bench.state.run_id == before
    assert client.run(before).experiment == LENET.to_json()


def test_the_first_fix_mends_it_and_the_run_follows(client, bench):
    bench.edit(action="delete", id="flatten_1")
    (sketch,) = workshop.drafts.sketches(bench.page.experiment)
    bench.edit(action="fix", number=0, title=sketch.clash.fixes[0].title)
    assert bench.state.draft is None
    assert Experiment.from_json(client.run(bench.state.run_id).experiment).networks == LENET.networks


def test_a_fix_for_a_network_that_has_changed_is_refused_in_words(bench):
    bench.edit(action="fix", number=0, title="Insert Flatten before it")
    assert "has changed since" in bench.state.problem[1]


def test_undo_and_redo_bring_network_and_run_along(client, bench):
    kinds = bench.kinds
    bench.edit(action="delete", id=BEND)
    bench.edit(action="undo")
    assert bench.kinds == kinds
    bench.edit(action="redo")
    assert len(bench.kinds) == len(kinds) - 1
    assert Experiment.from_json(client.run(bench.state.run_id).experiment) == bench.page.experiment


def test_from_an_empty_page_to_a_network_that_trains(client, bench):
    bench.edit(action="clear")
    assert bench.kinds == []
    for index, kind in enumerate(("flatten", "linear", "tanh", "output")):
        bench.edit(action="insert", kind=kind, block="", body=0, index=index)
    assert bench.kinds == ["flatten", "linear", "tanh", "output"]
    assert bench.state.draft is None
    assert bench.state.selected == bench.page.experiment.networks["model"].layers[-1].id


def test_another_starter_begins_with_weights_of_its_own(client, bench, monkeypatch):
    monkeypatch.setattr(LivePage, "presets", catalogue("build"))
    other = next(name for name in catalogue("build") if name != LIVE.default)
    bench.page.load_preset(other)
    bench.page.settle()
    assert client.heirs[bench.state.run_id] == ""


def test_undo_of_another_starter_brings_its_name_back(bench, monkeypatch):
    monkeypatch.setattr(LivePage, "presets", catalogue("build"))
    bench.state.preset = LIVE.default
    bench.page.load_preset(next(name for name in catalogue("build") if name != LIVE.default))
    bench.edit(action="undo")
    assert bench.state.preset == LIVE.default
    assert bench.page.experiment == LENET


def test_undo_takes_the_sentence_about_a_refused_change_away(bench):
    bench.edit(action="duplicate", id=BEND)
    bench.edit(action="unwrap", id=BEND)
    assert bench.state.problem[1]
    bench.edit(action="undo")
    assert not bench.state.problem[1]


def test_a_block_without_settings_has_no_form(client):
    app = opened()
    workshop_state = state_of(app)
    workshop_state.draft = workshop.edited(LENET, {"action": "wrap", "kind": "residual", "role": "model", "id": BEND})
    workshop_state.selected = "residual_1"
    app.run()
    assert any("nothing to set" in one.value for one in app.caption)
    assert not [box for box in app.selectbox if box.label == "Layer types"]


def test_a_starter_without_the_selected_layer_selects_its_first(client):
    app = opened()
    state_of(app).selected = "nobody"
    app.run()
    assert state_of(app).selected == LENET.networks["model"].layers[0].id


def test_an_emptied_number_goes_back_to_what_it_was(client):
    app = opened()
    box = next(one for one in app.number_input if one.label == "Out channels")
    box.set_value(None).run()
    assert state_of(app).experiment == LENET
    assert next(one for one in app.number_input if one.label == "Out channels").value == LENET.networks["model"].layers[0].out_channels


def test_other_data_keep_the_network_and_say_where_it_clashes(bench):
    bench.page.set("data", {"kind": "breast_cancer"})
    (sketch,) = workshop.drafts.sketches(bench.page.experiment)
    assert sketch.clash
    assert sketch.clash.layer == "conv2d_1"
    assert bench.kinds == [layer.kind for layer in LENET.networks["model"].layers]


def test_a_million_units_are_refused_at_the_layer_and_the_rest_stands(bench):
    layer = next(layer for layer in bench.page.experiment.networks["model"].layers if layer.kind == "linear")
    bench.page.try_change("there", lambda one: with_units(one, layer.id, 1_000_000))
    (sketch,) = workshop.drafts.sketches(bench.page.experiment)
    assert sketch.clash
    assert sketch.clash.layer == layer.id
    assert "would fit" in sketch.clash.sentence


def with_units(experiment: Experiment, layer_id: str, units: int) -> Experiment:
    return with_layer(experiment, "model", layer_id, "out_features", units)


def test_a_draft_survives_a_reload(client):
    app = opened()
    broken = Experiment.from_json(LENET.to_json())
    broken = workshop.edited(broken, {"action": "delete", "role": "model", "id": "flatten_1"})
    again = opened(x=broken.to_url(), run=state_of(app).run_id)
    assert state_of(again).draft == broken
    assert not again.exception


def test_a_link_to_a_network_that_cannot_be_trained_opens_as_a_draft(client):
    broken = workshop.edited(LENET, {"action": "clear", "role": "model"})
    app = opened(x=broken.to_url())
    assert state_of(app).draft == broken
    assert not app.exception
    assert not app.warning
    assert not app.error
    assert [one.value for one in app.info] == [
        "The run appears here as soon as the network can be trained. The Build view says what is missing."
    ]


def test_the_first_run_of_a_mended_link_waits_as_every_first_run_here(client):
    broken = workshop.edited(LENET, {"action": "clear", "role": "model"})
    app = opened(x=broken.to_url())
    state_of(app).draft = LENET.model_copy(update={"seed": 5})
    app.run()
    (row,) = client.runs()
    assert (row.state, row.speed) == ("paused", LIVE.speed)
    assert state_of(app).draft is None


def test_a_link_to_an_unfinished_network_is_nobodys_starter(client):
    app = opened(x=workshop.edited(LENET, {"action": "clear", "role": "model"}).to_url())
    assert state_of(app).preset == ""


def test_too_deep_a_block_is_refused_without_its_inside(bench):
    bench.edit(action="wrap", kind="repeat", id=BEND)
    for _ in range(MAX_DEPTH + 1):
        outermost = next(layer for layer in bench.page.experiment.networks["model"].layers if layer.kind == "repeat")
        bench.edit(action="wrap", kind="repeat", id=outermost.id)
    assert "nested deeper" in bench.state.problem[1]
    assert "id=" not in bench.state.problem[1]


def test_a_draft_without_a_run_can_be_looked_at_in_every_view(client):
    app = opened(x=workshop.edited(LENET, {"action": "clear", "role": "model"}).to_url())
    for view in ("Train", "Code", "Build"):
        app.button_group[0].set_value([view]).run()
        assert not app.exception


def test_the_form_of_the_selected_layer_changes_it(client):
    app = opened()
    box = next(one for one in app.number_input if one.label == "Out channels")
    box.set_value(11).run()
    assert state_of(app).experiment.networks["model"].layers[0].out_channels == 11
    assert not app.exception


@pytest.mark.parametrize("view", ["Build", "Train", "Code"])
def test_every_view_can_be_drawn(client, view):
    app = opened()
    app.button_group[0].set_value([view]).run()
    assert not app.exception


def test_an_edit_that_a_rerun_brings_again_is_made_once(bench):
    for _ in range(2):
        bench.edit(action="duplicate", id=BEND, at=12345)
    assert len(bench.kinds) == len(LENET.networks["model"].layers) + 1


def test_a_number_out_of_bounds_is_refused_in_words_beside_its_box(client):
    app = opened()
    box = next(one for one in app.number_input if one.label == "Out channels")
    before = box.value
    box.set_value(-3).run()
    assert [error.value for error in app.error] == ["Conv2d: out_channels: input should be greater than or equal to 1 (given: -3)."]
    assert next(one for one in app.number_input if one.label == "Out channels").value == before
