"""What is kept of people's data, for whom, and how it is known to be whole."""

from __future__ import annotations

import numpy as np
import pytest
from ingest_files import kept, read_bytes, tone, wav, zip_of

from explorer.errors import DataError
from explorer.ingest import Limits, Store
from explorer.ingest.store import ARRAYS, write

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
