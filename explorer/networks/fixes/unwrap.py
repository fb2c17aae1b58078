from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from explorer.networks.fixes.base import FIXES, Edit, Fix, Misfit


@FIXES.register("unwrap")
class Unwrap(Fix):
    """Take a block apart: its layers stay, once, without the shortcut; of branches those of one."""

    change: ClassVar[int] = 45

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        if misfit.layer is None:
            return
        for block in (misfit.layer, *(block for block, _ in misfit.around)):
            for number, body in enumerate(block.bodies(), 1):
                title = f"Keep branch {number} only" if len(block.bodies()) > 1 else f"Take the {block.title()} apart"
                if body:
                    yield Edit(title, block.id, body, f"{block.id} {number}", self.change)
