"""Files made to do harm, or as careless people make them: each becomes a content or a sentence, quickly and in little memory."""

from __future__ import annotations

import ast
import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from ingest_files import csv_of, parquet, picture, png, read_bytes, tone, wav, workbook, zip_of, zip_that_lies
from PIL import Image

import explorer.ingest
from explorer.errors import DataError
from explorer.ingest import About, Limits
from explorer.ingest.about import Notes
from explorer.ingest.archive import Archive
from explorer.ingest.values import as_date, as_number, is_endless

CATS = {f"cat/{n}.png": picture() for n in range(3)}
SHEET, TYPES, RELATIONS, STRINGS = "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"
SCHEMA = b"http://schemas.openxmlformats.org/"


def said(about: About) -> str:
    return " / ".join(f"{one.where}: {one.what} ({one.count})" for one in about.problems)


def test_nothing_in_here_can_open_an_address_start_a_program_or_unpickle():
    forbidden = {"pandas", "urllib", "requests", "http", "socket", "ftplib", "subprocess", "pickle", "marshal", "shelve", "ctypes", "torch"}
    modules = [path for path in Path(explorer.ingest.__file__).parent.rglob("*.py") if path.name != "online.py"]
    assert len(modules) > 10
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not forbidden & {name.partition(".")[0] for name in names}, path


# -- archives


def test_archives_in_archives_are_not_opened():
    inner = zip_of({f"{n}.zip": zip_of({"a.txt": bytes(1 << 20)}) for n in range(16)})
    with pytest.raises(DataError, match=r"no pictures, recordings or texts; its files are: .zip"):
        read_bytes(inner, "n.zip")
    found, about = read_bytes(zip_of({**CATS, "cat/more.zip": inner}), "n.zip")
    assert len(found) == 3
    assert "files that are no pictures (1)" in said(about)


def test_a_file_that_becomes_larger_than_it_says_is_read_no_further():
    archive = Archive.open(io.BytesIO(zip_that_lies("cat/1.png", 1_000, 8 << 20)), Limits(), Notes())
    assert archive.read("cat/1.png") == bytes(1_000)


def test_many_names_for_one_file_are_refused():
    """As in Fifield, "A better zip bomb", 2019: every entry of the directory points at the same bytes."""
    data = bytearray(zip_of({f"cat/{n}.png": b"x" * 400 for n in range(9)}, zipfile.ZIP_STORED))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 42 : at + 46] = struct.pack("<I", 0)
        at = data.find(b"PK\x01\x02", at + 1)
    with pytest.raises(DataError, match="lie over one another"):
        read_bytes(bytes(data), "p.zip")


def test_a_name_that_ends_early_is_refused():
    data = zip_of({"cat/a.png": picture(), "dog/b.png": picture()}).replace(b"dog/b.png", b"dog\0b.png")
    with pytest.raises(DataError, match="names a place outside itself, or no name at all"):
        read_bytes(data, "p.zip")


def test_a_folder_of_links_is_refused_even_when_it_is_called_a_folder():
    info, buffer = zipfile.ZipInfo("cat/"), io.BytesIO()
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, b"/etc")
        archive.writestr("cat/1.png", picture())
    with pytest.raises(DataError, match="is a link"):
        read_bytes(buffer.getvalue(), "p.zip")


@pytest.mark.parametrize("data", [zip_of({}), zip_of({"cat/": b"", "dog/": b""}), zip_of({"__MACOSX/cat/._1.png": b"x"})])
def test_archives_of_nothing_are_refused_in_words(data):
    with pytest.raises(DataError, match=r"is of no kind that is read here|no pictures, recordings or texts"):
        read_bytes(data, "p.zip")


def test_classes_with_odd_names_are_shown_as_text_and_are_many():
    odd = {"\u202ecat/a.png": picture(), "d\u2066o\u0085g/b.png": picture(), "<b>x/c.png": picture()}
    found, about = read_bytes(zip_of(odd), "p.zip")
    assert [name for name, _ in about.classes] == ["<b>x", "d\ufffdo\ufffdg", "\ufffdcat"]
    assert len(found) == 3
    folders = {f"c{n:04}/1.png": picture(size=(2, 2)) for n in range(2_000)}
    _, about = read_bytes(zip_of(folders, zipfile.ZIP_STORED), "p.zip", side=8)
    assert about.classes[1_999] == ("c1999", 1)


def test_labels_in_another_encoding_and_another_dialect_are_read():
    labels = "datei;file;label\r1;a.png;Kätzchen\r2;b.png;Hund\r".encode("cp1252")
    _, about = read_bytes(zip_of({"a.png": picture(), "b.png": picture(), "labels.csv": labels}), "p.zip")
    assert about.classes == (("Hund", 1), ("Kätzchen", 1))
    assert "Windows-1252" in said(about)


# -- pictures


@pytest.mark.parametrize(("data", "words"), [
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is none of PNG"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is none of PNG"),
    (png(10, 10, (b"zTXt", b"c\0\0" + zlib.compress(bytes(70 << 20)))), "is none of PNG|is damaged"),
    (png(0, 10), "is none of PNG|is damaged"),
    (b"", "is none of PNG"),
])  # fmt: skip
def test_what_is_no_plain_picture_is_left_out_in_words(data, words):
    import re

    found, about = read_bytes(zip_of({**CATS, "cat/odd.png": data}), "p.zip")
    assert len(found) == 3
    assert re.search(words, said(about))


def test_a_picture_is_turned_upright_and_what_is_transparent_becomes_white():
    halves = np.zeros((20, 20, 3), np.uint8)
    halves[:, :10] = 255  # the left half is white
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # turned a quarter to the right when shown: the left half comes to lie above
    Image.fromarray(halves).save(buffer, "PNG", exif=exif)
    clear = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(clear, "PNG")
    found, _ = read_bytes(zip_of({"a/1.png": buffer.getvalue(), "a/2.png": clear.getvalue()}), "p.zip", side=8)
    turned, empty = found.pixels
    assert turned[:, 0].min() == 255
    assert turned[:, 7].max() == 0
    assert empty.min() == 255


def test_of_a_film_the_first_picture_is_used():
    buffer = io.BytesIO()
    Image.new("P", (9, 9), 0).save(buffer, "GIF", save_all=True, append_images=[Image.new("P", (9, 9), 255)] * 30)
    found, _ = read_bytes(zip_of({"a/1.gif": buffer.getvalue()}), "p.zip")
    assert len(found) == 1


# -- sounds


def test_ten_hours_that_are_really_there_are_cut_to_a_minute():
    hours = wav(np.full(36_000_000, 128, np.uint8), rate=1_000)
    found, about = read_bytes(zip_of({"a/1.wav": hours, "b/2.wav": wav(tone(300))}, zipfile.ZIP_STORED), "s.zip")
    assert found.ends.tolist() == [60 * 16_000, 60 * 16_000 + 8_000]
    assert "longer than 60 seconds (1)" in said(about)
    with pytest.raises(DataError, match="times its size"):
        read_bytes(zip_of({"a/1.wav": hours}), "s.zip")


def test_a_sound_of_nan_and_of_infinity_is_still_one():
    samples = np.array([np.nan, np.inf, -np.inf, 0.5] * 400, "<f4")
    found, _ = read_bytes(zip_of({"a/1.wav": wav(samples, code=3)}), "s.zip")
    assert set(found.samples[:4].tolist()) == {0, 32767, -32767, 16384}


# -- tables as text


def test_a_cell_of_many_digits_is_judged_in_one_pass():
    digits = "1" * 99_000
    for cell in (digits + "x", digits + ".x", digits + "." + digits + "x", digits + "e" + digits + "x", "." + digits + "x"):
        assert np.isnan(as_number(cell))
        assert not is_endless(cell)
        assert np.isnan(as_date(cell))
    found, _ = read_bytes(csv_of("a,b", digits + "x,1", "2,3"))
    assert found.columns[0].levels == (digits + "x", "2")


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
def test_lines_may_end_as_they_do_anywhere(ending):
    rows = [";".join(f"c{n}" for n in range(90)), *[";".join(map(str, range(90)))] * 40]
    found, _ = read_bytes(ending.join(rows).encode())
    assert (len(found.columns), len(found)) == (90, 40)


def test_many_columns_are_refused_however_the_lines_end_or_the_names_break():
    for data in (b"a" + b"\ta" * 5_000 + b"\r1", b'"a\n' + b'","'.join([b"x"] * 5_000) + b'"\n1\n'):
        with pytest.raises(DataError, match=r"columns; the limit is 2,000"):
            read_bytes(data)
    with pytest.raises(DataError, match="has 1000000 instead of 1"):
        read_bytes(b"a\n" + b",".join([b"1"] * 1_000_000))


@pytest.mark.parametrize(("data", "words"), [
    (b"<!DOCTYPE html><html><body>Not found</body></html>", "a web page"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
    (b"version https://git-lfs.github.com/spec/v1\n", "column names but no rows"),
    (b"\x1f\x8b\x08" + bytes(90), "a gzip archive"),
])  # fmt: skip
def test_what_people_download_by_mistake_is_named(data, words):
    with pytest.raises(DataError, match=words):
        read_bytes(data, "data.csv")


def test_the_name_of_a_file_is_text_and_no_place():
    _, about = read_bytes(csv_of("a,b", "1,2", "3,4"), "../../\0\u202eevil\x07" + "x" * 300 + ".csv")
    assert about.name.startswith("../../\ufffd\ufffdevil")
    assert len(about.name) == 120


# -- workbooks


def changed(changes: dict[str, tuple[bytes, bytes]], *more: tuple[str, bytes]) -> bytes:
    """A good workbook in which the first bytes of each pair were replaced by the second, and with more files in it."""
    with zipfile.ZipFile(io.BytesIO(workbook(("a", "b"), (1, "x"), (2, "y")))) as good:
        files = {name: good.read(name) for name in good.namelist()}
    for name, (old, new) in changes.items():
        assert old in files[name], (name, files[name])
        files[name] = files[name].replace(old, new)
    return zip_of(files | dict(more))


def declared(entities: bytes, reference: bytes) -> bytes:
    """A workbook whose sheet declares entities and refers to one in its cell B2."""
    data = changed({SHEET: (b"<t>x</t>", b"<t>" + reference + b"</t>")})
    with zipfile.ZipFile(io.BytesIO(data)) as good:
        files = {name: good.read(name) for name in good.namelist()}
    return zip_of(files | {SHEET: b"<!DOCTYPE worksheet [" + entities + b"]>" + files[SHEET]})


LAUGHS = b'<!ENTITY a0 "lol">' + b"".join(b'<!ENTITY a%d "%s">' % (n + 1, b"&a%d;" % n * 10) for n in range(10))


@pytest.mark.parametrize(("entities", "reference"), [
    (b'<!ENTITY secret SYSTEM "file:///etc/passwd">', b"&secret;"),
    (b'<!ENTITY secret SYSTEM "http://127.0.0.1:9/">', b"&secret;"),
    (b'<!ENTITY % outside SYSTEM "file:///etc/passwd"> %outside;', b"&secret;"),
    (LAUGHS, b"&a10;"),
    (b'<!ENTITY a "' + b"x" * 100_000 + b'">', b"&a;" * 2_000),
])  # fmt: skip
def test_entities_bring_in_no_file_and_do_not_grow(entities, reference):
    with pytest.raises(DataError, match="is damaged, or no workbook"):
        read_bytes(declared(entities, reference), "t.xlsx")


def shared(strings: bytes) -> bytes:
    """A workbook whose cell B2 is the first of its shared strings."""
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    listed = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'" /></Types>'
    cell = b'<c r="B2" t="inlineStr"><is><t>x</t></is></c>'
    table = b'<sst xmlns="' + SCHEMA + b'spreadsheetml/2006/main">' + strings + b"</sst>"
    return changed({SHEET: (cell, b'<c r="B2" t="s"><v>0</v></c>'), TYPES: (b"</Types>", listed)}, (STRINGS, table))


def test_shared_strings_are_read_and_huge_ones_refused():
    found, _ = read_bytes(shared(b"<si><t>kept apart</t></si>"), "t.xlsx")
    assert found.columns[1].words[1] == ("kept apart", "y")
    with pytest.raises(DataError, match="times its size"):
        read_bytes(shared(b"<si><t>abcdefgh</t></si>" * 1_000_000), "t.xlsx")
    with pytest.raises(DataError, match="has 100,001 characters; the limit is 100,000"):
        read_bytes(shared(b"<si><t>" + b"x" * 100_001 + b"</t></si>"), "t.xlsx")


def test_links_to_other_places_are_not_followed():
    link = b'<Relationship Id="rId99" Type="' + SCHEMA + b'officeDocument/2006/relationships/externalLink" TargetMode="External" Target="'
    found, _ = read_bytes(changed({RELATIONS: (b"</Relationships>", link + b'http://127.0.0.1:9/x.xml" /></Relationships>')}), "t.xlsx")
    assert len(found) == 2
    for place in (b"../../../../etc/passwd", b"/etc/passwd"):
        with pytest.raises(DataError, match="no sheet with cells"):
            read_bytes(changed({RELATIONS: (b"/xl/worksheets/sheet1.xml", place)}), "t.xlsx")


def test_a_sheet_that_says_it_has_billions_of_rows_ends_where_excel_does():
    found, _ = read_bytes(changed({SHEET: (b'<row r="3"', b'<row r="2000000000"')}), "t.xlsx")
    assert len(found) == 1


def test_a_sheet_of_elements_in_elements_is_read_or_refused():
    data = changed({SHEET: (b"<v>1</v>", b"<v>" * 50_000 + b"1" + b"</v>" * 50_000)})
    found, _ = read_bytes(data, "t.xlsx")
    assert len(found) == 2


def test_a_sheet_too_wide_is_refused_and_a_good_one_has_nothing_wrong():
    with pytest.raises(DataError, match="2,001 columns; the limit is 2,000"):
        read_bytes(workbook(tuple(f"c{n}" for n in range(2_001)), tuple(range(2_001))), "t.xlsx")
    _, about = read_bytes(workbook(("a", "b"), *((n, "xy"[n % 2]) for n in range(9))), "t.xlsx")
    assert about.problems == ()


def test_formulas_typed_into_cells_stay_text():
    found, _ = read_bytes(workbook(("a", "b"), ("'=1+1", "@SUM(1)"), ("+x", "-y")), "t.xlsx")
    assert found.columns[1].words[1] == ("-y", "@SUM(1)")


# -- Parquet


def test_parquet_of_millions_of_rows_is_decoded_no_further_than_needed(monkeypatch):
    from explorer.ingest.formats import parquet as module

    decoded = []
    original = module.as_cell
    monkeypatch.setattr(module, "as_cell", lambda value: decoded.append(1) or original(value))
    found, about = read_bytes(parquet({"a": np.zeros(50_000), "b": np.arange(50_000) % 2}), "t.parquet", rows=1_000)
    assert len(found) == 1_000
    assert "it has 50,000" in said(about)
    assert len(decoded) <= 2 * module.BATCH


@pytest.mark.parametrize("unpacked", [1 << 20, 4 << 20])
def test_parquet_that_unpacks_to_more_than_may_be_is_refused(unpacked):
    with pytest.raises(DataError, match="unpacks to 5 MB; the limit is"):
        read_bytes(parquet({"a": np.zeros(5 << 20, np.int8)}), "t.parquet", unpacked=unpacked)


def nested(depth: int) -> bytes:
    import pyarrow as pa

    kind = pa.int8()
    for _ in range(depth):
        kind = pa.struct([("a", kind)])
    return parquet({"deep": pa.nulls(2, kind), "k": [1, 2]})


def test_parquet_of_values_in_values_is_left_out_or_refused():
    found, about = read_bytes(nested(20), "t.parquet")
    assert [column.name for column in found.columns] == ["k"]
    assert "lists or bytes" in said(about)
    with pytest.raises(DataError, match="is damaged"):
        read_bytes(nested(2_000), "t.parquet")


@pytest.mark.parametrize(("columns", "words"), [
    ({f"c{n}": [1] for n in range(2_001)}, "2,001 columns"),
    ({"a": ["x" * 100_001, "y"]}, "100,001 characters; the limit is 100,000"),
    ({"a": [[1], [2]]}, "None of the columns"),
    ({"a": np.zeros(0)}, "column names but no rows"),
])  # fmt: skip
def test_parquet_that_is_no_table_is_refused_in_words(columns, words):
    with pytest.raises(DataError, match=words):
        read_bytes(parquet(columns), "t.parquet")


def test_two_columns_of_one_name_in_parquet_are_refused():
    import pyarrow as pa

    with pytest.raises(DataError, match="Two columns of this table have the same name"):
        read_bytes(parquet(pa.table([[1], [2]], names=["a", "a"])), "t.parquet")


def test_numbers_without_an_end_in_parquet_are_missing():
    _, about = read_bytes(parquet({"a": [np.nan, np.inf, 1.0, -np.inf], "b": [1, 2, 3, 4]}), "t.parquet")
    assert about.columns[0].missing == 3
    assert "“-inf” stands among the numbers of “a” (1)" in said(about)
