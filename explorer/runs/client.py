"""How the server, a notebook or a test reaches the runs: start them, command them, read what they left."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client as connect
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import explorer
from explorer.errors import RunError
from explorer.experiment import Experiment
from explorer.results.inherited import Inherited
from explorer.results.inspected import Inspected
from explorer.runs import home as places
from explorer.runs import lens
from explorer.runs.film import Shot, shots
from explorer.runs.handle import error_from
from explorer.runs.messages import MAX_REQUEST, MessageError, encode
from explorer.runs.store import CheckpointRow, EventRow, Records, RunRow
from explorer.runs.supervisor import HELD, REFUSED

LAUNCH_SECONDS = 30.0
ANSWER_SECONDS = 90.0  # the first start waits until everything is imported
ONCE = ("step", "epoch")  # commands that must not be sent twice when an answer was lost
KEPT_CONNECTIONS = 8
MOST_LOG = 1_000_000  # bytes of the supervisor's log before it is begun anew


class Client:
    """Reaches the supervisor of a data directory, and starts one when there is none. For any number of threads.

    Args:
        home: the data directory; the user's own when left out.
        launch: arguments of this Python that start a supervisor; the data directory is added.
    """

    def __init__(self, home: Path | None = None, launch: Sequence[str] = ("-m", "explorer.runs.supervisor")) -> None:
        self.home = Path(home) if home is not None else places.default_home()
        self._launch = launch
        self._records = Records(self.home / "runs.db")
        self._name = secrets.token_hex(8)
        self._lock = threading.Lock()  # around starting a supervisor
        self._idle: list[Connection] = []  # connections nobody is using; list operations are atomic

    # -- the supervisor

    def ensure_supervisor(self) -> None:
        """Return when a supervisor answers; start one if need be.

        Raises:
            RunError: it cannot start, e.g. because the store is damaged; says why.
        """
        with self._lock:
            deadline = time.monotonic() + LAUNCH_SECONDS
            while not self._answers():
                self._start_supervisor(deadline)

    def _answers(self) -> bool:
        try:
            self._idle.append(self._connection())
        except (OSError, EOFError, ValueError, KeyError, AuthenticationError):
            return False
        return True

    def _start_supervisor(self, deadline: float) -> None:
        """Start a supervisor and wait until it answers or has ended: one that is just closing may still hold the lock."""
        places.make_home(self.home)
        log = self.home / "supervisor.log"
        if log.exists() and log.stat().st_size > MOST_LOG:
            log.unlink()
        with open(log, "ab") as output:
            size = output.tell()
            process = subprocess.Popen(
                [sys.executable, *self._launch, str(self.home)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": _search_path()},
                **_detached(),
            )
        threading.Thread(target=process.wait, name="reaper", daemon=True).start()  # it may end long before this process
        while not self._answers():
            code = process.poll()
            if code == REFUSED or (code is not None and code not in (0, HELD)) or time.monotonic() > deadline:
                said = log.read_bytes()[size:].decode(errors="replace").strip().splitlines()
                raise RunError(said[-1] if said else f"The supervisor of the runs did not start (exit {code}). {log} may say more.")
            time.sleep(0.02 if code is None else 0.2)
            if code is not None:
                return

    def shutdown(self, seconds: float = 6.0) -> None:
        """Save and pause every run and end the supervisor with all its processes. Nothing happens when there is none."""
        try:
            pid = self._ask({"request": "ping"}, seconds)["pid"]
            self._ask({"request": "shutdown"}, seconds)
        except (OSError, EOFError, ValueError, KeyError, AuthenticationError):
            return
        finally:
            self.close()
        deadline = time.monotonic() + seconds
        while _is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.01)

    def close(self) -> None:
        """Let go of the connections; the supervisor and the runs go on."""
        while self._idle:
            self._idle.pop().close()

    # -- runs

    def start(self, experiment: Experiment | str, play: bool = True, owner: str = "", speed: float = 0, heir_of: str = "") -> str:
        """Start a run and return its id once its first frame is there.

        Args:
            experiment: what to train, or its JSON.
            play: whether it trains at once.
            owner: who it is counted under.
            speed: steps per second; 0 is as fast as it goes.
            heir_of: a run whose newest weights it begins with, layer by layer as far as they fit; `inherited` tells which did.

        Raises:
            ExplorerError: the experiment does not work, needs too much (BudgetError), or there is no room.
        """
        run_id = places.new_run_id()
        text = experiment if isinstance(experiment, str) else experiment.to_json()
        wishes = {"play": play, "owner": owner, "speed": speed, "heir_of": heir_of and places.check_run_id(heir_of)}
        self._request({"request": "start", "run": run_id, "experiment": text, **wishes})
        return run_id

    def command(self, run_id: str, command: dict[str, Any]) -> dict[str, Any]:
        """Do `command` (see `messages.COMMANDS`) and return what came of it, once it is safe in the journal.

        Returns:
            "state", "reason" and "step" of the run, "sequence" of the first frame that shows it, and what the
            command asked for ("probabilities").

        Raises:
            ExplorerError: there is no such run or command, or the run cannot do it; in words.
        """
        places.check_run_id(run_id)
        again = command.get("command") not in ONCE
        return self._request({"request": "command", "run": run_id, "command": command}, again=again)

    def branch(self, of: str, step: int, owner: str = "") -> str:
        """Start a paused run that goes on from a recorded step of the run `of`, or from the one closest to it; returns its id.

        It goes on bit for bit as the other did, until something is changed.

        Raises:
            ExplorerError: nothing was recorded there, or there is no room.
        """
        run_id = places.new_run_id()
        self._request({"request": "branch", "run": run_id, "of": places.check_run_id(of), "step": step, "owner": owner})
        return run_id

    def run(self, run_id: str) -> RunRow:
        """What the store knows of a run. Raises RunError when there is none."""
        row = self._records.run(places.check_run_id(run_id))
        if row is None:
            raise RunError("This run does not exist any more. Start a new one.")
        return row

    def runs(self) -> list[RunRow]:
        """All runs, newest first."""
        return self._records.runs()

    def live(self) -> dict[str, dict[str, Any]]:
        """Run id -> "pid" and "state" of every worker there is."""
        return self._request({"request": "runs"})["live"]

    def watch(self, run_ids: Iterable[str]) -> None:
        """Say which runs are being looked at, one id per viewer; to be said again every second."""
        self._request({"request": "watch", "client": self._name, "runs": dict(Counter(run_ids))})

    # -- what runs left

    def frame_path(self, run_id: str) -> Path:
        """The memory-mapped newest frame, for a `FrameReader`. Raises RunError when the id has not the form of one."""
        return places.frame_path(self.home, run_id)

    def film(self, run_id: str) -> list[Shot]:
        """The snapshots of a run, by step."""
        return shots(places.run_folder(self.home, run_id))

    def look(self, run_id: str, step: int, column: int | None = None, unit: int | None = None, example: int = 0) -> bytes:
        """The live picture of a run as it was at a recorded step, or at the one closest to it; of the newest for -1.

        Args:
            column, unit: the unit that is enlarged, if one is.
            example: number of the probe example that is shown.

        Raises:
            ExplorerError: nothing was recorded, or the snapshot is damaged; says which.
        """
        asked = {"step": step, "column": column, "unit": unit, "example": example}
        return self._seen(run_id, self._request({"request": "look", "run": places.check_run_id(run_id), **asked}))

    def inspect(self, run_id: str, step: int, ask: dict[str, Any], slow: bool = False) -> Inspected | float:
        """What an inspection finds at a recorded step, or at the one closest to it; -1 is the newest.

        Args:
            ask: "kind" and the fields of the inspection, as its `model_dump` gives them.
            slow: let it take its time: until it is finished, the share that is done is returned, and asking again tells more.

        Raises:
            ExplorerError: it cannot be looked at; says why.
        """
        reply = self._request({"request": "inspect", "run": places.check_run_id(run_id), "step": step, "ask": ask, "slow": slow})
        return Inspected.unpack(self._seen(run_id, reply)) if "file" in reply else reply["share"]

    def cancel(self, run_id: str, step: int, ask: dict[str, Any]) -> None:
        """Give up a slow inspection."""
        self._request({"request": "cancel", "run": places.check_run_id(run_id), "step": step, "ask": ask})

    def offers(self, run_id: str, step: int = -1) -> dict[str, dict[str, Any]]:
        """Kind of inspection -> "reason" why it is not for this run ("" where it is), and "choices" of its fields."""
        return self._request({"request": "offers", "run": places.check_run_id(run_id), "step": step})["offers"]

    def explainable(self, run_id: str, step: int, selection: dict[str, Any]) -> dict[str, Any]:
        """What can be explained of a recorded step, and how, as `interpret.introducing` says it.

        Args:
            selection: as the `model_dump` of a Selection gives it.

        Raises:
            ExplorerError: it names what is not there, or nothing was recorded.
        """
        asked = {"run": places.check_run_id(run_id), "step": step, "selection": selection}
        return self._request({"request": "offers", **asked})["offers"]

    def _seen(self, run_id: str, reply: dict[str, Any]) -> bytes:
        try:
            return (places.run_folder(self.home, run_id) / lens.FOLDER / Path(reply["file"]).name).read_bytes()
        except OSError:
            raise RunError("What was found at this step has been cleared away. Look again.") from None

    def events(self, run_id: str) -> list[EventRow]:
        """What happened to a run, oldest first."""
        return self._records.events(places.check_run_id(run_id))

    def inherited(self, run_id: str) -> Inherited | None:
        """Which layers began with the weights of an earlier run; None when the run was not started as an heir."""
        found = [event.detail for event in self.events(run_id) if event.what == "inherit"]
        return Inherited(tuple(found[0]["kept"]), tuple(found[0]["fresh"]), found[0]["text"], found[0]["from"]) if found else None

    def branched(self, run_id: str) -> tuple[str, int] | None:
        """The run this one branched off from, and at which step; None when it began by itself."""
        found = [event.detail["branch"] for event in self.events(run_id) if event.what == "start" and "branch" in event.detail]
        return (found[0]["of"], found[0]["step"]) if found else None

    def metrics(self, run_id: str) -> list[tuple[int, dict[str, float | None]]]:
        """(step, metrics), by step."""
        return self._records.metrics(places.check_run_id(run_id))

    def checkpoints(self, run_id: str) -> list[CheckpointRow]:
        """The checkpoints kept, newest first."""
        return self._records.checkpoints(places.check_run_id(run_id))

    # -- asking

    def _request(self, message: dict[str, Any], again: bool = True) -> dict[str, Any]:
        """Ask the supervisor, starting one when it is gone. Raises ExplorerError."""
        for attempt in range(3):
            if attempt or not self._idle:
                self.ensure_supervisor()
            try:
                return self._ask(message, ANSWER_SECONDS)
            except (OSError, EOFError, AuthenticationError) as error:
                self.close()  # other connections are as dead as this one
                if not again and not isinstance(error, _Unsent):
                    break
        raise RunError("The supervisor of the runs ended while it worked on this. The run goes on from its last checkpoint: press Resume.")

    def _ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        try:
            data = encode(message)
        except MessageError as error:
            raise RunError(f"This command cannot be sent: {error}.") from None
        if len(data) > MAX_REQUEST:
            raise RunError(f"This request is {len(data):,} bytes long; at most {MAX_REQUEST:,} are read.")
        connection = self._borrow()
        try:
            _send(connection, data)
            if not connection.poll(seconds):
                raise RunError(f"The supervisor of the runs has not answered for {seconds:.0f} seconds.")
            reply = json.loads(connection.recv_bytes(MAX_REQUEST))
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)
        if not reply.pop("ok"):
            raise error_from(reply["error"], reply["text"])
        return reply

    def _borrow(self) -> Connection:
        with suppress(IndexError):
            return self._idle.pop()
        return self._connection()

    def _give_back(self, connection: Connection) -> None:
        if len(self._idle) < KEPT_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    def _connection(self) -> Connection:
        """A new connection. Raises OSError and the like when nobody listens."""
        found = json.loads((self.home / "supervisor.json").read_text())
        return connect(found["address"], authkey=bytes.fromhex(found["key"]))


class _Unsent(OSError):
    """The supervisor has certainly not seen this request."""


def _send(connection: Connection, data: bytes) -> None:
    try:
        connection.send_bytes(data)
    except OSError as error:
        raise _Unsent from error


def _search_path() -> str:
    """PYTHONPATH with which a new process finds this very explorer."""
    root = str(Path(explorer.__file__).parent.parent)
    return os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])


def _detached() -> dict[str, Any]:
    """A process of its own: what ends this one does not end it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
