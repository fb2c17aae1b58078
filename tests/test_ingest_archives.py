"""Pictures, texts and recordings in archives; and archives that are made to do harm."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np
import pytest
from ingest_files import picture, png, read_bytes, tone, wav, zip_of

from explorer.errors import DataError
from explorer.ingest import About, Pictures, Sounds, Table

CATS = {f"cat/{n}.png": picture((200, 0, 0)) for n in range(3)}
DOGS = {f"dog/{n}.jpg": picture((0, 0, 200), form="JPEG") for n in range(3)}


def said(about: About) -> str:
    return " / ".join(f"{one.where}: {one.what} ({one.count})" for one in about.problems)


# -- pictures


def test_pictures_of_folders_are_squares_of_their_colours():
    found, about = read_bytes(zip_of(CATS | DOGS), "pets.zip", side=16)
    assert isinstance(found, Pictures)
    assert found.pixels.shape == (6, 3, 16, 16)
    assert about.classes == (("cat", 3), ("dog", 3))
    np.testing.assert_array_equal(found.pixels[0, :, 8, 8], (200, 0, 0))
    np.testing.assert_allclose(found.pixels[5, :, 8, 8], (0, 0, 200), atol=3)


def test_labels_may_stand_in_a_table_of_the_archive():
    labels = b"file,label\na.png,cat\nb.png,dog\nmissing.png,dog\n"
    found, about = read_bytes(zip_of({"a.png": picture(), "b.png": picture(), "c.png": picture(), "labels.csv": labels}), "p.zip")
    assert about.classes == (("cat", 1), ("dog", 1))
    assert len(found) == 2
    assert "not in the archive (1)" in said(about)
    assert "no row names (1)" in said(about)


MODES = [("L", "PNG"), ("RGBA", "PNG"), ("P", "PNG"), ("1", "PNG"), ("I;16", "PNG"), ("CMYK", "JPEG"), ("RGB", "WEBP"), ("P", "GIF")]


@pytest.mark.parametrize(("mode", "form"), [*MODES, ("RGB", "BMP")])
def test_every_mode_becomes_colours(mode, form):
    buffer = io.BytesIO()
    from PIL import Image

    Image.new(mode, (9, 9)).save(buffer, form)
    found, _ = read_bytes(zip_of({f"a/x.{form.lower()}": buffer.getvalue()}), "p.zip")
    assert found.pixels.shape == (1, 3, 64, 64)


def test_truncated_pictures_are_listed_and_the_others_used():
    good = picture((1, 2, 3), (64, 64))
    found, about = read_bytes(zip_of(CATS | {"cat/cut.png": good[: len(good) // 2], "dog/no.png": b"hello"} | DOGS), "p.zip")
    assert len(found) == 6
    assert "“cat/cut.png”: left out: A picture is damaged" in said(about)
    assert "“dog/no.png”: left out: A picture is none of PNG" in said(about)


def test_too_many_broken_pictures_are_refused():
    with pytest.raises(DataError, match="4 of the 7 files"):
        read_bytes(zip_of(CATS | {f"dog/{n}.png": b"hello" for n in range(4)}), "p.zip")


@pytest.mark.parametrize(("side", "words"), [(30_000, "says it has hundreds of millions of pixels"), (6_000, "6,000 pixels wide")])
def test_a_decompression_bomb_is_not_decoded(side, words):
    _, about = read_bytes(zip_of(CATS | {"cat/bomb.png": png(side, side)}), "p.zip")
    assert words in said(about)


def test_one_picture_larger_than_may_be_is_left_out():
    _, about = read_bytes(zip_of(CATS | {"cat/large.png": picture(size=(300, 300))}), "p.zip", pixels=50_000)
    assert "300 pixels wide and 300 high; the limit is 50,000" in said(about)


def test_pictures_that_nothing_names_are_refused_with_both_layouts():
    with pytest.raises(DataError, match=r"one folder per class .*labels.csv"):
        read_bytes(zip_of({"1.png": picture(), "2.png": picture()}), "p.zip")


def test_litter_is_ignored_and_capital_letters_make_no_class():
    files = {"__MACOSX/cat/._1.png": b"x", "cat/.DS_Store": b"x", "CAT/9.png": picture(), **CATS}
    found, about = read_bytes(zip_of(files), "p.zip")
    assert (len(found), len(about.classes)) == (4, 1)
    assert "operating system" in said(about)


# -- archives that do harm


def entry(name: str, link: bool = False) -> bytes:
    info = zipfile.ZipInfo(name)
    info.external_attr = (0o120777 if link else 0o100644) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, b"/etc/passwd")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/etc/passwd", "C:/evil.png", "a\\..\\evil.png", "x" * 300 + ".png", "\\\\server\\evil.png"]
)
def test_names_that_lead_outside_are_refused(name):
    with pytest.raises(DataError, match="names a place outside itself"):
        read_bytes(entry(name), "p.zip")


def test_a_link_is_refused():
    with pytest.raises(DataError, match="is a link to another file"):
        read_bytes(entry("cat/1.png", link=True), "p.zip")


def test_a_zip_bomb_is_refused_by_its_ratio_and_by_its_size():
    bomb = zip_of({"cat/1.png": b"\0" * (60 << 20)})
    assert len(bomb) < 100_000
    with pytest.raises(DataError, match="times its size"):
        read_bytes(bomb, "p.zip")
    with pytest.raises(DataError, match="unpacks to 60 MB; the limit is 20 MB"):
        read_bytes(bomb, "p.zip", unpacked=20 << 20)


def test_files_that_lie_over_one_another_are_refused():
    data = bytearray(zip_of({"cat/1.png": b"x" * 200, "cat/2.png": b"y" * 200}, zipfile.ZIP_STORED))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)  # where the second file begins
    with pytest.raises(DataError, match="lie over one another"):
        read_bytes(bytes(data), "p.zip")


def test_too_many_files_and_files_too_large_are_refused():
    with pytest.raises(DataError, match="holds 6 files; the limit is 5"):
        read_bytes(zip_of(CATS | DOGS), "p.zip", files=5)
    with pytest.raises(DataError, match="more than 0 MB"):
        read_bytes(zip_of(CATS), "p.zip", member=20)


def test_a_password_is_refused():
    data = bytearray(zip_of(CATS))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(mark, at + 1)
    with pytest.raises(DataError, match="password"):
        read_bytes(bytes(data), "p.zip")


@pytest.mark.parametrize(("start", "words"), [(b"Rar!\x1a", "RAR"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b", "gzip")])
def test_other_archives_are_named(start, words):
    with pytest.raises(DataError, match=words):
        read_bytes(start + b"\0" * 50, "pets.zip")


def test_an_archive_cut_short_is_refused_at_every_length():
    data = zip_of(CATS)
    for length in range(4, len(data), 37):
        with pytest.raises(DataError):
            read_bytes(data[:length], "p.zip")


# -- texts


def test_texts_of_folders_and_texts_by_line_become_the_same_table():
    by_folder = zip_of({"good/1.txt": b"very\nnice", "bad/1.txt": b"dull"})
    by_line = zip_of({"good.txt": b"very nice\n", "bad.txt": b"\ndull\n"})
    for data in (by_folder, by_line):
        found, about = read_bytes(data, "t.zip")
        assert isinstance(found, Table)
        (codes, texts), (labels, names) = (column.words for column in found.columns)
        assert {(texts[a], names[b]) for a, b in zip(codes, labels, strict=True)} == {("very nice", "good"), ("dull", "bad")}
        assert [column.role for column in about.columns] == ["text", "target"]


# -- sounds


def sounds_of(*files: bytes, **limits: float) -> tuple[Sounds, About]:
    found, about = read_bytes(zip_of({f"a/{n}.wav": data for n, data in enumerate(files)}, zipfile.ZIP_STORED), "s.zip", **limits)
    assert isinstance(found, Sounds)
    return found, about


def pitch(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * 16_000 / len(samples))


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_a_tone_keeps_its_pitch_and_loudness_at_any_rate(rate):
    found, about = sounds_of(wav(tone(440, 1.0, rate), rate))
    assert about.rate == 16_000
    assert about.seconds == pytest.approx(1, abs=1e-3)
    assert pitch(found.samples) == pytest.approx(440, abs=1)
    assert np.abs(found.samples[1000:-1000]).max() == pytest.approx(20_000, rel=0.01)


@pytest.mark.parametrize(("kind", "code", "scale"), [("<i2", 1, 32768), ("<i4", 1, 2**31), ("<f4", 3, 1), ("<f8", 3, 1)])
def test_every_way_of_writing_samples_gives_the_same_sound(kind, code, scale):
    wave = tone(300).astype(float) / 32768
    found, _ = sounds_of(wav((wave * scale).astype(kind), code=code))
    np.testing.assert_allclose(found.samples, wave * 32767, atol=1.01)


def test_samples_of_8_and_of_24_bits():
    wave = tone(300).astype(float) / 32768
    eight, _ = sounds_of(wav(np.rint(wave * 127 + 128).astype(np.uint8)))
    np.testing.assert_allclose(eight.samples, wave * 32767, atol=400)
    thirds = np.rint(wave * 8388607).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]
    data = wav(np.ascontiguousarray(thirds)).replace(
        struct.pack("<HHIIHH", 1, 3, 16_000, 48_000, 3, 8), struct.pack("<HHIIHH", 1, 1, 16_000, 48_000, 3, 24)
    )
    found, _ = sounds_of(data)
    np.testing.assert_allclose(found.samples, wave * 32767, atol=1.01)


def test_stereo_becomes_its_mean():
    found, _ = sounds_of(wav(np.stack([tone(300), -tone(300)], axis=1)))
    assert np.abs(found.samples).max() <= 1


def test_ten_hours_are_promised_and_half_a_second_is_there():
    found, about = sounds_of(wav(tone(300), promised=36_000 * 32_000))
    assert len(found.samples) == 8_000
    assert "say they are longer than they are (1)" in said(about)


def test_long_recordings_are_cut_and_too_many_left_out():
    found, about = sounds_of(*[wav(tone(300, 2.0))] * 4, seconds=1.0, seconds_in_all=2.5)
    assert np.diff(found.ends, prepend=0).tolist() == [16_000, 16_000]
    assert "longer than 1 seconds (3)" in said(about)
    assert "beyond 0 minutes in all (2)" in said(about)


@pytest.mark.parametrize(("data", "words"), [
    (b"ID3\x03" + b"\0" * 40, "an MP3"),
    (wav(tone(300)[:0]), "empty"),
    (wav(tone(300)).replace(struct.pack("<HHI", 1, 1, 16_000), struct.pack("<HHI", 1, 0, 16_000)), "0 channels"),
    (wav(tone(300), rate=1), "1 samples in a second"),
    (wav(tone(300), code=17), "code 17"),
    (wav(tone(300))[:30], "no sound in it"),
])  # fmt: skip
def test_what_is_no_sound_is_refused_in_words(data, words):
    with pytest.raises(DataError, match=words):
        sounds_of(data)


def test_flac_is_heard_as_wav_is():
    soundfile = pytest.importorskip("soundfile")
    buffer = io.BytesIO()
    soundfile.write(buffer, tone(300), 16_000, format="FLAC")
    found, _ = read_bytes(zip_of({"a/1.flac": buffer.getvalue()}), "s.zip")
    np.testing.assert_allclose(found.samples, tone(300), atol=1.01)
    with pytest.raises(DataError, match="damaged"):
        read_bytes(zip_of({"a/1.flac": b"fLaC" + b"\0" * 90}), "s.zip")
