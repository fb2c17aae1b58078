"""A network as a picture for a slide or a paper: cards one under another, joined by arrows that carry the shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal
from xml.sax.saxutils import escape

from explorer.plots.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY
from explorer.plots.picture_pieces import GUTTER, MARGIN, Piece, columns_of, connectors, stack
from explorer.plots.svg import (
    FONT,
    TIMES,
    bar_path,
    box,
    dot,
    head,
    head_left,
    line,
    mixed,
    plus,
    question,
    shortened,
    text,
    text_width,
    wrapped,
)
from explorer.results.shape import Shape
from explorer.results.sketch import Node, Sketch

CARD_WIDTHS = (150.0, 290.0)
PADDING, BAR, GAP, FRAME = 12.0, 5.0, 26.0, 14.0
TITLE, SMALL, TINY = 13.0, 11.0, 10.0  # font sizes
GROUPS = {  # as in the editor
    "basic": BLUE,
    "convolution": RED,
    "pooling": ORANGE,
    "activation": GREEN,
    "normalisation": "#7A6FD0",
    "regularisation": "#8A8A8A",
    "recurrent": PURPLE,
    "sequence": SKY,
    "attention": "#B03A8C",
    "block": "#8C5A2B",
}


@dataclass(frozen=True)
class Look:
    """The colours of a theme."""

    paper: str
    ink: str
    soft: str
    line: str
    ghost: str
    frame: str
    clash: str


LOOKS = {
    "light": Look("#FFFFFF", "#1C2730", "#56626D", "#6B7883", "#B4BDC5", "#F4F7F9", "#B3123A"),
    "dark": Look("#12181E", "#E4EAEF", "#A9B4BE", "#8C99A5", "#4C5863", "#1A222A", "#FF6B87"),
}


def network_picture(sketch: Sketch, theme: Literal["light", "dark"] = "light") -> str:
    """The network as an SVG document that needs nothing else: no style sheet, no font, no script.

    Long networks go on in further columns, so that the whole is about as wide as a slide. What lies behind a clash is grey.
    """
    pen = _Pen(sketch, LOOKS[theme])
    columns = columns_of(pen.network())
    return pen.document(columns)


class _Pen:
    """Draws one sketch in one theme."""

    def __init__(self, sketch: Sketch, look: Look) -> None:
        self.sketch = sketch
        self.look = look

    # -- the whole

    def network(self) -> list[Piece]:
        """Everything from the input to the answer, one under another."""
        sketch, clash = self.sketch, self.sketch.clash
        last = sketch.nodes[-1].output if sketch.nodes else sketch.input
        pieces = [self.pill("Input"), *self.flow(sketch.nodes, sketch.input)]
        if clash and not clash.layer:
            pieces.append(self.notice(clash.sentence))
        arrived = last is not None and last == sketch.wanted
        before = sketch.nodes[-1].input if sketch.nodes else None
        return [*pieces, self.arrow(last if arrived else None, before, ghost=not arrived), self.pill(_answer(sketch.wanted), not arrived)]

    def document(self, columns: list[list[Piece]]) -> str:
        """The pieces at their places, with the totals below."""
        stacks = [stack(column) for column in columns]
        totals = self.totals()
        heading = "" if self.sketch.role == "model" else self.sketch.role.capitalize()
        top = MARGIN + (34 if heading else 0) + (16 if len(columns) > 1 else 0)
        wide = sum(one.width for one in stacks) + GUTTER * (len(stacks) - 1)
        width = 2 * MARGIN + max(wide, *(text_width(said, SMALL) for said in totals), text_width(heading, 17, bold=True))
        edges = [0.0, *accumulate(one.width + GUTTER for one in stacks)]
        axes = [(width - wide) / 2 + edge + one.left for edge, one in zip(edges, stacks, strict=False)]
        bottom = top + max(one.height for one in stacks) + (16 if len(columns) > 1 else 0)
        drawn = [part for axis, one in zip(axes, stacks, strict=True) for part in one.draw(axis, top)]
        drawn += connectors(axes, stacks, top, [column[0].arrow for column in columns])
        if heading:
            drawn.append(text((width / 2, MARGIN + 12), heading, 17, self.look.ink, text_anchor="middle", font_weight="600"))
        for said in totals:
            bottom += 18
            drawn.append(text((width / 2, bottom + 6), said, SMALL, self.look.soft, text_anchor="middle"))
        return self.page(width, bottom + MARGIN, drawn)

    def page(self, width: float, height: float, drawn: list[str]) -> str:
        words = escape(_sentence(self.sketch))
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
                f'height="{height:.0f}" role="img" font-family="{FONT}">',
                f"<title>{words}</title>",
                f'<rect width="100%" height="100%" fill="{self.look.paper}"/>',
                *drawn,
                "</svg>",
                "",
            ]
        )

    def totals(self) -> list[str]:
        """What the whole network costs; nothing while it does not fit together."""
        cost = self.sketch.cost
        if cost is None:
            return []
        macs, memory = f"{cost.flops // 2:,} multiplications for one example", f"{_bytes(cost.training_bytes)} to train"
        words = [f"{_counted(cost.parameters)}", macs, f"{memory} with batches of {self.sketch.batch_size}"]
        return [" · ".join(words)] if len(self.sketch.nodes) > 3 else [" · ".join(words[:2]), words[2]]

    # -- layers in a row

    def flow(self, nodes: Sequence[Node], shape: Shape | None, inside: int = 0) -> list[Piece]:
        """Arrow, layer, arrow, layer ...

        Args:
            inside: of a block, how many copies of it there are; its first arrow carries nothing, for that of the block does.
        """
        pieces, before, copies = [], None, inside or 1
        width = _card_width(nodes, copies)
        for number, node in enumerate(nodes):
            pieces.append(self.arrow(None if inside and not number else shape, before, ghost=shape is None))
            pieces.append(self.block(node, copies) if node.bodies else self.card(node, width, copies))
            if self.clashes(node):
                assert self.sketch.clash
                pieces.append(self.notice(self.sketch.clash.sentence, width))
            shape, before = node.output, node.input
        return pieces

    def clashes(self, node: Node) -> bool:
        return self.sketch.clash is not None and self.sketch.clash.layer == node.id

    def unreached(self, node: Node) -> bool:
        """Behind the clash: nothing is known of it."""
        return node.input is None and not self.clashes(node)

    def arrow(self, shape: Shape | None, before: Shape | None = None, ghost: bool = False) -> Piece:
        """A line down with a head, and the shape beside it; the axes are named where they are not those of the arrow before."""
        label = _sizes(shape) if shape else ""
        named = f" {TIMES} ".join(shape.axes) if shape and len(shape.axes) > 1 and (before is None or before.axes != shape.axes) else ""
        height = 44.0 if named else 32.0 if label else 22.0
        colour = self.look.ghost if ghost else self.look.line

        def draw(x: float, y: float) -> list[str]:
            middle = y + height / 2 + (-2 if named else 3)
            words = [text((x + 10, middle), label, SMALL, self.look.ink, font_weight="600")] if label else []
            words += [text((x + 10, middle + 13), named, TINY, self.look.soft)] if named else []
            return [line(x, y, x, y + height - 5, colour), head(x, y + height, colour), *words]

        return Piece(8, 14 + max(text_width(label, SMALL, bold=True), text_width(named, TINY)), height, draw, arrow=colour)

    # -- one layer

    def card(self, node: Node, width: float, copies: int) -> Piece:
        """A layer: its name, its weights and its settings."""
        clashes, unreached = self.clashes(node), self.unreached(node)
        (weights, below), look = _words(node, copies), self.look
        height = 46.0 if below else 30.0
        hue = look.clash if clashes else look.ghost if unreached else GROUPS.get(node.group, GREY)
        ink, soft = (look.soft, look.ghost) if unreached else (look.ink, look.soft)
        room = width - BAR - 2 * PADDING
        beside = text_width(weights, TINY) + PADDING if weights else 0

        def draw(x: float, y: float) -> list[str]:
            left = x - width / 2
            parts = [box((left, y), (width, height), mixed(hue, look.paper, 0.1), hue, 2 if clashes else 1, 6)]
            parts.append(f'<path d="{bar_path(left, y, height)}" fill="{hue}"/>')
            start, first = left + BAR + PADDING, y + (19 if below else 20)
            parts.append(text((start, first), shortened(node.title, room - beside, TITLE, bold=True), TITLE, ink, font_weight="600"))
            if weights:
                parts.append(text((left + width - PADDING, first), weights, TINY, soft, text_anchor="end"))
            if below:
                parts.append(text((start, y + 36), shortened(below, room, SMALL), SMALL, soft))
            return parts

        return Piece(width / 2, width / 2, height, draw)

    def pill(self, said: str, ghost: bool = False) -> Piece:
        """Where the data come in and the answer goes out."""
        width = text_width(said, TITLE, bold=True) + 36
        colour = self.look.ghost if ghost else self.look.ink

        def draw(x: float, y: float) -> list[str]:
            frame = box((x - width / 2, y), (width, 30), self.look.paper, colour, 1.5, 15)
            return [frame, text((x, y + 20), said, TITLE, colour, text_anchor="middle", font_weight="600")]

        return Piece(width / 2, width / 2, 30, draw)

    def notice(self, sentence: str, width: float = 0.0) -> Piece:
        """Why it does not fit, in words."""
        width = max(width, 270.0)
        lines = wrapped(sentence, width - 2 * PADDING, SMALL)
        height = 16.0 * len(lines) + 16

        def draw(x: float, y: float) -> list[str]:
            left, look = x - width / 2, self.look
            frame = box((left, y + 6), (width, height - 6), mixed(look.clash, look.paper, 0.12), look.clash, 1, 6)
            return [frame, *(text((left + PADDING, y + 24 + 16 * i), said, SMALL, look.clash) for i, said in enumerate(lines))]

        return Piece(width / 2, width / 2, height, draw)

    # -- blocks

    def block(self, node: Node, copies: int) -> Piece:
        """A block in its frame, drawn by how it joins what it holds."""
        within = _WITHIN.get(node.joins, _Pen.one_way)(self, node, copies * node.copies)
        return self.framed(node, within, _weights(node, copies))

    def one_way(self, node: Node, copies: int) -> Piece:
        """Everything in a row: a Repeat."""
        bodies = [piece for body in node.bodies for piece in self.flow(body, node.input, copies)]
        return stack([*bodies, self.plain_line(FRAME)])

    def with_shortcut(self, node: Node, copies: int) -> Piece:
        """The body, and a line past it that meets it again at a plus; at a question mark where it asks what the body returns."""
        body = stack([*self.flow(node.bodies[0], node.input, copies), self.arrow(None, ghost=self.unreached(node))])
        colour, radius, way = self.colour(node), 9.0, body.right + 16
        height = body.height + 2 * radius + FRAME

        def draw(x: float, y: float) -> list[str]:
            low, side = y + body.height + radius, x + way
            path = f"M{x:.1f} {y + 3:.1f}H{side - 8:.1f}q8 0 8 8V{low - 8:.1f}q0 8 -8 8H{x + radius + 5:.1f}"
            parts = [*body.draw(x, y), dot(x, y + 3, colour)]
            parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
            parts.append(head_left(x + radius, low, colour))
            sign = (plus if node.joins == "skip" else question)(x, low, radius, colour, self.look.paper)
            return [*parts, *sign, line(x, low + radius, x, y + height, colour)]

        return Piece(max(body.left, radius), way + 4, height, draw)

    def side_by_side(self, node: Node, copies: int) -> Piece:
        """Branches fed with the same input and joined below."""
        branches = self.branches(node, copies)
        wide, tall = sum(branch.width for branch in branches) + GAP * (len(branches) - 1), branches[0].height
        join, colour, split = self.join(node), self.colour(node), 10.0
        edges = [0.0, *accumulate(branch.width + GAP for branch in branches)]
        offsets = [edge + branch.left - wide / 2 for edge, branch in zip(edges, branches, strict=False)]
        height = split + tall + 12 + join.height + FRAME

        def draw(x: float, y: float) -> list[str]:
            high, low = y + split, y + split + tall
            parts = [dot(x, y, colour), line(x, y, x, high, colour), line(x, low, x, y + height, colour)]
            parts += [line(x + offsets[0], level, x + offsets[-1], level, colour) for level in (high, low)]
            parts += [part for offset, branch in zip(offsets, branches, strict=True) for part in branch.draw(x + offset, high)]
            return [*parts, *join.draw(x, low + 12)]

        return Piece(wide / 2, wide / 2, height, draw)

    def branches(self, node: Node, copies: int) -> list[Piece]:
        """Every branch with the shape it ends in, all of one height."""
        rows = [self.flow(body, node.input, copies) for body in node.bodies]
        ends = [self.branch_end(node, body) for body in node.bodies]
        heights = [sum(piece.height for piece in (*row, end)) for row, end in zip(rows, ends, strict=True)]
        colour = self.colour(node)
        return [
            stack([*row, self.plain_line(max(heights) - height, colour), end]) for row, end, height in zip(rows, ends, heights, strict=True)
        ]

    def branch_end(self, node: Node, body: Sequence[Node]) -> Piece:
        shape, before = (body[-1].output, body[-1].input) if body else (None, None)
        return self.arrow(shape, before or shape, ghost=self.unreached(node))

    def join(self, node: Node) -> Piece:
        """The sign where branches meet: a plus, or a word."""
        colour = self.colour(node)
        if _adds(node):
            return Piece(9, 9, 18, lambda x, y: plus(x, y + 9, 9, colour, self.look.paper))
        said = "concatenate"
        width = text_width(said, SMALL) + 22

        def draw(x: float, y: float) -> list[str]:
            frame = box((x - width / 2, y), (width, 20), self.look.paper, colour, 1, 10)
            return [frame, text((x, y + 14), said, SMALL, self.look.ink, text_anchor="middle")]

        return Piece(width / 2, width / 2, 20, draw)

    def plain_line(self, height: float, colour: str = "") -> Piece:
        return Piece(10, 10, height, lambda x, y: [line(x, y, x, y + height, colour or self.look.line)])

    def colour(self, node: Node) -> str:
        return self.look.ghost if self.unreached(node) else self.look.line

    def framed(self, node: Node, within: Piece, weights: str) -> Piece:
        """A block's frame with its name; a repeated one as a pile of sheets."""
        look, clashes = self.look, self.clashes(node)
        stroke = look.clash if clashes else look.ghost
        name = f"{node.title} {TIMES} {node.copies}" if node.copies > 1 else node.title
        needed = text_width(name, SMALL, bold=True) + text_width(weights, TINY) + 3 * FRAME
        half = max(needed / 2 - FRAME, within.left, within.right)
        left, right = (half, half) if needed > within.width else (within.left, within.right)
        head, sheets = 30.0, 2 if node.copies > 1 else 0
        size = (left + right + 2 * FRAME, head + within.height)

        def draw(x: float, y: float) -> list[str]:
            start = x - left - FRAME
            parts = [box((start + 5 * n, y + 5 * n), size, look.frame, stroke, 1, 10) for n in range(sheets, -1, -1)]
            ink = look.ghost if self.unreached(node) else look.ink
            parts.append(text((start + FRAME, y + 19), name, SMALL, ink, font_weight="600"))
            if weights:
                parts.append(text((start + size[0] - FRAME, y + 19), weights, TINY, look.soft, text_anchor="end"))
            return [*parts, *within.draw(x, y + head)]

        return Piece(left + FRAME, right + FRAME + 5 * sheets, size[1] + 5 * sheets, draw)


_WITHIN: dict[str, Callable[[_Pen, Node, int], Piece]] = {
    "skip": _Pen.with_shortcut,
    "attend": _Pen.with_shortcut,
    "merge": _Pen.side_by_side,
}


def _adds(node: Node) -> bool:
    """Whether branches are added up; else their units stand side by side. What is not known counts as side by side."""
    ends = [body[-1].output if body else node.input for body in node.bodies]
    return node.output is not None and all(end == node.output for end in ends)


def _card_width(nodes: Sequence[Node], copies: int) -> float:
    """Of all plain layers in a row: as wide as the longest text needs, within bounds."""
    least, most = CARD_WIDTHS
    return min(most, max([least, *(_card_room(node, copies) for node in nodes if not node.bodies)]))


def _card_room(node: Node, copies: int) -> float:
    weights, below = _words(node, copies)
    beside = text_width(weights, TINY) + PADDING if weights else 0
    return max(text_width(node.title, TITLE, bold=True) + beside, text_width(below, SMALL)) + BAR + 2 * PADDING + 1


def _words(node: Node, copies: int) -> tuple[str, str]:
    """What stands beside a card's title and below it: the weights go below where both do not fit a line."""
    weights, most = _weights(node, copies), CARD_WIDTHS[1] - BAR - 3 * PADDING
    if text_width(node.title, TITLE, bold=True) + text_width(weights, TINY) <= most:
        return weights, node.settings
    return "", ", ".join(part for part in (node.settings, weights) if part)


def _weights(node: Node, copies: int) -> str:
    """What one copy of a layer learns; "" where that is nothing. A Node counts all copies of a Repeat together."""
    return _counted(node.parameters // copies) if node.parameters else ""


def _sizes(shape: Shape) -> str:
    """ "8 x 16 x 16"; a single size with its name: "64 features"."""
    if shape.vocabulary:
        return f"{shape.sizes[0]} tokens, vocabulary {shape.vocabulary}"
    return f"{shape.sizes[0]} {shape.axes[0]}" if len(shape.sizes) == 1 else f" {TIMES} ".join(map(str, shape.sizes))


def _answer(wanted: Shape) -> str:
    return f"Answer: {_sizes(wanted)}"


def _counted(number: int | None) -> str:
    return f"{number or 0:,} parameter{'' if number == 1 else 's'}"


def _bytes(amount: float) -> str:
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if amount >= factor:
            return f"{amount / factor:.3g} {unit}"
    return f"{amount:.0f} bytes"


def _sentence(sketch: Sketch) -> str:
    """What a screen reader says."""
    names = ", ".join(node.title for node in sketch.nodes[:40]) or "no layers yet"
    said = f"A network that takes {sketch.input} and answers with {sketch.wanted}: {names}."
    return f"{said} {sketch.clash.sentence}" if sketch.clash else said
