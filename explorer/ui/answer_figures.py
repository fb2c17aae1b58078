"""The figures of an answer and its sentences, laid out so that the answer is seen first and little has to be scrolled for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from explorer.plots.inspections import figures
from explorer.plots.inspections.unit_map import unit_map
from explorer.results.inspected import Inspected
from explorer.ui.answers import words_of
from explorer.ui.cells import HINT, Offers, selecting
from explorer.ui.glass_map import glass_map
from explorer.ui.live_page import LivePage
from explorer.ui.naming import titled, titles_of, with_titles

TALL = 450  # px of height from which on a figure is not put beside another
LONG = 500  # characters from which on the words are as high as two figures
MANY = 4  # figures that are all shown; of more all but the first two stand in tabs
BESIDE = (2.4, 1)  # widths of figures and words
THREE = (1.15, 1.15, 1)  # widths of two pictures and the words
NUMBERS = (1.4, 1)  # widths of tables and of the sums below them
Drawn = list[tuple[str, Figure]]


def answer_figures(page: LivePage, found: Inspected, offers: Offers) -> None:
    """Draw all figures of an answer, and its words."""
    titles = titles_of(page.experiment)
    drawn = [(titled(title, titles), with_titles(figure, titles)) for title, figure in figures(found).items()]
    if unit_map(found) is not None:
        _under_the_glass(page, found, drawn)
    elif not drawn:
        words_of(page, found)
    elif len(drawn) > MANY:
        _in_tabs(page, found, drawn)
    else:
        _beside_words(page, found, offers, drawn)


def _under_the_glass(page: LivePage, found: Inspected, drawn: Drawn) -> None:
    """Where the numbers come from, what the unit gives, and the words side by side; below them the numbers."""
    has_picture = bool(drawn) and is_picture(drawn[0][1])
    columns = st.columns(THREE if has_picture else BESIDE, gap="medium")
    with columns[-1]:
        words_of(page, found)
    if has_picture:
        with columns[0]:
            _figure(page, found, *drawn[0])
    with columns[-2]:
        glass_map(page, found)
        if drawn and not has_picture:
            _figure(page, found, *drawn[0])
    _rows(page, found, drawn[1:], NUMBERS)


def _in_tabs(page: LivePage, found: Inspected, drawn: Drawn) -> None:
    """The first two figures, below them the others in tabs, the words beside all of them."""
    left, right = st.columns(BESIDE, gap="large")
    with right:
        words_of(page, found)
    with left:
        _rows(page, found, drawn[:2])
        tabs = st.tabs([title for title, _ in drawn[2:]], key=f"{page.name}.{found.kind}.tab", on_change="rerun")
        for tab, (title, figure) in zip(tabs, drawn[2:], strict=True):
            if tab.open:
                with tab:
                    _chart(page, found, title, figure)


def _beside_words(page: LivePage, found: Inspected, offers: Offers, drawn: Drawn) -> None:
    """One or two figures beside the words, the others below."""
    pairs_left = len(drawn) % 2 == 1 or sum(map(len, found.words)) < LONG
    beside = 1 if len(drawn) > 2 and pairs_left else min(len(drawn), 2)
    left, right = st.columns(BESIDE, gap="large")
    with right:
        words_of(page, found)
    with left:
        for title, figure in drawn[:beside]:
            _figure(page, found, title, figure, offers)
    _rows(page, found, drawn[beside:], offers=offers)


def _rows(page: LivePage, found: Inspected, drawn: Drawn, widths: tuple[float, ...] = (), offers: Offers | None = None) -> None:
    """Low figures in pairs, any other by itself; `widths` of the places in a row, as wide as possible where there are none."""
    for row in in_rows([is_low(figure) for _, figure in drawn]):
        for column, number in zip(st.columns(widths or len(row), gap="large"), row, strict=False):
            with column:
                _figure(page, found, *drawn[number], offers)


def _figure(page: LivePage, found: Inspected, title: str, figure: Figure, offers: Offers | None = None) -> None:
    presses = selecting(page, offers or {}, found, figure, _key(page, found, title))
    st.markdown(f"**{title}.** {HINT}" if presses else f"**{title}**")
    _chart(page, found, title, figure, **presses)


def _chart(page: LivePage, found: Inspected, title: str, figure: Figure, **presses: Any) -> None:
    words = titled(" ".join(found.words), titles_of(page.experiment))[:600]
    st.plotly_chart(figure, key=_key(page, found, title), alt=words, config={"displaylogo": False}, **presses)


def _key(page: LivePage, found: Inspected, title: str) -> str:
    return f"{page.name}.{found.kind}.{title}"


def is_low(figure: Figure) -> bool:
    """Whether half of the width is enough: a curve or bars, not a sheet of pictures."""
    return (figure.layout.height or TALL) < TALL and not is_picture(figure)


def is_picture(figure: Figure) -> bool:
    """Whether its fields are as high as wide."""
    return bool(figure.layout.yaxis.scaleanchor)


def in_rows(low: Sequence[bool]) -> list[list[int]]:
    """Numbers of figures, row by row: two low ones side by side, any other by itself."""
    rows: list[list[int]] = []
    for number, one in enumerate(low):
        partner = rows[-1][0] if rows and len(rows[-1]) == 1 else None
        if partner is not None and one and low[partner]:
            rows[-1].append(number)
        else:
            rows.append([number])
    return rows
