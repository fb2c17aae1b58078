"""Numbers in sentences and formulas."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.inspections.wording import aligned, brief, counted, latex, latex_sum, latex_text, listed, plain_list, share


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.374, "37 %"),
        (0.004, "0.4 %"),
        (0.00042, "0.042 %"),
        (2.6e-8, "less than 0.001 %"),
        (0.9996, "99.96 %"),
        (0.99999, "99.999 %"),
    ],
)
def test_only_all_is_all_and_only_nothing_is_nothing(value, words):
    assert share(value) == words


def test_things_are_counted_and_listed():
    assert counted(1, "unit") == "1 unit"
    assert counted(3, "unit") == "3 units"
    assert [listed([]), listed([1]), listed([1, 2]), listed([1, 2, 3])] == ["", "1", "1 and 2", "1, 2 and 3"]
    assert listed(range(9)) == "0, 1, 2, 3, 4, 5 and 3 more"


def test_numbers_of_formulas():
    assert brief(0.12345) == "0.123"
    assert latex(-0.5) == "(-0.5)"
    assert latex(-0.5, last=True) == "-0.5"
    assert latex(1.5e-7) == r"1.5 \cdot 10^{-7}"
    assert latex_text("a_b") == r"\text{a\_b}"
    assert latex_text("{\\\n") == r"\text{\{\textbackslash{}⏎}"
    assert aligned("y", "a", "b") == r"\begin{aligned} y &= a \\ &= b \end{aligned}"
    assert (
        latex_sum(np.array([1.0, 2.0, 3.0, 0.1]), np.array([1.0, -2.0, 1.0, 1.0]), most=2)
        == r"2 \cdot (-2) \\ &\quad + 3 \cdot 1 \\ &\quad + \dots"
    )


def test_what_is_not_finite_is_nothing_in_json():
    assert plain_list([1.0, float("nan"), float("inf")]) == [1.0, None, None]
