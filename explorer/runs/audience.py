"""Who is watching which run, and what that means for how often each worker draws and saves."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from explorer.runs.handle import Handle

FASTEST, RAREST = 20.0, 4.0  # frames per second of a watched run
FRAMES_PER_CORE = 60.0  # a second, shared by all watched runs that train
USED = 0.8  # of all cores, by runs that share them: with some idle time left, every command and picture is prompt
SILENCE = 5.0  # seconds after which a server that said nothing counts as gone


@dataclass(frozen=True)
class Orders:
    """How often a worker draws and saves.

    Attributes:
        watchers: people who look at the run.
        rate: frames per second.
        save: seconds between checkpoints.
        share: of one core that training may use.
    """

    watchers: int
    rate: float
    save: float
    share: float


class Audience:
    """What each server last said it has open."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[float, dict[str, int]]] = {}

    def note(self, client: str, runs: Mapping[str, int]) -> None:
        """One server has these viewers: run id -> how many."""
        self._said[client] = (time.monotonic(), dict(runs))

    def watchers(self, run_id: str) -> int:
        """How many people watch a run, over all servers that spoke lately."""
        recent = time.monotonic() - SILENCE
        return sum(runs.get(run_id, 0) for said, runs in list(self._said.values()) if said > recent)

    def paces(self, live: Mapping[str, Handle]) -> Iterator[tuple[Handle, Orders]]:
        """For every worker, what to tell it."""
        self._forget_silent()
        now, running = time.monotonic(), [handle for handle in live.values() if handle.state == "running"]
        for handle in live.values():
            handle.watchers = self.watchers(handle.id)
            if handle.watchers:
                handle.watched = now
        drawing = sum(handle.watchers > 0 for handle in running)
        cores = os.cpu_count() or 1
        rate = min(max(FRAMES_PER_CORE * cores / max(drawing, 1), RAREST), FASTEST)
        share = 1.0 if len(running) <= cores else USED * cores / len(running)
        for handle in live.values():
            yield handle, Orders(handle.watchers, round(rate, 1), max(2.0, len(running) / 5), round(share, 3))

    def _forget_silent(self) -> None:
        long_ago = time.monotonic() - 10 * SILENCE
        for client in [client for client, (said, _) in list(self._said.items()) if said < long_ago]:
            del self._said[client]
