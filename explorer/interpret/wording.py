"""What a map says, in sentences with its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.inspections.wording import brief, share
from explorer.results.attribution import Attribution

EMPTY = 1e-12  # sizes below are no difference


def map_words(found: Attribution, title: str) -> Attribution:
    """The same map with its words."""
    amount = f"{brief(found.output)} {found.score_unit}".strip()
    about = found.facts.get("about") or f"the answer {found.target!r}, whose score is {amount}"
    said = [f"{title}, for {found.example} and {about}.", found.meaning]
    size = np.abs(found.values)
    if size.max(initial=0.0) <= EMPTY:
        said.append(
            f"Every number is 0: by this measure no part of the input matters to {'it' if found.facts.get('about') else 'this answer'}."
        )
    else:
        said += [_spread(size), *_shortcut(found, size)]
    if found.baseline and found.baseline_output is not None:
        said.append(f"Compared with {found.baseline}, whose score is {brief(found.baseline_output)}.")
    if found.gap is not None:
        difference = found.output - (found.baseline_output or 0.0)
        said.append(f"The numbers add up to {brief(float(found.values.sum()))}; the two scores differ by {brief(difference)}.")
    return replace(found, words=tuple(said))


def _spread(size: np.ndarray) -> str:
    """How many parts hold half of it."""
    order = np.sort(size.ravel())[::-1]
    half = int(np.searchsorted(np.cumsum(order), order.sum() / 2)) + 1
    return f"Half of all of it lies on {half} of {size.size} numbers."


def _shortcut(found: Attribution, size: np.ndarray) -> list[str]:
    planted = found.arrays.get("planted")
    if planted is None or planted.shape != size.shape or not planted.any():
        return []
    on, covers = float(size[planted > 0].sum() / size.sum()), float(planted.mean())
    said = f"{share(on)} of it lies on the planted shortcut, which covers {share(covers)} of the input."
    return [said[0].upper() + said[1:]]
