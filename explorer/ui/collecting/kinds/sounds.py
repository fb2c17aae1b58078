"""Sounds recorded with the microphone, in pieces of a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import streamlit as st

from explorer.errors import DataError
from explorer.ingest.about import Notes
from explorer.ingest.formats.sounds import RATE, heard_one
from explorer.ingest.limits import Limits
from explorer.ui.collecting.collection import Example
from explorer.ui.collecting.desk import Desk
from explorer.ui.collecting.kind import KINDS, Kind
from explorer.ui.collecting.packing import data_url, wav_of
from explorer.ui.words import plain

LONGEST = 60.0  # seconds of one recording
SHORTEST = RATE // 2  # samples of a last piece that is kept; the rest of it is silence
SILENT = 0.01  # of the loudest there can be: a piece that is never louder is called silent
BARS = 32  # of a drawn sound
HEADER = 44  # bytes of a WAV file before its samples


@KINDS.register("sounds")
class Sounds(Kind):
    """A recording is cut into pieces of one second, and each piece is an example."""

    title: ClassVar[str] = "Sounds"
    icon: ClassVar[str] = ":material/mic:"
    noun: ClassVar[str] = "sound"
    rank: ClassVar[int] = 2
    shown: ClassVar[int] = 8
    ending: ClassVar[str] = ".wav"
    help: ClassVar[str] = "Sounds recorded with the microphone of this computer, one second each."

    def record(self, desk: Desk) -> None:
        name, key = plain(desk.collection.chosen.name), desk.widget_key("recorder", desk.state.turn)
        words = f"Every second becomes one example; up to {LONGEST:.0f} seconds of one recording are used."
        st.audio_input(f"Record into “{name}”", sample_rate=RATE, key=key, help=words, on_change=_recorded, args=(desk, key))
        st.caption(
            "Record for some seconds at a time: clap, whistle, say one word again and again. A class for silence is useful, too. "
            "Browsers give a microphone only to pages opened over https, or on the computer that runs them."
        )

    def item(self, example: Example) -> Mapping[str, Any]:
        samples = np.abs(np.frombuffer(example.data[HEADER:], "<i2").astype(np.float32)) / 32768
        heights = [round(float(bar.max()), 3) for bar in np.array_split(samples, BARS)]
        return {"sound": data_url(example.data, "audio/wav"), "wave": heights}


def _recorded(desk: Desk, key: str) -> None:
    file = st.session_state[key]
    if file is not None:
        desk.state.turn += 1  # an empty recorder, for the next one
        add_recording(desk, file.getvalue())


def add_recording(desk: Desk, data: bytes) -> None:
    """Add the pieces of a recording to the chosen class, and say what became of it."""
    before = len(desk.collection)
    try:
        found = pieces(data)
    except DataError as error:
        return desk.say(error)
    desk.add([wav_of(piece) for piece in found], desk.collection.into)
    added = len(desk.collection) - before
    if added:
        desk.state.said = " ".join(filter(None, [_in_words(added, found[:added], desk.collection.chosen.name), desk.state.said]))


def pieces(data: bytes) -> list[np.ndarray]:
    """A recording as pieces of a second, int16 (RATE,). Raises DataError when it cannot be read.

    What is left at the end becomes a piece with silence behind it, if it is half a second long, or all there is.
    """
    samples = heard_one(data, Limits(seconds=LONGEST), Notes())
    whole = [samples[start : start + RATE] for start in range(0, len(samples), RATE)]
    if len(whole) > 1 and len(whole[-1]) < SHORTEST:
        whole.pop()
    return [np.pad(piece, (0, RATE - len(piece))) for piece in whole]


def is_silent(piece: np.ndarray) -> bool:
    """Whether a piece, int16, is never louder than a room with nobody in it."""
    return float(np.abs(piece.astype(np.float32)).max()) < SILENT * 32768


def _in_words(added: int, found: list[np.ndarray], name: str) -> str:
    silent = sum(map(is_silent, found))
    words = f"{added} {'second was' if added == 1 else 'seconds were'} added to “{name}”."
    if silent:
        words += f" {silent} of them {'is' if silent == 1 else 'are'} silent: remove {'it' if silent == 1 else 'them'}, "
        words += "unless silence is what this class is for. If all are, look whether the microphone is switched off."
    return words
