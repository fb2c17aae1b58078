"""The Data page: every kind of data is shown before training, and what cannot be shown is explained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from ui_fakes import FakeClient

from explorer.errors import DataError
from explorer.experiment import AUGMENTATIONS, DATASETS, Experiment
from explorer.training.preview import augmented
from explorer.ui import data_page, drafts, session
from explorer.ui.data_views import FAMILIES, family_of
from explorer.ui.edits import with_data

DIGITS = Experiment.preset("digits_cnn")
TABS = list(data_page.TABS)
SAMPLES = ("moons", "curve", "plane", "digits", "wine", "diabetes", "part_of_speech", "python_text", "balanced_brackets")
SAMPLES = (*SAMPLES, "sine_mixture", "wave_shapes")


@pytest.fixture(autouse=True)
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    return fake


def about(kind: str, **fields) -> Experiment:
    experiment = with_data(DIGITS, kind)
    return experiment.model_copy(update={"data": DATASETS[kind].model_validate(fields)})


def opened(experiment: Experiment | None = None, tab: str = TABS[0]) -> AppTest:
    app = AppTest.from_string("from pages.data import render\nrender()", default_timeout=120)
    if experiment:
        app.query_params["x"] = experiment.to_url()
    app.session_state["data.tab"] = tab
    return app.run()


def state_of(app: AppTest) -> session.PageState:
    return app.session_state[session.KEY].pages["data"]


def text_of(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.markdown, *app.caption, *app.warning))


def charts_of(app: AppTest) -> list[str]:
    """The sentence of every chart."""
    return [one.proto.alt for one in app.get("plotly_chart")]


def test_nothing_is_trained(client):
    app = opened()
    assert client.runs() == []
    assert state_of(app).experiment == DIGITS
    assert not app.exception


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("kind", SAMPLES)
def test_every_tab_of_every_kind_of_data_is_drawn(kind, tab):
    app = opened(about(kind), tab)
    assert not app.exception
    assert not app.error
    assert not app.warning
    assert DATASETS[kind].summary() in [one.value for one in app.caption]
    assert all(len(words) > 20 and words.endswith(".") for words in charts_of(app))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in DATASETS if kind not in SAMPLES])
def test_every_other_data_set_is_drawn(kind):
    experiment = about(kind)
    try:
        experiment.data.load()
    except DataError as error:
        pytest.skip(str(error))
    for tab in TABS:
        app = opened(experiment, tab)
        assert not app.exception
        assert not app.error


def test_every_data_set_belongs_to_a_family_and_every_family_has_one():
    assert {family_of(kind) for kind in DATASETS.values()} == set(FAMILIES)


def test_the_sizes_of_both_parts_are_said():
    dataset = DATASETS["wine"]().load()
    assert f"**{len(dataset.train)}** examples to train on, **{len(dataset.test)}** to test on" in text_of(opened(about("wine")))


def test_another_family_brings_a_data_set_of_it():
    app = opened()
    app.pills(key="data.family").set_value("Text").run()
    assert family_of(type(state_of(app).experiment.data)) == "Text"
    assert not app.exception


@pytest.mark.parametrize("family", FAMILIES)
def test_what_nobody_brought_yet_is_not_offered(family):
    app = opened()
    app.pills(key="data.family").set_value(family).run()
    shown = app.selectbox(key="data.data.kind").options
    titles = {cls.title() for cls in DATASETS.values() if family_of(cls) == family and not cls.upload}
    assert shown
    assert set(shown) <= titles


def test_a_sound_can_be_heard():
    app = opened(about("spoken_vowels", size=60), TABS[3])
    assert not app.exception
    assert len(app.get("audio")) == 1
    assert "A sound of 0.25 seconds." in charts_of(app)


def test_a_field_of_the_data_changes_what_is_seen_and_the_link():
    app = opened(about("moons"))
    app.select_slider(key="data.data.label_noise").set_value(0.2).run()
    experiment = state_of(app).experiment
    assert experiment.data.label_noise == 0.2
    link = app.query_params["x"]
    assert (link[0] if isinstance(link, list) else link) == experiment.to_url()


def test_what_was_made_harder_is_counted():
    app = opened(about("wine", label_noise=0.2), TABS[2])
    flipped = DATASETS["wine"](label_noise=0.2).load().train.flipped.sum()
    assert f"{flipped} of 125 training labels are wrong now" in text_of(app)


def test_data_that_cannot_be_drawn_are_explained_beside_the_control_and_nothing_is_lost():
    app = opened(about("digits", shortcut=1.0))
    app.select_slider(key="data.data.shortcut_class").set_value(500).run()
    assert len(app.error) == 1
    assert "shortcut" in app.error[0].value
    assert state_of(app).experiment.data.shortcut_class == 0
    assert not app.exception


def test_a_damaged_link_is_explained_and_something_is_shown():
    app = AppTest.from_string("from pages.data import render\nrender()", default_timeout=120)
    app.query_params["x"] = DIGITS.to_url()[:-20]
    app.run()
    assert len(app.warning) == 1
    assert state_of(app).experiment == DIGITS


def test_planted_duplicates_raise_an_alarm_on_the_page(monkeypatch):
    dataset = DATASETS["wine"]().load()
    raw = dataset.test.raw.copy()
    raw[:8] = dataset.train.raw[:8]
    leaky = replace(dataset, test=replace(dataset.test, raw=raw))
    monkeypatch.setattr(data_page.apply, "dataset_of", lambda data: leaky)
    data_page.profile_of.cache_clear()
    try:
        app = opened(about("wine"), TABS[2])
    finally:
        data_page.profile_of.cache_clear()
    assert "8 of 53 test examples" in app.warning[0].value
    (pairs,) = [one.value for one in app.dataframe if "how alike" in one.value]
    assert pairs["example"].tolist() == [f"test {number}" for number in range(8)]


def test_only_one_class_is_shown_when_asked_for():
    app = opened(about("wine"))
    name = DATASETS["wine"]().load().class_names[1]
    app.selectbox(key="data.class").set_value(name).run()
    rows = app.dataframe[0].value
    assert set(rows.iloc[:, 0]) == {name}


def test_others_brings_the_next_examples():
    app = opened(about("part_of_speech"))
    before = app.get("html")[-1].proto.body
    next(one for one in app.button if one.label == "Others").click().run()
    assert app.get("html")[-1].proto.body != before


def test_the_last_step_is_what_the_network_is_fed():
    app = opened(about("wine"), TABS[3])
    app.number_input(key="data.one.number.training").set_value(5).run()
    np.testing.assert_allclose(app.dataframe[0].value["scaled"], DATASETS["wine"]().load().train.x[5], rtol=1e-5)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_network_is_found_that_can_be_trained_on_it(kind):
    found = data_page.buildable(about(kind), "build")
    assert found.data == about(kind).data
    assert drafts.reason_not(found) == ""


def test_a_network_that_fits_is_kept():
    assert data_page.buildable(DIGITS, "build") is DIGITS


def test_names_are_no_markdown():
    assert data_page.plain("a *b* [c](d) $e$") == "a \\*b\\* \\[c\\](d) \\$e\\$"


@pytest.mark.parametrize(
    ("kind", "augment"),
    [
        ("digits", {"kind": "shift"}),
        ("digits", {"kind": "mixup"}),
        ("sentiment", {"kind": "token_dropout"}),
        ("wave_shapes", {"kind": "noise"}),
    ],
)
def test_augmentation_is_shown_on_the_example_as_it_is_fed(kind, augment):
    if not AUGMENTATIONS[augment["kind"]].suits(DATASETS[kind]):
        pytest.skip("not for these data")
    experiment = about(kind, augment=(augment,))
    app = opened(experiment, TABS[3])
    assert not app.exception
    assert "**Fed to the network while it trains**" in [one.value for one in app.markdown]
    dataset = experiment.data.load()
    copies = augmented(experiment.data, dataset, 3, 8)
    assert copies.shape == (8, *dataset.train.x.shape[1:])
    assert len({copy.tobytes() for copy in copies}) > 1
    np.testing.assert_array_equal(copies, augmented(experiment.data, dataset, 3, 8))


def test_without_augmentation_the_copies_are_the_example():
    data = DATASETS["digits"]()
    dataset = data.load()
    np.testing.assert_array_equal(augmented(data, dataset, 3, 2), dataset.train.x[[3, 3]])


def test_only_augmentations_that_suit_are_offered():
    app = opened(about("digits"))
    box = app.selectbox(key="data.data.augment.add")
    assert set(box.options) == {one.title() for one in AUGMENTATIONS.values() if one.suits(DATASETS["digits"])}
    box.set_value("rotate").run()
    assert [one.kind for one in state_of(app).experiment.data.augment] == ["rotate"]
    assert not app.error
