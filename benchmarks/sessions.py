"""A class: thirty sessions, each watching a run of its own, on this machine's cores (which the clients below share)."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks._app import App, app
from benchmarks.row import Row, at_least, below

SESSIONS = 30
SETTLED = 5.0  # seconds after the last session has come before counting begins
WATCHED = 20.0


@dataclass
class Visitor:
    """One browser tab, without the browser: Streamlit's websocket and the live one."""

    app: App
    run: str = ""
    query: str = ""
    frames: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)  # seconds from a click to its answer

    async def visit(self, until: asyncio.Event) -> None:
        """Open the page, watch the run it starts, and click now and then."""
        address = self.app.url.replace("http", "ws")
        async with connect(f"{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None, origin=self.app.url) as page:  # ty: ignore[invalid-argument-type]
            await self.rerun(page)
            async with connect(f"{address}/nx/runs/{self.run}/live", max_size=None, origin=self.app.url) as live:  # ty: ignore[invalid-argument-type]
                await asyncio.gather(self.watch(live, until), self.click(page, live, until))

    async def rerun(self, page: ClientConnection) -> None:
        """Run the page's script once, as any click on a Streamlit control does."""
        began, message = time.perf_counter(), BackMsg()
        message.rerun_script.query_string = self.query
        await page.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(await page.recv(decode=False))
            kind = answer.WhichOneof("type")
            if kind == "page_info_changed":
                self.query = answer.page_info_changed.query_string
                self.run = parse_qs(self.query).get("run", [self.run])[0]
            if kind == "script_finished":
                break
        self.answers.append(time.perf_counter() - began)

    async def watch(self, live: ClientConnection, until: asyncio.Event) -> None:
        """Note when each frame comes, and when a command is answered."""
        while not until.is_set():
            message = await live.recv()
            if isinstance(message, bytes):
                self.frames.append(time.perf_counter())
            elif json.loads(message).get("type") == "ack":
                self.answers.append(time.perf_counter() - self.asked)

    async def click(self, page: ClientConnection, live: ClientConnection, until: asyncio.Event) -> None:
        """In turn a control of the page and a button of the picture, every few seconds."""
        while not until.is_set():
            await asyncio.sleep(3)
            await self.rerun(page)
            await asyncio.sleep(3)
            self.asked = time.perf_counter()
            await live.send(json.dumps({"command": "focus", "column": 1, "unit": 0}))


def measure() -> list[Row]:
    """The class, once."""
    with app() as running:
        return asyncio.run(lesson(running))


async def lesson(running: App) -> list[Row]:
    """All come within ten seconds, stay, and are counted."""
    until, first = asyncio.Event(), Visitor(running)
    visits = [asyncio.create_task(first.visit(until))]
    await asyncio.sleep(SETTLED)
    memory = running.memory()
    visitors = [Visitor(running) for _ in range(SESSIONS - 1)]
    for visitor in visitors:
        visits.append(asyncio.create_task(visitor.visit(until)))
        await asyncio.sleep(10 / SESSIONS)
    await asyncio.sleep(SETTLED)
    for visitor in visitors:
        visitor.answers.clear()
    began = time.perf_counter()
    await asyncio.sleep(WATCHED)
    grown = (running.memory() - memory) / len(visitors)
    until.set()
    for problem in await asyncio.gather(*visits, return_exceptions=True):
        if isinstance(problem, Exception):
            raise problem
    rates = [sum(began <= frame < began + WATCHED for frame in visitor.frames) / WATCHED for visitor in visitors]
    answers = sorted(answer for visitor in visitors for answer in visitor.answers)
    return [
        at_least(f"{SESSIONS} sessions: repaints of the slowest page", min(rates), 2, "frames/s"),
        below(f"{SESSIONS} sessions: a click's answer, median", statistics.median(answers), 1, "s"),
        below(f"{SESSIONS} sessions: a click's answer, 95th percentile", answers[int(0.95 * len(answers))], 1, "s"),
        below(f"{SESSIONS} sessions: memory of each further session, all processes", grown, 60, "MB"),
    ]
