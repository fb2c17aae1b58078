"""Who looks at which run: counts the open pictures, and asks once a second how the runs being watched are."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

from explorer.errors import ExplorerError
from explorer.runs.client import Client
from explorer.runs.store import RunRow

log = logging.getLogger("explorer")

FASTEST, SLOWEST = 1 / 30, 1 / 3  # seconds between two frames of one viewer; a worker makes fewer than the fastest
TOGETHER = 120  # frames a second sent to all viewers together: a few hundredths of a core
ASK_EVERY = 1.0  # seconds


class Watching:
    """The pictures that are open in this server process.

    Counted in the server's event loop only, so that no lock is needed; `watchers` may be asked from any thread.
    """

    def __init__(self) -> None:
        self._watchers: Counter[str] = Counter()
        self._rows: dict[str, RunRow | None] = {}
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="nx-command")  # commands wait for answers of workers

    @contextlib.contextmanager
    def viewer(self, run_id: str) -> Iterator[None]:
        """Counted as a viewer of the run while the block runs."""
        self._watchers[run_id] += 1
        try:
            yield
        finally:
            self._watchers[run_id] -= 1
            if not self._watchers[run_id]:
                del self._watchers[run_id]
                self._rows.pop(run_id, None)

    def watchers(self, run_id: str) -> int:
        """How many pictures of a run are open."""
        return self._watchers[run_id]

    def pause(self) -> float:
        """Seconds to wait between two frames: a fair share of the server for each viewer."""
        viewers = sum(self._watchers.values())
        return min(max(FASTEST, viewers / TOGETHER), SLOWEST)

    async def row(self, client: Client, run_id: str) -> RunRow | None:
        """The run as it was at most a second ago, or None when there is no such run."""
        if run_id not in self._rows:
            self._rows[run_id] = await self.in_thread(_row, client, run_id)
        return self._rows[run_id]

    async def in_thread(self, function, *args):
        """The result of a call that may wait, made outside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    @contextlib.asynccontextmanager
    async def reporting(self, client: Client) -> AsyncIterator[None]:
        """While the block runs, tell the supervisor once a second what is watched, and read how those runs are."""
        task = asyncio.create_task(self._report(client))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _report(self, client: Client) -> None:
        while True:
            await asyncio.sleep(ASK_EVERY)
            try:
                await self._report_once(client)
            except Exception:  # the supervisor may be starting anew: the next second tries again
                log.debug("the supervisor could not be asked", exc_info=True)

    async def _report_once(self, client: Client) -> None:
        watched = list(self._watchers)
        await self.in_thread(client.watch, list(self._watchers.elements()))
        rows = await self.in_thread(lambda: {run_id: _row(client, run_id) for run_id in watched})
        self._rows.update((run_id, row) for run_id, row in rows.items() if run_id in self._watchers)


def _row(client: Client, run_id: str) -> RunRow | None:
    try:
        return client.run(run_id)
    except ExplorerError:
        return None


WATCHING = Watching()
