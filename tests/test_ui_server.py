"""The server around the pages: addresses, endless links, errors in words, and what is left behind when it ends: nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from explorer.__main__ import address
from explorer.errors import RunError, SpecError
from explorer.ui.boundary import sentence_of
from explorer.ui.long_links import LONGEST_QUERY, LongLinks

ROOT = Path(__file__).parent.parent
PATIENCE = 240.0  # seconds: the cores may be few, slow, and busy with something else


def test_host_and_port_come_from_the_environment():
    assert address({"HOST": "0.0.0.0", "PORT": "80"}) == ("0.0.0.0", 80)
    assert address({}) == ("127.0.0.1", 8501)


@pytest.mark.parametrize("port", ["eighty", "-1", "0", "70000", "8501.5"])
def test_a_port_that_is_none_is_explained(port):
    with pytest.raises(SpecError, match="whole number from 1 to 65535"):
        address({"PORT": port})


def test_our_errors_are_shown_as_they_are_and_others_get_a_number(caplog):
    assert sentence_of(RunError("This run has ended.")) == "This run has ended."
    words = sentence_of(ZeroDivisionError("secret path /home/x"))
    number = words.rpartition(" ")[2].rstrip(".")
    assert "secret" not in words
    assert number in caplog.text


def answer(query: bytes) -> tuple[int, str]:
    """Status and body the middleware gives; 200 and "through" when it lets the request pass."""
    sent = []

    async def app(scope, receive, send):
        sent.extend([{"status": 200}, {"body": b"through"}])

    async def send(message):
        sent.append(message)

    asyncio.run(LongLinks(app)({"type": "http", "query_string": query}, None, send))
    return sent[0]["status"], sent[1]["body"].decode()


def test_an_endless_link_is_answered_with_a_sentence():
    assert answer(b"x=" + b"a" * 1000) == (200, "through")
    status, body = answer(b"x=" + b"a" * 2_000_000)
    assert status == 414
    assert f"2,000,002 characters long; at most {LONGEST_QUERY:,} are read" in body


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=60) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def wait_for(condition) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_up(url: str) -> bool:
    try:
        return fetch(url)[0] == 200
    except OSError:
        return False


def processes_of(home: Path) -> list[int]:
    """Processes on whose command line or in whose environment this data folder stands."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(home).encode() in text:
                found.append(int(entry.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    "command", [["-m", "explorer"], ["-m", "streamlit", "run", "app.py"]], ids=["python -m explorer", "streamlit run app.py"]
)
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_one_command_starts_and_stops_everything(command, stop, tmp_path):
    port = free_port()
    environment = {**os.environ, "NEURAL_EXPLORER_HOME": str(tmp_path / "home"), "PORT": str(port), "STREAMLIT_SERVER_PORT": str(port)}
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}"
        assert wait_for(lambda: is_up(f"{url}/_stcore/health")), log.read_text()
        assert wait_for((tmp_path / "home" / "supervisor.json").exists), log.read_text()
        assert "2,000,002" in fetch(f"{url}/?x={'a' * 2_000_000}")[1]
        server.send_signal(stop)
        server.wait(PATIENCE)
    finally:
        server.kill()
    assert wait_for(lambda: not processes_of(tmp_path / "home")), processes_of(tmp_path / "home")
    assert "Traceback" not in log.read_text()
