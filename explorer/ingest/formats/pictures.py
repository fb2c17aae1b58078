"""Pictures in an archive: one folder per class, or a table of labels."""

from __future__ import annotations

import io
import warnings
from typing import ClassVar

import numpy as np
from PIL import Image, ImageOps

from explorer.errors import DataError
from explorer.ingest.about import About, Notes, shown
from explorer.ingest.archive import Archive, Member
from explorer.ingest.content import Pictures
from explorer.ingest.limits import Limits
from explorer.ingest.reading import FORMATS, Format, Upload

READ = ("PNG", "JPEG", "WEBP", "BMP", "GIF")  # Pillow knows others, some of which start programs
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
MOSTLY = 0.5  # share of an archive from which it is one of pictures


@FORMATS.register("pictures")
class PictureArchive(Format):
    """Every picture is turned upright, cut to a square around its middle, and made as large as all the others."""

    title: ClassVar[str] = "archive of pictures (ZIP)"
    endings: ClassVar[tuple[str, ...]] = (".zip",)

    def suits(self, upload: Upload) -> bool:
        return upload.archive is not None and upload.archive.share(ENDINGS) >= MOSTLY

    def read(self, upload: Upload) -> tuple[Pictures, About]:
        assert upload.archive
        members = upload.archive.labelled(ENDINGS, "pictures")
        pixels, labels = decoded_all(upload.archive, members)
        names, numbers, counts = numbered(labels)
        about = About(
            kind="pictures",
            name=shown(upload.name, 120),
            source=self.title,
            rows=len(labels),
            classes=tuple(zip(names, counts, strict=True)),
            side=upload.limits.side,
            problems=upload.notes.problems,
        )
        return Pictures(pixels, numbers, names), about


def decoded_all(archive: Archive, members: list[Member]) -> tuple[np.ndarray, list[str]]:
    """uint8 (n, 3, side, side) of the pictures that can be read, and the class of each. Raises DataError when too many cannot."""
    pixels, labels = [], []
    for member, picture in archive.decoded(members, lambda data: decoded(data, archive.limits, archive.notes)):
        pixels.append(picture)
        labels.append(member.label)
    return np.stack(pixels), labels


def decoded(data: bytes, limits: Limits, notes: Notes) -> np.ndarray:
    """One picture as uint8 (3, side, side). Raises DataError when it is too large, damaged or none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow, about pictures that we refuse or leave out anyway
        picture = _opened(data, limits)
        if picture.width * picture.height > limits.pixels:
            raise DataError(
                f"A picture is {picture.width:,} pixels wide and {picture.height:,} high; the limit is {limits.pixels:,} in all."
            )
        try:
            return np.asarray(squared(picture, limits.side), np.uint8).transpose(2, 0, 1)
        except MemoryError:
            raise
        except Exception:  # a decoder that fails may raise anything
            raise DataError("A picture is damaged, or was cut short.") from None


def _opened(data: bytes, limits: Limits) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=READ)
    except MemoryError:
        raise
    except Image.DecompressionBombError:
        raise DataError(f"A picture says it has hundreds of millions of pixels; the limit is {limits.pixels:,}.") from None
    except Exception:
        raise DataError("A picture is none of PNG, JPEG, WebP, BMP or GIF, whatever it is called.") from None


def squared(picture: Image.Image, side: int) -> Image.Image:
    """The middle of a picture as a square in colours, upright; what is transparent becomes white."""
    if picture.mode.startswith(("I", "F")):
        picture = _in_256_steps(picture)
    picture.draft("RGB", (2 * side, 2 * side))  # a JPEG is decoded only as finely as is needed
    picture = ImageOps.exif_transpose(picture).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return ImageOps.fit(Image.alpha_composite(white, picture).convert("RGB"), (side, side), Image.Resampling.BOX)


def _in_256_steps(picture: Image.Image) -> Image.Image:
    """A picture of 16 bits or of real numbers, from its darkest to its brightest point."""
    values = np.asarray(picture, np.float64)
    low, high = np.nanmin(values), np.nanmax(values)
    return Image.fromarray(np.nan_to_num((values - low) / max(high - low, 1e-9) * 255).astype(np.uint8))


def numbered(labels: list[str]) -> tuple[tuple[str, ...], np.ndarray, tuple[int, ...]]:
    """Names of the classes in order of the alphabet, int32 number of each label's class, and how many there are of each."""
    shortened = [shown(label, 60) for label in labels]
    names = tuple(sorted(set(shortened)))
    place = {name: number for number, name in enumerate(names)}
    numbers = np.array([place[label] for label in shortened], np.int32)
    return names, numbers, tuple(int(count) for count in np.bincount(numbers, minlength=len(names)))
