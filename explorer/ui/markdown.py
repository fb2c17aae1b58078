"""Words of people in places where Streamlit reads Markdown."""

from __future__ import annotations


def plain(words: str) -> str:
    """Words in which nothing is read as Markdown: classes and columns are called as people like."""
    for sign in ("\\", "*", "_", "$", "`", "[", "]", "<", ":", "~", "#"):
        words = words.replace(sign, f"\\{sign}")
    return words
