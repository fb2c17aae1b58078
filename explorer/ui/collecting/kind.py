"""Kinds of examples that can be collected in a page. A variant records them, shows them, and packs them as an upload is packed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from explorer.registry import Registry
from explorer.ui.collecting.collection import Collection, Example
from explorer.ui.collecting.desk import Desk
from explorer.ui.collecting.packing import packed

KINDS: Registry[Kind] = Registry("kind of example", "explorer.ui.collecting.kinds")


class Kind(ABC):
    """One kind of example, one file."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""  # what is collected, as people call it
    icon: ClassVar[str] = ""
    noun: ClassVar[str] = ""  # one example of it
    rank: ClassVar[int] = 0  # the greater, the later it is offered
    shown: ClassVar[int] = 8  # examples of a class that are shown at once
    ending: ClassVar[str] = ""  # of its files, ".png"
    help: ClassVar[str] = ""

    @abstractmethod
    def record(self, desk: Desk) -> None:
        """Draw what records examples into the chosen class."""

    @abstractmethod
    def item(self, example: Example) -> Mapping[str, Any]:
        """What the gallery shows of an example: any of `picture` and `sound` (data URLs), `wave` (heights 0 to 1) and `text`."""

    def pack(self, collection: Collection) -> bytes:
        """A ZIP archive as it may be uploaded: a folder for each class that has examples."""
        files = {
            f"{group.name}/{place:03d}{self.ending}": example.data
            for group in collection.groups
            for place, example in enumerate(group.examples, 1)
        }
        return packed(files)

    def file_name(self) -> str:
        """What the archive is called."""
        return f"{self.title.lower()}.zip"


def ordered() -> list[str]:
    """The kinds in the order in which they are offered."""
    return sorted(KINDS, key=lambda kind: KINDS[kind].rank)
