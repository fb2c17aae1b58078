"""One's own data on the Data page: brought, looked at, used, removed; and what cannot be used is said in words."""

from __future__ import annotations

import numpy as np
import pytest
from ingest_files import csv_of, kept, picture, read_bytes, tone, wav, zip_of
from streamlit.testing.v1 import AppTest
from test_ingest_own import rows
from ui_fakes import FakeClient

from explorer.experiment import DATASETS, Experiment
from explorer.ingest import Limits, Store
from explorer.ui import data_page, drafts, own_check, own_data, session
from explorer.ui.edits import with_data

PRICES = csv_of("area,rooms,price", *(f"{n},{n % 3},{n * 3.5}" for n in range(60)))
DAYS = csv_of("day,sales", *(f"2024-{1 + n // 28:02d}-{n % 28 + 1:02d},{n % 7}" for n in range(300)))
OPINIONS = csv_of("opinion,label", *(f"this is a sentence of some length no {n},{'ab'[n % 2]}" for n in range(40)))
PICTURES = zip_of({f"{name}/{n}.png": picture(((20 * n) % 255, 9, 90)) for name in ("cat", "dog") for n in range(6)})
SOUNDS = zip_of({f"{name}/{n}.wav": wav(tone(pitch + n)) for name, pitch in (("low", 200), ("high", 900)) for n in range(6)})
FILES = {
    "own_table": ("fruit.csv", rows(40)),
    "own_table_number": ("prices.csv", PRICES),
    "own_series": ("days.csv", DAYS),
    "own_text": ("opinions.csv", OPINIONS),
    "own_images": ("pets.zip", PICTURES),
    "own_audio": ("sounds.zip", SOUNDS),
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "client", lambda: FakeClient(tmp_path))
    monkeypatch.setenv("NEURAL_EXPLORER_HOME", str(tmp_path))
    own_check.objection.cache_clear()
    own_data.about_of.cache_clear()
    return tmp_path


@pytest.fixture
def parses(home, monkeypatch):
    """Reading without a process of its own, and how often that was asked for."""
    asked = []

    def brought(name, data, owner):
        asked.append(name)
        content, about = read_bytes(bytes(data), name)
        return own_data.ParsedReport(kept(home, content, about, owner), about)

    monkeypatch.setattr(own_data, "brought", brought)
    return asked


def opened(experiment: Experiment | None = None, tab: str = "Examples") -> AppTest:
    app = AppTest.from_string("from pages.data import render\nrender()", default_timeout=120)
    if experiment:
        app.query_params["x"] = experiment.to_url()
    app.session_state["data.tab"] = tab
    return app.run()


def own_page() -> AppTest:
    return opened().segmented_control(key="data.source").set_value("own").run()


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    return app.file_uploader[0].upload(name, data).run()


def press(app: AppTest, label: str) -> AppTest:
    return next(one for one in app.button if one.label == label).click().run()


def own_of(app: AppTest) -> own_data.OwnState:
    return app.session_state["data.own"]


def used(app: AppTest) -> Experiment:
    found = app.session_state[session.KEY].pages["data"].experiment
    assert found is not None
    return found


def owner(app: AppTest) -> str:
    return app.session_state[session.KEY].owner


def words_of(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.markdown, *app.caption, *app.warning, *app.success, *app.subheader))


# -- bringing


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_read_once_looked_at_and_used(parses, kind):
    name, data = FILES[kind]
    app = upload(own_page(), name, data)
    assert not app.exception
    assert own_of(app).draft == DATASETS[kind](content=own_of(app).draft.content)
    assert not used(app).data.upload  # nothing is used that nobody looked at
    app.run()
    assert parses == [name]
    press(app, "Use these data")
    assert used(app).data.kind == kind
    assert used(app).task.suits(DATASETS[kind])
    assert name in words_of(app)
    assert not app.exception
    assert not app.error
    assert parses == [name]


@pytest.mark.parametrize("tab", data_page.TABS)
@pytest.mark.parametrize("kind", FILES)
def test_every_tab_shows_data_of_ones_own(home, kind, tab):
    name, data = FILES[kind]
    found = DATASETS[kind](content=kept(home, *read_bytes(data, name)))
    app = opened(with_data(Experiment.preset("digits_cnn"), kind).model_copy(update={"data": found}), tab)
    assert not app.exception
    assert not app.error
    assert app.segmented_control(key="data.source").value == "own"
    assert not any("content" in (one.key or "") for one in app.text_input)


@pytest.mark.parametrize("kind", FILES)
def test_a_network_is_found_that_can_be_trained_on_them(home, kind):
    name, data = FILES[kind]
    found = DATASETS[kind](content=kept(home, *read_bytes(data, name)))
    experiment = with_data(Experiment.preset("digits_cnn"), kind).model_copy(update={"data": found})
    built = data_page.buildable(experiment, "build")
    assert built.data == found
    assert drafts.reason_not(built) == ""


def test_the_problems_are_listed_with_where_and_a_way_out(parses):
    app = upload(own_page(), "gaps.csv", rows(40, ",A,low", "n/a,A,low", "1,2"))
    shown = words_of(app)
    for one in own_data.about_of(own_of(app).draft.content).problems:
        assert data_page.plain(one.where) in shown
        assert data_page.plain(one.way_out) in shown
    assert "What is wrong with them" in shown


@pytest.mark.parametrize(("name", "data", "words"), [
    ("a.rar", b"Rar!" + b"x" * 50, "is a RAR archive"),
    ("a.pkl", b"\x80\x04" + b"x" * 50, "Pickles hold programs"),
    ("a.csv", b"", "This file is empty"),
    ("a.csv", b"a,b\n", "column names but no rows"),
    ("a.zip", b"PK\x03\x04" + b"x" * 50, "damaged, or was cut short"),
], ids=["rar", "pickle", "empty", "no rows", "cut short"])  # fmt: skip
def test_a_file_that_cannot_be_read_is_explained_and_nothing_is_lost(parses, name, data, words):
    app = upload(own_page(), "fruit.csv", rows(40))
    press(app, "Use these data")
    before = used(app)
    upload(press(app, "Bring other data"), name, data)
    assert words in app.error[0].value.replace("\\", "")
    assert used(app) == before
    assert len(Store().contents_of(owner(app))) == 1
    app.run()
    assert parses == ["fruit.csv", name]
    press(app, "Back to the data in use")
    assert not app.error
    assert "fruit.csv" in words_of(app)


def test_an_error_of_ours_is_a_number_and_not_a_trace(monkeypatch):
    monkeypatch.setattr(own_data, "brought", lambda name, data, owner: 1 / 0)
    app = upload(own_page(), "fruit.csv", rows(40))
    assert "details under number" in app.error[0].value
    assert not app.exception


def test_words_of_a_file_are_no_markdown(parses):
    app = upload(own_page(), "![x](http://a.b/c.png).csv", rows(40))
    assert "![x](http" not in words_of(app)
    press(app, "Use these data")
    assert "![x](http" not in words_of(app)


# -- choices


def test_the_column_to_tell_decides_between_a_class_and_a_number(parses):
    app = upload(own_page(), "prices.csv", PRICES)
    assert own_of(app).draft.kind == "own_table_number"
    select(app, "target", "rooms")
    assert (own_of(app).draft.kind, dict(own_of(app).draft.roles)) == ("own_table", {"rooms": "target", "price": "feature"})
    press(app, "Use these data")
    assert used(app).data.load().class_names == ("0", "1", "2")
    press(app, "Look at the file again")
    select(app, "target", "area")
    assert own_of(app).draft.kind == "own_table_number"
    assert used(app).data.kind == "own_table"


def select(app: AppTest, name: str, value: str) -> AppTest:
    return next(one for one in app.selectbox if one.key.startswith(f"data.own.{name}.")).set_value(value).run()


def test_what_cannot_be_used_is_said_beside_the_button_which_then_does_nothing(parses):
    app = upload(own_page(), "prices.csv", PRICES)
    select(app, "kind", "own_text")
    assert "no column is a text" in app.error[0].value
    assert app.button(key="data.own.take").disabled
    select(app, "kind", "own_table_number")
    assert not app.error
    assert not app.button(key="data.own.take").disabled


def test_a_role_chosen_by_hand_is_kept_and_fed(parses):
    app = upload(own_page(), "fruit.csv", rows(40))
    own, about = own_of(app), own_data.about_of(own_of(app).draft.content)
    edited = {"table": {"edited_rows": {"1": {"used as": "ignore"}}}, "table.base": {"x": "feature", "town": "category", "class": "target"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_check.st, "session_state", edited)
        own_check._choose_roles(own, about, "table", ["x", "town"])
    assert own.draft.roles == (("town", "ignore"),)
    press(app.run(), "Use these data")
    assert used(app).data.load().input_names == ("x",)


def test_choices_of_the_data_set_are_asked_for_before_use(parses):
    app = upload(own_page(), "days.csv", DAYS)
    app.select_slider(key="data.own.draft.history").set_value(10).run()
    app.slider(key="data.own.draft.horizon").set_value(3).run()
    press(app, "Use these data")
    assert (used(app).data.history, used(app).data.horizon) == (10, 3)


@pytest.mark.parametrize("seed", range(5))
def test_examples_of_all_classes_come_in_turns(seed):
    labels = np.random.default_rng(seed).integers(0, 4, 30)
    chosen = own_check.in_turns(labels, 12)
    assert len(set(chosen.tolist())) == 12
    counts = np.bincount(labels[chosen], minlength=4)
    there = np.bincount(labels, minlength=4)
    assert all(count >= min(there[label], 3) for label, count in enumerate(counts))


# -- the list


def test_what_was_brought_can_be_removed_and_the_page_goes_back(parses):
    app = upload(own_page(), "fruit.csv", rows(40))
    press(app, "Use these data")
    content = used(app).data.content
    app.button(key=f"data.own.remove.{content}").click().run()
    assert Store().contents_of(owner(app)) == ()
    assert used(app).data.kind == "digits"
    assert "Nothing yet." in words_of(app)
    assert not app.exception


def test_ready_sets_come_back_as_they_were(parses):
    app = opened()
    app.pills(key="data.family").set_value("Text").run()
    before = used(app)
    app.segmented_control(key="data.source").set_value("own").run()
    press(upload(app, "fruit.csv", rows(40)), "Use these data")
    app.segmented_control(key="data.source").set_value("ready").run()
    assert used(app).data == before.data
    assert used(app).task.suits(type(before.data))
    assert not app.exception


def test_a_full_quota_is_said_and_how_much_is_taken(home, monkeypatch):
    monkeypatch.setattr(own_data, "Limits", lambda: Limits(owned=10))
    app = own_page()
    kept(home, *read_bytes(rows(40)), owner=owner(app))
    app.run()
    (progress,) = app.get("progress")
    assert progress.proto.value == 100


def test_a_link_to_data_that_are_not_here_ends_in_a_sentence():
    gone = DATASETS["own_table"](content="0" * 32)
    app = opened(with_data(Experiment.preset("digits_cnn"), "own_table").model_copy(update={"data": gone}))
    assert "not on this computer" in app.warning[0].value
    assert used(app).data.kind == "digits"
    assert not app.exception


def test_what_is_collected_here_takes_the_same_way(parses, monkeypatch):
    given = iter([None, ("drawn.zip", PICTURES)])
    monkeypatch.setattr(own_data, "collect", lambda key: next(given, None))
    app = own_page()
    app.session_state["data.own.way"] = "Collect here"
    app.run()
    app.run()
    assert own_of(app).draft.kind == "own_images"
    assert parses == ["drawn.zip"]


def test_no_field_of_the_page_speaks_of_training(parses):
    app = upload(own_page(), "fruit.csv", rows(40))
    press(app, "Use these data")
    shown = [one.help for one in (*app.slider, *app.select_slider, *app.selectbox, *app.number_input, *app.toggle) if one.help]
    assert shown
    assert not [words for words in shown if "while it trains" in words or "starts the run anew" in words]
