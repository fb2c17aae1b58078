"""The process that reads what people bring: what it makes of good files, and what hostile ones can make of it."""

from __future__ import annotations

import io
import json
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ingest_files import csv_of, parquet, picture, workbook, zip_of

from explorer.errors import DataError
from explorer.ingest import Limits, Store
from explorer.runs.fence import MACHINES, Allowance, filter_of
from explorer.runs.parsing import Reader, parse

SCRIPT = str(Path(__file__).parent / "reader_that.py")
SMALL = Allowance(memory=1 << 30, file=2 << 20)
SHORT = {"hang": {"wall": 4}, "spin": {"processor": 2}}  # what is bounded where time itself is the matter
LINUX = pytest.mark.skipif(sys.platform != "linux" or platform.machine() not in MACHINES, reason="the kernel's fences are Linux's")


def brought(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "upload.bin"
    path.write_bytes(data)
    return path


def read_by(tmp_path: Path, way: str, data: bytes = b"a,b\n1,2\n") -> str:
    """The sentence when the reader does something else than reading."""
    reader = Reader(tmp_path / "home", SMALL.model_copy(update=SHORT.get(way, {})), (SCRIPT, way))
    with pytest.raises(DataError) as caught:
        parse(brought(tmp_path, data), "file.csv", "ann", reader=reader)
    assert list((tmp_path / "home" / "data" / "incoming").iterdir()) == []
    assert Store(tmp_path / "home").contents_of("ann") == ()
    return str(caught.value)


def test_a_table_is_read_and_kept_and_nothing_else_is_left(tmp_path):
    report = parse(brought(tmp_path, csv_of("x,class", "1,a", "2,b")), "my.csv", "ann", reader=Reader(tmp_path / "home"))
    assert (report.about.name, report.about.rows) == ("my.csv", 2)
    store = Store(tmp_path / "home")
    assert store.contents_of("ann") == (report.content,)
    assert len(store.load(report.content)[0]) == 2
    assert {path.name for path in (tmp_path / "home" / "data" / report.content).iterdir()} == {"about.json", "arrays.safetensors"}
    assert list((tmp_path / "home" / "data" / "incoming").iterdir()) == []


def flac() -> bytes:
    soundfile, buffer = pytest.importorskip("soundfile"), io.BytesIO()
    soundfile.write(buffer, [0.0, 0.5] * 800, 16_000, format="FLAC")
    return zip_of({"a/1.flac": buffer.getvalue(), "b/1.flac": buffer.getvalue()})


def pictures() -> bytes:
    return zip_of({f"a/{form}.{form.lower()}": picture(form=form) for form in ("PNG", "WEBP")} | {"b/1.jpg": picture(form="JPEG")})


@pytest.mark.parametrize(("name", "make", "rows"), [
    ("t.parquet", lambda: parquet({"a": [1.0, 2.0], "b": ["x", "y"]}), 2),
    ("t.xlsx", lambda: workbook(("a", "b"), (1.0, "x"), (2.0, "y")), 2),
    ("s.zip", flac, 2),
    ("p.zip", pictures, 3),
])  # fmt: skip
def test_every_decoder_works_inside_the_fence(tmp_path, name, make, rows):
    assert parse(brought(tmp_path, make()), name, "ann", reader=Reader(tmp_path / "home")).about.rows == rows


def test_a_refusal_is_the_sentence_of_the_format(tmp_path):
    with pytest.raises(DataError, match="column names but no rows"):
        parse(brought(tmp_path, b"a,b\n"), "my.csv", "ann", reader=Reader(tmp_path / "home"))
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(200 << 20)
    with pytest.raises(DataError, match="200 MB; the limit is 50 MB"):
        parse(tmp_path / "sparse", "my.csv", "ann", reader=Reader(tmp_path / "home"))
    with pytest.raises(DataError, match="cannot be opened"):
        parse(tmp_path / "nothing", "my.csv", "ann", reader=Reader(tmp_path / "home"))


def test_a_full_store_is_said_before_anything_is_read(tmp_path):
    reader, path = Reader(tmp_path / "home"), brought(tmp_path, csv_of("x,class", "1,a", "2,b"))
    parse(path, "my.csv", "ann", reader=reader)
    with pytest.raises(DataError, match="Remove some"):
        parse(path, "my.csv", "ann", Limits(owned=10), reader)
    parse(path, "my.csv", "bob", reader=reader)


@LINUX
def test_a_reader_that_was_taken_over_reaches_nothing(tmp_path):
    (tmp_path / "home" / "data").mkdir(parents=True)
    secret = tmp_path / "home" / "data" / "secret"
    secret.write_text("of another pupil")
    found = json.loads(read_by(tmp_path, "attack"))
    assert found.pop("write inside") == "done"
    assert {name: words for name, words in found.items() if not words.startswith("refused")} == {}
    assert secret.read_text() == "of another pupil"


@pytest.mark.fault
@pytest.mark.parametrize(("way", "words"), [
    ("hang", "longer than 4 seconds"),
    ("spin", "2 seconds of computing"),
    ("eat", "broke the program"),
    ("die", "memory ran out"),
    ("crash", "broke the program"),
    ("vanish", "broke the program"),
    ("babble", "broke the program"),
    ("flood", "broke the program"),
    ("lie", "is not there"),
])  # fmt: skip
def test_whatever_becomes_of_the_reader_ends_in_a_sentence(tmp_path, way, words):
    assert words in read_by(tmp_path, way)


@pytest.mark.fault
def test_a_decoder_that_needs_too_much_memory_says_so(tmp_path):
    data = "wört,wört\n".encode() * 4_000_000
    with pytest.raises(DataError, match="more memory than one upload may use"):
        parse(brought(tmp_path, data), "my.csv", "ann", reader=Reader(tmp_path / "home", Allowance(memory=330 << 20)))


@pytest.mark.parametrize("room", [0, 400, 1_000])
def test_a_full_disk_is_said_and_nothing_is_left(tmp_path, room):
    """A file may then not grow beyond `room` bytes, at the description, or at the arrays; the kernel says so as it does of a full disk."""
    store, path = Store(tmp_path / "home"), brought(tmp_path, csv_of("x,class", *(f"{n},a" for n in range(300))))
    with store.scratch() as folder:
        order = {"name": "t.csv", "folder": str(folder), "limits": Limits().model_dump()}
        code = (
            "import json, resource, signal, sys; from pathlib import Path; from explorer.runs import parsing; "
            "order = json.loads(sys.argv[1]); signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room})); "
            "print(parsing._read(order, Path(order['folder']))['text'])"
        )
        with open(path, "rb") as file:
            told = subprocess.run([sys.executable, "-c", code, json.dumps(order)], stdin=file, capture_output=True, text=True, check=True)
    assert "could not be written: File too large" in told.stdout
    assert list((tmp_path / "home" / "data" / "incoming").iterdir()) == []


@pytest.mark.slow
def test_many_people_bring_files_at_once(tmp_path):
    def bring(number: int) -> str:
        folder = tmp_path / str(number)
        folder.mkdir()
        data = csv_of("x,class", *(f"{n * (number % 3)},{'ab'[n % 2]}" for n in range(50)))
        return parse(brought(folder, data), f"{number % 3}.csv", f"pupil {number % 2}", reader=Reader(tmp_path / "home")).content

    with ThreadPoolExecutor(6) as pool:
        names = list(pool.map(bring, range(6)))
    store = Store(tmp_path / "home")
    assert len(set(names)) == 3  # the same content is kept once, whoever brings it
    for number, name in enumerate(names):
        assert name in store.contents_of(f"pupil {number % 2}")
        assert len(store.load(name)[0]) == 50
    assert list((tmp_path / "home" / "data" / "incoming").iterdir()) == []


def test_the_parent_forgets_nothing_when_it_is_started_anew(tmp_path):
    code = "import sys; from pathlib import Path; from explorer.ingest import Store; print(*Store(Path(sys.argv[1])).contents_of('ann'))"
    report = parse(brought(tmp_path, csv_of("x,class", "1,a", "2,b")), "my.csv", "ann", reader=Reader(tmp_path / "home"))
    told = subprocess.run([sys.executable, "-c", code, str(tmp_path / "home")], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [report.content]


def run(steps: list[tuple[int, int, int, int]], number: int, machine: int, argument: int = 0) -> int:
    """What a filter says to a system call: its little language, by hand."""
    at, held, memory = 0, 0, {0: number, 4: machine, 16: argument}
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x06:
            return value
        held = memory[value] if code == 0x20 else held
        asked = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}
        at += (yes if asked[code] else no) if code in asked else 0


@pytest.mark.parametrize("name", MACHINES)
def test_the_filter_refuses_what_it_names_and_nothing_else(name):
    machine = MACHINES[name]
    steps = filter_of(machine)
    refused = {number for number in range(470) if run(steps, number, machine.audit) != 0x7FFF0000}
    assert refused == {*machine.refused, machine.clone, 424, 425, 426, 427, 434, 435, 438}
    assert run(steps, machine.clone, machine.audit, 0x00010000) == 0x7FFF0000  # a thread
    assert run(steps, 0, 0x1234) == 0x00050001  # another processor's numbers
