"""The film of a run as one HTML page that needs nothing else: no server, no network, no other file.

Decided: the page is the workbench itself, with the bytes of its live pictures packed into it.
Because: what one sees is then what was seen, on every later day, with the slider, the marks and the curves.
Instead of: a video, which needs another program and cannot be stopped at a step to read its numbers.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from explorer.ui import assembly, workbench

HERE = Path(__file__).parent
NOTHING_FROM_ELSEWHERE = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{page_style}</style>
</head>
<body>
<header><h1>{title}</h1><p>{words}</p><button id="theme" type="button">Light or dark</button></header>
<main id="stage"></main>
<noscript>This film is played by a script, and scripts are switched off.</noscript>
<template id="look"><style>
{stage_style}</style></template>
<script id="film" type="application/json">{film}</script>
<script type="module">
{script}</script>
</body>
</html>
"""


@dataclass(frozen=True)
class Reel:
    """What a film is made of.

    Attributes:
        now: the live picture of the run, with its curves, deflated.
        steps: the steps that are shown, ascending.
        pictures: the live picture of each step, deflated.
        recorded: how many steps the run has recorded.
        damaged: how many of those wanted could not be read.
    """

    now: bytes
    steps: Sequence[int]
    pictures: Sequence[bytes]
    recorded: int
    damaged: int = 0

    @property
    def size(self) -> int:
        """Bytes of all pictures, deflated."""
        return len(self.now) + sum(len(picture) for picture in self.pictures)


def page_of(reel: Reel, title: str) -> bytes:
    """The film as an HTML document in UTF-8."""
    film = {"now": _text(reel.now), "steps": list(reel.steps), "pictures": [_text(picture) for picture in reel.pictures]}
    return PAGE.format(
        policy=NOTHING_FROM_ELSEWHERE,
        title=escape(title),
        words=escape(words_of(reel)),
        page_style=(HERE / "player.css").read_text(encoding="utf-8"),
        stage_style=workbench.style() + (HERE / "stage.css").read_text(encoding="utf-8"),
        film=json.dumps(film, separators=(",", ":")),
        script=script(),
    ).encode()


def words_of(reel: Reel) -> str:
    """What is in the film, in a sentence."""
    shown = f"{len(reel.steps):,} of {reel.recorded:,}" if len(reel.steps) < reel.recorded else f"All {reel.recorded:,}"
    text = f"{shown} recorded steps of a training run, from step {reel.steps[0]:,} to {reel.steps[-1]:,}."
    return f"{text} {reel.damaged} were damaged and are left out." if reel.damaged else text


@cache
def script() -> str:
    """The player and the workbench as one ES module."""
    return assembly.joined(HERE / "player.js")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def deflated(data: bytes) -> bytes:
    """Bytes of a picture as the page holds them."""
    return zlib.compress(data, 6)
