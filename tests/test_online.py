"""Data sets of openml.org: fetched once, whole or not at all, and every way it can fail is a sentence."""

from __future__ import annotations

import gzip
import time
from dataclasses import replace

import numpy as np
import openml_stand_in
import pytest
from openml_stand_in import KINDS, Site, frame_of, serving
from streamlit.testing.v1 import AppTest
from ui_fakes import FakeClient

from explorer.data._openml import bright, number_column, plain, word_column
from explorer.errors import DataError
from explorer.experiment import DATASETS, Experiment
from explorer.ingest import online
from explorer.runs import downloading
from explorer.ui import session
from explorer.ui.edits import with_data

WAIT = 120  # seconds; nothing here should take that long
TITANIC = DATASETS["titanic"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A data directory with nothing in it."""
    monkeypatch.setenv("NEURAL_EXPLORER_HOME", str(tmp_path))
    yield tmp_path
    for download in downloading._running.values():
        download.cancel()


@pytest.fixture
def site(monkeypatch):
    """A copy of openml.org that gives the Titanic away."""
    found = Site(TITANIC, TITANIC.source.rows)
    with serving(found) as address:
        monkeypatch.setenv(downloading.SITE, address)
        yield found


def finished(download: downloading.Download) -> downloading.Progress:
    until(lambda: download.progress().is_over)
    return download.progress()


def until(happened) -> None:
    end = time.monotonic() + WAIT
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


def left_of(home) -> list[str]:
    return sorted(path.name for path in (home / "online").iterdir())


# -- fetching


@pytest.mark.slow
@pytest.mark.parametrize("packed", [True, False])
def test_what_comes_is_what_was_there(home, site, packed):
    site.packed = packed
    downloading.download("titanic")
    expected = TITANIC.arrays(frame_of(TITANIC, site.rows))
    found = online.kept(TITANIC.source)
    assert set(found) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)
    assert left_of(home) == [TITANIC.source.file]


@pytest.mark.slow
def test_pictures_come_too(home, monkeypatch):
    cls = DATASETS["mnist"]
    monkeypatch.setattr(downloading, "_online", lambda kind: cls)
    site = Site(cls, 300)
    seen: list[tuple[int, int]] = []
    with serving(site) as address, online.scratch(home) as folder:
        frame = online.fetched(replace(cls.source, rows=300), cls.reading, folder, address, lambda *told: seen.append(told))
    np.testing.assert_array_equal(cls.arrays(frame)["pixels"].reshape(300, -1), frame_of(cls, 300).to_numpy()[:, :-1])
    assert seen[-1] == (len(gzip.compress(site.data, 1)),) * 2
    assert [sofar for sofar, _ in seen] == sorted(sofar for sofar, _ in seen)


@pytest.mark.slow
def test_how_far_it_is_can_be_seen_and_two_who_ask_share_one_download(home, site):
    site.pause.clear()
    first, second = downloading.begin("titanic"), downloading.begin("titanic")
    assert first is second
    until(lambda: first.progress().state == "coming")
    assert " kB of " in first.progress().words
    assert 0.2 < first.progress().share < 0.8
    site.pause.set()
    assert finished(first).state == "done"
    assert sum("/download/" in path for path in site.asked) == 1


@pytest.mark.slow
def test_a_download_that_is_cancelled_leaves_nothing(home, site):
    site.pause.clear()
    download = downloading.begin("titanic")
    until(lambda: download.progress().state == "coming")
    download.cancel()
    assert download.progress().state == "fail"
    assert "cancelled" in download.progress().words
    assert left_of(home) == []
    site.pause.set()
    assert finished(downloading.begin("titanic")).state == "done"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data[: len(data) // 2], "damaged"),
        (lambda data: gzip.compress(gzip.decompress(data).replace(b"one", b"two")), "its checksum is another"),
        (lambda data: b"not what was promised" + data[21:], "damaged"),
    ],
)
def test_what_is_damaged_on_its_way_is_refused_and_removed(home, site, damage, words):
    site.damage = damage
    with pytest.raises(DataError, match=words):
        downloading.download("titanic")
    assert left_of(home) == []
    assert not TITANIC.is_here()


@pytest.mark.slow
def test_another_number_of_examples_is_refused(home, monkeypatch):
    with serving(Site(TITANIC, 40)) as address:
        monkeypatch.setenv(downloading.SITE, address)
        with pytest.raises(DataError, match=r"should have 1,309 examples, but .* sent 40"):
            downloading.download("titanic")
    assert left_of(home) == []


@pytest.mark.slow
def test_without_a_network_it_is_said_what_to_do(home, monkeypatch):
    monkeypatch.setenv(downloading.SITE, "http://127.0.0.1:9")
    with pytest.raises(DataError, match=r"could not be reached .*Choose a ready set"):
        downloading.download("titanic")


def test_only_what_is_online_is_downloaded(home):
    with pytest.raises(DataError, match="needs no download"):
        downloading.begin("iris")


def test_a_download_needs_memory(home, monkeypatch):
    monkeypatch.setattr(downloading, "free_memory", lambda: 1 << 20)
    with pytest.raises(DataError, match="memory"):
        downloading.begin("titanic")


# -- what is kept


def test_a_set_that_was_not_fetched_says_where_to_get_it(home):
    with pytest.raises(DataError, match=r"MNIST is not on this computer yet.*Data page"):
        DATASETS["mnist"]().load()


@pytest.mark.parametrize("damage", [lambda data: data[:-10], lambda data: data[:-1] + bytes([data[-1] ^ 1]), lambda data: b""])
def test_a_kept_set_that_was_damaged_is_removed_and_said(home, damage):
    path = online.keep(TITANIC.source, TITANIC.arrays(frame_of(TITANIC)))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match="damaged"):
        TITANIC().load()
    assert not TITANIC.is_here()


def test_a_set_without_room_leaves_nothing(home, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(online, "save_file", full)
    with pytest.raises(DataError, match="No space left"):
        online.keep(TITANIC.source, TITANIC.arrays(frame_of(TITANIC)))
    assert left_of(home) == []


# -- what it becomes


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_sets_are_kept_in_one_file(kind):
    files = [DATASETS[other].source.file for other in KINDS]
    assert files.count(DATASETS[kind].source.file) == 1


def test_pictures_are_read_row_by_row_and_bright_from_0_to_1():
    frame = frame_of(DATASETS["cifar10_small"], 20)
    found = DATASETS["cifar10_small"].arrays(frame)
    assert found["pixels"].shape == (20, 3, 32, 32)
    assert found["pixels"][5, 1, 2, 3] == frame.iloc[5, 1024 + 2 * 32 + 3]
    np.testing.assert_allclose(bright(found["pixels"], np.array([5]))[0, 1, 2, 3], frame.iloc[5, 1024 + 2 * 32 + 3] / 255)


def test_a_table_becomes_numbers_and_words_become_columns():
    frame = frame_of(TITANIC, 100)
    samples = TITANIC().sample(np.random.default_rng(0))
    assert len(samples.y) == openml_stand_in.ROWS - 1  # one age is missing
    assert samples.feature_names[:2] == ("age (years)", "brothers, sisters and spouses aboard")
    assert "sex: two words" in samples.feature_names
    assert samples.class_names == ("died", "survived")
    np.testing.assert_array_equal(samples.y, samples.x[:, 0] > 50)
    assert word_column(frame, "sex").levels == ("one", "three", "two words")


def test_columns_are_found_however_they_are_written():
    assert plain("Fixed.Acidity") == plain("fixed_acidity") == "fixed_acidity"
    with pytest.raises(DataError, match="no column 'deck'"):
        word_column(frame_of(TITANIC, 9), "deck")
    with pytest.raises(DataError, match="numbers only"):
        number_column(frame_of(TITANIC, 9), "sex")


def test_a_class_that_should_not_be_there_is_refused():
    with pytest.raises(DataError, match="'maybe'"):
        TITANIC.arrays(frame_of(TITANIC, 40).assign(survived="maybe"))


def test_pictures_of_another_size_are_refused():
    with pytest.raises(DataError, match="784 pixels and 10 classes, but what came has 783 and 10"):
        DATASETS["mnist"].arrays(frame_of(DATASETS["mnist"], 20).drop(columns="pixel7"))


# -- the page


@pytest.fixture
def page(home, monkeypatch, tmp_path):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    app = AppTest.from_string("from pages.data import render\nrender()", default_timeout=WAIT)
    app.query_params["x"] = with_data(Experiment.preset("tumours"), "titanic").to_url()
    return app.run()


def text_of(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.markdown, *app.error, *app.warning))


def test_the_page_offers_what_is_missing_and_shows_nothing_else(page):
    assert not page.exception
    assert "not on this computer yet" in text_of(page)
    assert "1,309 examples" in text_of(page)
    assert page.button("download.titanic").label == "Download"
    assert not page.tabs


@pytest.mark.slow
def test_the_page_downloads_and_then_shows_the_data(page, site):
    page.button("download.titanic").click().run()
    assert not page.exception
    assert finished(downloading.current("titanic")).state == "done"
    page.run()
    assert not page.exception
    assert page.tabs
    assert "to train on" in text_of(page)


@pytest.mark.slow
def test_the_page_says_why_a_download_failed_and_offers_it_again(page, monkeypatch):
    monkeypatch.setenv(downloading.SITE, "http://127.0.0.1:9")
    page.button("download.titanic").click().run()
    finished(downloading.current("titanic"))
    page.run()
    assert not page.exception
    assert "could not be reached" in text_of(page)
    assert page.button("download.titanic").label == "Download again"
