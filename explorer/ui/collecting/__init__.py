"""Data collected in the page: examples drawn, taken, recorded or typed into classes, and brought in as if they had been uploaded.

Decided: what is collected becomes a ZIP archive of the form that uploads have, and takes the same way in.
Because: there is then one door for data, whose checks hold for these, too; and the archive can be downloaded and brought again.
Instead of: arrays handed to the store directly.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer.ui.collecting.collection import FEWEST, MOST_BYTES, MOST_EXAMPLES, Group
from explorer.ui.collecting.components import gallery
from explorer.ui.collecting.desk import Desk, desk_at
from explorer.ui.collecting.kind import KINDS, Kind, ordered
from explorer.ui.words import plain

__all__ = ["collect"]


def collect(key: str) -> tuple[str, bytes] | None:
    """Draw the whole form.

    Args:
        key: first part of every widget key.

    Returns:
        Name and bytes of a file as uploads are, on the run in which it is brought in; None on every other.
    """
    desk = desk_at(key, ordered()[0])
    _choose_kind(desk)
    kind = KINDS[desk.state.kind]()
    left, right = st.columns(2, gap="medium")
    with left:
        _choose_class(desk)
        kind.record(desk)
        _say(desk)
    with right:
        _classes(desk, kind)
    return _bring(desk, kind)


def _choose_kind(desk: Desk) -> None:
    key = f"{desk.key}.kind"
    st.session_state[key] = desk.state.kind
    st.segmented_control(
        "What to collect",
        ordered(),
        format_func=lambda kind: f"{KINDS[kind].icon} {KINDS[kind].title}",
        key=key,
        required=True,
        help=" ".join(KINDS[kind].help for kind in ordered()),
        on_change=_kind_chosen,
        args=(desk, key),
    )


def _kind_chosen(desk: Desk, key: str) -> None:
    desk.state.kind, desk.state.problem, desk.state.said = st.session_state[key], "", ""


def _choose_class(desk: Desk) -> None:
    key, collection = desk.widget_key("into"), desk.collection
    st.session_state[key] = collection.chosen.number
    counts = {group.number: f"{plain(group.name)} · {len(group.examples)}" for group in collection.groups}
    words = f"New examples go into this class. The number is how many it has; it needs at least {FEWEST}, and 20 or more are better."
    st.pills(
        "Record into",
        list(counts),
        format_func=counts.__getitem__,
        key=key,
        required=True,
        help=words,
        on_change=_class_chosen,
        args=(desk, key),
    )


def _class_chosen(desk: Desk, key: str) -> None:
    desk.choose(st.session_state[key])


def _say(desk: Desk) -> None:
    """What there is to say of the last change."""
    if desk.state.problem:
        st.error(plain(desk.state.problem))
    elif desk.state.said:
        st.info(plain(desk.state.said))


def _classes(desk: Desk, kind: Kind) -> None:
    for group in desk.collection.groups:
        with st.container(border=True, key=desk.widget_key("class", group.number)):
            _heading(desk, kind, group)
            _examples(desk, kind, group)
    with st.container(horizontal=True):
        words = "Add a class, and record into it."
        st.button("Add a class", icon=":material/add:", key=desk.widget_key("more"), help=words, on_click=_add_group, args=(desk,))
        words = "Take the last change back: examples added or removed, a class added, removed or renamed."
        st.button("Undo", icon=":material/undo:", key=desk.widget_key("undo"), help=words, on_click=desk.undo, disabled=not desk.past)


def _heading(desk: Desk, kind: Kind, group: Group) -> None:
    count, only_two = number_of(len(group.examples), kind.noun), len(desk.collection.groups) <= 2
    key, words = desk.widget_key("name", group.number), f"Remove the class “{plain(group.name)}” and its {count}. Undo brings them back."
    if st.session_state.get(key) != group.name:
        st.session_state[key] = group.name
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text_input(
            f"Name of class “{plain(group.name)}”",
            key=key,
            label_visibility="collapsed",
            max_chars=60,
            width="stretch",
            on_change=_rename,
            args=(desk, group.number, key),
        )
        st.markdown(f":primary[**{count}**]" if group.number == desk.collection.chosen.number else count, width="content")
        st.button(
            "Remove",
            icon=":material/delete:",
            type="tertiary",
            key=desk.widget_key("remove", group.number),
            help="A network needs two classes to tell apart. Rename this one instead." if only_two else words,
            on_click=_remove_group,
            args=(desk, group.number),
            disabled=only_two,
        )


def _rename(desk: Desk, number: int, key: str) -> None:
    name = st.session_state[key]
    desk.act(lambda collection: collection.renamed(number, name))


def _add_group(desk: Desk) -> None:
    desk.act(lambda collection: collection.with_group())


def _remove_group(desk: Desk, number: int) -> None:
    desk.act(lambda collection: collection.without_group(number))


def _examples(desk: Desk, kind: Kind, group: Group) -> None:
    """The newest examples first, and buttons that lead to the others."""
    if not group.examples:
        st.caption(f"No {kind.noun} yet.")
        return
    numbered = list(enumerate(group.examples, 1))[::-1]
    skipped = min(desk.state.places.get((kind.kind, group.number), 0), (len(numbered) - 1) // kind.shown * kind.shown)
    shown = numbered[skipped : skipped + kind.shown]
    items = [{**kind.item(example), "number": example.number, "place": place} for place, example in shown]
    gallery(desk, group, kind.noun, items)
    if len(numbered) > kind.shown:
        _turn(desk, kind, group, (skipped, skipped + len(shown)))


def _turn(desk: Desk, kind: Kind, group: Group, shown: tuple[int, int]) -> None:
    """Buttons for newer and older examples; `shown` are the first that is shown, counted from the newest, and the one behind the last."""
    first, end = shown
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{first + 1} to {end} of {len(group.examples)}, the newest first", width="content")
        for label, icon, to, ends in (
            ("Newer", "chevron_left", first - kind.shown, first == 0),
            ("Older", "chevron_right", end, end == len(group.examples)),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                type="tertiary",
                key=desk.widget_key(label, group.number),
                help=f"Show {label.lower()} examples of this class.",
                on_click=desk.state.places.__setitem__,
                args=((kind.kind, group.number), max(to, 0)),
                disabled=ends,
            )


def _bring(desk: Desk, kind: Kind) -> tuple[str, bytes] | None:
    """The buttons at the end, why they cannot be pressed yet, and how much there is."""
    collection = desk.collection
    lacking, name = collection.lacking(), kind.file_name()
    with st.container(horizontal=True, vertical_alignment="center"):
        words = plain(lacking) or "Read the examples as if they had been uploaded, and use them as data."
        draw = partial(st.button, "Bring it in", type="primary", icon=":material/input:", key=desk.widget_key("bring"))
        pressed = draw(help=words, disabled=bool(lacking))
        st.download_button(
            "Download",
            partial(kind.pack, collection),
            file_name=name,
            mime="application/zip",
            icon=":material/download:",
            key=desk.widget_key("download"),
            on_click="ignore",
            help="Save them as a ZIP archive, which can be uploaded here again.",
            disabled=not len(collection),
        )
        st.caption(plain(lacking or _left_out(desk)), width="content")
    counted = f"{number_of(len(collection), kind.noun)} of at most {MOST_EXAMPLES}, {collection.size / 2**20:.1f} of {MOST_BYTES >> 20} MB."
    st.caption(f"{counted} They are kept in this tab until it is closed or loaded anew; download them to keep them longer.")
    return (name, kind.pack(collection)) if pressed else None


def _left_out(desk: Desk) -> str:
    empty = [f"“{group.name}”" for group in desk.collection.groups if not group.examples]
    return f"Classes without examples are left out: {', '.join(empty)}." if empty else ""


def number_of(count: int, noun: str) -> str:
    """So many of them in words: 1 drawing, 2 drawings."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
