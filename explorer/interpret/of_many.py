"""Maps of many inputs at once, for whoever looks at all of them together."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from pydantic import Field

from explorer.interpret.base import Map, Progress, unheard
from explorer.interpret.on_trial import Settings, maps, method_of
from explorer.interpret.selection import NAME
from explorer.interpret.subject import Subject, whole

AT_ONCE = 32  # inputs: a method makes many rows of each
FIRST = ("integrated_gradients", "occlusion", "saliency")  # what is asked where nobody says which


def asked_field() -> Any:
    """The field that names the method."""
    return Field(
        "", title="Map by", max_length=NAME, description="the method that makes the maps; empty: integrated gradients where it fits"
    )


def asked(subject: Subject, name: str, settings: Settings) -> Map:
    """The method of that name with its settings; where none is named one that is quick and says for and against. Raises SpecError."""
    there = maps(subject)
    return method_of(subject, name or next((one for one in FIRST if one in there), ""), settings)


def offered(subject: Subject) -> list[str]:
    """Kinds of the methods that fit; the one that is asked where none is named comes first."""
    there = maps(subject)
    return sorted(there, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))


def reason_without_maps(subject: Subject) -> str:
    """Why there are no maps; "" where there are."""
    return "" if maps(subject) else "No method of attribution fits this network and these inputs."


def maps_of(subject: Subject, method: Map, x: torch.Tensor, target: int, progress: Progress = unheard) -> np.ndarray:
    """The maps of inputs (n, *shape), float32 of the same shape. Raises SpecError where a number is not finite."""
    found = []
    for part in x.split(AT_ONCE):
        found.append(whole(method.checked(subject.at(part), part, target)))
        progress(sum(map(len, found)) / len(x))
    return np.concatenate(found)


def said_of(subject: Subject, method: Map, target: int) -> dict:
    """Facts about whose numbers there are, and of what."""
    return {
        "method": method.kind,
        "title": method.title(),
        "meaning": method.means(subject, subject.x[:1]),
        "signed": method.is_signed(subject),
        "unit": method.unit(subject),
        "target": subject.targets[target],
        "number": subject.chances is None,
    }
