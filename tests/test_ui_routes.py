"""The websocket of a live picture: frames, states, commands, and who is let in."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from ui_fakes import RECORDED, FakeClient
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.results.frame import pack, unpack
from explorer.runs import film, lens
from explorer.runs.frames import FrameWriter
from explorer.ui import routes, session, watching
from explorer.ui.routes import ROUTES, same_origin
from explorer.ui.watching import Watching

SPIRAL = Experiment.preset("spiral")


@pytest.fixture
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    monkeypatch.setattr(routes, "WATCHING", Watching())
    return fake


@pytest.fixture
def port(client):
    """Of a real server with these routes."""
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=ROUTES), port=0, log_level="warning", lifespan="off", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def browser(port):
    """Opens the socket of a run on a real server."""
    return lambda run_id, **more: connect(f"ws://127.0.0.1:{port}/nx/runs/{run_id}/live", **more)


@dataclass(frozen=True)
class Answer:
    """What the server says to a question of the ordinary kind."""

    status: int
    content: bytes
    kept: str

    @property
    def json(self) -> dict:
        return json.loads(self.content)


@pytest.fixture
def get(port):
    """path -> Answer."""

    def ask(path: str) -> Answer:
        try:
            with urlopen(f"http://127.0.0.1:{port}/nx/runs/{path}", timeout=60) as answer:
                return Answer(answer.status, answer.read(), answer.headers["cache-control"])
        except HTTPError as error:
            with error:
                return Answer(error.code, error.read(), error.headers.get("cache-control", ""))

    return ask


def heard(socket) -> dict:
    """The next words."""
    return json.loads(socket.recv(timeout=60))


def seen(socket) -> int:
    """The step of the next frame."""
    return unpack(socket.recv(timeout=60))[0]["step"]


def frame(step: int) -> bytes:
    return pack({"version": 1, "step": step}, {"surface": np.full((2, 2), step, np.uint8)})


def test_the_newest_frame_and_the_state_come_first(client, browser):
    run_id = client.start(SPIRAL)
    writer = FrameWriter(client.frame_path(run_id))
    writer.write(frame(1))
    writer.write(frame(2))
    with browser(run_id) as socket:
        head, arrays = unpack(socket.recv(timeout=60))
        assert (head["step"], arrays["surface"][0, 0]) == (2, 2)
        assert heard(socket) == {"type": "state", "state": "running", "reason": ""}
        writer.write(frame(3))
        assert seen(socket) == 3
    writer.close()


def test_frames_are_skipped_not_queued(client, browser):
    run_id = client.start(SPIRAL)
    writer = FrameWriter(client.frame_path(run_id))
    writer.write(frame(0))
    with browser(run_id) as socket:
        assert seen(socket) == 0
        heard(socket)
        for step in range(1, 101):
            writer.write(frame(step))
        steps = [seen(socket)]
        while steps[-1] != 100:
            steps.append(seen(socket))
        assert len(steps) <= 3
    writer.close()


@pytest.mark.parametrize("run_id", ["0123456789abcdef", "nothing", "ABCDEFGHIJKLMNOP"])
def test_a_run_that_is_not_there_is_said_to_be_gone(browser, run_id):
    with browser(run_id) as socket:
        assert heard(socket) == {"type": "gone"}
        with pytest.raises(ConnectionClosed) as ended:
            heard(socket)
    assert ended.value.rcvd.code == 4404


def test_another_sites_page_is_not_let_in(client, browser):
    run_id = client.start(SPIRAL)
    with pytest.raises(InvalidStatus, match="403"):
        browser(run_id, origin="http://evil.example")


def test_only_the_very_host_is_the_same_origin():
    assert same_origin("http://127.0.0.1:8501", "127.0.0.1:8501")
    assert same_origin(None, "127.0.0.1:8501")  # not a browser
    assert not same_origin("http://127.0.0.1:8502", "127.0.0.1:8501")
    assert not same_origin("null", "127.0.0.1:8501")


def test_commands_reach_the_run_and_are_answered(client, browser):
    run_id = client.start(SPIRAL)
    with browser(run_id) as socket:
        heard(socket)
        socket.send('{"command": "pause"}')
        answer = heard(socket)
        assert (answer["type"], answer["command"]) == ("ack", "pause")
    assert client.commands == [(run_id, {"command": "pause"})]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"command": "explode"}', "no command 'explode'"),
        ('{"command": "speed", "value": NaN}', "not JSON"),
        ('{"command": "speed", "value": "fast"}', "speed"),
        ("[]", "command"),
        ("x" * 70_000, "too long"),
        ('{"command": "play"', "not JSON"),
    ],
)
def test_what_is_no_command_is_answered_in_words(client, browser, text, words):
    run_id = client.start(SPIRAL)
    with browser(run_id) as socket:
        heard(socket)
        socket.send(text)
        answer = heard(socket)
    assert answer["type"] == "error"
    assert words in answer["text"]
    assert client.commands == []


def test_a_refused_command_is_answered_with_its_sentence(client, browser):
    run_id = client.start(SPIRAL)
    client.refuse = "This run has ended."
    with browser(run_id) as socket:
        heard(socket)
        socket.send('{"command": "play"}')
        assert heard(socket) == {"type": "error", "text": "This run has ended."}


def test_a_change_of_state_is_told(client, monkeypatch):
    monkeypatch.setattr(watching, "ASK_EVERY", 0.02)
    run_id = client.start(SPIRAL)

    async def watch_it() -> list[str]:
        watched, states = Watching(), []
        async with watched.reporting(client):
            with watched.viewer(run_id), watched.viewer(run_id):
                states.append((await watched.row(client, run_id)).state)
                client.put(run_id, state="interrupted", reason="The computer stopped this run.")
                end = time.monotonic() + 60
                while (row := await watched.row(client, run_id)).state == "running" and time.monotonic() < end:
                    await asyncio.sleep(0.02)
                states.append(row.state)
        return states

    assert asyncio.run(watch_it()) == ["running", "interrupted"]
    assert client.watched[0] == [run_id, run_id]


def test_viewers_share_the_server_and_never_fall_below_three_frames_a_second():
    watched, rates = Watching(), {}
    for viewers in (1, 4, 12, 30, 400):
        watched._watchers.clear()
        watched._watchers["run"] = viewers
        rates[viewers] = 1 / watched.pause()
    assert (rates[1], rates[4], rates[12]) == pytest.approx((30, 30, 10))
    assert rates[30] >= 3
    assert rates[400] == pytest.approx(3)


def test_a_viewer_that_left_is_no_longer_counted(client, browser):
    run_id = client.start(SPIRAL)
    with browser(run_id) as socket:
        heard(socket)
        assert routes.WATCHING.watchers(run_id) == 1
    deadline = time.monotonic() + 60
    while routes.WATCHING.watchers(run_id) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert routes.WATCHING.watchers(run_id) == 0


# -- the past


def test_the_recorded_steps_are_listed_and_never_kept_by_a_browser(client, get):
    answer = get(f"{client.start(SPIRAL)}/film")
    assert answer.json == {"steps": list(RECORDED)}
    assert answer.kept == "no-store"


@pytest.mark.parametrize("view", [{}, {"example": 1}, {"column": 1, "unit": 2}], ids=str)
def test_a_picture_of_the_past_is_what_the_client_sees_byte_for_byte(client, get, view):
    run_id = client.start(SPIRAL)
    answer = get(f"{run_id}/film/2?{urlencode(view)}")
    assert (answer.status, answer.kept) == (200, "no-store")
    assert answer.content == client.look(run_id, 2, **view)
    assert unpack(answer.content)[0]["step"] == 2


def test_the_curve_is_a_table_with_gaps(client, get):
    run_id = client.start(SPIRAL)
    assert get(f"{run_id}/curve").json == {"step": [0, 10], "test_loss": [0.8, None], "train_loss": [0.7, 0.5]}
    assert get("..%5Cetc/curve").json == {"step": []}


def test_a_run_that_cannot_be_is_not_found(client, get):
    answer = get("NOSUCHRUN/film")
    assert (answer.status, answer.json) == (404, {"text": "There is no such run."})
    assert get("0123456789abcdef/film").json == {"steps": []}  # gone: nothing is recorded


@pytest.mark.parametrize("question", ["column=one", "unit=1.5", "example=", "column=1&unit=x"])
def test_numbers_that_are_none_are_a_bad_question(client, get, question):
    answer = get(f"{client.start(SPIRAL)}/film/2?{question}")
    assert answer.status == 400
    assert "whole numbers" in answer.json["text"]


def test_a_step_that_is_no_number_has_no_address(client, get):
    assert get(f"{client.start(SPIRAL)}/film/two").status == 404


def test_a_damaged_snapshot_is_gone_in_words_and_its_neighbours_are_not(client, get):
    run_id = client.start(SPIRAL)
    get(f"{run_id}/film/2")
    get(f"{run_id}/film/0")  # the moment looked at last is at hand and is not read again
    folder = client.frame_path(run_id).parent
    shot = client.film(run_id)[1]
    path = folder / film.FOLDER / shot.name
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    for seen in (folder / lens.FOLDER).iterdir():
        seen.unlink()
    answer = get(f"{run_id}/film/2")
    assert (answer.status, answer.json["text"]) == (410, "The snapshot of step 2 is damaged. Choose a step beside it.")
    assert get(f"{run_id}/film/4").status == 200


def test_a_run_without_a_film_is_gone_in_words(client, get):
    answer = get("0123456789abcdef/film/0")
    assert answer.status == 410
    assert "Nothing of this run has been recorded" in answer.json["text"]


def test_what_does_not_fit_is_a_conflict_in_words(client, get, monkeypatch):
    def refuse(*args, **more):
        raise SpecError("This network has no column 99.")

    monkeypatch.setattr(client, "look", refuse)
    answer = get(f"{client.start(SPIRAL)}/film/2?column=99&unit=0")
    assert (answer.status, answer.json) == (409, {"text": "This network has no column 99."})


def test_a_column_or_unit_that_is_not_there_shows_the_whole_all_the_same(client, get):
    run_id = client.start(SPIRAL)
    for question in ("column=99&unit=0", "column=1&unit=99999", "column=-7&unit=-7", "example=123456", "example=-5", "column=1"):
        answer = get(f"{run_id}/film/2?{question}")
        assert answer.status == 200, question
        assert unpack(answer.content)[0]["step"] == 2
