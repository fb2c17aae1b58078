"""Data sets that have to be fetched first: where one is missing, the page offers to, and shows how far it is."""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer.data._openml import OnlineData
from explorer.errors import DataError
from explorer.experiment import DataSpec
from explorer.ingest.online import Source
from explorer.runs import downloading
from explorer.runs.downloading import Download

ASK_EVERY = 0.5  # seconds
WIDTH = 640  # pixels of the panel


def is_missing(data: DataSpec) -> bool:
    """Whether these data have to be fetched before anything can be seen of them."""
    return isinstance(data, OnlineData) and not data.is_here()


def offer(data: DataSpec) -> bool:
    """Where data were not fetched yet, say so and offer to. Returns whether that was so, and there is nothing else to show."""
    if not isinstance(data, OnlineData) or data.is_here():
        return False
    running = downloading.current(data.kind)
    if running and running.progress().state == "done":  # and removed since
        running = None
    st.subheader(data.title(), anchor=False)
    st.caption(data.summary())
    with st.container(border=True, width=WIDTH):
        st.markdown(in_words(data.source))
        if running and not running.progress().is_over:
            st.fragment(_watch, run_every=ASK_EVERY)(running)
        else:
            _begin(data, running)
    return True


def in_words(source: Source) -> str:
    """What downloading a set means."""
    size = "less than 1 MB"
    if source.plain >= 1:
        size = f"about {source.packed:g} MB, or {source.plain:g} MB where the site does not compress them"
    return (
        f"**{source.title} is not on this computer yet.** It comes from [openml.org]({source.page}): {source.rows:,} examples, {size}. "
        "It is fetched once, for everybody who uses this computer; after that no network is needed."
    )


def _begin(data: OnlineData, failed: Download | None) -> None:
    if failed:
        st.error(failed.progress().words)
    start = partial(_start, data.kind)
    words = "Fetches the data from openml.org. You may go on meanwhile: the download does not end when you leave this page."
    label = "Download again" if failed else "Download"
    st.button(label, type="primary", icon=":material/download:", key=f"download.{data.kind}", help=words, on_click=start)


def _start(kind: str) -> None:
    try:
        downloading.begin(kind)
    except DataError as error:
        st.toast(str(error), icon=":material/error:")


def _watch(running: Download) -> None:
    """How far it is, again and again; the whole page once it is over."""
    found = running.progress()
    if found.is_over:
        st.rerun()
    st.progress(found.share, text=found.words)
    words = "Ends the download. Nothing of it is kept."
    st.button("Cancel", icon=":material/close:", key="download.cancel", help=words, on_click=running.cancel)
