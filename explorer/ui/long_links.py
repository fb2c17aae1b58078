"""Links too long to be read: answered with a sentence, before anything else looks at them."""

from __future__ import annotations

from typing import Any

import uvicorn.protocols.http.h11_impl as http

LONGEST_QUERY = 200_000  # characters; what is shorter reaches the page, which says more
# uvicorn ends a request of more than 64 kB without an answer a browser shows. A browser's longest address is 2 MB.
http.DEFAULT_MAX_INCOMPLETE_EVENT_SIZE = 3_000_000  # ty: ignore[invalid-assignment]

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Neural Explorer</title>
<style>:root {{color-scheme: light dark}} body {{font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto}}</style>
<p>This link is {length:,} characters long; at most {most:,} are read. Use a file instead.</p>
<p><a href="/">Open the explorer</a></p></html>"""


class LongLinks:
    """ASGI middleware: a request with an endless query gets a page that says so."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        length = len(scope.get("query_string", b""))
        if scope["type"] != "http" or length <= LONGEST_QUERY:
            await self.app(scope, receive, send)
            return
        body = PAGE.format(length=length, most=LONGEST_QUERY).encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 414, "headers": headers})
        await send({"type": "http.response.body", "body": body})
