"""How numbers are put into sentences, formulas and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, SupportsFloat

import numpy as np

SIGNS = {letter: f"\\{letter}" for letter in "#$%&_{}"} | {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "\n": "⏎",
}  # how formulas write them
ADDED = r" \\ &\quad + "  # one more part of a sum, in a line of its own inside `aligned`
TINY = 0.001  # percent, below which a share is not told exactly
NAMED = 6  # things that a sentence names; the rest is counted


def brief(value: SupportsFloat) -> str:
    """Three digits: "0.123", "-4.5e-07"."""
    return f"{float(value):.3g}"


def share(value: SupportsFloat) -> str:
    """A share as a percentage; what is not all or nothing is never rounded to it: "100 %", "37 %", "0.042 %", "99.96 %"."""
    percent = 100 * float(value)
    if 0 < percent < TINY:
        return f"less than {TINY} %"
    if 0 < percent < 1:
        return f"{percent:.2g} %"
    if 99 < percent < 100:
        return f"{100 - float(f'{100 - percent:.1g}'):.10g} %"
    return f"{percent:.0f} %"


def counted(count: int, what: str) -> str:
    """ "1 unit", "3 units"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def listed(items: Sequence[Any]) -> str:
    """ "1, 4 and 7", the first few where there are many: "1, 2, 3, 4, 5, 6 and 12 more"."""
    if len(items) > NAMED:
        return f"{', '.join(map(str, items[:NAMED]))} and {len(items) - NAMED} more"
    return " and ".join([", ".join(map(str, items[:-1])), str(items[-1])]) if len(items) > 1 else "".join(map(str, items))


def plainly(value: SupportsFloat) -> float | None:
    """A number as JSON can hold it: None where it is not finite."""
    return float(value) if math.isfinite(float(value)) else None


def plain_list(values: Iterable[SupportsFloat]) -> list[float | None]:
    """Numbers as JSON can hold them."""
    return [plainly(value) for value in values]


def latex(value: SupportsFloat, last: bool = False) -> str:
    """A number in a formula: "0.123", powers of ten written as such; a negative one in brackets, unless it is the last."""
    text = f"{float(value):.4g}"
    if "e" in text:
        digits, power = text.split("e")
        text = rf"{digits} \cdot 10^{{{int(power)}}}"
    return f"({text})" if float(value) < 0 and not last else text


def latex_text(text: str) -> str:
    r"""Words inside a formula, also those of signs that mean something there: "a_b" -> "\text{a\_b}"."""
    return rf"\text{{{''.join(SIGNS.get(letter, letter) for letter in text)}}}"


def aligned(left: str, *rights: str) -> str:
    r"""Lines below each other, so that a formula fits a narrow column: left = first, = second, ..."""
    return rf"\begin{{aligned}} {left} &= " + r" \\ &= ".join(rights) + r" \end{aligned}"


def below(*formulas: str) -> str:
    """Formulas below each other."""
    return r"\begin{gathered} " + r" \\[8pt] ".join(formulas) + r" \end{gathered}"


def latex_sum(first: np.ndarray, second: np.ndarray, most: int = 3) -> str:
    """ "0.5 · 2 + 1 · (-3) + …": the products of largest size first, each in a line of its own inside `aligned`."""
    products = first * second
    order = np.argsort(-np.abs(products), kind="stable")[:most]
    terms = [rf"{latex(first[i])} \cdot {latex(second[i])}" for i in order]
    return ADDED.join([*terms, r"\dots"] if len(products) > most else terms)
