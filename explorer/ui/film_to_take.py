"""The film of a run to take away: made when somebody asks for it, with progress; then it lies ready."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from explorer.errors import ExplorerError
from explorer.runs.frames import FrameReader
from explorer.ui import session
from explorer.ui.filming import MOST, film_of
from explorer.ui.live_page import LivePage
from explorer.ui.playback import page_of, words_of

ABOUT = (
    f"**The film of this run**: up to {MOST} of its recorded steps in one page that opens in any browser, without this program and "
    "without a network. It has the same pictures, a slider, the marks and the curves."
)
HELP = "Look at the recorded steps one by one and pack the pictures into a file. Takes some seconds; the run goes on meanwhile."


@dataclass(frozen=True)
class _Made:
    """A film that lies ready.

    Attributes:
        run: id of the run it is of.
        words: what is in it.
    """

    run: str
    page: bytes
    words: str


def film_to_take(page: LivePage) -> None:
    """Offer to make the film, and the film once it is made."""
    key = f"{page.name}.film"
    made: _Made | None = st.session_state.get(key)
    st.markdown(ABOUT)
    if st.button("Make the film", key=f"{key}.make", icon=":material/movie:", help=HELP):
        made = st.session_state[key] = _make(page)
    if made and made.run == page.state.run_id:
        st.caption(made.words)
        st.download_button(
            f"Download film.html ({len(made.page) / 1e6:.1f} MB)",
            made.page,
            "film.html",
            "text/html",
            key=f"{key}.page",
            type="primary",
            help="Save the film. A double click on the file plays it.",
            on_click="ignore",
            icon=":material/download:",
        )


def _make(page: LivePage) -> _Made | None:
    """The film, while a bar shows how far it is; None where there is none, which is said."""
    bar = st.progress(0.0, "Looking at the recorded steps")
    try:
        now = _newest(page.state.run_id)
        reel = film_of(session.client(), page.state.run_id, now, lambda share: bar.progress(share, "Looking at the recorded steps"))
    except ExplorerError as error:
        st.warning(str(error))
        return None
    finally:
        bar.empty()
    return _Made(page.state.run_id, page_of(reel, _title(page)), words_of(reel))


def _newest(run_id: str) -> bytes:
    reader = FrameReader(session.client().frame_path(run_id))
    try:
        return reader.read() or b""
    finally:
        reader.close()


def _title(page: LivePage) -> str:
    experiment = page.state.experiment or page.experiment
    return f"{experiment.data.title()}: {experiment.task.title()}"
