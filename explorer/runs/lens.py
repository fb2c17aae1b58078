"""The process that looks back: it holds a copy of a run at one of its recorded steps, and answers what people ask of it.

Decided: looking is done by a process of its own, never by the one that trains.
Because: training is then not disturbed by any question, however hard; a question that hangs or eats memory is ended with
its process; and every recorded step can be asked as well as the newest.
Instead of: asking the worker, which would have to put its weights aside and take them up again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError, RunError
from explorer.runs import film, sandbox
from explorer.runs.film import Shot
from explorer.runs.link import Link
from explorer.runs.watchdog import words_of

FOLDER = "seen"  # of the run: answers, kept so that nothing is computed twice
KEPT = 400  # answers
MEMORY = "Looking at this needs more memory than there is. Choose fewer examples or a smaller layer."
ERROR = "This could not be looked at: the program met an error of its own ({})."
WAIT = 3600.0  # seconds for an order; the supervisor ends a lens that nobody needs


def main(connection: Connection, order: str) -> None:
    """What a looking process runs until it is ended."""
    started = json.loads(order)
    sandbox.enter(Path(started["folder"]), "lens.log")
    link = Link(connection)
    lens = Lens(started["run"], Path(started["folder"]), lambda number, share: link.report("progress", id=number, share=round(share, 3)))
    sandbox.yield_priority()
    while True:
        order_ = link.order(WAIT)
        if order_ is not None:
            _answer(link, lens, order_)


def _answer(link: Link, lens: Lens, order: dict[str, Any]) -> None:
    try:
        answer = lens.answer(order)
    except Exception as error:
        if not isinstance(error, ExplorerError):
            traceback.print_exc()
            sys.stderr.flush()
        link.report("refused", id=order["id"], **words_of(error, MEMORY, ERROR))
        return
    link.report("seen", id=order["id"], answer=answer)


class Lens:
    """Answers questions about one run at any recorded step.

    Args:
        run: its id.
        folder: its folder.
        tell: told the number of the order and the share of it that is done.
    """

    def __init__(self, run: str, folder: Path, tell: Callable[[int, float], None]) -> None:
        self._run, self._folder, self._tell = run, folder, tell
        self._past: Any = None
        self._stands = ""  # name of the moment it is at, as long as nothing went wrong there

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked; the answer names a file in the run's folder, or holds plain data. Raises ExplorerError."""
        acts = {"look": self._look, "inspect": self._inspect, "offers": self._offers}
        try:
            return acts[order["order"]](order)
        except BaseException:
            self._stands = ""  # whatever broke may have left something behind
            raise

    def _look(self, order: dict[str, Any]) -> dict[str, Any]:
        """The live picture as it was at a step."""
        shot = Shot(order["step"], order["print"])
        view = {name: order[name] for name in ("column", "unit", "example")}
        path = self._folder / FOLDER / file_of(shot, "look", view)
        if not path.exists():
            past = self._at(shot)
            _keep(path, past.frame(view, {"run": self._run, "state": "past", "reason": "", "steps_per_second": 0.0}))
        return {"file": path.name}

    def _inspect(self, order: dict[str, Any]) -> dict[str, Any]:
        """The record of an inspection at a step."""
        shot = Shot(order["step"], order["print"])
        path = self._folder / FOLDER / file_of(shot, "inspect", order["ask"])
        if not path.exists():
            _keep(path, self._at(shot).inspect(order["ask"], self._up_to(shot), lambda share: self._tell(order["id"], share)))
        return {"file": path.name}

    def _offers(self, order: dict[str, Any]) -> dict[str, Any]:
        """What can be asked of this run; with a selection, what can be explained of it."""
        past = self._at(Shot(order["step"], order["print"]))
        return past.explained(order["selection"]) if "selection" in order else past.offers()

    def _up_to(self, last: Shot) -> Any:
        """What was recorded up to a moment."""
        from explorer.inspections.moments import Moments

        shots = {shot.step: shot for shot in film.shots(self._folder) if shot.step < last.step} | {last.step: last}
        return Moments(list(shots), lambda step: self._at(shots[step]).training)

    def _at(self, shot: Shot) -> Any:
        from explorer.runs.past import Past

        if self._past is not None and self._stands == shot.name:
            return self._past
        self._stands = ""
        tensors, meta = film.load(self._folder, shot)
        if self._past is None:
            self._past = Past()
        try:
            self._past.go(tensors, meta)
        except RunError:
            self._past = None
            raise
        self._stands = shot.name
        return self._past


def file_of(shot: Shot, what: str, ask: dict[str, Any]) -> str:
    """Name of the file that holds an answer: the same question about the same moment has the same name."""
    text = json.dumps([what, ask], sort_keys=True, separators=(",", ":"))
    return f"{shot.step}-{shot.print}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def _keep(path: Path, data: bytes) -> None:
    """Write an answer, and remove the oldest where there are many."""
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp{os.getpid()}")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        raise RunError(f"The answer cannot be written: {error.strerror}. Free some space on the disk.") from None
    finally:
        temporary.unlink(missing_ok=True)
    with suppress(OSError):
        kept = sorted(os.scandir(path.parent), key=lambda entry: entry.stat().st_mtime_ns)
        for entry in kept[: max(len(kept) - KEPT, 0)]:
            os.unlink(entry.path)
