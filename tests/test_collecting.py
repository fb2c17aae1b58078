"""Examples collected in the page: nothing is lost or mixed up, everything can be undone, and what comes out is read as an upload is."""

from __future__ import annotations

import base64
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from ingest_files import picture, read_bytes, tone, wav
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer.errors import DataError
from explorer.ingest import Pictures, Table
from explorer.ingest import Sounds as Recordings
from explorer.ui.collecting import collection as bounds
from explorer.ui.collecting.collection import Collection, remembered
from explorer.ui.collecting.desk import Collected, Desk
from explorer.ui.collecting.kind import KINDS
from explorer.ui.collecting.kinds import drawings, photos, sentences, sounds
from explorer.ui.collecting.packing import wav_of

PAGE = """
import io
import streamlit as st
from explorer.ingest import read
from explorer.ui.collecting import collect

found = collect("here")
if found:
    st.session_state["found"] = found
"""
SENT = {
    "drawings": lambda number: drawings.kept(in_base64(picture((number % 256, 9, 9), (28, 28)))),
    "photos": lambda number: photos.kept(in_base64(picture((9, number % 256, 200), (64, 64), "JPEG"))),
    "sounds": lambda number: wav_of(tone(200 + number, 1.0)),
    "sentences": lambda number: f"sentence, number {number}; it's “fine”".encode(),
}


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def a_desk(kind: str = "drawings") -> Desk:
    return Desk("here", Collected(kind))


def names_and_counts(collection: Collection) -> list[tuple[str, int]]:
    return [(group.name, len(group.examples)) for group in collection.groups]


def collected(kind: str, first: int = 3, second: int = 2) -> Collection:
    """So many examples in two classes."""
    found = Collection().renamed(0, "yes, it is").renamed(1, "Nein")
    found = found.added([SENT[kind](number) for number in range(first)], 0)
    return found.added([SENT[kind](number) for number in range(50, 50 + second)], 1)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_packed_is_read_as_an_upload(kind):
    content, about = read_bytes(KINDS[kind]().pack(collected(kind)), KINDS[kind]().file_name())
    assert about.problems == ()
    assert len(content) == 5
    if isinstance(content, Table):
        texts, labels = content.columns
        assert [texts.levels[code] for code in texts.values] == [SENT[kind](number).decode() for number in (0, 1, 2, 50, 51)]
        assert [labels.levels[code] for code in labels.values] == ["yes, it is"] * 3 + ["Nein"] * 2
        assert [column.role for column in about.columns] == ["text", "target"]
    else:
        assert about.classes == (("Nein", 2), ("yes, it is", 3))


def test_a_drawing_reaches_the_data_pixel_for_pixel():
    shades = np.random.default_rng(1).integers(0, 256, (28, 28), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(shades).save(buffer, "PNG")
    kept = drawings.kept(in_base64(buffer.getvalue()))
    packed = KINDS["drawings"]().pack(Collection().added([kept] * 2, 0).added([kept] * 2, 1))
    content, _ = read_bytes(packed, "drawings.zip", side=28)
    assert isinstance(content, Pictures)
    np.testing.assert_array_equal(content.pixels, np.broadcast_to(shades, (4, 3, 28, 28)))


def test_a_recording_reaches_the_data_sample_for_sample():
    (piece,) = sounds.pieces(wav(tone(440, 1.0)))
    content, _ = read_bytes(KINDS["sounds"]().pack(Collection().added([wav_of(piece)] * 2, 0).added([wav_of(piece)], 1)), "sounds.zip")
    assert isinstance(content, Recordings)
    for recording in content.recordings():
        np.testing.assert_allclose(recording, tone(440, 1.0), atol=2)  # of 32,767, rounded twice


def test_classes_without_examples_are_left_out():
    packed = KINDS["drawings"]().pack(collected("drawings").with_group())
    assert {name.partition("/")[0] for name in zipfile.ZipFile(io.BytesIO(packed)).namelist()} == {"yes, it is", "Nein"}


@given(some.lists(some.sampled_from(["add", "other", "remove", "class", "drop", "name"]), max_size=25))
def test_undo_takes_every_change_back(changes):
    desk, seen = a_desk("sentences"), []
    acts = {
        "add": lambda: desk.add([b"a", b"b"], desk.collection.into),
        "other": lambda: desk.add([b"c"], desk.collection.groups[-1].number),
        "remove": lambda: desk.act(lambda now: now.without(next((e.number for g in now.groups for e in g.examples), -1))),
        "class": lambda: desk.act(Collection.with_group),
        "drop": lambda: desk.act(lambda now: now.without_group(now.groups[-1].number)),
        "name": lambda: desk.act(lambda now: now.renamed(now.groups[0].number, f"name {now.next} {len(seen)}")),
    }
    for change in changes:
        before = desk.collection.groups
        acts[change]()
        if desk.collection.groups != before:
            seen.append(before)
    for before in seen[: -bounds.REMEMBERED - 1 : -1]:
        desk.undo()
        assert desk.collection.groups == before
        assert desk.collection.chosen in desk.collection.groups


def test_a_number_is_never_used_again():
    desk = a_desk("sentences")
    desk.add([b"a"], 0)
    first = desk.collection.groups[0].examples[0].number
    desk.undo()
    desk.add([b"b"], 0)
    assert desk.collection.groups[0].examples[0].number > first


def test_there_is_an_end_to_what_is_collected(monkeypatch):
    desk = a_desk("sentences")
    desk.add([b"."] * (bounds.MOST_EXAMPLES - 2), 0)
    desk.add([b"."] * 5, 1)
    assert names_and_counts(desk.collection) == [("Class 1", bounds.MOST_EXAMPLES - 2), ("Class 2", 2)]
    assert desk.state.said.startswith("3 were left out")
    desk.add([b"."], 1)
    assert "no room for more" in desk.state.problem
    monkeypatch.setattr(bounds, "MOST_BYTES", 100)
    assert len(Collection().added([b"x" * 40] * 5, 0)) == 2


def test_what_undo_remembers_is_bounded_in_bytes(monkeypatch):
    monkeypatch.setattr(bounds, "MOST_BYTES", 100)
    past, now = [], Collection()
    for _ in range(10):
        past, now = remembered([*past, now], now), now.added([b"x" * 40], 0)
        past, now = remembered([*past, now], now), now.without(now.groups[0].examples[0].number)
    sizes = {example.number: len(example.data) for one in [*past, now] for group in one.groups for example in group.examples}
    assert sum(sizes.values()) <= 140
    assert past


@pytest.mark.parametrize("name", ["", "x" * 41, "a/b", "..", ".hidden", "__MACOSX", "a:b", "nul\0", "a\\b", "end.", "class 2", "a\u202eb"])
def test_a_name_that_no_folder_can_have_is_refused(name):
    with pytest.raises(DataError):
        Collection().renamed(0, name)


@pytest.mark.parametrize("name", ["Größe", "猫", "it's 5 & more (2)", "a.b", "x" * 40, "-1"])
def test_any_other_name_comes_back_from_the_archive(name):
    found = Collection().renamed(0, f"  {name} ").added([SENT["drawings"](1)] * 2, 0).added([SENT["drawings"](2)] * 2, 1)
    _, about = read_bytes(KINDS["drawings"]().pack(found), "drawings.zip")
    assert dict(about.classes) == {name: 2, "Class 2": 2}
    assert about.problems == ()


def test_what_is_lacking_is_said_with_its_number():
    found = Collection()
    assert "so far none" in found.lacking()
    found = found.added([b"a", b"b"], 0)
    assert "so far 1" in found.lacking()
    found = found.added([b"a"], 1)
    assert "“Class 2” has 1 example" in found.lacking()
    assert found.added([b"a"], 1).lacking() == ""


def test_classes_are_at_least_two_and_at_most_ten():
    found = Collection()
    with pytest.raises(DataError, match="two to tell apart"):
        found.without_group(0)
    for _ in range(8):
        found = found.with_group()
    assert len({group.name for group in found.groups}) == 10
    with pytest.raises(DataError, match="10 classes"):
        found.with_group()


# What comes from a browser


NO_DRAWINGS = (b"none", picture(form="JPEG"), picture()[:50], picture(size=(2000, 1001)))


@pytest.mark.parametrize("text", ["", "no base64!", *map(in_base64, NO_DRAWINGS)], ids=range(6))
def test_what_is_no_drawing_is_refused(text):
    desk = a_desk()
    desk.receive({"at": 1, "into": 0, "items": [text]}, drawings.kept)
    assert len(desk.collection) == 0
    assert desk.state.problem


def test_a_camera_sends_jpegs_only():
    with pytest.raises(DataError):
        photos.kept(in_base64(picture()))
    with Image.open(io.BytesIO(photos.kept(in_base64(picture(form="JPEG", size=(320, 240)))))) as kept:
        assert (kept.format, kept.size, kept.mode) == ("PNG", (64, 64), "RGB")


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "text",
        {},
        {"at": 1, "into": 0, "items": []},
        {"at": 1, "into": 0, "items": [1]},
        {"at": 1, "into": 0, "items": ["x"] * 33},
        {"at": 1, "into": 0, "items": ["x" * 400_001]},
        {"at": "1", "into": 0, "items": ["x"]},
        {"at": 1, "into": None, "items": ["x"]},
    ],
)
def test_a_message_of_another_form_changes_nothing(message):
    desk = a_desk()
    desk.receive(message, lambda text: text.encode())
    assert len(desk.collection) == 0
    assert desk.state.problem


def test_a_message_that_comes_twice_counts_once():
    desk = a_desk()
    for at in (1, 1, 2):
        desk.receive({"at": at, "into": 1, "items": ["x"]}, lambda text: text.encode())
    assert names_and_counts(desk.collection) == [("Class 1", 0), ("Class 2", 2)]


def test_examples_go_into_the_class_they_were_made_for():
    desk = a_desk()
    desk.choose(1)
    desk.receive({"at": 1, "into": 0, "items": ["late"]}, lambda text: text.encode())
    assert names_and_counts(desk.collection) == [("Class 1", 1), ("Class 2", 0)]
    assert desk.collection.into == 1


def test_what_cannot_be_used_is_answered_so_that_it_is_not_sent_again():
    desk = a_desk()
    desk.receive({"at": 7, "into": 0, "items": ["no base64!"]}, drawings.kept)
    assert desk.state.heard == {"drawings": 7}
    desk.add([b"x"], 0)
    desk.receive({"at": 7, "into": 0, "items": ["no base64!"]}, drawings.kept)
    assert not desk.state.problem


# Recordings


@pytest.mark.parametrize(("seconds", "count"), [(0.2, 1), (1.0, 1), (1.4, 1), (1.6, 2), (3.0, 3), (90.0, 60)])
def test_a_recording_is_cut_into_seconds(seconds, count):
    found = sounds.pieces(wav(tone(440, seconds)))
    assert [len(piece) for piece in found] == [16_000] * count


def test_silence_is_said():
    desk = a_desk("sounds")
    sounds.add_recording(desk, wav(np.concatenate([tone(440, 1.0), np.zeros(16_000, "<i2")])))
    assert desk.state.said.startswith("2 seconds were added to “Class 1”. 1 of them is silent")
    sounds.add_recording(desk, wav(tone(440, 1.0)))
    assert desk.state.said == "1 second was added to “Class 1”."


def test_what_is_no_recording_is_refused():
    desk = a_desk("sounds")
    sounds.add_recording(desk, b"RIFFnothing")
    assert len(desk.collection) == 0
    assert desk.state.problem


# Sentences


def test_a_line_is_a_sentence_without_what_is_no_text():
    assert sentences.lines(" one\ttwo \n\n three\x00\x0b\u2028four\ud800\r\n") == [b"one two", b"three", b"four"]


def test_a_sentence_that_is_too_long_is_refused():
    with pytest.raises(DataError, match="501 characters; the limit is 500"):
        sentences.lines("x" * 501)


# The page


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_string(PAGE, default_timeout=120).run()


def state_of(app: AppTest) -> Collected:
    return app.session_state["here.collected"]


def button(app: AppTest, label: str, place: int = 0):
    return [one for one in app.button if one.label.startswith(label)][place]


def typed(app: AppTest, text: str) -> AppTest:
    app.text_area[0].input(text)
    return button(app, "Add to").click().run()


def record_into(app: AppTest, number: int) -> AppTest:
    return next(one for one in app.button_group if one.label == "Record into").set_value(number).run()


def choose_kind(app: AppTest, kind: str) -> AppTest:
    return next(one for one in app.button_group if one.label == "What to collect").set_value(kind).run()


def test_sentences_are_typed_and_brought_in(app):
    choose_kind(app, "sentences")
    assert button(app, "Bring it in").disabled
    typed(app, "what a day\nhow lovely")
    assert any("so far 1" in one.value for one in app.caption)
    record_into(app, 1)
    assert app.text_area[0].value == ""
    typed(app, "oh no\nhow dull\nnot again")
    assert [one.value for one in app.markdown if "sentences" in one.value] == ["2 sentences", ":primary[**3 sentences**]"]
    app.text_input[1].input("bad").run()
    button(app, "Bring it in").click().run()
    name, data = app.session_state["found"]
    content, about = read_bytes(data, name)
    assert isinstance(content, Table)
    assert about.columns[1].common == (("bad", 3), ("Class 1", 2))
    assert not app.exception


def test_a_refused_change_is_explained_and_taken_back(app):
    app.text_input[0].input("class 2").run()
    assert [one.value for one in app.error] == ["There is a class called “class 2” already. Give this one another name."]
    assert app.text_input[0].value == "Class 1"
    app.text_input[0].input("cats").run()
    assert not app.error
    assert app.text_input[0].value == "cats"


def test_a_class_is_added_and_removed_with_all_it_has(app):
    choose_kind(app, "sentences")
    assert button(app, "Remove").disabled
    button(app, "Add a class").click().run()
    typed(app, "one\ntwo")
    assert names_and_counts(state_of(app).collections["sentences"]) == [("Class 1", 0), ("Class 2", 0), ("Class 3", 2)]
    remove = button(app, "Remove", 2)
    assert "its 2 sentences" in remove.help
    remove.click().run()
    assert len(app.text_input) == 2
    button(app, "Undo").click().run()
    assert names_and_counts(state_of(app).collections["sentences"]) == [("Class 1", 0), ("Class 2", 0), ("Class 3", 2)]
    for _ in range(2):
        button(app, "Undo").click().run()
    assert button(app, "Undo").disabled


def test_a_recording_is_taken_and_the_recorder_emptied(app):
    choose_kind(app, "sounds")
    app.audio_input[0].set_value(("clip.wav", wav(tone(440, 2.0)), "audio/wav")).run()
    assert [one.value for one in app.info] == ["2 seconds were added to “Class 1”."]
    assert app.audio_input[0].value is None
    assert len(state_of(app).collections["sounds"]) == 2
    assert not app.exception


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_shown_and_kept_while_another_is_chosen(app, kind):
    state_of(app).collections[kind] = collected(kind)
    choose_kind(app, kind)
    assert not app.exception
    assert app.text_input[0].value == "yes, it is"
    assert not button(app, "Bring it in").disabled
    choose_kind(app, next(other for other in KINDS if other != kind))
    assert names_and_counts(state_of(app).collections[kind]) == [("yes, it is", 3), ("Nein", 2)]


def test_older_examples_are_a_click_away(app):
    state_of(app).collections["sentences"] = collected("sentences", 20)
    choose_kind(app, "sentences")
    assert any(one.value.startswith("1 to 8 of 20") for one in app.caption)
    button(app, "Older").click().run()
    button(app, "Older").click().run()
    assert any(one.value.startswith("17 to 20 of 20") for one in app.caption)
    assert button(app, "Older").disabled
    button(app, "Newer").click().run()
    assert any(one.value.startswith("9 to 16 of 20") for one in app.caption)


def test_names_that_look_like_markup_stay_text(app):
    app.text_input[0].input("$a_b$ [x]").run()
    assert not app.error
    (pills,) = (one for one in app.button_group if one.label == "Record into")
    assert pills.options[0].startswith("\\$a\\_b\\$ \\[x\\]")
