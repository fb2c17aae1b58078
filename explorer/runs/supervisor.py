"""The supervisor process of a data directory: `python -m explorer.runs.supervisor HOME`.

It lives beside the server and outlives it; when it dies its workers die within a second and their runs resume.
It never imports torch: what computes is in the workers.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from explorer.errors import RunError
from explorer.runs import worker
from explorer.runs.counter import Counter, address_for
from explorer.runs.home import make_home
from explorer.runs.keeper import Keeper
from explorer.runs.lenses import Lenses
from explorer.runs.lock import HomeLock
from explorer.runs.messages import Start
from explorer.runs.settings import Settings

HELD, REFUSED = 3, 4  # exit codes: another supervisor is there; this data directory cannot be used
TICK = 0.25  # seconds between two commits
CLOSING_SECONDS = 3.5  # for workers to save when the explorer is closed
FORK_SAFE = {  # pools of threads do not survive a fork, nor does a CUDA driver that was asked whether it is there
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
}
CLOSED = "paused: the explorer was closed"


class Supervisor:
    """Serves one data directory until told to end, or until nobody needs it.

    Raises:
        RunError: the store cannot be used.
    """

    def __init__(self, home: Path, context: BaseContext, target: Callable[..., None], settings: Settings) -> None:
        self.home, self.settings = home, settings
        self._stop, self._closed = threading.Event(), threading.Event()
        self.keeper = Keeper(home, context, target, settings)
        self.lenses = Lenses(home, context, settings)
        self.counter = Counter(address_for(home), secrets.token_bytes(32), self.answer)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What a request of a client gives. Raises ExplorerError."""
        fields = {name: value for name, value in request.items() if name != "request"}
        return _ANSWERS[request["request"]](self, **fields)

    def run(self) -> None:
        """Serve."""
        self.counter.open()
        _announce(self.home, self.counter)
        looked = 0.0
        while not self._stop.wait(TICK):
            with suppress(RunError):  # a full disk: tried again at the next tick, and told to whoever commands
                self.keeper.commit()
            if time.monotonic() - looked >= 1:
                looked = time.monotonic()
                self.keeper.look_after()
                self.lenses.look_after()
                if looked - self.counter.heard > self.settings.idle and not self.keeper.is_training:
                    break
        self.lenses.close()
        self.keeper.close(CLOSED, CLOSING_SECONDS)
        self._closed.set()
        (self.home / "supervisor.json").unlink(missing_ok=True)
        self.counter.close()

    def stop(self, *_: Any) -> None:
        """Save everything and end."""
        self._stop.set()

    def _shutdown(self) -> dict[str, Any]:
        self.stop()
        self._closed.wait(CLOSING_SECONDS + 2)
        return {}

    def _watch(self, client: str, runs: dict[str, int]) -> dict[str, Any]:
        self.keeper.watch(client, {str(run): int(count) for run, count in runs.items() if isinstance(count, int)})
        return {}

    def _runs(self) -> dict[str, Any]:
        return {"live": {run_id: {"pid": handle.pid, "state": handle.state} for run_id, handle in list(self.keeper.live.items())}}


_ANSWERS: dict[str, Callable[..., dict[str, Any]]] = {
    "start": lambda self, run, experiment, **wishes: self.keeper.start(run, experiment, Start(**wishes)),
    "branch": lambda self, run, **fields: self.keeper.branch(run, **fields),
    "command": lambda self, run, command: self.keeper.command(run, command),
    "watch": Supervisor._watch,
    "look": lambda self, **fields: self.lenses.look(**fields),
    "inspect": lambda self, **fields: self.lenses.inspect(**fields),
    "cancel": lambda self, **fields: self.lenses.cancel(**fields),
    "offers": lambda self, **fields: self.lenses.offers(**fields),
    "runs": Supervisor._runs,
    "ping": lambda self: {"pid": os.getpid()},
    "shutdown": Supervisor._shutdown,
}


def worker_context(home: Path, preload: list[str]) -> BaseContext:
    """A forkserver that has everything imported already; plain new processes where there is none (Windows)."""
    temporary = home / "tmp"
    if len(str(temporary)) < 60:  # a socket's path is at most some 100 characters
        shutil.rmtree(temporary, ignore_errors=True)  # sockets of a supervisor that was killed
        temporary.mkdir(mode=0o700, exist_ok=True)
        tempfile.tempdir = str(temporary)
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    os.environ.update(FORK_SAFE)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(preload)
    from multiprocessing.forkserver import ensure_running

    ensure_running()
    return context


def serve(
    home: Path,
    target: Callable[..., None] = worker.main,
    preload: tuple[str, ...] = ("explorer.runs.preload",),
    settings: Settings | None = None,
) -> int:
    """Be the supervisor of `home`. Returns the exit code of the process."""
    try:
        make_home(home)
        os.environ["NEURAL_EXPLORER_HOME"] = str(home)  # workers look for the data that people brought where this one keeps its runs
        with HomeLock(home / "supervisor.lock"):
            supervisor = Supervisor(home, worker_context(home, list(preload)), target, settings or Settings.from_environment())
            signal.signal(signal.SIGTERM, supervisor.stop)
            signal.signal(signal.SIGINT, supervisor.stop)
            supervisor.run()
    except RunError as error:
        print(error, file=sys.stderr)
        return HELD if isinstance(error, HomeLock.Held) else REFUSED
    finally:
        _stop_forkserver()
    return 0


def _stop_forkserver() -> None:
    """Wait for the forkserver to end; it would end by itself, but a moment after this process."""
    with suppress(ImportError, AttributeError, OSError):
        from multiprocessing import forkserver

        forkserver._forkserver._stop()  # ty: ignore[missing-attribute]


def _announce(home: Path, counter: Counter) -> None:
    """Write where to reach this supervisor, for its owner's eyes only."""
    text = json.dumps({"address": counter.address, "pid": os.getpid(), "key": counter.key.hex()})
    temporary = home / "supervisor.json.tmp"
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    os.replace(temporary, home / "supervisor.json")


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
