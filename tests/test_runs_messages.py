"""Messages between processes, run ids, and what a worker's end is called."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import RunError
from explorer.runs import home
from explorer.runs.messages import COMMANDS, MAX_MESSAGE, ORDERS, REPORTS, REQUESTS, MessageError, check, decode, encode
from explorer.runs.watchdog import Beat, cpu_seconds, is_memory_error, why_ended


@pytest.mark.parametrize("command", [
    {"command": "play"},
    {"command": "step", "count": 3},
    {"command": "speed", "value": 20},
    {"command": "focus"},
    {"command": "focus", "column": None, "unit": None},
    {"command": "set", "path": "training.batch_size", "value": [1, {"a": None}]},
    {"command": "predict", "image": [0, 0.5]},
])  # fmt: skip
def test_commands_of_the_contract_are_taken(command):
    assert check(command, "command", COMMANDS) == command


@pytest.mark.parametrize(("command", "words"), [
    ({"command": "explode"}, "there is no command 'explode'"),
    ({"command": ["play"]}, "there is no command"),
    ({}, "there is no command 'None'"),
    ("play", "there is no command"),
    ({"command": "play", "now": 1}, "takes no 'now'"),
    ({"command": "speed"}, "needs a value for 'value'"),
    ({"command": "speed", "value": "fast"}, "'value' as int or float, but it was given 'fast'"),
    ({"command": "speed", "value": True}, "'value' as int or float"),
    ({"command": "weight", "column": 1.5, "unit": 0, "source": 0, "value": 0}, "'column' as int"),
])  # fmt: skip
def test_other_commands_are_refused_in_words(command, words):
    with pytest.raises(MessageError, match=words):
        check(command, "command", COMMANDS)


@settings(max_examples=50)
@given(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.dictionaries(st.text(), st.text())
    )
)
def test_no_json_gets_past_a_schema_except_by_its_form(value):
    for key, schema in (("request", REQUESTS), ("order", ORDERS), ("report", REPORTS)):
        for message in (value, {key: value}, {key: next(iter(schema)), "x": value}):
            with pytest.raises(MessageError):
                decode(json.dumps(message).encode(), key, schema)


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data):
    with pytest.raises(MessageError):
        decode(data, "report", REPORTS)


@pytest.mark.parametrize("data", [b'{"report": "metrics", "step": 1, "rows": [NaN]}', b"[" * 100_000])
def test_what_json_should_not_hold_is_refused(data):
    with pytest.raises(MessageError, match="not JSON"):
        decode(data, "report", REPORTS)


def test_numbers_json_does_not_have_are_not_sent():
    with pytest.raises(MessageError):
        encode({"value": float("nan")})


def test_a_command_fits_a_message():
    assert len(encode({"order": "command", "id": 1, "command": {"command": "predict", "image": [1 / 3] * 784}})) < MAX_MESSAGE / 10


def test_run_ids_are_of_one_form_and_do_not_repeat():
    ids = {home.new_run_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(home.check_run_id(one) == one for one in ids)


@pytest.mark.parametrize(
    "text", ["", "a" * 15, "a" * 17, "A" * 16, "../../etc/passwd", "a" * 15 + "/", "a" * 16 + "\n", "é" * 16, None, 7, "' OR 1=1 --     "]
)
def test_nothing_else_becomes_part_of_a_path(tmp_path, text):
    for use in (home.check_run_id, lambda t: home.frame_path(tmp_path, t), lambda t: home.run_folder(tmp_path, t)):
        with pytest.raises(RunError, match="16 letters and digits"):
            use(text)


def test_the_data_folder_is_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("NEURAL_EXPLORER_HOME", str(tmp_path / "here"))
    assert home.default_home() == tmp_path / "here"
    home.make_home(tmp_path / "here")
    assert (tmp_path / "here").stat().st_mode & 0o077 == 0 or os.name != "posix"


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="NEURAL_EXPLORER_HOME"):
        home.make_home(tmp_path / "file" / "home")


@pytest.mark.parametrize(("code", "words"), [
    (-9, "most often because memory ran out"),
    (-11, r"crashed \(SIGSEGV\)"),
    (-6, r"crashed \(SIGABRT\)"),
    (-15, "ended from outside"),
    (0, "vanished near step 7 without a result"),
    (127, "vanished"),
    (None, "vanished"),
])  # fmt: skip
def test_how_a_worker_ended_is_said_in_words(code, words):
    import re

    assert re.search(words, why_ended(code, 7))
    assert "step 7" in why_ended(code, 7)


def test_torch_running_out_of_memory_is_recognised():
    assert is_memory_error(MemoryError())
    assert is_memory_error(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes"))
    assert not is_memory_error(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_a_silent_worker_is_stuck_only_when_it_burns_processor_time():
    if cpu_seconds(os.getpid()) is None:
        pytest.skip("this system has no /proc")
    beat = Beat(limit=0.2, heard=0.0)
    assert not beat.is_stuck(0.1, os.getpid())  # measured from here
    assert not beat.is_stuck(100.0, os.getpid())  # silent for long, but nothing was burnt: starving
    end = cpu_seconds(os.getpid()) + 0.4
    while cpu_seconds(os.getpid()) < end:
        sum(range(10_000))
    assert beat.is_stuck(100.0, os.getpid())
    beat.hear(100.0)
    assert not beat.is_stuck(100.1, os.getpid())
