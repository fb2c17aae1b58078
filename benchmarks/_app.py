"""The app in a process of its own, for the measurements that need one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class App:
    """A running server: its address, its process, and when it was started (`time.perf_counter`)."""

    url: str
    pid: int
    began: float

    def cpu_seconds(self) -> float:
        """Processor time of the server process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """MB of the server and all processes below it, shared pages counted once."""
        return sum(_proportional_mb(pid) for pid in _family(self.pid))


@contextmanager
def app(prepare: Callable[[Path], None] = lambda home: None) -> Generator[App]:
    """Start the app with a data directory of its own, empty but for what `prepare` puts there; end it, and the directory, afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, socket.socket() as probe:
        prepare(Path(home))
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = {**os.environ, "NEURAL_EXPLORER_HOME": home, "PORT": str(port), "HOST": "127.0.0.1"}
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "explorer"], cwd=ROOT, env=settings, stdout=subprocess.DEVNULL)
        try:
            _await_health(f"http://127.0.0.1:{port}")
            yield App(f"http://127.0.0.1:{port}", process.pid, began)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@contextmanager
def chromium() -> Generator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


def _await_health(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _family(pid: int) -> list[int]:
    """A process and everything below it; the supervisor is a child that has left the terminal, not the family."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def _proportional_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
