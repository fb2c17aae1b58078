"""Words of others on a page: names of files, columns and classes are theirs, and nothing in them is read as Markdown."""

from __future__ import annotations

SIGNS = ("\\", "*", "_", "$", "`", "[", "]", "<", ":", "#", "~")


def plain(words: str) -> str:
    """Words in which nothing is read as Markdown: people name their columns as they like."""
    for sign in SIGNS:
        words = words.replace(sign, f"\\{sign}")
    return words
