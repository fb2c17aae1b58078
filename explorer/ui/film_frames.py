"""A film as single pictures: one file for every step, and the curves, packed together."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable

import numpy as np

from explorer.export.png_film import pngs_of
from explorer.plots.film_frame import HISTORY, History, film_curves, film_frame
from explorer.plots.raster import Theme
from explorer.results.frame import unpack
from explorer.ui.playback import Reel

FEWEST, MOST = 2, 200  # frames of a film


def _as_text(pictures: Iterable[str]) -> Generator[bytes]:
    yield from (picture.encode() for picture in pictures)


DRAWN: dict[str, Callable[[Iterable[str]], Generator[bytes]]] = {"SVG": _as_text, "PNG": pngs_of}  # what a file can be


def frames_of(reel: Reel, title: str, form: str, theme: Theme, tell: Callable[[float], object] = lambda share: None) -> bytes:
    """A ZIP archive: "step_000120.svg" for every picture of the film, "curves.svg", and the numbers of the curves as "curves.csv".

    Args:
        reel: the film.
        title: written into every picture.
        form: "SVG" or "PNG".
        theme: light or dark.
        tell: told the share that is done, 0 to 1.

    Raises:
        SpecError: PNGs cannot be drawn on this computer.
    """
    history = history_of(reel.now)
    digits = max(6, len(str(reel.steps[-1])))
    names = [f"step_{step:0{digits}d}" for step in reel.steps] + ["curves"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        drawn = DRAWN[form](_pictures(reel, history, title, theme))
        try:
            for number, (name, data) in enumerate(zip(names, drawn, strict=True)):
                zipped.writestr(f"{name}.{form.lower()}", data)
                tell((number + 1) / len(names))
        finally:
            drawn.close()
        zipped.writestr("curves.csv", table_of(history))
    return archive.getvalue()


def _pictures(reel: Reel, history: History, title: str, theme: Theme) -> Iterable[str]:
    """Every step as an SVG, and the curves last."""
    for picture in reel.pictures:
        yield film_frame(*unpack(zlib.decompress(picture)), history, title, theme)
    yield film_curves(unpack(zlib.decompress(reel.now))[0], history, title, theme)


def history_of(now: bytes) -> History:
    """ "step" and one array per metric, from a deflated live picture."""
    _, arrays = unpack(zlib.decompress(now))
    return {name.removeprefix(HISTORY): values for name, values in arrays.items() if name.startswith(HISTORY)}


def table_of(history: History) -> str:
    """The curves as lines of text; a number that was not measured is left empty."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(history)
    for row in zip(*history.values(), strict=True):
        rows.writerow([f"{value:.9g}" if np.isfinite(value) else "" for value in row])
    return file.getvalue()
