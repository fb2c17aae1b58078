"""What was found when a network was asked about one moment of its training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.results import frame


@dataclass(frozen=True)
class Inspected:
    """The answer of one inspection, in numbers and in words.

    Attributes:
        kind: of the inspection.
        step: of the run at which was looked.
        words: sentences that say what was measured, the most important first; numbers in them have units.
        facts: plain JSON data, without infinite numbers.
        arrays: by name; what each holds is said by the inspection.
    """

    kind: str
    step: int
    words: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)

    def pack(self) -> bytes:
        """As bytes that `unpack` reads."""
        return frame.pack({"kind": self.kind, "step": self.step, "words": list(self.words), "facts": dict(self.facts)}, self.arrays)

    @classmethod
    def unpack(cls, data: bytes) -> Inspected:
        head, arrays = frame.unpack(data)
        return cls(head["kind"], head["step"], tuple(head["words"]), head["facts"], arrays)
