"""Whose browser this is: a random name in a cookie, under which what somebody brought is found again after a reload.

Decided: the server gives every browser a name that no script of a page can read, and that says nothing of who it is.
Because: a tab's own memory ends with a reload, and what was brought an hour ago should still be there to use or to remove.
Instead of: accounts, or a list by tab, whose contents nobody could remove any more.
"""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Any

import streamlit as st

from explorer.ui import session

COOKIE = "nx_browser"
NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
YEAR = 365 * 24 * 3600  # seconds


def person() -> str:
    """The name under which this browser's data are kept; that of the tab where the browser keeps no cookies."""
    found = str(st.context.cookies.get(COOKIE, ""))
    return found if NAME.fullmatch(found) else session.session().owner


class Persons:
    """ASGI middleware: a browser that opens a page without a name is given one."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def named(message: Any) -> None:
            if message["type"] == "http.response.start" and _is_page(message["headers"]):
                message = {**message, "headers": [*message["headers"], (b"set-cookie", cookie(scope["scheme"]).encode())]}
            await send(message)

        await self.app(scope, receive, send if scope["type"] != "http" or _has_name(scope["headers"]) else named)


def cookie(scheme: str) -> str:
    """A Set-Cookie header with a new name."""
    safe = "; Secure" if scheme == "https" else ""
    return f"{COOKIE}={secrets.token_hex(16)}; Path=/; Max-Age={YEAR}; HttpOnly; SameSite=Lax{safe}"


def _is_page(headers: Any) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)


def _has_name(headers: Any) -> bool:
    try:
        found = SimpleCookie(b"; ".join(value for name, value in headers if name.lower() == b"cookie").decode("latin-1"))
    except CookieError:
        return False
    return COOKIE in found and bool(NAME.fullmatch(found[COOKIE].value))
