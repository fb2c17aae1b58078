"""An SVG picture as PNG, for programs that take no SVG."""

from __future__ import annotations

from importlib.util import find_spec

from explorer.errors import SpecError

ZOOM = 2.0  # pixels of the PNG for one of the SVG: sharp on a projector
LETTERS = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text x="1" y="15" font-family="sans-serif">{}</text></svg>'


def png_of(svg: str, zoom: float = ZOOM) -> bytes:
    """The picture as a PNG, `zoom` times its size.

    Raises:
        SpecError: resvg-py is not installed, or this computer has no font to draw letters with.
    """
    if find_spec("resvg_py") is None:
        raise SpecError('PNG files are drawn by resvg-py, which is not installed here. Install it: pip install "neural-explorer[png]".')
    import resvg_py

    if resvg_py.svg_to_bytes(svg_string=LETTERS.format("W")) == resvg_py.svg_to_bytes(svg_string=LETTERS.format("")):
        raise SpecError("This computer has no font to draw a PNG with. Take the SVG, or install a font such as DejaVu Sans.")
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom))
