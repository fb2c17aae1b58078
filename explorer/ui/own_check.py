"""What a file holds, before it is used: its first examples, what is wrong with it, and what its columns are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.data._own import BESIDE, OwnData, OwnRows, roles_of
from explorer.errors import ExplorerError
from explorer.experiment import DataSpec
from explorer.experiment.record import validated
from explorer.ingest import About, Column, ColumnAbout, Pictures, Role, Sounds, Store, Table
from explorer.ingest.about import ROLES
from explorer.plots.data_montage import montage
from explorer.plots.data_series import waveform
from explorer.ui.controls import Sheet, form
from explorer.ui.edits import carried
from explorer.ui.fields import own_fields
from explorer.ui.own_data import OwnState, in_short, own_kinds
from explorer.ui.words import plain

MOST_ROWS, MOST_COLUMNS = 100, 40  # shown of a table
MOST_PICTURES, MOST_SOUNDS = 40, 6
DRAFT = "draft"  # the path of what is looked at


def check_view(page: str, own: OwnState, about: About, use: Callable[[OwnData], None]) -> None:
    """Draw what is about to be used.

    Args:
        use: takes the data into use. Raises ExplorerError where they cannot be.
    """
    draft = own.draft
    assert draft is not None
    _heading(page, own, about, use)
    left, right = st.columns([3, 2], gap="large")
    with right:
        _problems(about)
        _choices(page, own, draft, about)
    with left:
        SHOWN[about.kind](page, draft.content, about)
        if isinstance(draft, OwnRows):
            _roles(page, own, draft, about)


@lru_cache(maxsize=64)
def objection(draft: OwnData) -> str:
    """Why these data cannot be used, in words; "" when they can."""
    try:
        draft.load()
    except ExplorerError as error:
        return str(error)
    return ""


def _heading(page: str, own: OwnState, about: About, use: Callable[[OwnData], None]) -> None:
    assert own.draft is not None
    wrong = objection(own.draft)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(plain(about.name), width="content", anchor=False)
        with st.container(horizontal=True, width="content"):
            st.button("Not these", key=f"{page}.own.back", help="Go back; they stay in the list.", on_click=_back, args=(own,))
            words = "The Data page, and networks, take these from now on."
            st.button(
                "Use these data",
                key=f"{page}.own.take",
                type="primary",
                icon=":material/check:",
                help=words,
                disabled=bool(wrong),
                on_click=use,
                args=(own.draft,),
            )
    if wrong or own.problem:
        st.error(plain(own.problem or wrong))
    st.caption(f"{in_short(about, Store().size_of(own.draft.content))} · read from: {plain(about.source)}")


def _back(own: OwnState) -> None:
    own.draft, own.problem = None, ""


def _problems(about: About) -> None:
    found = about.problems
    if not found:
        st.success("Nothing is wrong with these data, as far as can be told from outside.", icon=":material/check_circle:")
        return
    st.markdown(f"**What is wrong with them** · {len(found)} {'thing' if len(found) == 1 else 'things'}")
    with st.container(height=260 if len(found) > 3 else "content", border=True):
        for one in found:
            count, what = f" · {one.count:,} times" if one.count > 1 else "", one.what.rstrip(".")
            st.markdown(f":orange[:material/warning:] **{plain(one.where)}**{count}: {plain(what)}. {plain(one.way_out)}")


def _choices(page: str, own: OwnState, draft: OwnData, about: About) -> None:
    """What is to be told, and what else the data set asks for."""
    if isinstance(draft, OwnRows):
        _kind(page, own, draft, about)
        _target(page, own, draft, about)
    sheet = Sheet(f"{page}.own", partial(_set, own), ("", ""), runs=False)
    form(draft, DRAFT, sheet, [name for name in own_fields(type(draft), DataSpec) if name != "roles"])


def _kind(page: str, own: OwnState, draft: OwnRows, about: About) -> None:
    kinds, key = own_kinds(about), f"{page}.own.kind.{draft.content}.{draft.kind}"
    names = sorted(kinds)
    st.selectbox(
        "What a network is to tell",
        names,
        index=names.index(draft.kind),
        format_func=lambda kind: kinds[kind].asks,
        key=key,
        help="Words and small whole numbers make classes; measurements make numbers; rows in order of time can be foreseen.",
        on_change=_choose_kind,
        args=(own, kinds, key),
    )


def _target(page: str, own: OwnState, draft: OwnRows, about: About) -> None:
    names = [column.name for column in about.columns]
    roles = roles_of(about, draft.roles)
    chosen = next((name for name in names if roles[name] == "target"), None)
    key = f"{page}.own.target.{draft.content}.{chosen}"
    st.selectbox(
        "The column that is to be told",
        names,
        index=names.index(chosen) if chosen else None,
        placeholder="Choose one",
        key=key,
        help="The target. What is told of it is learnt from the other columns.",
        on_change=_choose_target,
        args=(own, about, key),
    )
    for column in about.columns:
        if column.name == chosen:
            st.caption(f"{plain(looks_like(column))}.")


def _choose_kind(own: OwnState, kinds: Mapping[str, type[OwnData]], key: str) -> None:
    if own.draft is not None and st.session_state[key]:
        own.draft, own.problem = as_kind(own.draft, kinds[st.session_state[key]]), ""


def _choose_target(own: OwnState, about: About, key: str) -> None:
    if isinstance(own.draft, OwnRows) and st.session_state[key]:
        own.draft, own.problem = with_target(own.draft, about, st.session_state[key]), ""


def _set(own: OwnState, path: str, value: Any) -> None:
    own.problem = ""
    try:
        assert own.draft is not None
        own.draft = validated(own.draft, {path.removeprefix(f"{DRAFT}."): value})
    except ExplorerError as error:
        own.problem = str(error)


def as_kind(draft: OwnData, kind: type[OwnData]) -> OwnData:
    """The same content as another data set, with all choices that it has too."""
    return carried(draft, kind, [name for name in type(draft).model_fields if name in kind.model_fields])


def with_target(draft: OwnRows, about: About, name: str) -> OwnData:
    """The same content with another column to tell, as the data set that suits that column."""
    roles = roles_of(about, draft.roles)
    before = {column.name: BESIDE[column.stored] for column in about.columns if roles[column.name] == "target"}
    changed = validated(draft, {"roles": corrections(about, {**roles, **before, name: "target"})})
    now = roles_of(about, changed.roles)
    seen = about.model_copy(update={"columns": tuple(one.model_copy(update={"role": now[one.name]}) for one in about.columns)})
    return as_kind(changed, next(iter(own_kinds(seen).values())))


def corrections(about: About, roles: dict[str, Role]) -> tuple[tuple[str, Role], ...]:
    """The columns that are for something else than was guessed."""
    return tuple((column.name, roles[column.name]) for column in about.columns if roles[column.name] != column.role)


# -- the other columns


def _roles(page: str, own: OwnState, draft: OwnRows, about: About) -> None:
    """A table in which the role of each column but the target is shown, why, and can be changed."""
    roles = roles_of(about, draft.roles)
    others = [column for column in about.columns if roles[column.name] != "target"]
    key = f"{page}.own.roles.{draft.content}.{draft.kind}.{len(about.columns) - len(others)}.{_target_name(roles)}"
    base = f"{key}.base"
    if key not in st.session_state or base not in st.session_state:
        st.session_state[base] = roles  # what the table shows at first; it keeps what was changed in it itself
    fed = " and ".join(ROLES_IN_WORDS[role] for role in draft.fed)
    st.markdown("**What the other columns are for**", help="Guessed by names and values, and to be corrected here.")
    st.caption(f"Used here: {fed}.")
    st.data_editor(
        roles_frame(others, st.session_state[base]),
        key=key,
        hide_index=True,
        height=min(38 + 35 * len(others), 330),
        disabled=["column", "looks like", "missing", "why"],
        column_config={"used as": _role_config(), "looks like": st.column_config.TextColumn(width="medium")},
        on_change=_choose_roles,
        args=(own, about, key, [column.name for column in others]),
    )


ROLES_IN_WORDS = {"feature": "features (numbers)", "category": "categories (words)", "time": "the time", "text": "the text"}


def _target_name(roles: dict[str, Role]) -> str:
    return next((name for name, role in roles.items() if role == "target"), "")


def _role_config() -> Any:
    options = [role for role in ROLES if role != "target"]
    words = "\n".join(f"- **{role}**: {ROLES[role]}" for role in options)
    return st.column_config.SelectboxColumn("used as", options=options, required=True, width="small", help=words, pinned=False)


def roles_frame(columns: list[ColumnAbout], roles: dict[str, Role]) -> pd.DataFrame:
    """One row for each column: its role, how its values look, and why that role."""
    rows = [
        {
            "column": one.name,
            "used as": roles[one.name],
            "looks like": looks_like(one),
            "missing": one.missing,
            "why": one.reason if roles[one.name] == one.role else "chosen by hand",
        }
        for one in columns
    ]
    return pd.DataFrame(rows, columns=["column", "used as", "looks like", "missing", "why"])


def looks_like(column: ColumnAbout) -> str:
    """The values of a column in a few words."""
    if column.low is not None and column.high is not None:
        return f"{column.low:.6g} to {column.high:.6g}, {column.distinct:,} different"
    names = ", ".join(name for name, _ in column.common[:3])
    return f"{names}{', …' if column.distinct > 3 else ''} ({column.distinct:,} different)"


def _choose_roles(own: OwnState, about: About, key: str, names: list[str]) -> None:
    edited = st.session_state[key]["edited_rows"]
    found = {names[int(row)]: change["used as"] for row, change in edited.items() if change.get("used as") in ROLES}
    if isinstance(own.draft, OwnRows):
        roles = {**st.session_state[f"{key}.base"], **found}
        own.draft, own.problem = validated(own.draft, {"roles": corrections(about, roles)}), ""


# -- the first examples


def _first_rows(page: str, content: str, about: About) -> None:
    st.markdown(f"**The first {min(about.rows, MOST_ROWS):,} of {about.rows:,} rows**")
    st.dataframe(first_rows(content), height=300, key=f"{page}.own.rows.{content}")
    if len(about.columns) > MOST_COLUMNS:
        st.caption(f"The first {MOST_COLUMNS} of {len(about.columns):,} columns.")


@lru_cache(maxsize=16)
def first_rows(content: str) -> pd.DataFrame:
    """The first rows and columns of a table, as they were read; rows are counted from 1."""
    table = Store().load(content)[0]
    assert isinstance(table, Table)
    rows = min(len(table), MOST_ROWS)
    return pd.DataFrame({one.name: _values(one, rows) for one in table.columns[:MOST_COLUMNS]}, index=range(1, rows + 1))


def _values(column: Column, rows: int) -> list[str | float | None]:
    if column.levels is None:
        return [float(value) if np.isfinite(value) else None for value in column.values[:rows]]
    return [column.levels[code] if code >= 0 else None for code in column.values[:rows]]


def _some_pictures(page: str, content: str, about: About) -> None:
    pictures, labels = some_pictures(content)
    names = [about.classes[label][0] for label in labels]
    st.markdown(f"**{len(names)} of {about.rows:,} pictures**, from every class")
    figure = montage(pictures, names, 8)
    st.plotly_chart(figure, key=f"{page}.own.pictures.{content}", alt=f"{len(names)} pictures, each with its class below.")
    _classes(page, content, about)


@lru_cache(maxsize=16)
def some_pictures(content: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures float32 (n, 3, side, side) from 0 to 1, and the class of each; the classes take turns."""
    found = Store().load(content)[0]
    assert isinstance(found, Pictures)
    chosen = in_turns(found.labels, MOST_PICTURES)
    return found.pixels[chosen].astype(np.float32) / 255, found.labels[chosen]


def _some_sounds(page: str, content: str, about: About) -> None:
    recordings, labels = some_sounds(content)
    st.markdown(f"**{len(labels)} of {about.rows:,} recordings**, from every class")
    columns = st.columns(2)
    for number, (one, label) in enumerate(zip(recordings, labels, strict=True)):
        with columns[number % 2]:
            st.markdown(f"**{plain(about.classes[label][0])}** · {len(one) / about.rate:.2g} seconds")
            st.audio(one, sample_rate=about.rate)
            figure = waveform(one, about.rate).update_layout(height=190)
            words = f"A sound of {len(one) / about.rate:.2g} seconds."
            st.plotly_chart(figure, key=f"{page}.own.sound.{content}.{number}", alt=words, config={"displayModeBar": False})
    _classes(page, content, about)


@lru_cache(maxsize=16)
def some_sounds(content: str) -> tuple[list[np.ndarray], np.ndarray]:
    """Recordings, int16 each, and the class of each; the classes take turns."""
    found = Store().load(content)[0]
    assert isinstance(found, Sounds)
    chosen = in_turns(found.labels, MOST_SOUNDS)
    recordings = found.recordings()
    return [recordings[number] for number in chosen], found.labels[chosen]


def in_turns(labels: np.ndarray, most: int) -> np.ndarray:
    """Numbers of at most so many examples, the first of every class, then the second of every class, and so on.

    Example:
        >>> in_turns(np.array([0, 0, 0, 1, 2, 2]), 5).tolist()
        [0, 3, 4, 1, 5]
    """
    turn = np.zeros(len(labels), int)
    for label in np.unique(labels):
        own = labels == label
        turn[own] = np.arange(own.sum())
    return np.lexsort((labels, turn))[:most]


def _classes(page: str, content: str, about: About) -> None:
    st.markdown(f"**{len(about.classes)} classes**")
    frame = pd.DataFrame(about.classes, columns=["class", "how many"])
    st.dataframe(frame, hide_index=True, height=min(38 + 35 * len(frame), 220), key=f"{page}.own.classes.{content}")


SHOWN: dict[str, Callable[[str, str, About], None]] = {"table": _first_rows, "pictures": _some_pictures, "sounds": _some_sounds}
