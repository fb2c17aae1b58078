"""Own data all the way: read by a process of its own, looked at, used, and trained on by a real worker."""

from __future__ import annotations

import pytest
from runs_home import client_at, head, state_of, wait_for
from streamlit.testing.v1 import AppTest
from test_own_data_page import FILES, own_page, press, upload, used

from explorer.ingest import Store
from explorer.ui import data_page, own_check, own_data, session

pytestmark = pytest.mark.slow


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setenv("NEURAL_EXPLORER_HOME", str(tmp_path / "home"))
    own_check.objection.cache_clear()
    own_data.about_of.cache_clear()
    with client_at(tmp_path / "home", real=True) as client:
        monkeypatch.setattr(session, "client", lambda: client)
        yield client


def brought(kind: str) -> AppTest:
    """The page after a file was uploaded and used."""
    return press(upload(own_page(), *FILES[kind]), "Use these data")


@pytest.mark.parametrize("kind", ["own_table", "own_series", "own_text", "own_audio"])
def test_a_worker_trains_on_what_was_uploaded(client, kind, tmp_path):
    experiment = data_page.buildable(used(brought(kind)), "build")
    assert experiment.data.kind == kind
    run = client.start(experiment, play=False)
    first = wait_for(lambda: head(client, run)["metrics"])
    client.command(run, {"command": "step", "count": 20})
    assert wait_for(lambda: (row := state_of(client, run, "paused")).step == 20 and row)
    wait_for(lambda: head(client, run)["metrics"]["train_loss"] < first["train_loss"])
    client.command(run, {"command": "stop"})
    assert list((tmp_path / "home" / "data" / "incoming").iterdir()) == []


def test_a_page_that_is_opened_anew_shows_the_data_again_and_nothing_is_lost(client):
    app = brought("own_table")
    link, before = app.query_params["x"], used(app)
    del app
    again = AppTest.from_string("from pages.data import render\nrender()", default_timeout=60)
    again.query_params["x"] = link
    again.run()
    assert used(again) == before
    assert "fruit.csv" in [one.value for one in again.subheader]
    assert not again.warning
    assert Store().about(before.data.content).rows == 40
