"""A data set of openml.org is fetched by a process of its own; pages ask how far it is, whoever began it.

Decided: one process for each set, shared by everybody who waits for it; it tells how far it is by a small file.
Because: thirty people of a class want the same set; closing a page must not lose what has come; and cancelling has to end a thread
that waits for a network, which only the end of its process does.
Instead of: fetching in the server's process, where timeouts are set for everything, or in the run that needs the data.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.data._openml import OnlineData
from explorer.errors import DataError, ExplorerError
from explorer.experiment import DATASETS
from explorer.home import default_home
from explorer.ingest import online
from explorer.ingest.online import Source
from explorer.runs.messages import MessageError, decode, encode
from explorer.runs.watchdog import free_memory, is_memory_error

STATES = {"asking": {}, "coming": {"sofar": (int,), "whole": (int,)}, "reading": {}, "done": {}, "fail": {"text": (str,)}}
LARGEST_STATE = 10_000  # bytes
TELL_EVERY = 0.1  # seconds
LONGEST = 3600  # seconds a download may take
NEEDED = 1500 << 20  # bytes of memory that reading the largest set takes
SITE = "NEURAL_EXPLORER_OPENML"  # address of a copy of openml.org, for schools without a way out
_running: dict[tuple[Path, str], Download] = {}
_starting = threading.Lock()


@dataclass(frozen=True)
class Progress:
    """How far a download is.

    Attributes:
        state: "asking" the site, bytes "coming", "reading" what came, "done", or "fail".
        share: of the bytes, from 0 to 1.
        words: the same for people; of a download that failed, why.
    """

    state: str
    share: float
    words: str

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "fail")


class Download:
    """One download that was begun.

    Attributes:
        source: what is fetched.
    """

    def __init__(self, kind: str, home: Path) -> None:
        self.source = _online(kind).source
        self._state = home / "online" / f"state-{secrets.token_hex(6)}.json"
        self._state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        order = {"kind": kind, "home": str(home), "state": str(self._state), "site": os.environ.get(SITE) or online.ORIGIN}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "explorer.runs.downloading", json.dumps(order)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent.parent), os.environ.get("PYTHONPATH", "")])},
            start_new_session=True,
        )
        self._begun, self._last = time.monotonic(), Progress("asking", 0.0, "Asking openml.org …")

    def progress(self) -> Progress:
        """How far it is now."""
        if self._last.is_over:
            return self._last
        ended = self._process.poll() is not None
        self._last = self._told() or self._last
        if ended and not self._last.is_over:
            self._last = Progress(
                "fail", 0.0, f"The download of {self.source.title} ended unexpectedly, perhaps for want of memory. Try again."
            )
        if not ended and time.monotonic() - self._begun > LONGEST:
            self._end(f"The download of {self.source.title} took longer than {LONGEST // 60} minutes and was given up. Try again.")
        if self._last.is_over:
            self._state.unlink(missing_ok=True)
        return self._last

    def cancel(self) -> None:
        """End it; nothing of it is left."""
        if not self.progress().is_over:
            self._end(f"The download of {self.source.title} was cancelled.")

    def _end(self, words: str) -> None:
        with suppress(OSError, AttributeError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with suppress(OSError):
            self._process.terminate()
        self._process.wait()
        self._last = Progress("fail", 0.0, words)
        self._state.unlink(missing_ok=True)

    def _told(self) -> Progress | None:
        try:
            if self._state.stat().st_size > LARGEST_STATE:
                return None
            found = decode(self._state.read_bytes(), "state", STATES)
        except (OSError, MessageError):
            return None
        return WORDS[found["state"]](self.source, found)


def amount(size: int) -> str:
    """So many bytes, for people.

    Example:
        >>> amount(40_000), amount(15_500_000)
        ('39 kB', '14.8 MB')
    """
    return f"{size / 2**20:,.1f} MB" if size >= 2**20 else f"{size / 2**10:,.0f} kB"


def _coming(source: Source, found: dict) -> Progress:
    sofar, whole = found["sofar"], found["whole"]
    words = f"{amount(sofar)} of {amount(whole)}" if whole else f"{amount(sofar)}; the site does not say of how much"
    return Progress("coming", online.share_of(source, sofar, whole), f"{source.title}: {words}")


WORDS = {
    "asking": lambda source, found: Progress("asking", 0.0, "Asking openml.org …"),
    "coming": _coming,
    "reading": lambda source, found: Progress("reading", 1.0, f"{source.title} has come; it is being read …"),
    "done": lambda source, found: Progress("done", 1.0, f"{source.title} is here."),
    "fail": lambda source, found: Progress("fail", 0.0, found["text"]),
}


def begin(kind: str, home: Path | None = None) -> Download:
    """Fetch a data set, or take part in the download somebody else began.

    Raises:
        DataError: it is none that is fetched, or there is no memory to read it.
    """
    home = home or default_home()
    with _starting:
        known = _running.get((home, kind))
        if known and not known.progress().is_over:
            return known
        _check_memory()
        _running[home, kind] = Download(kind, home)
        return _running[home, kind]


def current(kind: str, home: Path | None = None) -> Download | None:
    """The last download of a data set that was begun here, over or not."""
    return _running.get((home or default_home(), kind))


def download(kind: str, home: Path | None = None) -> None:
    """Fetch a data set and return when it is here, for programs and notebooks. Raises DataError when it cannot be fetched."""
    running = begin(kind, home)
    while not running.progress().is_over:
        time.sleep(TELL_EVERY)
    if running.progress().state == "fail":
        raise DataError(running.progress().words)


def _online(kind: str) -> type[OnlineData]:
    found = DATASETS[kind]
    if not issubclass(found, OnlineData):
        raise DataError(f"{found.title()} needs no download: it is there already.")
    return found


def _check_memory() -> None:
    free = free_memory()
    if free is not None and free < NEEDED:
        raise DataError(f"Only {free >> 20:,} MB of memory are free here, too little to read a large set. Stop a run, then try again.")


# -- in the process that fetches


def main(order: str) -> None:
    """Fetch what the order names, and tell how far it is."""
    started = json.loads(order)
    cls, teller = _online(started["kind"]), Teller(Path(started["state"]))
    os.nice(5) if hasattr(os, "nice") else None
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that what is temporary is removed
    if hasattr(signal, "alarm"):
        signal.alarm(LONGEST + 60)
    try:
        _fetch(cls, Path(started["home"]), started["site"], teller)
    except ExplorerError as error:
        teller.tell({"state": "fail", "text": str(error)[:1000]})
    except Exception as error:
        words = "more memory is needed than there is" if is_memory_error(error) else type(error).__name__
        teller.tell({"state": "fail", "text": f"{cls.source.title} could not be read ({words}). Nothing of it was kept; try again later."})


def _fetch(cls: type[OnlineData], home: Path, site: str, teller: Teller) -> None:
    with online.scratch(home) as folder:
        frame = online.fetched(cls.source, dict(cls.reading), folder, site, teller.bytes)
        online.keep(cls.source, cls.arrays(frame), home)
    teller.tell({"state": "done"})


class Teller:
    """Writes how far a download is into a small file, often enough and not oftener."""

    def __init__(self, path: Path) -> None:
        self._path, self._told = path, 0.0

    def bytes(self, sofar: int, whole: int) -> None:
        """So many bytes have come, of so many; once all have, they are read."""
        if sofar == whole:
            self.tell({"state": "reading"})
        elif self._told + TELL_EVERY < time.monotonic():
            self.tell({"state": "coming", "sofar": sofar, "whole": whole})

    def tell(self, state: dict[str, str | int]) -> None:
        """Write a state, whole."""
        new = self._path.with_suffix(".new")
        new.write_bytes(encode(state))
        os.replace(new, self._path)
        self._told = time.monotonic()


if __name__ == "__main__":
    main(sys.argv[1])
