"""The film of a run to take away: which steps are in it, how large it gets, and that it plays from disk without a server."""

from __future__ import annotations

import base64
import json
import re
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from browsing import visitor
from playwright.sync_api import expect
from test_pages import state_of, studied
from ui_fakes import RECORDED, FakeClient

from explorer.errors import RunError
from explorer.experiment import Experiment
from explorer.runs import film
from explorer.runs.frames import FrameWriter
from explorer.ui import filming, playback, session
from explorer.ui.filming import even, film_of, within
from explorer.ui.playback import Reel, page_of, words_of

SPIRAL = Experiment.preset("spiral")


@pytest.fixture
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    return fake


def filmed(client, preset: str = "spiral") -> tuple[str, Reel]:
    run_id = client.start(Experiment.preset(preset))
    return run_id, film_of(client, run_id, client.look(run_id, -1))


def read(page: bytes) -> dict:
    """What is packed into a page."""
    return json.loads(re.search(rb'<script id="film" type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def test_the_steps_of_a_film_are_even_and_have_both_ends():
    assert even([0, 1, 2], 150) == [0, 1, 2]
    chosen = even(range(1000), 150)
    assert (len(chosen), chosen[0], chosen[-1]) == (150, 0, 999)
    gaps = {later - earlier for earlier, later in pairwise(chosen)}
    assert gaps <= {6, 7}


def test_a_film_that_would_be_too_large_has_fewer_pictures():
    steps = list(range(100))
    sizes = dict.fromkeys(steps, 10)
    kept = within(steps, sizes, 400)
    assert 20 < len(kept) <= 40
    assert (kept[0], kept[-1]) == (0, 99)
    assert within(steps, sizes, 1000) == steps
    assert within(steps, sizes, 1) == [0, 99]


def test_every_recorded_step_is_in_the_film_byte_for_byte(client):
    run_id, reel = filmed(client)
    assert list(reel.steps) == list(RECORDED)
    packed = read(page_of(reel, "Spirals"))
    assert packed["steps"] == list(RECORDED)
    pictures = [zlib.decompress(base64.b64decode(text)) for text in packed["pictures"]]
    assert pictures == [client.look(run_id, step) for step in RECORDED]


def test_how_far_it_is_is_told_up_to_the_end(client):
    told: list[float] = []
    run_id = client.start(SPIRAL)
    film_of(client, run_id, client.look(run_id, -1), told.append)
    assert told == pytest.approx([1 / 3, 2 / 3, 1])


def test_a_damaged_snapshot_is_left_out_and_said(client):
    run_id = client.start(SPIRAL)
    shot = client.film(run_id)[1]
    (client.frame_path(run_id).parent / film.FOLDER / shot.name).write_bytes(b"?")
    reel = film_of(client, run_id, client.look(run_id, -1))
    assert (list(reel.steps), reel.damaged) == ([0, 4], 1)
    assert words_of(reel) == "2 of 3 recorded steps of a training run, from step 0 to 4. 1 were damaged and are left out."


def test_a_run_without_two_steps_has_no_film(client, monkeypatch):
    run_id = client.start(SPIRAL)
    now = client.look(run_id, -1)
    monkeypatch.setattr(client, "film", lambda run: [])
    with pytest.raises(RunError, match="two recorded steps"):
        film_of(client, run_id, now)


def test_names_from_users_stay_text_in_the_page(client):
    _, reel = filmed(client)
    page = page_of(reel, "</title><script>alert(1)</script>").decode()
    assert "<script>alert" not in page
    assert page.count("</script>") == 2
    assert not re.search(r'(src|href)="', page)


def test_it_is_made_in_the_share_tab_and_lies_ready(client):
    app = studied("Share")
    run_id = state_of(app).run_id
    next(button for button in app.button if button.label == "Make the film").click().run()
    assert "two recorded steps" in app.warning[0].value  # no picture of the run has been published
    with_frame(client, run_id)
    next(button for button in app.button if button.label == "Make the film").click().run()
    assert not app.warning
    assert not app.exception
    (offered,) = app.get("download_button")
    assert re.fullmatch(r"Download film\.html \(\d\.\d MB\)", offered.proto.label)
    assert "All 3 recorded steps of a training run, from step 0 to 4." in [one.value for one in app.caption]


def with_frame(client, run_id: str) -> None:
    writer = FrameWriter(client.frame_path(run_id))
    writer.write(client.look(run_id, -1))
    writer.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("preset", ["spiral", "digits_cnn"])
def test_it_plays_from_disk_without_a_server(client, browser, tmp_path, preset, scheme):
    _, reel = filmed(client, preset)
    path = Path(tmp_path / "film.html")
    path.write_bytes(page_of(reel, "A <b>film</b>"))
    faults: list[str] = []
    with visitor(browser, viewport={"width": 1100, "height": 800}, color_scheme=scheme) as page:
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: faults.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        _scrub(page)
        _play(page)
        _switch(page, scheme)
    assert faults == []


def _scrub(page) -> None:
    bench, slider = page.get_by_test_id("workbench"), page.get_by_label("Recorded step", exact=True)
    expect(page.get_by_role("heading", name="A <b>film</b>")).to_be_visible()
    expect(bench).to_have_attribute("data-past", "4")
    pictures = {bench.get_attribute("data-picture")}
    for place, step in enumerate(RECORDED[:2]):
        slider.fill(str(place))
        expect(bench).to_have_attribute("data-past", str(step))
        expect(page.get_by_text(f"step {step}", exact=True).first).to_be_visible()
        pictures.add(bench.get_attribute("data-picture"))
    assert len(pictures) == 3
    slider.press("ArrowRight")
    expect(bench).to_have_attribute("data-past", "4")
    for absent in ("Play", "Reset", "Branch from here", "Now"):
        expect(page.get_by_role("button", name=absent, exact=True)).to_be_hidden()


def _play(page) -> None:
    """From the beginning to the end, where it stops by itself."""
    bench = page.get_by_test_id("workbench")
    page.get_by_role("button", name="Play the film").click()
    expect(page.get_by_role("button", name="Stop the film")).to_be_hidden()
    expect(bench).to_have_attribute("data-past", "4")


def _switch(page, scheme: str) -> None:
    dark = page.locator(".wb.dark")
    expect(dark).to_have_count(int(scheme == "dark"))
    page.get_by_role("button", name="Light or dark").click()
    expect(dark).to_have_count(int(scheme == "light"))


def test_the_size_is_bounded(client, monkeypatch):
    monkeypatch.setattr(filming, "LIMIT", 1)
    _, reel = filmed(client)
    assert list(reel.steps) == [0, 4]
    assert len(page_of(reel, "")) < 1.4 * reel.size + len(playback.script()) + 100_000
