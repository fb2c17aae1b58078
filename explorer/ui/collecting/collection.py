"""Examples collected by hand, class by class: a record that every change makes anew, so that each can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from explorer.errors import DataError

FEWEST = 2  # examples of a class: one to train on, one to test on
MOST_CLASSES = 10
MOST_EXAMPLES = 600
MOST_BYTES = 12 << 20
LONGEST_NAME = 40
NOT_IN_NAMES = '/\\:*?"<>|'  # a class becomes a folder of an archive, on any computer
REMEMBERED = 20  # changes that can be undone


@dataclass(frozen=True)
class Example:
    """One example as it is kept: a PNG, a WAV, or a sentence in UTF-8. `number` names it and is never used again."""

    number: int
    data: bytes


@dataclass(frozen=True)
class Group:
    """The examples of one class, the newest last. `number` names it whatever it is called."""

    number: int
    name: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Collection:
    """Everything of one kind that was collected.

    Attributes:
        groups: one for each class.
        into: number of the class that is recorded into.
        next: number that the next example or class is given.
    """

    groups: tuple[Group, ...] = (Group(0, "Class 1"), Group(1, "Class 2"))
    into: int = 0
    next: int = 2

    def __len__(self) -> int:
        return sum(len(group.examples) for group in self.groups)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(len(example.data) for group in self.groups for example in group.examples)

    @property
    def chosen(self) -> Group:
        """The class that is recorded into."""
        return self.group(self.into)

    def group(self, number: int) -> Group:
        """The class of this number; one that is gone is stood in for by the first."""
        return next((group for group in self.groups if group.number == number), self.groups[0])

    def recording_into(self, number: int) -> Collection:
        return replace(self, into=self.group(number).number)

    def added(self, found: Sequence[bytes], into: int) -> Collection:
        """With more examples of a class, as many as there is room for. Raises DataError when there is room for none."""
        room = self._room(found)
        if not room:
            raise DataError(
                f"There is no room for more: at most {MOST_EXAMPLES} examples and {MOST_BYTES >> 20} MB are collected here. "
                "Remove some, or bring these in."
            )
        examples = tuple(Example(self.next + place, data) for place, data in enumerate(found[:room]))
        group = self.group(into)
        return replace(self._with(replace(group, examples=group.examples + examples)), next=self.next + room)

    def without(self, number: int) -> Collection:
        """Without one example."""
        return replace(self, groups=tuple(_without(group, number) for group in self.groups))

    def with_group(self) -> Collection:
        """With another class, which is recorded into from now on. Raises DataError when there are enough."""
        if len(self.groups) >= MOST_CLASSES:
            raise DataError(f"There are {MOST_CLASSES} classes, as many as are collected here. Remove one to add another.")
        taken = {group.name.lower() for group in self.groups}
        name = next(name for place in range(1, MOST_CLASSES + 2) if (name := f"Class {place}").lower() not in taken)
        return replace(self, groups=(*self.groups, Group(self.next, name)), into=self.next, next=self.next + 1)

    def without_group(self, number: int) -> Collection:
        """Without a class and all its examples. Raises DataError when two are left."""
        if len(self.groups) <= 2:
            raise DataError("There are 2 classes, and a network needs two to tell apart. Rename a class instead of removing it.")
        left = replace(self, groups=tuple(group for group in self.groups if group.number != number))
        return left.recording_into(left.into)

    def renamed(self, number: int, name: str) -> Collection:
        """With a class called otherwise. Raises DataError for a name that cannot be one."""
        plain = " ".join(name.split())
        others = [group.name for group in self.groups if group.number != number]
        check_name(plain, others)
        return self._with(replace(self.group(number), name=plain))

    def lacking(self) -> str:
        """Why this cannot be brought in yet, and what to do; "" when it can."""
        filled = [group for group in self.groups if group.examples]
        few = [group for group in filled if len(group.examples) < FEWEST]
        if few:
            return f"“{few[0].name}” has {len(few[0].examples)} example; each class needs at least {FEWEST}, one of them to test with."
        if len(filled) < 2:
            return f"At least two classes need {FEWEST} examples each; so far {len(filled) or 'none'} has them."
        return ""

    def _room(self, found: Sequence[bytes]) -> int:
        size, room = self.size, 0
        for data in found[: max(MOST_EXAMPLES - len(self), 0)]:
            size += len(data)
            if size > MOST_BYTES:
                break
            room += 1
        return room

    def _with(self, changed: Group) -> Collection:
        return replace(self, groups=tuple(changed if group.number == changed.number else group for group in self.groups))


def check_name(name: str, others: Sequence[str]) -> None:
    """Raises DataError for a name that no folder can have, or that another class has already."""
    if not name or len(name) > LONGEST_NAME:
        raise DataError(f"A class is called by 1 to {LONGEST_NAME} characters, and “{name[:LONGEST_NAME]}” has {len(name)}. Shorten it.")
    if set(name) & set(NOT_IN_NAMES) or not name.isprintable() or name[0] in "._" or name[-1] == ".":
        raise DataError(f"“{name}” cannot be the name of a folder: leave out {NOT_IN_NAMES}, and begin with a letter or a digit.")
    if name.lower() in [other.lower() for other in others]:
        raise DataError(f"There is a class called “{name}” already. Give this one another name.")


def remembered(past: Sequence[Collection], now: Collection) -> list[Collection]:
    """The newest of the past that are worth keeping: so many, and of so many bytes that are not in `now` any more."""
    kept: list[Collection] = []
    sizes = _sizes(now)
    allowed = sum(sizes.values()) + MOST_BYTES
    for one in list(reversed(past))[:REMEMBERED]:
        sizes |= _sizes(one)
        if sum(sizes.values()) > allowed:
            break
        kept.append(one)
    return kept[::-1]


def _sizes(collection: Collection) -> dict[int, int]:
    return {example.number: len(example.data) for group in collection.groups for example in group.examples}


def _without(group: Group, number: int) -> Group:
    left = tuple(example for example in group.examples if example.number != number)
    return group if len(left) == len(group.examples) else replace(group, examples=left)
