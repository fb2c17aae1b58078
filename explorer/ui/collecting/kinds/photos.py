"""Pictures taken with the camera.

Decided: a camera of our own, which takes pictures for as long as its button is held.
Because: a network needs dozens of pictures, from many sides; and where a browser gives no camera, it can be said why.
Instead of: Streamlit's camera, which asks for two clicks for each picture and sends it in full size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from explorer.ui.collecting.collection import Example
from explorer.ui.collecting.components import CAMERA, device
from explorer.ui.collecting.desk import Desk
from explorer.ui.collecting.kind import KINDS, Kind
from explorer.ui.collecting.packing import bytes_of, data_url, small_picture

SIDE = 64  # pixels
JPEG = b"\xff\xd8\xff"


@KINDS.register("photos")
class Photos(Kind):
    """The middle of what the camera sees, mirrored as it is on the screen."""

    title: ClassVar[str] = "Camera pictures"
    icon: ClassVar[str] = ":material/photo_camera:"
    noun: ClassVar[str] = "picture"
    rank: ClassVar[int] = 1
    shown: ClassVar[int] = 30
    ending: ClassVar[str] = ".png"
    help: ClassVar[str] = "Pictures taken with the camera of this computer, 64 pixels each way."

    def record(self, desk: Desk) -> None:
        device(CAMERA, desk, kept, {"side": SIDE})

    def item(self, example: Example) -> Mapping[str, Any]:
        return {"picture": data_url(example.data, "image/png")}


def kept(text: str) -> bytes:
    """A picture as it is kept, from what the camera sends. Raises DataError when it is none."""
    return small_picture(bytes_of(text), JPEG, SIDE, colour=True)
