"""Many SVG pictures as PNG, drawn by a process of their own.

Decided: a child process takes one SVG after the other and gives back a PNG for each.
Because: one picture keeps a processor busy for some tenths of a second and holds Python's lock all the while; a server that drew
    hundreds of them itself would answer nobody meanwhile.
Instead of: a thread, which has that same lock.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Generator, Iterable
from typing import IO

from explorer.errors import ExplorerError, SpecError
from explorer.export.png import png_of

ZOOM = 1.5  # pixels of a PNG for one of the SVG
SIZE = struct.Struct("<cI")  # what comes: "p" a picture, "e" an error in words; and how many bytes it has


def pngs_of(pictures: Iterable[str]) -> Generator[bytes]:
    """A PNG for each SVG, one at a time; the child ends with the generator.

    Raises:
        SpecError: PNGs cannot be drawn on this computer, or the child ended.
    """
    child = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin
    assert child.stdout
    try:
        for picture in pictures:
            _put(child.stdin, b"p", picture.encode())
            kind, data = _take(child.stdout)
            if kind == b"e":
                raise SpecError(data.decode())
            yield data
    except (BrokenPipeError, EOFError):
        raise SpecError("The program that draws PNG pictures ended before it was done. Take SVG files, or fewer frames.") from None
    finally:
        child.kill()
        child.communicate()


def draw() -> None:
    """The child: draw what comes in until nothing comes any more."""
    os.nice(10)
    while True:
        try:
            _, picture = _take(sys.stdin.buffer)
        except EOFError:
            return
        try:
            _put(sys.stdout.buffer, b"p", png_of(picture.decode(), ZOOM))
        except ExplorerError as error:
            _put(sys.stdout.buffer, b"e", str(error).encode())


def _put(file: IO[bytes], kind: bytes, data: bytes) -> None:
    file.write(SIZE.pack(kind, len(data)) + data)
    file.flush()


def _take(file: IO[bytes]) -> tuple[bytes, bytes]:
    """Raises EOFError where the other side has ended."""
    begin = file.read(SIZE.size)
    if len(begin) < SIZE.size:
        raise EOFError
    kind, size = SIZE.unpack(begin)
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return kind, data


if __name__ == "__main__":
    draw()
