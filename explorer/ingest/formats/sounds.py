"""Recordings in an archive: one folder per class, or a table of labels."""

from __future__ import annotations

import io
from typing import ClassVar, NamedTuple

import numpy as np

from explorer.errors import DataError
from explorer.ingest.about import About, Notes, shown
from explorer.ingest.archive import Archive, Member
from explorer.ingest.content import Sounds
from explorer.ingest.formats.pictures import numbered
from explorer.ingest.limits import Limits
from explorer.ingest.reading import FORMATS, Format, Upload
from explorer.ingest.wav import Recording, read_wav

RATE = 16_000  # samples in a second: as many as speech needs
ENDINGS = (".wav", ".flac")
MOSTLY = 0.5


class Heard(NamedTuple):
    """Recordings that could be read, int16 at `RATE`, and the class of each."""

    recordings: list[np.ndarray]
    labels: list[str]


@FORMATS.register("sounds")
class SoundArchive(Format):
    """Every recording is made mono and given the same number of samples in a second."""

    title: ClassVar[str] = "archive of recordings (ZIP)"
    endings: ClassVar[tuple[str, ...]] = (".zip",)

    def suits(self, upload: Upload) -> bool:
        return upload.archive is not None and upload.archive.share((*ENDINGS, ".mp3", ".ogg", ".m4a")) >= MOSTLY

    def read(self, upload: Upload) -> tuple[Sounds, About]:
        assert upload.archive
        heard = heard_all(upload.archive, upload.archive.labelled(ENDINGS, "recordings in WAV or FLAC"))
        names, numbers, counts = numbered(heard.labels)
        ends = np.cumsum([len(one) for one in heard.recordings], dtype=np.int64)
        sounds = Sounds(np.concatenate(heard.recordings), ends, numbers, names, RATE)
        about = About(
            kind="sounds",
            name=shown(upload.name, 120),
            source=self.title,
            rows=len(sounds),
            classes=tuple(zip(names, counts, strict=True)),
            rate=RATE,
            seconds=float(ends[-1]) / RATE,
            problems=upload.notes.problems,
        )
        return sounds, about


def heard_all(archive: Archive, members: list[Member]) -> Heard:
    """All recordings that there is room for. Raises DataError when too many are broken."""
    heard, left = Heard([], []), archive.limits.seconds_in_all * RATE
    for member, recording in archive.decoded(members, lambda data: heard_one(data, archive.limits, archive.notes)):
        left -= len(recording)
        if left < 0:
            what = f"recordings beyond {archive.limits.seconds_in_all / 60:,.0f} minutes in all"
            archive.notes.add(f"“{shown(member.name)}”", what, "They are left out.", len(members) - len(heard.labels))
            break
        heard.recordings.append(recording)
        heard.labels.append(member.label)
    return heard


def heard_one(data: bytes, limits: Limits, notes: Notes) -> np.ndarray:
    """One recording, int16 at `RATE`. Raises DataError when it cannot be read."""
    recording = read_flac(data, limits) if data.startswith(b"fLaC") else read_wav(data, limits)
    if recording.was_cut:
        what = f"recordings longer than {limits.seconds:,.0f} seconds"
        notes.add("the archive", what, "Only their beginning is used. Cut them into pieces to use all.")
    if recording.lied:
        notes.add("the archive", "recordings that say they are longer than they are", "What is there is used.")
    mono = resampled(recording.samples.mean(axis=1), recording.rate)
    return np.rint(np.nan_to_num(mono).clip(-1, 1) * 32767).astype(np.int16)


def read_flac(data: bytes, limits: Limits) -> Recording:
    """FLAC, where the package for it is installed."""
    try:
        import soundfile
    except (ImportError, OSError):
        raise DataError(
            "Reading FLAC needs the package soundfile. Install neural-explorer[files], or export the recordings as WAV."
        ) from None
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            frames = int(limits.seconds * file.samplerate)
            samples = file.read(frames, dtype="float32", always_2d=True)
            rate, was_cut = file.samplerate, file.frames > frames
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OSError):
        raise DataError("A FLAC recording is damaged, or was cut short.") from None
    if not samples.size:
        raise DataError("A recording is empty.")
    return Recording(samples, rate, was_cut, False)


def resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    """The same sound with `RATE` samples in a second: its spectrum is cut off, or continued with nothing, at half the new rate.

    Source: Proakis & Manolakis, "Digital Signal Processing", 4th ed., 2007, section 11.5 (ideal resampling), by discrete Fourier transform.
    """
    if rate == RATE:
        return samples
    length = max(round(len(samples) * RATE / rate), 1)
    return np.fft.irfft(np.fft.rfft(samples), length) * (length / len(samples))
