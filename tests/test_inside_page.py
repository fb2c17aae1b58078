"""The Look inside page: its questions, the answers of a small real training, and which run is looked into."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from ui_fakes import RECORDED, FakeClient

from explorer.errors import RunError
from explorer.experiment import Experiment
from explorer.inspections import INSPECTIONS
from explorer.ui import answer_figures, inside, live_page, session, way_inside
from explorer.ui.question_link import written
from explorer.ui.server import MAIN
from pages.inside import LIVE

DIGITS = LIVE.presets[LIVE.default].experiment
SPIRAL = Experiment.preset("spiral")
SLOW = "separability"


@pytest.fixture
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    inside._offers.cache_clear()
    return fake


def opened(**link) -> AppTest:
    app = AppTest.from_string("from pages.inside import render\nrender()", default_timeout=300)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def state_of(app: AppTest, page: str = "inside") -> session.PageState:
    return app.session_state[session.KEY].pages[page]


def asked(app: AppTest, kind: str) -> AppTest:
    """The page with this question."""
    state_of(app).asking = kind
    return app.run()


def pressed(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def headings(app: AppTest) -> list[str]:
    return [one.value for one in app.subheader]


def test_a_fresh_visit_trains_the_pages_own_example_and_answers_a_question(client):
    app = opened()
    assert not app.exception
    assert client.runs()[0].experiment == DIGITS.to_json()
    assert headings(app)[-1].endswith(f"at step {RECORDED[-1]}")
    assert app.get("plotly_chart")


@pytest.mark.slow
@pytest.mark.parametrize("group", inside.GROUPS)
def test_every_group_answers_with_figures_and_words(client, group):
    app = opened()
    app.selectbox(key="inside.group").set_value(group).run()
    assert not app.exception
    assert INSPECTIONS[state_of(app).asking].group == group
    assert app.selectbox(key="inside.group").value == group
    if not INSPECTIONS[state_of(app).asking].slow:
        assert app.get("plotly_chart")
        assert not app.warning


def test_every_question_of_the_network_can_be_chosen_by_name(client):
    app = opened()
    names = app.selectbox(key="inside.question").options
    assert len(names) > 1
    other = next(kind for kind, one in INSPECTIONS.items() if one.group == "Activations" and one.title() == names[1])
    app.selectbox(key="inside.question").set_value(other).run()
    assert state_of(app).asking == other
    assert headings(app)[-1].startswith(names[1])


def test_a_step_of_the_slider_is_the_step_that_is_asked(client):
    app = opened()
    state_of(app).moment = 2
    app.run()
    assert headings(app)[-1].endswith("at step 2")


def test_what_no_field_can_hold_is_refused_beside_it_and_the_question_stays(client):
    app = asked(opened(), "activations")
    app.number_input(key="inside.ask.example").set_value(-5).run()
    assert "example" in app.error[0].value
    assert "-5" in app.error[0].value
    assert state_of(app).asks["activations"].example == 0
    assert app.number_input(key="inside.ask.example").value == 0
    app.number_input(key="inside.ask.example").set_value(3).run()
    assert not app.error
    assert state_of(app).asks["activations"].example == 3


@pytest.mark.parametrize(
    ("low", "rows"), [("", []), ("1", [[0]]), ("111", [[0, 1], [2]]), ("1011", [[0], [1], [2, 3]]), ("01", [[0], [1]]), ("00", [[0], [1]])]
)
def test_low_figures_stand_side_by_side_and_others_alone(low, rows):
    assert answer_figures.in_rows([one == "1" for one in low]) == rows


def test_what_cannot_be_looked_at_is_said_where_the_answer_would_be(client, monkeypatch):
    def refuse(*args, **more):
        raise RunError("The snapshot of step 2 is damaged. Choose a step beside it.")

    app = opened()
    monkeypatch.setattr(client, "inspect", refuse)
    app.run()
    assert "step 2 is damaged" in app.warning[0].value
    assert not app.get("plotly_chart")


def test_a_slow_question_is_started_by_hand_waited_for_and_answered(client):
    client.shares = [0.25]
    app = asked(opened(), SLOW)
    assert not app.get("plotly_chart")
    app = pressed(app, "Work it out")
    assert app.get("progress")[0].proto.text == "25% done"
    client.shares = []
    app.run()
    assert headings(app)[-1] == f"{INSPECTIONS[SLOW].title()} at step {RECORDED[-1]}"
    assert app.get("plotly_chart")


def test_a_slow_question_can_be_given_up_and_started_again(client):
    client.shares = [0.1]
    app = pressed(pressed(asked(opened(), SLOW), "Work it out"), "Give up")
    assert [(run, ask["kind"]) for run, _, ask in client.cancelled] == [(state_of(app).run_id, SLOW)]
    assert not app.get("progress")
    app = pressed(app, "Work it out")
    assert app.get("progress")


def test_another_step_is_another_slow_question(client):
    client.shares = [0.1]
    app = pressed(asked(opened(), SLOW), "Work it out")
    state_of(app).moment = 2
    app.run()
    assert [button.label for button in app.button if button.label == "Work it out"]


# -- which run


def test_without_a_run_the_page_says_so_and_offers_one(client):
    client.refuse = "This computer is busy."
    app = opened()
    assert not app.exception
    assert "busy" in app.warning[0].value
    client.refuse = ""
    app = pressed(app, "Start a run")
    assert headings(app)


def whole_app(client) -> AppTest:
    return AppTest.from_file(str(MAIN), default_timeout=300).run()


def test_the_button_of_a_live_page_opens_that_very_run_and_ends_none(client, monkeypatch):
    gone = []
    monkeypatch.setattr(way_inside.navigation, "go", lambda name, **query: gone.append((name, query)))
    app = whole_app(client)
    run_id = state_of(app, "playground").run_id
    app = pressed(app, "Look inside")
    assert gone == [("inside", {"x": SPIRAL.to_url(), "run": run_id})]
    state = state_of(app)
    assert (state.run_id, state.experiment, state.moment) == (run_id, SPIRAL, -1)
    assert [row.state for row in client.runs()] == ["running"]


def test_a_link_to_another_run_does_not_end_the_run_that_a_page_of_this_tab_shows(client):
    app = opened()
    first = state_of(app).run_id
    app.session_state[session.KEY].pages["digits"] = session.PageState(run_id=first, experiment=DIGITS)
    other = client.start(SPIRAL, owner="somebody")
    state_of(app).moment = 2
    app.query_params["x"], app.query_params["run"] = SPIRAL.to_url(), other
    app.run()
    assert (state_of(app).run_id, state_of(app).moment) == (other, -1)
    assert client.run(first).state == "running"


def test_whoever_comes_without_a_link_looks_into_the_run_of_the_page_before(client):
    app = AppTest.from_string("from pages.inside import render\nrender()", default_timeout=300)
    run_id = client.start(SPIRAL, owner="me")
    visitor = session.Session(owner="me", pages={"playground": session.PageState(run_id=run_id, experiment=SPIRAL)})
    app.session_state[session.KEY] = visitor
    app.run()
    assert (state_of(app).run_id, len(client.runs())) == (run_id, 1)


def test_between_the_runs_of_this_tab_one_can_choose(client):
    app = opened()
    own, other = state_of(app).run_id, client.start(SPIRAL)
    app.session_state[session.KEY].pages["playground"] = session.PageState(run_id=other, experiment=SPIRAL)
    app.run()
    box = app.selectbox(key="inside.run")
    assert len(box.options) == 2
    box.set_value(other).run()
    assert (state_of(app).run_id, state_of(app).experiment) == (other, SPIRAL)
    assert app.query_params["run"] in (other, [other])
    assert client.run(own).state == "running"


def test_a_run_that_only_begins_is_asked_as_soon_as_something_is_recorded(client, monkeypatch):
    offers, film, calls = client.offers, client.film, []

    def not_yet(run_id, *more):
        calls.append("offers")
        if calls.count("offers") == 1:
            raise RunError("Nothing of this run has been recorded yet.")
        return offers(run_id, *more)

    monkeypatch.setattr(client, "offers", not_yet)
    monkeypatch.setattr(client, "film", lambda run_id: [] if calls.count("film") < 1 and not calls.append("film") else film(run_id))
    app = opened()
    assert not app.exception
    assert calls.count("offers") == 2
    assert headings(app)[-1].endswith(f"at step {RECORDED[-1]}")


@pytest.mark.slow
def test_the_weight_that_backpropagation_chose_is_the_one_the_optimiser_is_asked_about(client):
    app = opened()
    app.selectbox(key="inside.group").set_value("Gradients").run()
    app.selectbox(key="inside.question").set_value("backprop").run()
    app.selectbox(key="inside.ask.target").set_value("linear_1.weight").run()
    (followed,) = (one for one in app.markdown if "grows by a little" in one.value)
    app.selectbox(key="inside.question").set_value("optimiser").run()
    asked = state_of(app).asks["optimiser"]
    assert app.selectbox(key="inside.ask.target").value == asked.target == "linear_1.weight"
    assert asked.place
    assert f"weight {asked.place} of Linear" in followed.value
    assert app.text_input(key="inside.ask.place").value == asked.place


def test_a_new_seed_leaves_the_run_alone_that_its_own_page_shows(client, monkeypatch):
    monkeypatch.setattr(live_page.WATCHING, "watchers", lambda run_id: 1)  # this page's own picture
    app = opened()
    own = state_of(app).run_id
    state_of(app).is_new({"at": 1})
    app.session_state[session.KEY].pages["digits"] = session.PageState(run_id=own, experiment=DIGITS)
    monkeypatch.setattr(session, "session", lambda: app.session_state[session.KEY])
    LIVE.edit({"action": "new_seed", "at": 2})
    another = state_of(app).run_id
    assert another != own
    assert client.run(own).state == "running"
    LIVE.edit({"action": "new_seed", "at": 3})
    assert client.run(another).state == "stopped"


def test_a_unit_is_typed_in_for_a_slider_could_not_be_set_to_it(client):
    app = asked(opened(), "exciting_examples")
    app.number_input(key="inside.ask.unit").set_value(3).run()
    assert state_of(app).asks["exciting_examples"].unit == 3


@pytest.mark.parametrize("layer", ["conv2d_1", "there_is_none"])
def test_a_link_that_asks_something_is_followed_and_a_layer_that_is_not_there_is_explained(client, layer):
    question = INSPECTIONS["activations"](layer=layer)
    wanted = session.PageState(asking="activations", asks={"activations": question})
    app = opened(x=DIGITS.to_url(), q=written(wanted))
    assert not app.exception
    assert state_of(app).asking == "activations"
    if layer == "conv2d_1":
        assert headings(app)[-1].startswith("Activations at step")
        assert not app.warning
    else:
        assert "there_is_none" in app.warning[0].value
