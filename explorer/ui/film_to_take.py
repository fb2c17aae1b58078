"""The film of a run to take away: made when somebody asks for it, with progress; then it lies ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from explorer.errors import ExplorerError
from explorer.runs.frames import FrameReader
from explorer.ui import film_frames, session
from explorer.ui.film_frames import frames_of
from explorer.ui.filming import MOST, film_of
from explorer.ui.live_page import LivePage
from explorer.ui.playback import Reel, page_of, words_of

ABOUT = (
    f"**The film of this run**: up to {MOST} of its recorded steps in one page that opens in any browser, without this program and "
    "without a network. It has the same pictures, a slider, the marks and the curves."
)
HELP = "Look at the recorded steps one by one and pack the pictures into a file. Takes some seconds; the run goes on meanwhile."
SINGLE = (
    "**The same as single pictures**, for slides, papers or a video: the network, what it says and the curves at every step, one file for "
    "each, named by its step, with the curves and their numbers, in one ZIP file."
)
SINGLE_HELP = "Draw every picture and pack them. SVG takes some seconds, PNG about half a second for each; the run goes on meanwhile."
LOOKING, DRAWING = "Looking at the recorded steps", "Drawing the pictures"

Tell = Callable[[float], object]


@dataclass(frozen=True)
class _Made:
    """A film that lies ready.

    Attributes:
        run: id of the run it is of.
        words: what is in it.
    """

    run: str
    data: bytes
    words: str


def film_to_take(page: LivePage) -> None:
    """Offer to make the film, as one page and as single pictures; and what was made."""
    _as_page(page, f"{page.name}.film")
    _as_pictures(page, f"{page.name}.frames")


def _as_page(page: LivePage, key: str) -> None:
    st.markdown(ABOUT)
    if st.button("Make the film", key=f"{key}.make", icon=":material/movie:", help=HELP):
        st.session_state[key] = _make(page, MOST, lambda reel, tell: page_of(reel, _title(page)))
    _offer(page, key, ("film.html", "text/html"), "Save the film. A double click on the file plays it.")


def _as_pictures(page: LivePage, key: str) -> None:
    st.markdown(SINGLE)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = "How many of the recorded steps, evenly chosen, with the first and the last; all where fewer are recorded."
        most = st.number_input("Pictures at most", film_frames.FEWEST, film_frames.MOST, 60, key=f"{key}.most", help=words, width=150)
        words = "SVG is sharp at every size; PNG has 1920 x 1080 pixels, for programs that take no SVG, such as those that make videos."
        form = st.segmented_control("Files", list(film_frames.DRAWN), default="SVG", required=True, key=f"{key}.form", help=words)
        words = "The colours of the pictures."
        theme = st.segmented_control("Colours", ["light", "dark"], default="light", required=True, key=f"{key}.theme", help=words)
        asked = st.button("Make the pictures", key=f"{key}.make", icon=":material/photo_library:", help=SINGLE_HELP)
    if asked:
        pack = partial(frames_of, title=_title(page), form=form or "SVG", theme="dark" if theme == "dark" else "light")
        st.session_state[key] = _make(page, int(most or film_frames.FEWEST), lambda reel, tell: pack(reel, tell=tell))
    _offer(page, key, ("film.zip", "application/zip"), "Save the pictures, packed into one file.")


def _offer(page: LivePage, key: str, file: tuple[str, str], words: str) -> None:
    """What was made of this run, to be saved."""
    made: _Made | None = st.session_state.get(key)
    if made and made.run == page.state.run_id:
        st.caption(made.words)
        label = f"Download {file[0]} ({len(made.data) / 1e6:.1f} MB)"
        icon = ":material/download:"
        st.download_button(label, made.data, *file, key=f"{key}.page", type="primary", help=words, on_click="ignore", icon=icon)


def _make(page: LivePage, most: int, pack: Callable[[Reel, Tell], bytes]) -> _Made | None:
    """The film, packed, while a bar shows how far it is; None where there is none, which is said."""
    bar = st.progress(0.0, LOOKING)
    try:
        now = _newest(page.state.run_id)
        reel = film_of(session.client(), page.state.run_id, now, lambda share: bar.progress(share, LOOKING), most)
        return _Made(page.state.run_id, pack(reel, lambda share: bar.progress(share, DRAWING)), words_of(reel))
    except ExplorerError as error:
        st.warning(str(error))
        return None
    finally:
        bar.empty()


def _newest(run_id: str) -> bytes:
    reader = FrameReader(session.client().frame_path(run_id))
    try:
        return reader.read() or b""
    finally:
        reader.close()


def _title(page: LivePage) -> str:
    experiment = page.state.experiment or page.experiment
    return f"{experiment.data.title()}: {experiment.task.title()}"
