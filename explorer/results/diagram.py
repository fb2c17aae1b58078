"""The drawing of a network: columns of units and the edges between them, without anything that changes in training."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.results.shape import Shape

MAX_SHOWN = 16  # units of a column that are drawn


@dataclass(frozen=True)
class Mark:
    """A layer that is drawn as part of another layer's column: its activation, or a badge such as "Dropout 0.2".

    Attributes:
        id: of the layer; "linear_1#2" is the second copy a Repeat makes of "linear_1".
    """

    id: str
    kind: str
    title: str
    text: str
    formula: str


@dataclass(frozen=True)
class Column:
    """The units of one layer, with the layers that only change their numbers.

    Attributes:
        role: which network of the experiment.
        id: "input", or the layer that starts the column; copies in a Repeat end in "#2", "#3" and so on.
        units, shown: channels or features there are, and how many of the first are drawn.
        shape: of one example after the layer that starts the column.
        parameters: learned numbers of all its layers.
        activation: the last elementwise layer; None if there is none.
        badges: its other layers, in order.
        weight_id: the layer whose weights lead into the column; "" if none does.
        output_id: the layer or block whose output the column's pictures show, of this `shape`; "" is the input itself.
        unit_field: the field of the layer that is the number of units; "" if it cannot be chosen.
        block: ids of the blocks that hold it, outermost first.
        lane: which branch of the innermost Parallel it lies in, from 0.
        stage: how many columns lie before it on the longest way from the input; branches share their stages.
    """

    role: str
    id: str
    kind: str
    title: str
    units: int
    shown: int
    shape: Shape
    parameters: int
    activation: Mark | None
    badges: tuple[Mark, ...]
    formula: str
    weight_id: str
    output_id: str
    unit_field: str
    block: tuple[str, ...]
    lane: int
    stage: int

    @property
    def editable(self) -> bool:
        """Whether its number of units can be changed."""
        return bool(self.unit_field)


@dataclass(frozen=True)
class Edge:
    """A connection between two columns.

    Attributes:
        source, target: indices of the columns.
        kind: "dense" (every unit to every unit), "conv" (a kernel for every pair), "one_to_one" (no weights),
            "skip" (a Residual's shortcut) or "merge" (a branch joins the others).
        exact: each drawn line is one weight; otherwise a line sums up many.
    """

    source: int
    target: int
    kind: str
    exact: bool
