"""Pictures drawn by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from explorer.ui.collecting.collection import Example
from explorer.ui.collecting.components import DRAWING, device
from explorer.ui.collecting.desk import Desk
from explorer.ui.collecting.kind import KINDS, Kind
from explorer.ui.collecting.packing import bytes_of, data_url, small_picture

SIDE = 28  # pixels
PNG = b"\x89PNG\r\n\x1a\n"


@KINDS.register("drawings")
class Drawings(Kind):
    """White ink on black, moved to the middle and made equally large: just as the workbench reads what is drawn on its pad."""

    title: ClassVar[str] = "Drawings"
    icon: ClassVar[str] = ":material/draw:"
    noun: ClassVar[str] = "drawing"
    shown: ClassVar[int] = 30
    ending: ClassVar[str] = ".png"
    help: ClassVar[str] = "Pictures drawn with mouse, pen, finger or keys, 28 pixels each way."

    def record(self, desk: Desk) -> None:
        device(DRAWING, desk, kept, {"side": SIDE})

    def item(self, example: Example) -> Mapping[str, Any]:
        return {"picture": data_url(example.data, "image/png")}


def kept(text: str) -> bytes:
    """A drawing as it is kept, from what the pad sends. Raises DataError when it is none."""
    return small_picture(bytes_of(text), PNG, SIDE, colour=False)
