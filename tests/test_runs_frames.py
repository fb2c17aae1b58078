"""The newest-frame file and checkpoint files: whole, or not there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import zlib

import pytest
import torch

from explorer.errors import RunError
from explorer.results.frame import pack, unpack
from explorer.runs import checkpoints
from explorer.runs.frames import FrameReader, FrameWriter, restated


@pytest.fixture
def path(tmp_path):
    return tmp_path / "live.frame"


def test_the_newest_frame_is_read(path):
    reader = FrameReader(path)
    assert (reader.sequence(), reader.read()) == (0, None)
    writer = FrameWriter(path)
    assert (reader.sequence(), reader.read()) == (0, None)
    assert [writer.write(data) for data in (b"one", b"two", b"three")] == [1, 2, 3]
    assert (reader.sequence(), reader.read()) == (3, b"three")


def test_a_larger_frame_makes_the_file_anew_and_readers_follow(path):
    writer, reader = FrameWriter(path, capacity=4096), FrameReader(path)
    writer.write(b"small")
    assert reader.read() == b"small"
    writer.write(b"x" * 100_000)
    assert (reader.sequence(), reader.read()) == (2, b"x" * 100_000)


def test_a_second_writer_goes_on_counting(path):
    FrameWriter(path).write(b"one")
    assert FrameWriter(path).write(b"two") == 2
    assert FrameReader(path).read() == b"two"


def test_a_file_that_goes_away_is_no_frame(path):
    writer, reader = FrameWriter(path), FrameReader(path)
    writer.write(b"one")
    assert reader.read() == b"one"
    path.unlink()
    assert (reader.sequence(), reader.read()) == (0, None)


@pytest.mark.parametrize("content", [b"", b"short", b"\0" * 64, b"x" * 5000])
def test_a_file_that_is_something_else_is_no_frame_and_is_replaced(path, content):
    path.write_bytes(content)
    assert FrameReader(path).read() is None
    FrameWriter(path).write(b"one")
    assert FrameReader(path).read() == b"one"


WRITER = """
import sys, random, zlib
from pathlib import Path
from explorer.runs.frames import FrameWriter
writer, rng = FrameWriter(Path(sys.argv[1]), capacity=4096), random.Random(0)
largest = 4000
while True:
    largest = min(largest * 1.001, 300_000)
    data = bytes([rng.randrange(256)]) * rng.randrange(1, int(largest))
    writer.write(zlib.crc32(data).to_bytes(4, "little") + data)
"""


def test_half_a_frame_is_never_read(path):
    """A writer as fast as it can, growing the file now and then, and killed in the end at any moment."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
    reader, seen, sizes = FrameReader(path), set(), set()
    try:
        end = time.monotonic() + 240
        while (len(seen) <= 200 or len(sizes) <= 1) and time.monotonic() < end:
            data = reader.read()
            if data is None:
                continue
            assert zlib.crc32(data[4:]) == int.from_bytes(data[:4], "little")
            seen.add(reader.sequence())
            sizes.add(os.stat(path).st_size)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(seen) > 200
    assert len(sizes) > 1
    for _ in range(2):  # what the killed writer left is whole, and can be written on
        data = FrameReader(path).read()
        assert zlib.crc32(data[4:]) == int.from_bytes(data[:4], "little")
        FrameWriter(path).write(data)


def test_the_state_in_a_frame_can_be_restated_without_touching_its_arrays():
    import numpy as np

    arrays = {"surface": np.arange(12, dtype=np.uint8).reshape(3, 4), "edge/0": np.ones((2, 2), np.float32)}
    head, again = unpack(restated(pack({"state": "running", "step": 3}, arrays), state="interrupted", reason="Interrupted: é."))
    assert head == {"state": "interrupted", "step": 3, "reason": "Interrupted: é."}
    assert all((again[name] == arrays[name]).all() for name in arrays)


# -- checkpoints


def test_a_checkpoint_is_read_back_exactly(tmp_path):
    tensors = {"weight": torch.randn(3, 4), "bits": torch.arange(5, dtype=torch.uint8), "turned": torch.randn(2, 3).T}
    row = checkpoints.save(tmp_path, 12, tensors, {"step": 12, "words": "é", "list": [1, None]})
    loaded, meta = checkpoints.load(tmp_path, row)
    assert loaded.keys() == tensors.keys()
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)
    assert meta == {"step": 12, "words": "é", "list": [1, None]}
    assert [file.name for file in tmp_path.iterdir()] == [row.file]
    assert row.file == f"checkpoint-12-{row.sha256[:8]}.safetensors"


def test_a_file_is_what_the_library_of_its_format_reads():
    from safetensors.torch import load, save

    kinds = (*checkpoints._TYPES, "torch.float32")
    tensors = {f"{i} {kind}": torch.randint(0, 2, (i, 3)).to(getattr(torch, kind[6:])) for i, kind in enumerate(kinds)}
    tensors |= {"one number": torch.tensor(2.5), "turned": torch.randn(4, 2).T, "part": torch.randn(9)[2:5]}
    for some in (tensors, {}):
        data = checkpoints.to_bytes(some, {"step": 1})
        found, again = load(data), load(save({name: one.contiguous() for name, one in some.items()}))
        assert found.keys() == again.keys() == some.keys()
        assert all(found[name].dtype == some[name].dtype and torch.equal(found[name], again[name]) for name in some)


def test_a_flipped_bit_anywhere_is_noticed(tmp_path):
    row = checkpoints.save(tmp_path, 1, {"weight": torch.randn(8, 8)}, {})
    path = tmp_path / row.file
    whole = path.read_bytes()
    rng = random.Random(0)
    for _ in range(50):
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        with pytest.raises(RunError, match="step 1 is damaged"):
            checkpoints.load(tmp_path, row)
    path.unlink()
    with pytest.raises(RunError, match="step 1 is missing"):
        checkpoints.load(tmp_path, row)


OVERWRITER = """
import sys
from pathlib import Path
from explorer.runs.checkpoints import write_atomically
number = 0
while True:
    number += 1
    write_atomically(Path(sys.argv[1]), bytes([number % 256]) * 3_000_000)
    print(flush=True)
"""


def test_a_kill_while_writing_leaves_the_file_whole(tmp_path):
    path, rng = tmp_path / "checkpoint-1.safetensors", random.Random(0)
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", OVERWRITER, str(path)], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(rng.random() * 0.1)
        process.kill()
        process.communicate()
        data = path.read_bytes()
        assert len(data) == 3_000_000
        assert len(set(data)) == 1


def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path, monkeypatch):
    saver = checkpoints.Saver(tmp_path, lambda row: None)
    saver.save(1, {"weight": torch.ones(3)}, {})
    saver.wait()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    saver.save(1, {"weight": torch.zeros(3)}, {})
    saver.wait()
    assert saver.take_problem() == "step 1 could not be saved: No space left on device. Free some space on the disk, then play on"
    assert saver.take_problem() == ""
    assert len(list(tmp_path.iterdir())) == 1
