"""A picture as PNG."""

import io

import pytest

from explorer.errors import SpecError
from explorer.export import png
from explorer.export.png import png_of

resvg_py = pytest.importorskip("resvg_py")
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="10" height="20" fill="#0072B2"/></svg>'


@pytest.fixture
def with_letters(monkeypatch):
    """As if this computer had a font, whether it has one or not."""
    drawn = resvg_py.svg_to_bytes

    def pretended(svg_string: str, **more) -> bytes:
        return svg_string.encode() if "<text" in svg_string else drawn(svg_string, **more)

    monkeypatch.setattr(resvg_py, "svg_to_bytes", pretended)


@pytest.mark.usefixtures("with_letters")
def test_a_png_is_twice_as_large_and_has_its_colours():
    image = pytest.importorskip("PIL.Image").open(io.BytesIO(png_of(SQUARE)))
    assert image.size == (60, 40)
    assert image.getpixel((10, 20)) == (0, 0x72, 0xB2, 255)
    assert image.getpixel((40, 20))[3] == 0


def test_a_computer_without_fonts_says_so(monkeypatch):
    drawn = resvg_py.svg_to_bytes
    monkeypatch.setattr(resvg_py, "svg_to_bytes", lambda **wanted: drawn(**wanted, skip_system_fonts=True))
    with pytest.raises(SpecError, match="has no font"):
        png_of(SQUARE)


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(png, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"resvg-py.*neural-explorer\[png\]"):
        png_of(SQUARE)
