"""The websocket of a live picture: frames out as they are, commands in, nothing computed here; its past; and the pictures of layers.

Decided: each connection looks at its run's memory-mapped frame and sends the newest one when there is a new one.
Because: a slow browser then skips frames instead of letting them queue, and a viewer costs a fraction of a millisecond per frame.
Instead of: publishing every frame to every viewer.
"""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from explorer.errors import ExplorerError, RunError
from explorer.runs.frames import FrameReader
from explorer.runs.messages import COMMANDS, MessageError, decode
from explorer.ui import session
from explorer.ui.link import RUN_ID
from explorer.ui.watching import WATCHING

GONE, NOT_OURS = 4404, 4403  # close codes
MAX_COMMAND = 64_000  # characters of one command
LOOKS_PER_FRAME = 3  # how often a new frame is looked for while one may be sent: what a click waits for its picture
KEEP = {"Cache-Control": "public, max-age=3600"}  # a picture changes with the program only
FRESH = {"Cache-Control": "no-store"}  # a step may be recorded anew
MAX_WAITING = 20  # commands of one viewer that may wait for an answer


async def live(socket: WebSocket) -> None:
    """GET /nx/runs/{run_id}/live: see `explorer/ui/workbench` for the browser's side."""
    run_id = socket.path_params["run_id"]
    if not same_origin(socket.headers.get("origin"), socket.headers.get("host")):
        await socket.close(NOT_OURS)
        return
    await socket.accept()
    row = await WATCHING.row(session.client(), run_id) if RUN_ID.match(run_id) else None
    if row is None:
        await _say_gone(socket)
        return
    with WATCHING.viewer(run_id), contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await _serve(socket, run_id)


def same_origin(origin: str | None, host: str | None) -> bool:
    """Whether a browser's page may open the socket: it was served by this very server."""
    return origin is None or urlsplit(origin).netloc == host


def layer_svg(request: Request) -> Response:
    """GET /nx/layers/{kind}.svg?theme=light: what a layer does to a small example; without a theme, in black.

    Not async: it runs in a thread of its own, and the first picture waits for torch to be imported.
    """
    from explorer.networks.specimen import specimen
    from explorer.plots.layer_picture import layer_picture

    try:
        found = specimen(request.path_params["kind"])
    except ExplorerError as error:
        return PlainTextResponse(str(error), 404)
    if found is None:
        return PlainTextResponse("There is no picture of this layer: it takes none of the examples.", 404)
    return Response(layer_picture(found, request.query_params.get("theme", "")), media_type="image/svg+xml", headers=KEEP)


def film(request: Request) -> Response:
    """GET /nx/runs/{run_id}/film: the recorded steps of a run. Not async: it reads a folder, in a thread of its own."""
    run_id = request.path_params["run_id"]
    if not RUN_ID.match(run_id):
        return JSONResponse({"text": "There is no such run."}, 404)
    return JSONResponse({"steps": [shot.step for shot in session.client().film(run_id)]}, headers=FRESH)


def past(request: Request) -> Response:
    """GET /nx/runs/{run_id}/film/{step}?column=&unit=&example=: the bytes of the live picture as it was at a step.

    What cannot be shown is said in JSON: 410 where the snapshot is damaged or gone, 409 where the question does not fit.
    """
    run_id, asked = request.path_params["run_id"], request.query_params
    try:
        numbers = {name: int(asked[name]) for name in ("column", "unit", "example") if name in asked}
    except ValueError:
        return JSONResponse({"text": "A column, a unit and an example are whole numbers."}, 400)
    try:
        data = session.client().look(run_id, request.path_params["step"], **numbers)
    except RunError as error:
        return JSONResponse({"text": str(error)}, 410)
    except ExplorerError as error:
        return JSONResponse({"text": str(error)}, 409)
    return Response(data, media_type="application/octet-stream", headers=FRESH)


def curve(request: Request) -> Response:
    """GET /nx/runs/{run_id}/curve: "step" and every metric of a run as lists of equal length, None where one was not measured."""
    run_id = request.path_params["run_id"]
    rows = session.client().metrics(run_id) if RUN_ID.match(run_id) else []
    names = sorted({name for _, metrics in rows for name in metrics})
    table = {name: [metrics.get(name) for _, metrics in rows] for name in names}
    return JSONResponse({"step": [step for step, _ in rows], **table}, headers=FRESH)


async def _serve(socket: WebSocket, run_id: str) -> None:
    """Send and receive until one of the two ends."""
    tasks = [asyncio.create_task(_send_frames(socket, run_id)), asyncio.create_task(_take_commands(socket, run_id))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send_frames(socket: WebSocket, run_id: str) -> None:
    """The newest frame whenever there is a new one, and the run's state whenever that changes."""
    reader = FrameReader(session.client().frame_path(run_id))
    sent, sent_at, state = 0, 0.0, None
    clock = asyncio.get_running_loop().time
    try:
        while True:
            row = await WATCHING.row(session.client(), run_id)
            if row is None:
                await _say_gone(socket)
                return
            pause, newest = WATCHING.pause(), reader.sequence()
            if newest != sent and clock() >= sent_at + pause and (frame := reader.read()):
                sent, sent_at = newest, clock()
                await socket.send_bytes(frame)
            if (row.state, row.reason) != state:
                state = (row.state, row.reason)
                await socket.send_json({"type": "state", "state": row.state, "reason": row.reason})
            await asyncio.sleep(pause / LOOKS_PER_FRAME)
    finally:
        reader.close()


async def _take_commands(socket: WebSocket, run_id: str) -> None:
    """Hand every command to the supervisor, each in its own task: a slow one does not hold up the next."""
    waiting: set[asyncio.Task] = set()
    try:
        while True:
            text = await socket.receive_text()
            if len(waiting) >= MAX_WAITING:
                await socket.send_json({"type": "error", "text": "Commands arrive faster than the run can take them. Wait a moment."})
                continue
            task = asyncio.create_task(_obey(socket, run_id, text))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
    finally:
        for task in waiting:
            task.cancel()


async def _obey(socket: WebSocket, run_id: str, text: str) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_json(await answer(run_id, text))


async def answer(run_id: str, text: str) -> dict:
    """What the run says to a command in JSON: an acknowledgement, a prediction, or an error in words."""
    if len(text) > MAX_COMMAND:
        return {"type": "error", "text": f"A command of {len(text):,} characters is too long; at most {MAX_COMMAND:,} are read."}
    try:
        command = decode(text.encode(), "command", COMMANDS)
        reply = await WATCHING.in_thread(session.client().command, run_id, command)
    except (MessageError, ExplorerError) as error:
        return {"type": "error", "text": str(error)}
    name = command["command"]
    return {**(reply or {}), "type": "prediction" if name == "predict" else "ack", "command": name}


async def _say_gone(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_json({"type": "gone"})
        await socket.close(GONE)


ROUTES: list[BaseRoute] = [
    WebSocketRoute("/nx/runs/{run_id}/live", live),
    Route("/nx/runs/{run_id}/film", film),
    Route("/nx/runs/{run_id}/film/{step:int}", past),
    Route("/nx/runs/{run_id}/curve", curve),
    Route("/nx/layers/{kind}.svg", layer_svg),
]
