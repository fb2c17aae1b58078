"""Texts and marks of an SVG, and how much room a text takes whatever font it is drawn with.

Decided: widths are those of DejaVu Sans, rounded up.
Because: the picture is made where there may be no font, and opened where nobody knows which one is used; Helvetica, Arial, Inter and
    Source Sans are all narrower.
Instead of: measuring with one font file, which says nothing about the next machine.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

FONT = "'Source Sans 3','Source Sans Pro',Inter,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif"
TIMES = "\N{MULTIPLICATION SIGN}"
WIDEST, BOLD = 1.0, 1.16  # em; how much wider a bold text is
WIDTHS = {  # em -> the characters at most that wide
    0.3: "'IJijl",
    0.4: " ,./:;\\|·()-[]ft",
    0.5: '!r²"*_`',
    0.6: "?cszFLkvxy",
    0.65: "$0123456789EPSTYabdeghnopqu{}",
    0.75: "ABCKRVXZNU",
    0.85: "&DGHOQ#+<=>^w~→±≤≥" + TIMES,
}
WIDTH_OF = {character: width for width, characters in WIDTHS.items() for character in characters}


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Pixels that `text` takes at most, at a font size in pixels."""
    return sum(WIDTH_OF.get(character, WIDEST) for character in text) * size * (BOLD if bold else 1)


def shortened(text: str, room: float, size: float, bold: bool = False) -> str:
    """As much of `text` as fits `room` pixels, with an ellipsis where something was left out."""
    if text_width(text, size, bold) <= room:
        return text
    while text and text_width(f"{text}…", size, bold) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrapped(text: str, room: float, size: float, most: int = 8) -> list[str]:
    """Lines that fit `room` pixels each; what does not fit `most` lines is left out."""
    lines, words = [""], text.split()
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(shortened(word, room, size))
    lines = [line for line in lines if line]
    return lines if len(lines) <= most else [*lines[: most - 1], shortened(f"{lines[most - 1]}…", room, size)]


def text(place: tuple[float, float], said: str, size: float, fill: str, **more: str) -> str:
    """An SVG text whose baseline begins at `place`; `more` are attributes, "_" written for "-"."""
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text x="{place[0]:.1f}" y="{place[1]:.1f}" font-size="{size:g}" fill="{fill}"{extra}>{escape(said)}</text>'


def mixed(one: str, other: str, share: float) -> str:
    """The colour with `share` of one and the rest of the other, both "#RRGGBB"."""
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)


def box(place: tuple[float, float], size: tuple[float, float], fill: str, stroke: str, width: float, radius: float) -> str:
    """A rectangle with round corners."""
    return (
        f'<rect x="{place[0]:.1f}" y="{place[1]:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}" rx="{radius:g}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"/>'
    )


def bar_path(left: float, y: float, height: float) -> str:
    """The coloured edge of a card, round where the card is."""
    return f"M{left + 6:.1f} {y:.1f}h-1a5 6 0 0 0 -5 6v{height - 12:.1f}a5 6 0 0 0 5 6h1z"


def line(x: float, y: float, to_x: float, to_y: float, colour: str) -> str:
    """A straight line."""
    return f'<path d="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}" stroke="{colour}" stroke-width="1.5" stroke-linecap="round"/>'


def dot(x: float, y: float, colour: str) -> str:
    """Where a line splits."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>'


def head(x: float, y: float, colour: str) -> str:
    """The head of an arrow that points down, its tip at (x, y)."""
    return f'<path d="M{x:.1f} {y:.1f}l-4 -7h8z" fill="{colour}"/>'


def head_left(x: float, y: float, colour: str) -> str:
    """The head of an arrow that points to the left, its tip at (x, y)."""
    return f'<path d="M{x:.1f} {y:.1f}l7 -4v8z" fill="{colour}"/>'


def question(x: float, y: float, radius: float, colour: str, paper: str) -> list[str]:
    """A question mark in a circle: what arrives from the side asks what arrives from above."""
    circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{paper}" stroke="{colour}" stroke-width="1.5"/>'
    return [circle, text((x, y + 5), "?", 14, colour, text_anchor="middle", font_weight="bold")]


def plus(x: float, y: float, radius: float, colour: str, paper: str) -> list[str]:
    """A plus in a circle: what arrives here is added up."""
    circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{paper}" stroke="{colour}" stroke-width="1.5"/>'
    return [circle, line(x - 5, y, x + 5, y, colour), line(x, y - 5, x, y + 5, colour)]
