"""Large plain tables are read at once: to the same columns, with the same words about them, as row by row."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import DataError
from explorer.ingest import Limits, at_once
from explorer.ingest.reading import read

CELLS = (
    *("1", "-2.5", "+3", "0", "-0", "0.5", ".5", "5.", "1e5", "1E-3", "12345678901234567890", "0.1000000000000000055", "1e31", "1e400"),
    *("", " ", " 7", "7 ", "nan", "NaN", "inf", "-inf", "?", "-", "null", "007", "-01", "00.5", "1_000", "0x1F", "1,5", "12:30", "09:30"),
    *("2024-05-31", "31.05.2024", "2024-05-31 12:00", "true", "False", "word", "two words", '"quoted"', "tab\t", "1\r"),
)
NUMBERS = ("1", "-2.5", "3", "0.25", "1e3", "44")


def both(monkeypatch, text: str, limits: Limits | None = None):
    """What is read at once, and what row by row."""
    found = []
    for worth_it in (0, 1 << 40):
        monkeypatch.setattr(at_once, "WORTH_IT", worth_it)
        try:
            table, about = read("table.csv", io.BytesIO(text.encode()), limits)
        except DataError as error:
            found.append(str(error))
            continue
        columns = [(column.name, column.levels, column.values.dtype, (column.values + 0).tolist()) for column in table.columns]  # -0 is 0
        found.append((repr(columns), about))
    return found


tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from(CELLS) | st.sampled_from(NUMBERS), min_size=width, max_size=width), min_size=1, max_size=6
    )
)


@settings(max_examples=150)
@given(rows=tables, delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(("\n", "\r\n")), closed=st.booleans(), named=st.booleans())
def test_any_table_is_the_same_either_way(rows, delimiter, end, closed, named):
    header = [[f"column {i}" for i in range(len(rows[0]))]] if named else []
    text = end.join(delimiter.join(row) for row in header + rows) + end * closed
    with pytest.MonkeyPatch.context() as monkeypatch:
        fast, slow = both(monkeypatch, text)
    assert fast == slow


@pytest.mark.parametrize("column", CELLS)
def test_a_column_with_one_odd_cell_is_the_same_either_way(column, monkeypatch):
    rows = ["a,b,c", *(f"{i},{i / 8},x{i % 3}" for i in range(40)), f"{column},1.5,x1", *(f"{i},0.5,x2" for i in range(40))]
    fast, slow = both(monkeypatch, "\n".join(rows))
    assert fast == slow


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n3\n4,5\n",  # a row too short
        "a,b\n1,2\n3,4,5\n",
        "a,b\n1,2\n\n3,4\n",
        "a,b\n1,2\n,\n3,4\n",
        "a,b\n1,2,\n3,4,\n",
        "\na,b\n1,2\n",
        "a,b\n" + "1,2\n" * 30,
        "a,b\n1," + "2" * 120 + "\n",
        "a,b",
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_the_same_words(text, monkeypatch):
    limits = Limits(rows=20, cell=100)
    fast, slow = both(monkeypatch, text, limits)
    assert fast == slow


def test_plain_numbers_are_read_at_once_and_words_beside_them():
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(50_000, 3)).round(6)
    text = "\n".join(",".join([*map(str, row), f"word {i % 5}"]) for i, row in enumerate(numbers))
    columns = at_once.columns_at_once(text, ",", 4, Limits())
    assert columns is not None
    np.testing.assert_array_equal(np.column_stack(columns[:3]), numbers)
    assert columns[3][:6] == ("word 0", "word 1", "word 2", "word 3", "word 4", "word 0")


def test_a_zero_in_front_is_left_to_the_careful_reader():
    assert at_once.columns_at_once("1,2\n" * 300_000, ",", 2, Limits()) is not None
    assert at_once.columns_at_once("1,2\n" * 300_000 + "3,04\n", ",", 2, Limits()) is None
