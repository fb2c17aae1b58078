"""Tables that people bring: what is read, what is guessed, and what is said of bad ones."""

from __future__ import annotations

import io

import numpy as np
import pytest
from ingest_files import csv_of, read_bytes, workbook, zip_of

from explorer.errors import DataError
from explorer.ingest import Table
from explorer.ingest.about import About


def table(*lines: str, **limits: float) -> tuple[Table, About]:
    found, about = read_bytes(csv_of(*lines), **limits)
    assert isinstance(found, Table)
    return found, about


def said(about: About) -> str:
    return " / ".join(f"{one.where}: {one.what} ({one.count}). {one.way_out}" for one in about.problems)


# -- what is read


def test_numbers_and_words_come_out_as_they_went_in():
    found, about = table("age,town,class", "3,Bonn,a", "4.5,Ulm,b", "-1e3,Bonn,a")
    np.testing.assert_array_equal(found.columns[0].numbers, [3, 4.5, -1000])
    codes, levels = found.columns[1].words
    assert [levels[code] for code in codes] == ["Bonn", "Ulm", "Bonn"]
    assert [column.role for column in about.columns] == ["feature", "category", "target"]
    assert about.columns[1].common == (("Bonn", 2), ("Ulm", 1))
    assert (about.columns[0].low, about.columns[0].high, about.columns[0].mean) == (-1000, 4.5, pytest.approx(-992.5 / 3))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_delimiter_is_found(delimiter, ending):
    text = ending.join(delimiter.join(row) for row in (["a", "b", "c"], ["1", '"x, y; z"', "3"], ["4", "y", "6"]))
    found, _ = read_bytes(text.encode())
    assert [column.name for column in found.columns] == ["a", "b", "c"]
    assert found.columns[1].words[1] == ("x, y; z", "y")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_found(encoding):
    found, about = read_bytes("name,n\nZoë,1\nJosé,2\nZoë,3\n".encode(encoding))
    assert found.columns[0].words[1] == ("José", "Zoë")
    assert ("Windows-1252" in said(about)) == (encoding == "cp1252")


def test_an_encoding_that_cannot_be_told_is_refused():
    with pytest.raises(DataError, match="UTF-8"):
        read_bytes(b"name,n\nZo\x81,1\n")


def test_a_comma_can_be_a_decimal_point_where_it_divides_nothing():
    found, _ = table("a;b", "3,5;1", "4;2", "-0,25;3")
    np.testing.assert_array_equal(found.columns[0].numbers, [3.5, 4, -0.25])


def test_formulas_are_text_and_never_computed():
    found, _ = table("a,b", "=1+1,1", "\"=cmd|'/c calc'!A1\",2", "=1+1,3")
    assert found.columns[0].words[1] == ("=1+1", "=cmd|'/c calc'!A1")


def test_numbers_with_leading_zeros_stay_words():
    found, _ = table("postcode,n", "01234,1", "53111,2", "01234,3")
    assert found.columns[0].words[1] == ("01234", "53111")


@pytest.mark.parametrize("cell", ["1_000", "\u0663", "0x10"])
def test_what_only_python_takes_for_a_number_stays_a_word(cell):
    assert table("a,b", f"{cell},1", "x,2")[0].columns[0].levels is not None


def test_missing_values_are_counted_and_namibia_is_a_country():
    found, about = table("x,country", "1,NA", "NA,DE", "3,NA", ",DE")
    np.testing.assert_array_equal(found.columns[0].numbers, [1, np.nan, 3, np.nan])
    assert found.columns[1].words[1] == ("DE", "NA")
    assert about.columns[0].missing == 2
    assert "“NA” stands among the numbers of “x” (1)" in said(about)


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999", "nan", "1e35"])
def test_numbers_without_an_end_are_missing(cell):
    found, about = table("x,y", "1,1", f"{cell},2", "3,3")
    np.testing.assert_array_equal(np.isfinite(found.columns[0].numbers), [True, False, True])
    assert about.columns[0].missing == 1
    assert "row 3" in said(about)


def test_mixed_columns_say_where_and_nothing_is_lost():
    rows = [f"{number},a" for number in range(99)] + ["oops,b"]
    found, about = table("x,class", *rows)
    assert about.columns[0].role == "feature"
    assert "“oops” is none (1)" in said(about)
    assert "row 101" in said(about)
    assert "oops" in found.columns[0].words[1]
    assert np.isnan(found.columns[0].numbers[-1])


def test_names_are_made_different_and_given_where_they_lack():
    found, about = table("a,a,,a (2)", "1,2,3,4")
    assert [column.name for column in found.columns] == ["a", "a (2)", "column 3", "a (2) (2)"]
    assert "another column is called “a”, too" in said(about)
    assert "columns without a name (1)" in said(about)


def test_a_table_without_names_gets_numbers():
    found, about = table("1,2", "3,4")
    assert [column.name for column in found.columns] == ["column 1", "column 2"]
    assert len(found) == 2
    assert "no names" in said(about)


# -- roles


def role_of(*lines: str) -> tuple[str, str]:
    """Of the first column."""
    column = table(*lines)[1].columns[0]
    return column.role, column.reason


def test_roles_are_guessed_with_a_reason():
    rows = range(30)
    assert role_of("id,y", *(f"{n},{n % 3}" for n in rows))[0] == "ignore"
    assert role_of("code,y", *(f"u{n}x,{n % 3}" for n in rows)) == (
        "ignore",
        "all its values are different, as those that tell rows apart are",
    )
    assert role_of("x,y", *(f"7,{n % 3}" for n in rows)) == ("ignore", "it never changes")
    assert role_of("when,y", *(f"2024-05-{n + 1:02},{n % 3}" for n in rows))[0] == "time"
    assert role_of("year,y", *(f"{1990 + n},{n % 3}" for n in rows))[0] == "time"
    assert role_of("review,y", *(f"it was number {n % 9} of all those films,{n % 3}" for n in rows))[0] == "text"
    assert role_of("town,y", *(f"{'abc'[n % 3]},{n % 3}" for n in rows))[0] == "category"


def test_the_target_is_named_so_or_the_last_column_of_words():
    roles = [column.role for column in table("species,x,town", "cat,1,b", "dog,2,c", "cat,3,b")[1].columns]
    assert roles == ["target", "feature", "category"]
    roles = [column.role for column in table("x,town,z", "1,b,4", "2,c,5")[1].columns]
    assert roles == ["feature", "target", "feature"]


# -- bad ones


@pytest.mark.parametrize(("data", "words"), [
    (b"", "empty"),
    (b"\n\n\n", "empty lines"),
    (b"a,b,c\n", "column names but no rows"),
    (csv_of("a,b", "1,2", '"3,4', "5,6"), r"Line 4 .*quotation mark"),
    (csv_of("a,b", "1,2,3", "4,5,6"), r"2 of 2 rows .* line 3 .* has 3 instead of 2"),
    (csv_of("a,b", "x" * 200_001 + ",1"), r"line 2 has more than 100,000 characters"),
    (b"a,b\n\x01\x02,3\n", "is not text"),
    (b"PAR1 and nothing", "damaged"),
    (b"%PDF-1.7", "a PDF document"),
    (b"\x80\x04\x95.", "Pickles hold programs"),
])  # fmt: skip
def test_what_is_no_table_is_refused_in_words(data, words):
    with pytest.raises(DataError, match=words):
        read_bytes(data)


def test_a_million_columns_are_refused_before_they_are_taken_apart():
    with pytest.raises(DataError, match=r"1,000,001 columns; the limit is 2,000"):
        read_bytes(b"a" + b",a" * 1_000_000 + b"\n1")


def test_a_file_too_large_is_refused_unread():
    class Large(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            return 200 << 20 if whence == 2 else super().seek(offset, whence)

        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("read")

    from explorer.ingest import read

    with pytest.raises(DataError, match="200 MB; the limit is 50 MB"):
        read("large.csv", Large())


def test_rows_beyond_the_limit_are_left_out_and_that_is_said():
    found, about = table("a,b", *(f"{n},{n}" for n in range(2_500)), rows=1_500)
    assert len(found) == 1_500
    assert "more than 1,500 rows" in said(about)


def test_a_few_ragged_rows_are_left_out_and_the_first_is_shown():
    found, about = table("a,b", *(f"{n},{n}" for n in range(100)), "1,2,3")
    assert len(found) == 100
    assert "has 3 instead of 2: “1|2|3”" in said(about)


def test_a_column_of_one_value_is_left_out_and_that_is_said():
    _, about = table("x,y,class", "1,5,a", "1,6,b", "1,7,a")
    assert about.columns[0].role == "ignore"
    assert "never change" in said(about)


def test_names_with_control_characters_and_of_great_length_are_shown_as_text():
    found, _ = table("<script>alert(1)</script>,\u202eevil," + "n" * 300, "1,2,3")
    names = [column.name for column in found.columns]
    assert names[0] == "<script>alert(1)</script>"
    assert "\u202e" not in names[1]
    assert len(names[2]) == 80


# -- Parquet and Excel


def frame():
    import pandas as pd

    return pd.DataFrame({"n": [1.5, 2, None], "town": ["Bonn", None, "Ulm"], "when": pd.to_datetime(["2024-01-01", "2024-01-02", None])})


def test_parquet_reads_as_the_same_table_in_text_would():
    buffer = io.BytesIO()
    frame().to_parquet(buffer)
    found, about = read_bytes(buffer.getvalue(), "t.parquet")
    np.testing.assert_array_equal(found.columns[0].numbers, [1.5, 2, np.nan])
    assert found.columns[1].words[1] == ("Bonn", "Ulm")
    assert about.columns[2].role == "time"
    np.testing.assert_array_equal(found.columns[2].times[:2], [1704067200, 1704153600])


def test_parquet_with_lists_and_with_more_rows_than_may_be():
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table({"a": range(1000), "lists": [[1]] * 1000}), buffer)
    found, about = read_bytes(buffer.getvalue(), "t.parquet", rows=100)
    assert (len(found), len(found.columns)) == (100, 1)
    assert "it has 1,000" in said(about)
    assert "lists" in said(about)


def test_excel_reads_the_first_sheet_and_computes_no_formula():
    found, about = read_bytes(workbook(("a", "b", "c"), (1, "x", "=1+1"), (2.5, None, "=HYPERLINK(1)")), "t.xlsx")
    np.testing.assert_array_equal(found.columns[0].numbers, [1, 2.5])
    assert found.columns[1].words[1] == ("x",)
    assert about.columns[2].missing == 2  # Excel never computed them, so there are no values


def test_a_broken_workbook_is_refused():
    with pytest.raises(DataError, match="damaged, or no workbook"):
        read_bytes(zip_of({"xl/workbook.xml": b"<not", "[Content_Types].xml": b"<x/>"}), "t.xlsx")
