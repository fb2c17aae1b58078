from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit


@FIXES.register("unwrap")
class Unwrap(Fix):
    """Take a block apart: its layers stay, once, without the shortcut."""

    change: ClassVar[int] = 45

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        if misfit.layer is None or misfit.too_large:
            return
        for block in (misfit.layer, *(block for block, _ in misfit.around)):
            if len(block.bodies()) == 1:
                yield Edit(f"Take the {block.title()} apart", block.id, block.bodies()[0], block.id, self.change)
