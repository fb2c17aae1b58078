"""What the fixes of a block share: its layers fit, but they do not end in the shape that the block wants of them."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator

from explorer.experiment.network import LayerSpec
from explorer.networks.fixes.base import Edit, Fix, Misfit
from explorer.results.shape import Shape

Row = tuple[LayerSpec, ...]


class BodyFix(Fix):
    """Makes the bodies of a block end in one shape. A variant writes `toward`, which changes one body."""

    def edits(self, misfit: Misfit) -> Iterator[Edit]:
        block = misfit.layer
        if block is None or not block.bodies():
            return
        for extra, target in enumerate(_targets(misfit)):
            edit = self._edit(block, misfit, target)
            if edit is not None:
                title, changed = edit
                yield Edit(title, block.id, (block.with_bodies(changed),), "", self.change + extra)

    @abstractmethod
    def toward(self, body: Row, shape: Shape, target: Shape) -> tuple[str, Row] | None:
        """The body, fed with `shape`, changed to end in `target` or nearer to it, and the words for it; None if it cannot."""

    def _edit(self, block: LayerSpec, misfit: Misfit, target: Shape) -> tuple[str, tuple[Row, ...]] | None:
        bodies, said = list(block.bodies()), []
        for number, (body, end) in enumerate(zip(block.bodies(), misfit.body_ends(), strict=True)):
            wanted = target.resized(end.units) if keeps_units_apart(block) and end.axes == target.axes else target
            found = self.toward(body, misfit.before, wanted) if end != wanted else None
            if found:
                words, bodies[number] = found
                said.append(f"{words} in branch {number + 1}" if len(bodies) > 1 else words)
        return (_title(said), tuple(bodies)) if said else None


def keeps_units_apart(block: LayerSpec) -> bool:
    """Whether the block puts what its bodies return side by side, so that each has units of its own."""
    return getattr(block, "merge", "add") == "concatenate"


def _title(said: list[str]) -> str:
    text = " and ".join(said) if len(said) < 3 else f"{said[0]} and likewise in {len(said) - 1} other branches"
    return text[0].upper() + text[1:]


def _targets(misfit: Misfit) -> Iterable[Shape]:
    """Shapes the bodies could all end in: branches in what most of them do, any other block in its own input."""
    ends = misfit.body_ends()
    if misfit.layer is not None and misfit.layer.joins == "merge" and ends:
        return dict.fromkeys((*(end for end, _ in Counter(ends).most_common()), misfit.before))
    return (misfit.before,) if ends else ()
