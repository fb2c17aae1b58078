"""Bytes of a text file -> text: the encoding is found, or the file refused in words."""

from __future__ import annotations

import codecs

from explorer.errors import DataError
from explorer.ingest.about import Notes

MARKS = (  # at the start of a file; the longer ones first, for one begins with another
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CONTROLS = bytes(sorted(frozenset(range(32)) - frozenset(b"\t\n\r\f\v\x1a\x1b")))


def decoded(data: bytes, where: str, notes: Notes) -> str:
    """The text of a file.

    Args:
        where: what to call the file in a sentence.

    Raises:
        DataError: it is no text, or in an encoding that cannot be told.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _plain(_strictly(data, encoding, where), where)
    if b"\0" in data[:4000]:
        return _plain(_strictly(data, _wide(data[:4000]), where), where)
    try:
        return _plain(data.decode(), where)
    except UnicodeDecodeError:
        text = _plain(_strictly(data, "cp1252", where), where)
    notes.add(where, "this text is not in UTF-8; it was read as Windows-1252", "Check the accents. If they are wrong, save it as UTF-8.")
    return text


def _strictly(data: bytes, encoding: str, where: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise DataError(f"The characters of {where} are in an encoding that could not be told. Save it as text in UTF-8.") from None


def _wide(start: bytes) -> str:
    """Of UTF-16 without a mark: which half of the letters of Latin is zero."""
    return "utf-16-le" if start[1::2].count(0) > start[0::2].count(0) else "utf-16-be"


def _plain(text: str, where: str) -> str:
    raw = text.encode(errors="surrogatepass")  # in which these characters are single bytes, and no others are
    odd = len(raw) - len(raw.translate(None, CONTROLS))
    if odd:
        raise DataError(
            f"{where[:1].upper()}{where[1:]} is not text: it holds {odd:,} characters that no text has. Choose a text or CSV file."
        )
    return text
