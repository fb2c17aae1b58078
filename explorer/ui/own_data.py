"""Data of one's own on the Data page: a file is brought, looked at, and used only then.

Decided: what is about to be used is one record, a data set of `explorer.data.own_*`; the forms change that record and nothing else.
Because: the page then goes on with it as with any data set, and what cannot be used is said by the record itself.
Instead of: a wizard with a state of its own, whose last step makes a record of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

import streamlit as st

from explorer.data._own import OwnData
from explorer.errors import ExplorerError
from explorer.experiment import DATASETS, DataSpec
from explorer.ingest import About, Limits, Store
from explorer.ingest.limits import MB
from explorer.ingest.reading import FORMATS
from explorer.runs.parsing import ParsedReport, parse
from explorer.ui.boundary import sentence_of
from explorer.ui.collecting import collect
from explorer.ui.person import person
from explorer.ui.study import size
from explorer.ui.words import plain

NOUNS = {"table": "rows", "pictures": "pictures", "sounds": "recordings"}
WAYS = (
    ("A table", "CSV, TSV, Parquet or Excel: one example in each row, one thing that is known of it in each column"),
    ("Measurements in time", "a table as above, with a column of dates or times and one of numbers"),
    (
        "Texts",
        "a table with a column of texts and one of classes; or a ZIP: one folder per class, or one .txt per class with a text a line",
    ),
    ("Pictures", "a ZIP of PNG, JPEG, GIF, BMP or WebP: one folder per class, or all together with a labels.csv (file, label)"),
    ("Recordings", "a ZIP of WAV or FLAC: one folder per class, or all together with a labels.csv (file, label)"),
)


@dataclass
class OwnState:
    """What this tab does with data of its own.

    Attributes:
        source: which data the page is about.
        draft: what is being looked at before it is used; None: nothing is.
        bringing: whether something else is about to be brought, though data are in use.
        ready: the ready set to go back to.
        turn: how many files were read; a file chooser is empty again after each, and the server has let go of the file.
        read: id of the file read last, which no rerun reads again.
        problem: why the last file could not be read, or "".
    """

    source: Literal["ready", "own"] = "ready"
    draft: OwnData | None = None
    bringing: bool = False
    ready: DataSpec | None = None
    turn: int = 0
    read: str = ""
    problem: str = ""

    def begin(self, content: str) -> None:
        """Look at a content before it is used."""
        self.draft, self.problem = likeliest(content, about_of(content)), ""

    def look_again(self, data: OwnData) -> None:
        """Look at data that are in use as they were looked at before."""
        self.draft, self.problem = data, ""

    def go_back(self) -> None:
        """Back to the data in use."""
        self.draft, self.bringing, self.problem = None, False, ""

    def bring(self) -> None:
        """Bring something else."""
        self.draft, self.bringing, self.problem = None, True, ""


def own_state(page: str) -> OwnState:
    """This tab's state of the data page of this name."""
    return st.session_state.setdefault(f"{page}.own", OwnState())


@lru_cache(maxsize=128)
def about_of(content: str) -> About:
    """What there is to say of a content; remembered, because a content never changes. Raises DataError."""
    return Store().about(content)


def own_kinds(about: About) -> dict[str, type[OwnData]]:
    """The data sets that can be made of a content, by name, the likeliest first."""
    fitting = [one for one in DATASETS.values() if issubclass(one, OwnData) and one.suits(about)]
    return {one.kind: one for one in sorted(fitting, key=lambda one: -one.suits(about))}


def likeliest(content: str, about: About) -> OwnData:
    """The data set that a content most likely is, as it was guessed."""
    return next(iter(own_kinds(about).values()))(content=content)


def read_once(own: OwnState, name: str, data: bytes | memoryview, number: str) -> None:
    """Read a file unless this one was read already, and look at it; one that cannot be read is explained, and all stays as it was."""
    if number == own.read:
        return
    own.read, own.turn, own.problem = number, own.turn + 1, ""
    with st.spinner(f"Reading {plain(name)}: taking it apart and looking for what is wrong with it. Large files take some seconds."):
        try:
            own.begin(brought(name, data, person()).content)
        except Exception as error:
            own.problem = sentence_of(error)


def brought(name: str, data: bytes | memoryview, owner: str) -> ParsedReport:
    """Read a file by a process of its own and keep what it holds; of the file itself nothing stays. Raises DataError."""
    with tempfile.TemporaryDirectory(prefix="nx-upload-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        return parse(path, name, owner)


def bring_view(page: str) -> None:
    """Choose a file, or collect examples here."""
    st.subheader("Bring your own data", anchor=False)
    st.caption("They stay on this server, are seen by you first, and are used only when you say so.")
    tabs = st.tabs(list(TABS), key=f"{page}.own.way", on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(page, own_state(page))


def _file(page: str, own: OwnState) -> None:
    left, right = st.columns([3, 4], gap="large")
    with left:
        most = Limits().bytes // MB
        words = "What is in it is read by a process of its own, which can reach nothing else; the file itself is not kept."
        file = st.file_uploader(f"A file of at most {most} MB", key=f"{page}.own.file.{own.turn}", max_upload_size=most, help=words)
        if file is not None:
            read_once(own, file.name, file.getbuffer(), file.file_id)
            st.rerun()
        _problem(own)
    with right:
        st.markdown("\n".join(["**What can be brought**", *(f"- **{name}**: {words}." for name, words in WAYS)]))
        st.caption(limits_in_words(Limits()))


def limits_in_words(limits: Limits) -> str:
    """How much may be brought."""
    known = ", ".join(sorted({ending for one in FORMATS.values() for ending in one.endings}))
    return (
        f"Files: {known}. Tables: at most {limits.rows:,} rows, {limits.columns:,} columns and {limits.cells:,} cells. Archives: at most "
        f"{limits.files:,} files and {limits.unpacked // MB} MB when unpacked. Pictures are kept as squares of {limits.side} pixels, "
        f"recordings up to {limits.seconds:.0f} seconds each."
    )


def _collected(page: str, own: OwnState) -> None:
    found = collect(f"{page}.own.collected")
    if found is not None:
        name, data = found
        read_once(own, name, data, f"collected {own.turn}")
        st.rerun()
    _problem(own)


def _problem(own: OwnState) -> None:
    if own.problem:
        st.error(plain(own.problem))


TABS: dict[str, Callable[[str, OwnState], None]] = {"A file": _file, "Collect here": _collected}


def shelf(page: str, used: str, let_go: Callable[[], None]) -> None:
    """Everything this browser brought, each to use or to remove, and how much room is left.

    Args:
        used: the content in use, or "".
        let_go: called before the content in use is removed.
    """
    store, owner = Store(), person()
    contents = store.contents_of(owner)
    _to_and_fro(own_state(page), used)
    st.markdown("**What you brought**", help="Kept for this browser. Nobody else sees this list.")
    if not contents:
        st.caption("Nothing yet.")
    for content in contents:
        _kept(page, content, used, let_go)
    _room(store.used(owner), Limits().owned)


def _to_and_fro(own: OwnState, used: str) -> None:
    """A button that leads to bringing other data, or back from there to those in use."""
    if own.draft or (used and not own.bringing):
        st.button("Bring other data", icon=":material/upload_file:", help="Choose another file, or collect examples.", on_click=own.bring)
    if used and (own.draft or own.bringing):
        st.button("Back to the data in use", icon=":material/arrow_back:", help="Everything stays as it was.", on_click=own.go_back)


def _room(taken: int, most: int) -> None:
    words = "A network may go on training on what is here only; what is removed makes room."
    st.progress(min(taken / most, 1.0), text=f"{taken / MB:.1f} of {most // MB} MB are taken.")
    st.caption(words)


def _kept(page: str, content: str, used: str, let_go: Callable[[], None]) -> None:
    """One content of the list."""
    with st.container(border=True, gap="xsmall"):
        try:
            about = about_of(content)
        except ExplorerError as error:
            st.caption(str(error))
            _remove(page, content, let_go if content == used else None)
            return
        st.markdown(f"**{plain(about.name)}**{' · in use' if content == used else ''}")
        st.caption(in_short(about, Store().size_of(content)))
        with st.container(horizontal=True):
            words = "Shows what is in them first."
            st.button("Use", key=f"{page}.own.use.{content}", help=words, on_click=own_state(page).begin, args=(content,))
            _remove(page, content, let_go if content == used else None)


def in_short(about: About, taken: int) -> str:
    """What a content is, in a line."""
    wide = f", {len(about.columns):,} columns" if about.columns else f" in {len(about.classes)} classes"
    return f"{about.rows:,} {NOUNS[about.kind]}{wide} · {size(taken)}"


def _remove(page: str, content: str, let_go: Callable[[], None] | None) -> None:
    with st.popover("Remove", help="Asks again first."):
        st.write("They are deleted here and cannot be brought back. Networks that train on them stop when they next begin anew.")
        st.button(
            "Remove them",
            key=f"{page}.own.remove.{content}",
            type="primary",
            help="Deletes them for good.",
            on_click=partial(_forget, own_state(page), content, let_go),
        )


def _forget(own: OwnState, content: str, let_go: Callable[[], None] | None) -> None:
    if let_go:
        let_go()
    own.problem = ""
    try:
        Store().forget(person(), content)
    except ExplorerError as error:
        own.problem = str(error)
    if own.draft and own.draft.content == content:
        own.draft = None
