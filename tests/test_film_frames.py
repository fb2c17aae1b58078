"""A film as single pictures: which files there are, that every one opens and shows its own step, and what the archive says in numbers."""

from __future__ import annotations

import base64
import csv
import io
import re
import zipfile
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest
from test_film_page import filmed, with_frame
from test_pages import state_of, studied
from ui_fakes import RECORDED, FakeClient

from explorer.errors import SpecError
from explorer.experiment import Experiment, presets
from explorer.export import png, png_film
from explorer.plots.film_frame import film_frame
from explorer.plots.raster import by_table, diverging
from explorer.results.frame import pack, unpack
from explorer.ui import session
from explorer.ui.film_frames import frames_of, history_of, table_of
from explorer.ui.playback import Reel, deflated

SVG = "{http://www.w3.org/2000/svg}"
STEPS = np.array([0, 1, 2, 4], np.float32)
HISTORY = {"step": STEPS, "train_loss": np.array([4, 2, 1, 0.5], np.float32), "test_loss": np.array([4, np.nan, 2, 1], np.float32)}


@pytest.fixture
def client(tmp_path, monkeypatch):
    fake = FakeClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    return fake


def curved(reel: Reel) -> Reel:
    """The same film of a run with known curves."""
    head, arrays = unpack(zlib.decompress(reel.now))
    now = pack(head, {**arrays, **{f"history/{name}": values for name, values in HISTORY.items()}})
    return Reel(deflated(now), reel.steps, reel.pictures, reel.recorded)


def opened(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


def texts(svg: bytes | str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_there_is_a_picture_for_every_step_and_no_two_are_alike(client):
    _, reel = filmed(client)
    told: list[float] = []
    files = opened(frames_of(curved(reel), "Spirals", "SVG", "light", told.append))
    pictures = [f"step_{step:06d}.svg" for step in RECORDED]
    assert list(files) == [*pictures, "curves.svg", "curves.csv"]
    assert len({files[name] for name in pictures}) == len(RECORDED)
    for name, step in zip(pictures, RECORDED, strict=True):
        assert f"step {step:,}" in texts(files[name])
    assert told == pytest.approx([1 / 4, 2 / 4, 3 / 4, 1])


def test_the_numbers_of_the_curves_are_those_of_the_run(client):
    _, reel = filmed(client)
    rows = list(csv.reader(io.StringIO(opened(frames_of(curved(reel), "", "SVG", "light"))["curves.csv"].decode())))
    assert rows == [["step", "train_loss", "test_loss"], ["0", "4", "4"], ["1", "2", ""], ["2", "1", "2"], ["4", "0.5", "1"]]
    assert table_of(history_of(curved(reel).now)) == table_of(HISTORY)


def test_the_line_of_the_step_stands_at_its_share_of_the_axis(client):
    _, reel = filmed(client)
    at = []
    for picture in reel.pictures:
        svg = film_frame(*unpack(zlib.decompress(picture)), HISTORY, "")
        at.append(float(re.findall(r'<path d="M([\d.]+) [\d.]+L\1 [\d.]+"', svg)[-1]))
    assert (at[1] - at[0]) / (at[2] - at[0]) == pytest.approx(2 / 4, abs=0.001)


def test_a_weight_is_as_wide_as_it_is_large(client):
    """The largest of a layer has the full width, one of half its size the line of half of it; blue above zero, orange below."""
    run_id, _ = filmed(client)
    head, arrays = unpack(client.look(run_id, 4))
    weights = np.zeros((8, 2), np.float32)
    weights[0, 0], weights[1, 1] = 2.0, -1.0
    svg = film_frame(
        head, {**arrays, "edge/0": weights, **{f"edge/{i}": np.zeros((8, 8)) for i in (1, 2)}, "edge/3": np.zeros((1, 8))}, {}, ""
    )
    lines = re.findall(r'C[^"]+" fill="none" stroke="(#\w+)" stroke-width="([\d.]+)"', svg)
    assert lines == [("#e27d22", "2.7"), ("#3a8cd4", "4.8")]


def test_a_picture_inside_has_the_colours_of_its_numbers():
    from PIL import Image

    cells = np.array([[0, 255]], np.uint8)
    address = by_table(cells, diverging("light", -1.0, 1.0))
    picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")
    width, height = picture.size
    assert picture.getpixel((0, 0)) == (0xC2, 0x54, 0x00)
    assert picture.getpixel((width - 1, height - 1)) == (0x0A, 0x62, 0xAE)
    assert picture.getpixel((width // 2 - 1, 0)) == (0xC2, 0x54, 0x00)


KINDS = (
    "spiral",
    "three_arms",
    "curve",
    "tips",
    "digits_cnn",
    "build_05_resnet",
    "build_08_lstm",
    "build_12_tiny_decoder",
    "build_14_autoencoder",
)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("preset", KINDS)
def test_every_kind_of_run_has_pictures_that_stay_on_the_page(client, preset, theme):
    assert preset in presets()
    run_id = client.start(Experiment.preset(preset))
    head, arrays = unpack(client.look(run_id, 4))
    tree = ElementTree.fromstring(film_frame(head, arrays, HISTORY, "A <b>run</b> & more", theme))
    assert "A <b>run</b> & more" in texts(ElementTree.tostring(tree))
    said = texts(ElementTree.tostring(tree))
    assert all(any(title.startswith(one["title"][:4]) for title in said) for one in head["columns"])
    for one in [*tree.iter(f"{SVG}rect"), *tree.iter(f"{SVG}image")]:
        if one.get("width", "").endswith("%"):
            continue
        x, y, width, height = (float(one.get(name, "")) for name in ("x", "y", "width", "height"))
        assert min(x, y) >= 0
        assert min(width, height) > 0
        assert x + width <= 1280
        assert y + height <= 720


def test_numbers_that_are_none_any_more_are_drawn_as_nothing(client):
    run_id, _ = filmed(client)
    head, arrays = unpack(client.look(run_id, 4))
    broken = {name: np.full_like(values, np.nan) if values.dtype == np.float32 else values for name, values in arrays.items()}
    svg = film_frame({**head, "metrics": {"train_loss": None}}, broken, {**HISTORY, "train_loss": np.full(4, np.nan, np.float32)}, "")
    assert "nan" not in svg.lower().replace("tan", "")
    ElementTree.fromstring(svg)


@pytest.mark.slow
def test_png_pictures_open_have_the_size_that_is_said_and_differ(client):
    pytest.importorskip("resvg_py")
    from PIL import Image

    _, reel = filmed(client)
    files = opened(frames_of(curved(reel), "Spirals", "PNG", "dark"))
    pictures = [Image.open(io.BytesIO(files[f"step_{step:06d}.png"])) for step in RECORDED]
    assert {picture.size for picture in pictures} == {(1920, 1080)}
    assert len({picture.tobytes() for picture in pictures}) == len(RECORDED)
    assert pictures[0].convert("RGB").getpixel((1, 1)) == (0x12, 0x18, 0x1E)


def test_the_child_that_draws_ends_with_its_work(monkeypatch):
    children = []
    popen = png_film.subprocess.Popen
    monkeypatch.setattr(png_film.subprocess, "Popen", lambda *args, **more: children.append(popen(*args, **more)) or children[-1])
    drawn = png_film.pngs_of(["<svg/>", "<svg/>"])
    drawn.close()  # before the first
    assert children == []
    drawn = png_film.pngs_of(iter(["<svg/>"] * 2))
    monkeypatch.setattr(png_film, "_take", lambda file: (b"p", b"drawn"))
    assert next(drawn) == b"drawn"
    drawn.close()
    assert children[0].returncode is not None


def test_what_the_child_cannot_do_is_said_here(monkeypatch):
    monkeypatch.setattr(png_film, "_take", lambda file: (b"e", b"There is no font."))
    with pytest.raises(SpecError, match="There is no font"):
        next(png_film.pngs_of(["<svg/>"]))


def test_a_child_that_ends_too_soon_is_said(monkeypatch):
    monkeypatch.setattr(png_film.sys, "executable", "/bin/false")
    with pytest.raises(SpecError, match="ended before it was done"):
        next(png_film.pngs_of(["<svg/>"]))


def test_zoom_is_the_size_of_a_png():
    pytest.importorskip("resvg_py")
    from PIL import Image

    square = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><text x="1" y="9">a</text></svg>'
    assert Image.open(io.BytesIO(png.png_of(square, 3))).size == (60, 30)


def test_they_are_made_in_the_share_tab_and_lie_ready(client):
    app = studied("Share")
    run_id = state_of(app).run_id
    with_frame(client, run_id)
    app.number_input(key="playground.frames.most").set_value(2)
    next(button for button in app.button if button.label == "Make the pictures").click().run()
    assert not app.exception
    assert not app.warning
    (offered,) = app.get("download_button")
    assert re.fullmatch(r"Download film\.zip \(\d\.\d MB\)", offered.proto.label)
    assert "2 of 3 recorded steps of a training run, from step 0 to 4." in [one.value for one in app.caption]
