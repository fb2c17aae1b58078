"""A supervisor of its own for a test: its home, its client, and nothing left of it afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from explorer.results.frame import unpack
from explorer.runs.client import Client
from explorer.runs.frames import FrameReader

FAKE = str(Path(__file__).parent / "fake_run.py")
T = TypeVar("T")
PATIENCE = 240.0  # seconds: the cores may be few, slow, and busy with something else


@contextmanager
def client_at(home: Path, *settings: str, real: bool = False) -> Iterator[Client]:
    """A client whose supervisor trains `fake_run`, or the real thing; whatever is left at the end is a failure."""
    client = Client(home) if real else Client(home, launch=(FAKE, *settings))
    try:
        yield client
    finally:
        client.shutdown()
        try:
            wait_for(lambda: not processes_of(home))
        finally:
            for pid in processes_of(home):
                with suppress(ProcessLookupError):
                    kill(pid)


def processes_of(home: Path) -> dict[int, str]:
    """pid -> command line of every process that has something of this data directory open, or in its command line."""
    found = {}
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]:
        with suppress(OSError):
            line = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            files = [os.readlink(f"/proc/{pid}/fd/{handle}") for handle in os.listdir(f"/proc/{pid}/fd")]
            if str(home) in line or any(str(home) in file for file in files):
                found[pid] = line
    return found


def supervisor_pid(client: Client) -> int:
    return client._request({"request": "ping"})["pid"]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def head(client: Client, run_id: str) -> dict[str, Any]:
    """The head of the newest frame."""
    reader = FrameReader(client.frame_path(run_id))
    data = reader.read()
    reader.close()
    assert data is not None
    return unpack(data)[0]


def wait_for(what: Callable[[], T | None], seconds: float = PATIENCE) -> Any:
    """The first value of `what()` that is not nothing; fails after a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"nothing came of it in {seconds} seconds")


def state_of(client: Client, run_id: str, *states: str, seconds: float = PATIENCE) -> Any:
    """The row of a run once it is in one of these states."""
    return wait_for(lambda: row if (row := client.run(run_id)).state in states else None, seconds)


def zombies() -> list[str]:
    """Children of this process that ended and were not waited for."""
    listing = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "stat=,cmd="], capture_output=True, text=True, check=False)
    return [line for line in listing.stdout.splitlines() if line.startswith("Z")]
