"""Whatever a file holds, reading it gives a content or a sentence."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_files import csv_of, parquet, picture, read_bytes, tone, wav, workbook, zip_of

from explorer.errors import ExplorerError
from explorer.ingest import FORMATS

NAMES = ("a.csv", "a.tsv", "a.txt", "a.zip", "a.xlsx", "a.parquet", "a.wav", "a.png", "noname", "\0\u202e.csv", "../../x.csv")
STARTS = (b"", b"PK\x03\x04", b"PAR1", b"\xff\xfe", b"\xef\xbb\xbf", b"a,b\n1,", b"RIFF")
QUICK = settings(max_examples=300)


def content_or_sentence(data: bytes, name: str) -> None:
    with suppress(ExplorerError):  # nothing else may be raised
        content, about = read_bytes(data, name, seconds=5, pixels=100_000)
        assert len(content) == about.rows > 0


@QUICK
@given(st.sampled_from(STARTS), st.binary(max_size=400), st.sampled_from(NAMES))
def test_random_bytes(start, rest, name):
    content_or_sentence(start + rest, name)


@QUICK
@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16"]), st.sampled_from(NAMES[:3]))
def test_random_text(text, encoding, name):
    content_or_sentence(text.encode(encoding, "surrogatepass"), name)


@QUICK
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=6), min_size=2, max_size=4), max_size=6))
def test_random_cells(rows):
    content_or_sentence(csv_of("a,b,c", *(",".join(row) for row in rows)), "a.csv")


WHOLE = {
    "a.csv": lambda: csv_of("a;b", "1,5;x", "2;y", ";z"),
    "p.zip": lambda: zip_of({"a/1.png": picture(), "b/1.jpg": picture(form="JPEG"), "b/2.gif": picture(form="GIF")}, 0),
    "s.zip": lambda: zip_of({"a/1.wav": wav(tone(300, 0.01)), "b/1.wav": wav(tone(300, 0.01))}, 0),
    "t.zip": lambda: zip_of({"a/1.txt": b"hello there", "b/1.txt": b"good bye"}),
    "a.parquet": lambda: parquet({"a": [1.0, 2.0], "b": ["x", "y"]}),
    "a.xlsx": lambda: workbook(("a", "b"), (1, "x")),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_good_file_with_bytes_changed_or_cut_off(name):
    whole, rng = WHOLE[name](), random.Random(name)
    read_bytes(whole, name)
    for _ in range(60):
        data = bytearray(whole[: rng.randrange(1, len(whole))] if rng.random() < 0.3 else whole)
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        content_or_sentence(bytes(data), name)


def test_every_format_says_what_it_is_called():
    for cls in FORMATS.values():
        assert cls.title
        assert cls.endings
        assert cls.__doc__
