"""What a worker is allowed: little priority, one thread, no core dumps, and the memory its estimate asks for.

The fences against hostile files (reading, writing and calling what a worker should not) belong to uploads, which
come later; runs only ever read records that were validated and files that this program wrote.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import BudgetError
from explorer.runs.watchdog import free_memory

if TYPE_CHECKING:
    from explorer.runs.bequest import Bequest

BASE_BYTES = 120 << 20  # what any run takes, however small its network
_PR_SET_PDEATHSIG = 1


def enter(folder: Path, log: str = "worker.log") -> None:
    """Turn this fresh process into a worker: quiet, modest, and bound to the life of its parent."""
    _write_to(folder / log)
    with suppress(OSError):  # when memory runs out the kernel takes a worker first, not the server
        Path("/proc/self/oom_score_adj").write_text("500")
    _no_core_dumps()
    _die_with_parent()


def yield_priority() -> None:
    """From now on let the server and the browser go first; until its first picture is out a run is in a hurry itself."""
    with suppress(AttributeError, OSError):
        os.nice(10)


def open_session(experiment: str, bequest: Bequest | None = None, confined: bool = True) -> Any:
    """The session of a run, after its memory was found affordable.

    Args:
        experiment: JSON.
        bequest: the weights it begins with, if they are those of an earlier run.
        confined: let this process reserve no more memory than the run should need.

    Raises:
        BudgetError: the estimate is over the limit, or more than this computer has free.
        ExplorerError: the experiment does not work.
    """
    import torch

    from explorer.experiment import Experiment
    from explorer.networks import limits
    from explorer.runs.session import Session

    torch.set_num_threads(1)
    record = Experiment.from_json(experiment)
    costs = limits.check(record, record.data.load())
    estimate = BASE_BYTES + sum(cost.run_bytes for cost in costs.values())
    check_memory(estimate)
    session = Session(experiment, bequest)
    if confined and session.device == "cpu":  # CUDA reserves address space it never uses
        limit_address_space(estimate + (600 << 20))
    return session


def check_memory(needed: int) -> None:
    """Raises BudgetError when the computer has less free memory than `needed` bytes."""
    free = free_memory()
    if free is not None and free < needed:
        raise BudgetError(
            f"This run needs about {needed / 2**20:,.0f} MB of memory, and this computer has {free / 2**20:,.0f} MB free. "
            "Stop another run, close another program, or make the network or the batch smaller."
        )


def limit_address_space(more: int) -> None:
    """Let this process reserve `more` bytes beyond what it has now: asking for too much then fails cleanly, and only here."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + more
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _no_core_dumps() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write_to(log: Path) -> None:
    """Send what this process prints to a file of its run."""
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)


def _die_with_parent() -> None:
    """A second life-line, for a worker whose own threads cannot run: the kernel ends it with the forkserver.

    The forkserver ends with the last process that holds its "alive" pipe, so a worker must not hold it.
    """
    with suppress(ImportError, AttributeError, TypeError, OSError):
        from multiprocessing import forkserver

        server: Any = forkserver._forkserver
        os.close(server._forkserver_alive_fd)
        server._forkserver_alive_fd = None
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(75)
