"""A file that somebody brings is read in a process of its own, which can do nothing else and then ends.

Decided: the reader gets the open file, an empty folder and a small order; it leaves its answer and what it read in that folder.
Because: a file that makes a decoder crash, hang or eat memory then costs a sentence; and one that takes it over finds nothing to take.
Instead of: reading it where the pages are made, or in a run's worker, which lives on.
"""

from __future__ import annotations

import gc
import json
import mimetypes
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from explorer.errors import DataError, ExplorerError
from explorer.ingest import About, Limits, Store
from explorer.ingest.reading import check_size, read
from explorer.ingest.store import write
from explorer.runs import fence
from explorer.runs.fence import Allowance
from explorer.runs.messages import MessageError, decode, encode
from explorer.runs.watchdog import free_memory, is_memory_error

ANSWER = "answer.json"
LARGEST_ANSWER = 10_000  # bytes
ANSWERS = {"done": {}, "fail": {"text": (str,)}}
NEEDED = 600 << 20  # bytes of free memory below which nothing is read
AT_ONCE = threading.BoundedSemaphore(2)  # readers
GRACE = 5  # seconds after its time is up in which a reader whose parent is gone ends itself
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")  # of the environment; the rest is nobody's business


@dataclass(frozen=True)
class ParsedReport:
    """What became of a file that could be read.

    Attributes:
        content: its name in the store; what a record calls it.
        about: what it holds and what is wrong with it.
    """

    content: str
    about: About


@dataclass(frozen=True)
class Reader:
    """How a reader is started and what it may use.

    Attributes:
        home: data directory; that of this computer's user when left out.
        launch: arguments of this Python that start it.
    """

    home: Path | None = None
    allowance: Allowance = field(default_factory=Allowance)
    launch: tuple[str, ...] = ("-m", "explorer.runs.parsing")


def parse(path: Path, name: str, owner: str, limits: Limits | None = None, reader: Reader | None = None) -> ParsedReport:
    """Read the file at `path` and keep what it holds.

    Args:
        name: what its owner calls it; shown, and never used as a path.
        owner: whose it is; the limit of what one person keeps is counted by this.

    Raises:
        DataError: it cannot be used; says why. Nothing of it is left.
    """
    limits, reader = limits or Limits(), reader or Reader()
    store = Store(reader.home)
    store.check_room(owner, 1, limits)
    _check_memory()
    with _opened(path) as file, store.scratch() as folder, AT_ONCE:
        check_size(os.fstat(file.fileno()).st_size, limits)
        order = {"name": name[:300], "folder": str(folder), "limits": limits.model_dump(), "allowance": reader.allowance.model_dump()}
        _run([sys.executable, *reader.launch, json.dumps(order)], file, folder, reader.allowance)
        (folder / ANSWER).unlink(missing_ok=True)
        content = store.adopt(folder, owner, limits)
    return ParsedReport(content, store.about(content))


def _opened(path: Path) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise DataError(f"The file cannot be opened: {error.strerror}. Choose it again.") from None


def _check_memory() -> None:
    free = free_memory()
    if free is not None and free < NEEDED:
        raise DataError(f"Only {free >> 20:,} MB of memory are free here, too little to read a file. Stop a run, then try again.")


def _run(command: list[str], file: BinaryIO, folder: Path, allowance: Allowance) -> None:
    """Let a reader work until it is done. Raises DataError when it is not."""
    reader = subprocess.Popen(
        command,
        stdin=file,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(folder),
        cwd=folder,
        start_new_session=True,
    )
    try:
        code = reader.wait(allowance.wall)
    except subprocess.TimeoutExpired:
        raise DataError(f"Reading this file took longer than {allowance.wall} seconds. Bring a smaller part of it.") from None
    finally:
        _end(reader)
    _judge(code, folder, allowance)


def _environment(folder: Path) -> dict[str, str]:
    """What a reader is told of its surroundings: where Python's packages are, and where to put what is temporary."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    root = str(Path(__file__).parent.parent.parent)
    search = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**kept, **ONE_THREAD, "PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(folder), "HOME": str(folder)}


def _end(reader: subprocess.Popen) -> None:
    """Whatever happened, nothing of it goes on."""
    with suppress(OSError, AttributeError):
        os.killpg(reader.pid, signal.SIGKILL)
    with suppress(OSError):
        reader.kill()
    reader.wait()


def _judge(code: int, folder: Path, allowance: Allowance) -> None:
    """Raises DataError unless the reader said that it is done, and ended as it should."""
    answer = _answer(folder)
    if answer and answer["answer"] == "fail":
        raise DataError(answer["text"])
    if code == -getattr(signal, "SIGXCPU", 0):
        raise DataError(f"Reading this file took more than {allowance.processor} seconds of computing. Bring a smaller part of it.")
    if code == -signal.SIGKILL:
        raise DataError("The computer ended the reading of this file, most often because memory ran out. Bring a smaller part of it.")
    if code or not answer:
        raise DataError(f"Reading this file broke the program that reads it (code {code}); nothing else was touched. Bring another file.")


def _answer(folder: Path) -> dict | None:
    path = folder / ANSWER
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST_ANSWER:
            return None
        return decode(path.read_bytes(), "answer", ANSWERS)
    except (OSError, MessageError):
        return None


# -- in the reader


def main(order: str) -> None:
    """What a reader runs: the file is its standard input."""
    started = json.loads(order)
    folder, allowance = Path(started["folder"]), Allowance(**started["allowance"])
    os.nice(5) if hasattr(os, "nice") else None
    if hasattr(signal, "alarm"):
        signal.alarm(allowance.wall + GRACE)
    mimetypes.init([])  # else the first who asks reads the system's own list, which lies outside
    fence.require(fence.raise_fences(folder, allowance))
    gc.disable()  # it would go through millions of cells again and again, and everything is gone in a moment
    _tell(folder, _read(started, folder))


def _read(started: dict, folder: Path) -> dict[str, str]:
    """The answer to the order, after what was read is written. Whatever a decoder does is a refusal in words."""
    try:
        with open(0, "rb", closefd=False) as file:
            content, about = read(started["name"], file, Limits(**started["limits"]))
        write(folder, content, about)
    except ExplorerError as error:
        return {"answer": "fail", "text": str(error)[:1000]}
    except Exception as error:
        if is_memory_error(error):
            return {"answer": "fail", "text": "Reading this file needs more memory than one upload may use. Bring a smaller part of it."}
        return {
            "answer": "fail",
            "text": f"This file could not be read ({type(error).__name__}). It may be damaged; save it anew, or bring another.",
        }
    return {"answer": "done"}


def _tell(folder: Path, answer: dict[str, str]) -> None:
    (folder / ANSWER).write_bytes(encode(answer))


if __name__ == "__main__":
    main(sys.argv[1])
