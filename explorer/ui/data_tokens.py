"""Rows of tokens as text: each token in a box of its own, its answer below it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from explorer.plots.data_counts import shown
from explorer.plots.palette import CATEGORIES
from explorer.results.dataset import Dataset, Part

STYLE = """<style>
.nx-row { padding: 0.3rem 0; overflow-wrap: anywhere; }
.nx-row + .nx-row { border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.nx-number { opacity: 0.6; font-size: 0.8rem; margin-right: 0.6rem; }
.nx-token { display: inline-block; vertical-align: top; text-align: center; margin: 0.1rem 0.12rem; line-height: 1.25; }
.nx-token b { display: block; font-weight: 400; font-family: var(--st-code-font, monospace); padding: 0 0.3rem; border-radius: 0.25rem;
  background: color-mix(in srgb, currentColor 8%, transparent); border-bottom: 3px solid transparent; white-space: pre; min-width: 1.1em; }
.nx-token i { display: block; font-style: normal; font-size: 0.72rem; opacity: 0.85; }
.nx-token.nx-planted b { outline: 2px solid #D55E00; }
.nx-answer { font-size: 0.85rem; margin-left: 0.5rem; opacity: 0.85; }
</style>"""


def rows_of_tokens(dataset: Dataset, part: Part, numbers: Sequence[int], answers: Sequence[str]) -> str:
    """HTML of the examples `numbers` of a part.

    Args:
        answers: what is to be answered to each as a whole; "" where every token has an answer of its own.
    """
    rows = [_row(dataset, part, number, answer) for number, answer in zip(numbers, answers, strict=True)]
    return f'{STYLE}<div role="list">{"".join(rows)}</div>'


def _row(dataset: Dataset, part: Part, number: int, answer: str) -> str:
    boxes = "".join(_box(dataset, part, number, place) for place in range(part.raw.shape[1]))
    said = f'<span class="nx-answer">→ {escape(answer)}</span>' if answer else ""
    return f'<div class="nx-row" role="listitem"><span class="nx-number">{number}</span>{boxes}{said}</div>'


def _box(dataset: Dataset, part: Part, number: int, place: int) -> str:
    token = escape(shown(dataset.vocabulary[part.raw[number, place]]))
    planted = part.planted is not None and bool(part.planted[number, place])
    name, colour = _answer_at(dataset, part, number, place)
    line = f' style="border-bottom-color:{colour}"' if colour else ""
    below = f"<i>{escape(shown(name))}</i>" if name else ""
    return f'<span class="nx-token{" nx-planted" if planted else ""}"><b{line}>{token}</b>{below}</span>'


def _answer_at(dataset: Dataset, part: Part, number: int, place: int) -> tuple[str, str]:
    """Name and colour of the answer at one place; ("", "") where only the row as a whole has one."""
    if part.y.ndim == 1 or part.y.shape != part.raw.shape:
        return "", ""
    answer = int(part.y[number, place])
    names = dataset.class_names or dataset.vocabulary
    return names[answer], CATEGORIES[answer % len(CATEGORIES)] if dataset.class_names else ""
