"""A browser has one name, which the server gives and no script reads."""

from __future__ import annotations

import asyncio

import pytest

from explorer.ui.person import COOKIE, NAME, Persons

NAMED = "a1" * 16


def cookies_after(cookie: str, content_type: str, scheme: str = "http") -> list[str]:
    """The cookies a browser is given that asks with this one."""
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", content_type.encode())]})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    headers = [(b"cookie", cookie.encode())] if cookie else []
    asyncio.run(Persons(app)({"type": "http", "scheme": scheme, "headers": headers}, None, send))
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


@pytest.mark.parametrize("cookie", ["", "other=1", f"{COOKIE}=../../etc", f"{COOKIE}={NAMED}0", '{"not": a cookie;;;='])
def test_a_browser_without_a_name_is_given_one_with_a_page(cookie):
    (given,) = cookies_after(cookie, "text/html; charset=utf-8")
    name, *rest = given.split("; ")
    assert NAME.fullmatch(name.removeprefix(f"{COOKIE}="))
    assert {"HttpOnly", "SameSite=Lax"} <= set(rest)
    assert cookies_after(cookie, "text/html")[0].split("; ")[0] != name
    assert cookies_after(cookie, "text/html", "https")[0].endswith("; Secure")


def test_a_name_stays_and_files_bring_none():
    assert cookies_after(f"x=1; {COOKIE}={NAMED}", "text/html") == []
    assert cookies_after("", "application/javascript") == []


def test_what_is_no_request_passes():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(Persons(app)({"type": "lifespan"}, None, None))
    asyncio.run(Persons(app)({"type": "websocket", "headers": []}, None, None))
    assert seen == ["lifespan", "websocket"]
