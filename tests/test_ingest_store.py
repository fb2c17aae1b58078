"""What is kept of people's data, for whom, and how it is known to be whole."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ingest_files import kept, read_bytes, tone, wav, zip_of

from explorer.errors import DataError
from explorer.ingest import Limits, Store
from explorer.ingest.store import ABANDONED, ABOUT, ARRAYS, write

CSV = "x,town,class\n1,Zoë,a\n,Ulm,b\n3,,a\n".encode()


def test_a_table_comes_back_as_it_was(tmp_path):
    content, about = read_bytes(CSV)
    found, told = Store(tmp_path).load(kept(tmp_path, content, about))
    assert told == about
    for left, right in zip(found.columns, content.columns, strict=True):
        np.testing.assert_array_equal(left.values, right.values)
        assert (left.name, left.levels) == (right.name, right.levels)


def test_recordings_come_back_one_by_one(tmp_path):
    content, about = read_bytes(zip_of({"a/1.wav": wav(tone(300, 0.1)), "b/2.wav": wav(tone(900, 0.2))}), "s.zip")
    found, _ = Store(tmp_path).load(kept(tmp_path, content, about))
    assert [len(one) for one in found.recordings()] == [1_600, 3_200]
    assert found.class_names == ("a", "b")


def test_the_same_content_has_the_same_name_everywhere(tmp_path):
    assert kept(tmp_path / "a", *read_bytes(CSV)) == kept(tmp_path / "b", *read_bytes(CSV), owner="other")
    assert kept(tmp_path / "a", *read_bytes(CSV + b"4,Ulm,b\n")) != kept(tmp_path / "a", *read_bytes(CSV))


def test_damage_is_noticed_at_every_place(tmp_path):
    name = kept(tmp_path, *read_bytes(CSV))
    path = tmp_path / "data" / name / ARRAYS
    whole = path.read_bytes()
    for place in range(0, len(whole), 17):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DataError, match="are damaged"):
            Store(tmp_path).load(name)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 32, "0" * 31, "0" * 32 + "\n"])
def test_nothing_but_a_name_of_data_becomes_part_of_a_path(tmp_path, name):
    for use in (Store(tmp_path).load, Store(tmp_path).about, lambda content: Store(tmp_path).forget("somebody", content)):
        with pytest.raises(DataError, match="no data of this name"):
            use(name)


def test_data_that_are_not_here_are_told_so(tmp_path):
    with pytest.raises(DataError, match="not on this computer"):
        Store(tmp_path).load("0" * 32)


def test_what_one_person_keeps_is_bounded_and_can_be_removed(tmp_path):
    content, about = read_bytes(CSV)
    name, store = kept(tmp_path, content, about, "ann"), Store(tmp_path)
    size = store.used("ann")
    assert size == sum(file.stat().st_size for file in (tmp_path / "data" / name).iterdir())
    assert store.used("bob") == 0
    with store.scratch() as folder:
        write(folder, *read_bytes(CSV + b"4,Ulm,b\n"))
        with pytest.raises(DataError, match="Remove some"):
            store.adopt(folder, "ann", Limits(owned=size + 10))
    with store.scratch() as folder:
        write(folder, content, about)
        assert store.adopt(folder, "ann", Limits(owned=size)) == name  # the same again takes no room
    kept(tmp_path, content, about, "bob")
    store.forget("ann", name)
    assert store.contents_of("ann") == ()
    assert store.contents_of("bob") == (name,)
    store.forget("bob", name)
    assert not (tmp_path / "data" / name).exists()


def test_a_scratch_folder_is_gone_whatever_happens(tmp_path):
    store = Store(tmp_path)

    def fail() -> None:
        with store.scratch() as folder:
            (folder / "half").write_bytes(b"x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_what_a_reader_left_is_checked_before_it_is_kept(tmp_path):
    content, about = read_bytes(CSV)
    store = Store(tmp_path)
    with store.scratch() as folder:
        write(folder, content, about.model_copy(update={"rows": 4}))
        with pytest.raises(DataError, match="not in the form"):
            store.adopt(folder, "ann", Limits())
    assert store.contents_of("ann") == ()


def test_what_was_removed_is_gone_at_once_also_where_it_was_just_read(tmp_path):
    name, store = kept(tmp_path, *read_bytes(CSV)), Store(tmp_path)
    store.load(name)
    store.forget("somebody", name)
    with pytest.raises(DataError, match="not on this computer"):
        store.load(name)
    assert store.used("somebody") == 0


def test_two_tabs_may_remove_the_same_and_a_third_bring_it_again(tmp_path):
    content, about = read_bytes(CSV)
    name, store = kept(tmp_path, content, about), Store(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.forget("somebody", name), range(32)))
    assert store.contents_of("somebody") == ()
    assert not (tmp_path / "data" / name).exists()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: kept(tmp_path, content, about), range(16))) == {name}
    assert len(store.load(name)[0]) == 3


def test_removing_while_others_bring_and_read_leaves_whole_contents_or_none(tmp_path):
    content, about = read_bytes(CSV)
    store = Store(tmp_path)

    def one(number: int) -> None:
        if number % 2:
            name = kept(tmp_path, content, about, f"pupil {number}")
            try:
                assert len(store.load(name)[0]) == 3
            finally:
                store.forget(f"pupil {number}", name)
        else:
            assert kept(tmp_path, content, about, "teacher")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(40)))
    (name,) = store.contents_of("teacher")
    assert len(store.load(name)[0]) == 3


def test_folders_of_readings_that_were_killed_are_swept_when_they_are_old(tmp_path):
    incoming, store = tmp_path / "data" / "incoming", Store(tmp_path)
    for name, age in (("dead", ABANDONED + 60), ("alive", 0)):
        (incoming / name).mkdir(parents=True)
        (incoming / name / "half").write_bytes(b"x")
        os.utime(incoming / name, (time.time() - age,) * 2)
    with store.scratch() as folder:
        assert {path.name for path in incoming.iterdir()} == {"alive", folder.name}


def test_a_disk_that_fills_up_while_data_are_kept_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    content, about = read_bytes(CSV)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(DataError, match="could not be kept: No space left on device"):
            kept(tmp_path, content, about)
    kept(tmp_path, content, about, "other")
    assert Store(tmp_path).contents_of("somebody") == ()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DataError, match="could not be written: No space left on device"):
            kept(tmp_path, *read_bytes(CSV + b"4,Ulm,b\n"))
        patch.setattr(Path, "mkdir", full)
        with pytest.raises(DataError, match="no place for new data here: No space left on device"), Store(tmp_path).scratch():
            pass
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def adopted(tmp_path: Path, about: bytes, arrays: bytes, limits: Limits | None = None) -> str:
    """What becomes of two files that a reader left."""
    store = Store(tmp_path)
    with store.scratch() as folder:
        (folder / ABOUT).write_bytes(about)
        (folder / ARRAYS).write_bytes(arrays)
        return store.adopt(folder, "ann", limits or Limits())


def test_what_a_reader_that_was_taken_over_leaves_is_refused_without_being_unfolded(tmp_path):
    with Store(tmp_path).scratch() as folder:
        write(folder, *read_bytes(CSV))
        about, arrays = (folder / ABOUT).read_bytes(), (folder / ARRAYS).read_bytes()
    assert adopted(tmp_path, about, arrays)
    listed, spaces = 8 + int.from_bytes(arrays[:8], "little"), 3 << 20
    long = (listed - 8 + spaces).to_bytes(8, "little") + arrays[8:listed] + b" " * spaces + arrays[listed:]
    for odd in (long, b"\xff" * 8, b"", arrays[:-1], arrays + b"x"):
        with pytest.raises(DataError, match="not in the form"):
            adopted(tmp_path, about, odd)
    for odd in (b"", b"[" * 1_000_000, about.replace(b'"rows":3', b'"rows":-3'), about.replace(b'"kind":"table"', b'"kind":"sounds"')):
        with pytest.raises(DataError, match="not in the form"):
            adopted(tmp_path, odd, arrays)
    with pytest.raises(DataError, match="not in the form"):
        adopted(tmp_path, about + b" " * (9 << 20), arrays)
    with pytest.raises(DataError, match="the limit is 0 MB"):
        adopted(tmp_path, about, arrays, Limits(owned=100))


def test_a_link_in_the_place_of_what_was_read_is_not_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"of another pupil")
    store = Store(tmp_path)
    with store.scratch() as folder:
        write(folder, *read_bytes(CSV))
        (folder / ARRAYS).unlink()
        (folder / ARRAYS).symlink_to(tmp_path / "secret")
        with pytest.raises(DataError, match="not in the form"):
            store.adopt(folder, "ann", Limits())


def test_recordings_must_fill_what_there_is(tmp_path):
    content, about = read_bytes(zip_of({"a/1.wav": wav(tone(300, 0.1)), "b/2.wav": wav(tone(900, 0.2))}), "s.zip")
    assert kept(tmp_path, content, about)
    for odd in (replace(content, samples=content.samples[:-1]), replace(content, samples=content.samples.astype(float))):
        with pytest.raises(DataError, match="not in the form"):
            kept(tmp_path, odd, about)
    with pytest.raises(DataError, match="not in the form"):
        kept(tmp_path, content, about.model_copy(update={"rate": 0}))
