"""The app on a server of its own, and visitors who look at it in Debian's Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 240_000  # milliseconds: the cores may be few, slow, and busy with something else
SCREEN = {"width": 1280, "height": 900}

expect.set_options(timeout=PATIENCE)


class Server:
    """The app in a process of its own, on a free port and with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        settings = {"NEURAL_EXPLORER_HOME": str(self.folder / "home"), "PORT": str(self.port), "HOST": "127.0.0.1"}
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "explorer"]
            self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log)
        wait_until_healthy(self.url)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(PATIENCE / 1000)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(url: str) -> None:
    """Until a Streamlit server answers at `url`."""
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=10).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server that is ended afterwards, and that never failed in between."""
    running = Server(folder)
    try:
        yield running
    finally:
        running.stop()
    assert "Traceback" not in (folder / "log").read_text()


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.fail("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags], timeout=PATIENCE)
        yield found
        found.close()


@contextmanager
def visitor(browser: Browser, **settings) -> Iterator[Page]:
    """A page of a new visitor, who waits patiently; no script on it fails."""
    context = browser.new_context(**{"viewport": SCREEN, "reduced_motion": "reduce", "locale": "en-GB", **settings})
    context.set_default_timeout(PATIENCE)
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def wait(page: Page, condition: Callable[[], object]) -> None:
    """Until something is true of a page that changes by itself."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        page.wait_for_timeout(30)
